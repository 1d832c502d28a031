//! What somebody reads who is about to accept: what the agreement changes beside the one it replaces.
//!
//! Owns: beside what it is compared, and that a signatory is told where the whole can be read. Must not
//! know: how a step is prepared or signed.

use super::difference::Difference;
use super::{history, source};
use crate::cli::Lang;
use crate::exit::Failure;
use crate::setup::Online;
use seinhuis_client::AgreementView;
use seinhuis_domain::agreement::compare::TooDifferent;
use seinhuis_types::{AgreementHash, hex};
use serde_json::Value;

/// What is accepted, beside what.
#[derive(Debug)]
pub(super) struct Preview {
    hash: AgreementHash,
    replaces: Option<AgreementHash>,
    /// What it is compared with; nothing also where what it replaces is not one's own to read.
    beside: Option<AgreementHash>,
    difference: Result<Difference, TooDifferent>,
}

impl Preview {
    /// Compares an agreement with the one it replaces, by the catalogue it rests on.
    pub(super) async fn of(online: &Online, view: &AgreementView) -> Result<Self, Failure> {
        let content = &view.content;
        let mut catalogues = online.config.catalogues.iter();
        let catalogue = loop {
            let folder = catalogues.next().ok_or_else(|| {
                let hash = hex(&content.catalogue_hash.0);
                Failure::mended(
                    format!("no catalogue here has the hash {hash}"),
                    "name its folder in `catalogues` of the configuration",
                )
            })?;
            let read = source::catalogue(folder)?;
            if read.hash() == content.catalogue_hash {
                break read;
            }
        };
        let before = match &content.replaces {
            None => None,
            Some(hash) => match online.partner.agreement(hash).await {
                Ok(old) => Some(old),
                Err(error) if history::is_others(&error) => None,
                Err(error) => return Err(error.into()),
            },
        };
        let old = before.as_ref().map(|old| &*old.content);
        Ok(Self {
            hash: view.hash.clone(),
            replaces: content.replaces.clone(),
            beside: before.as_ref().map(|old| old.hash.clone()),
            difference: Difference::of(old, content, &catalogue),
        })
    }

    /// The hash it is compared with, and the difference, for machines.
    pub(super) fn document(&self) -> (Value, Value) {
        let beside = self.beside.as_ref().map(AgreementHash::as_str);
        let difference = self.difference.as_ref().ok();
        (
            Value::from(beside),
            difference.map(Difference::document).unwrap_or_default(),
        )
    }

    /// For people.
    pub(super) fn words(&self, lang: Lang) -> String {
        let head = match (&self.beside, &self.replaces) {
            (Some(old), _) => lang
                .of("Wat dit verandert naast", "What this changes beside")
                .to_owned()
                + &format!(" {old}:"),
            (None, Some(_)) => lang
                .of(
                    "Het convenant dat dit vervangt is niet van deze organisatie: alles staat hieronder als nieuw.",
                    "The agreement that this one replaces is not this organisation's: all is told below as new.",
                )
                .to_owned(),
            (None, None) => lang
                .of("Wat hieronder mag worden gezonden:", "What may be sent under it:")
                .to_owned(),
        };
        let told = match &self.difference {
            Ok(difference) => difference.words(lang),
            Err(TooDifferent) => lang
                .of(
                    "De twee verschillen op te veel plaatsen om te vertellen: lees beide geheel.",
                    "The two differ in too many places to tell: read both as a whole.",
                )
                .to_owned(),
        };
        let hash = &self.hash;
        let (nl, en) = (
            format!(
                "De hele inhoud: `seinpaal agreement show '{hash}' --content`. Naast een ander convenant of \
                 een bestand: `seinpaal agreement compare`."
            ),
            format!(
                "The whole content: `seinpaal agreement show '{hash}' --content`. Beside another agreement or \
                 a file: `seinpaal agreement compare`."
            ),
        );
        [head, told, lang.of(&nl, &en).to_owned()].join("\n\n")
    }
}
