//! `audit list`: one's own entries by criteria. There is none for a person whom an entry is about:
//! that is `audit scan`, and is found here, not at the hub.

use super::entry;
use crate::cli::agreement_hash;
use crate::exit::Failure;
use crate::setup::Setup;
use crate::{out, show};
use clap::Args;
use seinhuis_client::{Entry, SearchOptions};
use seinhuis_proto::v1;
use seinhuis_types::{AgreementHash, ClauseId, Desk, Hour, Oin, hex};
use serde_json::json;

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    criteria: Criteria,
    /// Every page, not the first alone.
    #[arg(long)]
    all: bool,
    /// Rows on a page, at most 1,000.
    #[arg(long, value_name = "N", default_value_t = 100)]
    page: u32,
    /// Under this grant, the controller's entries instead of one's own: 32 hex digits.
    #[arg(long, value_name = "ID", value_parser = grant_id)]
    grant: Option<[u8; 16]>,
}

/// Which entries.
#[derive(Debug, Clone, Args)]
pub(crate) struct Criteria {
    /// From this day or hour on, UTC: `2026-11-01` or `2026-11-01T13`.
    #[arg(long, value_name = "WHEN", value_parser = hour)]
    from: Option<Hour>,
    /// Before this day or hour, UTC.
    #[arg(long, value_name = "WHEN", value_parser = hour)]
    until: Option<Hour>,
    /// The act, such as `publish`, `release`, `acknowledge`, `convert`, `read` or `search`.
    #[arg(long, value_parser = act)]
    act: Option<v1::Act>,
    /// The agreement's hash, between single quotes.
    #[arg(long, value_name = "HASH", value_parser = agreement_hash)]
    agreement: Option<AgreementHash>,
    /// The clause.
    #[arg(long)]
    clause: Option<ClauseId>,
    /// The other side.
    #[arg(long, value_name = "OIN")]
    counterpart: Option<Oin>,
    /// The recipient's desk.
    #[arg(long)]
    desk: Option<Desk>,
    /// One's own system: the thumbprint of its certificate, 64 hex digits.
    #[arg(long, value_name = "THUMBPRINT", value_parser = thumbprint)]
    system: Option<[u8; 32]>,
    /// Only decisions about what one sent oneself.
    #[arg(long)]
    own_decisions: bool,
}

impl Criteria {
    /// As they are sent.
    pub(crate) fn filter(&self) -> v1::EntryFilter {
        fn text<T: ToString>(code: Option<&T>) -> String {
            code.map(ToString::to_string).unwrap_or_default()
        }
        v1::EntryFilter {
            from_hour: self.from.map(|hour| hour.0).unwrap_or_default(),
            until_hour: self.until.map(|hour| hour.0).unwrap_or_default(),
            act: self.act.unwrap_or(v1::Act::Unspecified).into(),
            agreement_hash: text(self.agreement.as_ref()),
            clause_id: text(self.clause.as_ref()),
            counterpart_oin: text(self.counterpart.as_ref()),
            desk: text(self.desk.as_ref()),
            system: self.system.map(Vec::from).unwrap_or_default(),
            own_decisions: self.own_decisions,
        }
    }
}

pub(crate) async fn run(args: List, setup: &Setup) -> Result<(), Failure> {
    let online = setup.connect().await?;
    let filter = args.criteria.filter();
    let mut options = SearchOptions {
        page_size: args.page,
        grant: args.grant,
        ..SearchOptions::default()
    };
    let (mut found, mut recorded) = (Vec::new(), Vec::new());
    loop {
        let page = Box::pin(online.partner.search(&filter, &options)).await?;
        found.extend(page.entries);
        recorded.push(page.recorded.index().0);
        options.page_token = page.next;
        if options.page_token.is_empty() || !(args.all || found.is_empty()) {
            break;
        }
    }
    let more = !options.page_token.is_empty();
    let document = json!({
        "entries": found.iter().map(entry::document).collect::<Vec<_>>(),
        "recorded": recorded,
        "more": more,
    });
    setup.out.show(&document, || {
        let rows: Vec<_> = found.iter().map(row).collect();
        let names = [
            "entry", "hour", "act", "outcome", "from", "to", "clause", "proven",
        ];
        let table = out::table(&names, &rows);
        let recorded: Vec<_> = recorded.iter().map(ToString::to_string).collect();
        let more = if more { "; there is more: `--all`" } else { "" };
        format!(
            "{table}\n\nthis search is in the log: {}{more}",
            recorded.join(", ")
        )
    })
}

fn row(entry: &Entry) -> Vec<String> {
    let outcome = entry.outcome().unwrap_or_default();
    let shared = entry.shared().unwrap_or_default();
    let yes = |yes, no| if outcome.permitted { yes } else { no };
    vec![
        entry.index.to_string(),
        show::hour(entry.leaf.hour()),
        show::act(outcome.act()),
        yes("permitted", "refused").to_owned(),
        shared.source_oin,
        [shared.recipient_oin, shared.recipient_desk].join("/"),
        shared.clause_id,
        if entry.proven { "yes" } else { "not yet" }.to_owned(),
    ]
}

/// A grant's id.
pub(super) fn grant_id(text: &str) -> Result<[u8; 16], String> {
    unhex(text).ok_or_else(|| "a grant is named by 32 hex digits".to_owned())
}

pub(super) fn thumbprint(text: &str) -> Result<[u8; 32], String> {
    unhex(text).ok_or_else(|| "a thumbprint has 64 hex digits".to_owned())
}

fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else {
        return None;
    };
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
    };
    let bytes: Option<Vec<u8>> = pairs
        .iter()
        .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?))
        .collect();
    let bytes: [u8; N] = bytes?.try_into().ok()?;
    (hex(&bytes) == text.to_ascii_lowercase()).then_some(bytes)
}

fn act(text: &str) -> Result<v1::Act, String> {
    let name = format!("ACT_{}", text.to_ascii_uppercase());
    v1::Act::from_str_name(&name)
        .filter(|act| *act != v1::Act::Unspecified)
        .ok_or_else(|| "an act is such as `publish`, `release` or `acknowledge`".to_owned())
}

/// A day or an hour, UTC.
pub(crate) fn hour(text: &str) -> Result<Hour, String> {
    moment(text).ok_or_else(|| "a moment is `2026-11-01` or `2026-11-01T13`, UTC".to_owned())
}

fn moment(text: &str) -> Option<Hour> {
    let (day, hours) = match text.split_once('T') {
        None => (text, 0),
        Some((day, hour)) => (
            day,
            hour.parse::<i64>().ok().filter(|h| (0..24).contains(h))?,
        ),
    };
    let day: jiff::civil::Date = day.parse().ok()?;
    let begin = day.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    let hours = begin.as_second().checked_div(3_600)?.checked_add(hours)?;
    u32::try_from(hours).ok().map(Hour)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_hours_are_read_as_utc() {
        assert_eq!(hour("1970-01-02"), Ok(Hour(24)));
        assert_eq!(hour("1970-01-02T13"), Ok(Hour(37)));
        for bad in [
            "",
            "1970-13-01",
            "1970-01-01T24",
            "1970-01-01T-1",
            "1960-01-01",
            "now",
        ] {
            assert!(hour(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_are_read_whole() {
        assert_eq!(act("publish"), Ok(v1::Act::Publish));
        assert!(act("unspecified").is_err() && act("x").is_err());
        assert_eq!(grant_id(&"0f".repeat(16)), Ok([15; 16]));
        for bad in ["", "0", "zz", &"0f".repeat(15), &"+f".repeat(16)] {
            assert!(grant_id(bad).is_err(), "{bad}");
        }
    }
}
