//! Who shares and who receives, as ISO/IEC TS 27560 asks it of an exported record: name, address, contact.
//!
//! Owns: the written list of them, TOML (docs/formats/consent.md). Must not know: the record.

use super::ConsentFault;
use crate::agreement::Text;
use seinhuis_types::Oin;
use serde::Deserialize;

/// An organisation that shares or receives. No person is one: the subject stands in no list of names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentParty {
    /// Its OIN.
    pub oin: Oin,
    /// Its name.
    pub name: Text,
    /// Where it is.
    pub address: Text,
    /// Where the subject can turn: a function, never a person.
    pub contact: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    party: Vec<WrittenParty>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenParty {
    oin: String,
    name: String,
    address: String,
    contact: String,
}

impl ConsentParty {
    /// Reads the list.
    ///
    /// # Errors
    /// `CONSENT_FORM`, naming the rule and never the value.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, ConsentFault> {
        let written: Written = toml::from_str(text).map_err(|error| {
            let words: Vec<&str> = error.message().split_whitespace().collect();
            ConsentFault::Form(words.join(" "))
        })?;
        let parsed = written.party.iter().map(|one| {
            Ok(Self {
                oin: Oin::parse(&one.oin)?,
                name: Text::parse(&one.name)?,
                address: Text::parse(&one.address)?,
                contact: Text::parse(&one.contact)?,
            })
        });
        parsed.collect()
    }

    /// The one of `oin`.
    ///
    /// # Errors
    /// [`ConsentFault::Party`]: nothing is made up.
    pub(super) fn of(parties: &[Self], oin: Oin) -> Result<&Self, ConsentFault> {
        let found = parties.iter().find(|party| party.oin == oin);
        found.ok_or(ConsentFault::Party(oin))
    }
}
