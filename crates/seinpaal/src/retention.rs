//! `retention`: one's own parts of entries, held and erased.
//!
//! Owns: what a privacy officer types for it, and what is shown. Must not know: how a person is
//! asserted.

use crate::exit::Failure;
use crate::out;
use crate::setup::Setup;
use crate::show;
use clap::{Args, Subcommand};
use seinhuis_client::Hold;
use seinhuis_types::{HoldId, LeafIndex, ParseError};
use serde_json::json;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Keep one's own parts of a range of entries from being erased. Takes a person (`--as`).
    Hold(Range),
    /// Lift a hold. Takes a person (`--as`).
    Lift(Lift),
    /// One's own holds.
    Holds,
    /// Erase one's own parts of a range of entries, for good. Takes two persons (`--as`, `--with`).
    Erase(Range),
}

#[derive(Debug, Args)]
pub(crate) struct Range {
    /// The first entry.
    from: u64,
    /// The last entry.
    to: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Lift {
    /// The hold, 32 hex digits, as `retention holds` shows it.
    #[arg(value_parser = hold_id)]
    hold: HoldId,
}

fn hold_id(text: &str) -> Result<HoldId, ParseError> {
    let wrong = || ParseError::new("hold id", "32 hex digits");
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
    };
    let digits: Option<Vec<u8>> = text.bytes().map(digit).collect();
    let digits = digits.ok_or_else(wrong)?;
    let (pairs, []) = digits.as_chunks::<2>() else {
        return Err(wrong());
    };
    let bytes: Vec<u8> = pairs.iter().map(|[high, low]| high * 16 + low).collect();
    HoldId::from_slice(&bytes).map_err(|_| wrong())
}

pub(crate) async fn run(verb: Verb, setup: &Setup) -> Result<(), Failure> {
    let online = setup.connect().await?;
    let partner = &online.partner;
    let receipts = online.receipts();
    let keys = partner.log_keys();
    match verb {
        Verb::Hold(range) => {
            let (from, to) = (LeafIndex(range.from), LeafIndex(range.to));
            let (id, proof) = partner.place_hold(from..=to).await?;
            receipts.keep(keys, &proof, None)?;
            let document = json!({
                "hold_id": id.to_string(),
                "from": from.0,
                "to": to.0,
                "entry": show::entry(&proof),
            });
            setup.out.show(&document, || {
                out::facts(&[
                    ("hold", id.to_string()),
                    ("entries", format!("{from} to {to}")),
                    ("entry", show::entry_words(&proof)),
                ])
            })
        }
        Verb::Lift(lift) => {
            let proof = partner.lift_hold(lift.hold).await?;
            receipts.keep(keys, &proof, None)?;
            let document = json!({
                "lifted": lift.hold.to_string(),
                "entry": show::entry(&proof),
            });
            setup.out.show(&document, || {
                out::facts(&[
                    ("lifted", lift.hold.to_string()),
                    ("entry", show::entry_words(&proof)),
                ])
            })
        }
        Verb::Holds => {
            let holds = partner.holds().await?;
            let document = json!({ "holds": holds.iter().map(hold).collect::<Vec<_>>() });
            setup.out.show(&document, || words(&holds))
        }
        Verb::Erase(range) => {
            let (from, to) = (LeafIndex(range.from), LeafIndex(range.to));
            let erased = partner.erase_parts(from..=to).await?;
            receipts.keep(keys, &erased.proof, None)?;
            let document = json!({
                "erased": erased.parts,
                "from": from.0,
                "to": to.0,
                "entry": show::entry(&erased.proof),
            });
            setup.out.show(&document, || {
                out::facts(&[
                    ("erased", format!("{} parts", erased.parts)),
                    ("entries", format!("{from} to {to}")),
                    ("entry", show::entry_words(&erased.proof)),
                ])
            })
        }
    }
}

fn hold(hold: &Hold) -> serde_json::Value {
    json!({
        "hold_id": hold.id.to_string(),
        "from": hold.from.0,
        "to": hold.to.0,
        "placed_at": show::moment(hold.placed),
        "entry": hold.index.0,
    })
}

fn words(holds: &[Hold]) -> String {
    if holds.is_empty() {
        return "no holds\n".to_owned();
    }
    let line = |hold: &Hold| {
        format!(
            "{}  entries {} to {}, placed {} (entry {})\n",
            hold.id,
            hold.from,
            hold.to,
            show::moment(hold.placed),
            hold.index
        )
    };
    holds.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hold_is_named_by_32_hex_digits() {
        let id = HoldId([0xab; 16]);
        assert_eq!(hold_id(&id.to_string()).unwrap(), id);
        for other in [
            "",
            "ab",
            "zz",
            &"a".repeat(31),
            &"a".repeat(34),
            &"g".repeat(32),
        ] {
            assert!(hold_id(other).is_err(), "{other}");
        }
    }
}
