//! A way in for tests that send bytes from anywhere: each method's message, decoded and parsed as
//! its service does, without a service. No part of what this crate promises.

use crate::convert::{self, Malformed};
use prost::Message;
use seinhuis_domain::agreement::StepKind;
use seinhuis_proto::v1;
use seinhuis_types::Digest;

/// The methods whose messages are parsed into commands.
pub const METHODS: [&str; 7] = [
    "Publish",
    "Acknowledge",
    "Convert",
    "ConvertOwn",
    "Accept",
    "Propose",
    "PublishKeyStatement",
];

const PRINT: Digest = Digest([0; 32]);

/// Decodes `bytes` as the request of `method` and parses it.
///
/// # Errors
/// What the caller would be told, or that it does not decode.
pub fn command(method: &str, bytes: &[u8]) -> Result<(), String> {
    let told = |error: Malformed| error.message;
    match method {
        "Publish" => convert::publish(decode(bytes)?, PRINT)
            .map_err(told)
            .map(drop),
        "Acknowledge" => convert::acknowledge(decode(bytes)?, PRINT)
            .map_err(told)
            .map(drop),
        "Convert" => convert::convert(decode(bytes)?).map_err(told).map(drop),
        "ConvertOwn" => convert::convert_own(decode(bytes)?, PRINT)
            .map_err(told)
            .map(drop),
        "Accept" => {
            let m: v1::AcceptRequest = decode(bytes)?;
            let (key, hash) = (m.idempotency_key, m.agreement_hash);
            convert::agreement_step(StepKind::Accept, key, &hash, m.step, PRINT)
                .map_err(told)
                .map(drop)
        }
        "Propose" => {
            let m: v1::ProposeRequest = decode(bytes)?;
            convert::idempotency(m.idempotency_key, PRINT)
                .map_err(told)
                .map(drop)
        }
        "PublishKeyStatement" => {
            let m: v1::PublishKeyStatementRequest = decode(bytes)?;
            let stated = m.statement.unwrap_or_default();
            convert::statement(stated.jws, stated.signing_chain)
                .map_err(told)
                .map(drop)
        }
        _ => Err("no such method".to_owned()),
    }
}

fn decode<M: Message + Default>(bytes: &[u8]) -> Result<M, String> {
    M::decode(bytes).map_err(|error| error.to_string())
}
