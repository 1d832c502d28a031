//! What would be sent, and routes: requests that do nothing.

use super::audit::TOKEN;
use super::{Malformed, at_most};
use prost::Message;
use seinhuis_domain::decision::Asked;
use seinhuis_domain::question::{ANSWER, QUESTION};
use seinhuis_domain::signal::decode_header;
use seinhuis_hub::command::Simulate;
use seinhuis_proto::v1;
use seinhuis_types::{AgreementHash, limits};

/// Most bytes of a header, as of one that is sent.
const HEADER: usize = super::envelope::LEAF_BYTES;

/// What would be done; left open, what the type goes by.
fn asked(act: v1::Act, signal_type: &str) -> Result<Asked, Malformed> {
    match act {
        v1::Act::Unspecified if signal_type == QUESTION => Ok(Asked::Ask),
        v1::Act::Unspecified if signal_type == ANSWER => Ok(Asked::Answer),
        v1::Act::Unspecified | v1::Act::Publish => Ok(Asked::Publish),
        v1::Act::Ask => Ok(Asked::Ask),
        v1::Act::Answer => Ok(Asked::Answer),
        v1::Act::Rectify => Ok(Asked::Rectify),
        _ => Err(Malformed::new(
            "act: a signal is published, asked, answered or rectified",
        )),
    }
}

pub(crate) fn simulate(request: v1::SimulateRequest) -> Result<Simulate, Malformed> {
    let act = request.act();
    let header = request.header;
    let header = header.ok_or_else(|| Malformed::new("header: it is missing"))?;
    let bytes = header.encode_to_vec();
    at_most(bytes.len(), HEADER, "header bytes")?;
    at_most(header.subjects.len(), limits::SUBJECTS, "subjects")?;
    at_most(header.fields.len(), limits::FIELDS, "fields")?;
    let header = decode_header(&bytes).map_err(|error| Malformed::from(error).within("header"))?;
    Ok(Simulate {
        asked: asked(act, header.signal_type.as_str())?,
        machine_answer: request.machine_answer,
        not_received: request.not_received,
        recipient: request.recipient_oin.parse()?,
        desk: request.recipient_desk.parse()?,
        agreement: AgreementHash::parse(&request.agreement_hash)?,
        clause: request.clause_id.parse()?,
        header,
    })
}

/// The token of a page of routes.
pub(crate) fn routes_page(request: v1::ListRoutesRequest) -> Result<Vec<u8>, Malformed> {
    at_most(request.page_token.len(), TOKEN, "page_token bytes")?;
    Ok(request.page_token)
}
