//! `audit checkpoint`.

use crate::exit::Failure;
use crate::out;
use crate::setup::Setup;
use seinhuis_client::SeenCheckpoint;
use seinhuis_types::hex;
use serde_json::{Value, json};

pub(crate) async fn run(setup: &Setup) -> Result<(), Failure> {
    let seen = setup.dial().await?.partner.checkpoint().await?;
    setup.out.show(&document(&seen), || words(&seen))
}

/// For machines.
pub(super) fn document(seen: &SeenCheckpoint) -> Value {
    json!({
        "origin": seen.checkpoint.origin().to_string(),
        "size": seen.checkpoint.size().get(),
        "root": hex(&seen.checkpoint.root().0),
        "note": seen.note,
    })
}

/// For people.
pub(super) fn words(seen: &SeenCheckpoint) -> String {
    out::facts(&[
        ("log", seen.checkpoint.origin().to_string()),
        ("size", seen.checkpoint.size().get().to_string()),
        ("root", hex(&seen.checkpoint.root().0)),
    ])
}
