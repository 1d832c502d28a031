//! A signal described in a file (docs/partners/signal-file.md): text in, a signal and its recipients
//! out.
//!
//! Owns: the form. Every fault is told by its line and its place, and never with what stands there:
//! a number that was put in the wrong place must not reach a screen or a log. Must not know: where
//! the text comes from, the catalogue, the network.

mod parts;
mod table;
mod value;

pub(crate) use table::FileError;
pub(crate) use value::bytes;

use seinhuis_client::{Signal, SignalBuilder, To};
use seinhuis_domain::signal::{Regime, Restriction, SourceShield, WpgArticle};
use seinhuis_types::{AgreementHash, CodeValue, Desk, Millis, RegionCode};
use table::Row;
use toml::de::DeTable;

/// What a file describes.
#[derive(Debug)]
pub(crate) struct SignalFile {
    /// The desk that sends.
    pub(crate) desk: Desk,
    /// The signal.
    pub(crate) signal: Signal,
    /// Who is to receive it; at least one.
    pub(crate) to: Vec<To>,
}

const KEYS: &[&str] = &[
    "desk",
    "type",
    "purpose",
    "necessity",
    "informed",
    "regime",
    "wpg_article",
    "region",
    "event",
    "valid_until",
    "urgency",
    "source_shield",
    "address_shield",
    "onward_basis",
    "restriction",
    "restricted_theme",
    "to",
    "subjects",
    "fields",
    "case",
    "source",
];

/// Reads a file. `now` is what `event = "now"` means; `agreement` stands in for the one of every
/// recipient.
pub(crate) fn read(
    text: &str,
    now: Millis,
    agreement: Option<&AgreementHash>,
) -> Result<SignalFile, FileError> {
    let table = DeTable::parse(text).map_err(|error| FileError::syntax(text, &error))?;
    let root = Row::root(text, table.get_ref());
    root.only(KEYS)?;
    let builder = Signal::build(
        root.parse::<seinhuis_types::SignalType>("type")?.as_str(),
        root.parse::<seinhuis_types::PurposeCode>("purpose")?
            .as_str(),
    );
    let builder = circumstances(&root, builder, now)?;
    let builder = parts::subjects(&root, builder)?;
    let builder = parts::fields(&root, builder)?;
    let builder = parts::case(&root, builder)?;
    let builder = parts::source(&root, builder)?;
    Ok(SignalFile {
        desk: root.parse("desk")?,
        to: parts::recipients(&root, agreement)?,
        signal: builder
            .finish()
            .map_err(|error| root.fault(&error.to_string()))?,
    })
}

fn circumstances(
    root: &Row<'_>,
    builder: SignalBuilder,
    now: Millis,
) -> Result<SignalBuilder, FileError> {
    let event = match root.maybe_text("event") {
        Ok(Some(word)) if word.value == "now" => now.hour(),
        _ => root.hour("event", "a date-time with an offset, or `\"now\"`")?,
    };
    let region: RegionCode = root.parse("region")?;
    let necessity: CodeValue = root.parse("necessity")?;
    let informed: CodeValue = root.parse("informed")?;
    let regime = root.named("regime", Regime::parse, "`WPG`, `WJSG` or `AVG`")?;
    let article = root.maybe_named(
        "wpg_article",
        WpgArticle::parse,
        "`8`, `13.1`, `9`, `10`, `10.1.b` or `12`, between quotes",
    )?;
    let shield = root.maybe_named(
        "source_shield",
        SourceShield::parse,
        "`none`, `origin` or `existence`",
    )?;
    let mut builder = builder
        .happened(event, region.as_str())
        .because(necessity.as_str(), informed.as_str())
        .under(regime, article)
        .shielded(
            shield.unwrap_or(SourceShield::None),
            root.maybe_bool("address_shield")?.unwrap_or(false),
        );
    if root.has("valid_until") {
        builder = builder.valid_until(root.hour("valid_until", "a date-time with an offset")?);
    }
    if let Some(urgency) = root.maybe_parse::<CodeValue>("urgency")? {
        builder = builder.urgency(urgency.as_str());
    }
    if let Some(basis) = root.maybe_parse::<seinhuis_types::BasisCode>("onward_basis")? {
        builder = builder.passed_on(basis.as_str());
    }
    let restriction = root.maybe_named(
        "restriction",
        Restriction::parse,
        "`none`, `restricted`, `consent`, `legal-claim`, `rights-of-others` or `public-interest`",
    )?;
    if root.maybe_bool("restricted_theme")? == Some(true) {
        builder = builder.restricted_theme();
    }
    Ok(builder.restricted(restriction.unwrap_or(Restriction::None)))
}

#[cfg(test)]
mod tests;
