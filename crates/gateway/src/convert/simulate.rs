//! What would be sent, and routes: requests that do nothing.

use super::{Malformed, at_most};
use prost::Message;
use seinhuis_domain::signal::decode_header;
use seinhuis_hub::command::Simulate;
use seinhuis_proto::v1;
use seinhuis_types::{AgreementHash, limits};

/// Most bytes of a header, as of one that is sent.
const HEADER: usize = super::envelope::LEAF_BYTES;

pub(crate) fn simulate(request: v1::SimulateRequest) -> Result<Simulate, Malformed> {
    let header = request.header;
    let header = header.ok_or_else(|| Malformed::new("header: it is missing"))?;
    let bytes = header.encode_to_vec();
    at_most(bytes.len(), HEADER, "header bytes")?;
    at_most(header.subjects.len(), limits::SUBJECTS, "subjects")?;
    at_most(header.fields.len(), limits::FIELDS, "fields")?;
    let header = decode_header(&bytes).map_err(|error| Malformed::from(error).within("header"))?;
    Ok(Simulate {
        recipient: request.recipient_oin.parse()?,
        desk: request.recipient_desk.parse()?,
        agreement: AgreementHash::parse(&request.agreement_hash)?,
        clause: request.clause_id.parse()?,
        header,
    })
}

pub(crate) fn after_agreement(
    request: &v1::ListRoutesRequest,
) -> Result<Option<AgreementHash>, Malformed> {
    match request.after_agreement.as_str() {
        "" => Ok(None),
        hash => Ok(Some(AgreementHash::parse(hash)?)),
    }
}
