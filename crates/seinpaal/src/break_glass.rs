//! `break-glass`: send in immediate danger to life, and review it afterwards.
//!
//! Owns: what a caseworker and an officer type for it, and what is shown. Must not know: the form of a
//! signal's file, and who may review.

use crate::cli::{Lang, agreement_hash};
use crate::exit::Failure;
use crate::secret::Source;
use crate::setup::Setup;
use crate::{out, show};
use crate::{signal, signal_file};
use clap::{Args, Subcommand, ValueEnum};
use seinhuis_client::BreakGlassView;
use seinhuis_domain::break_glass::{Finding, Side};
use seinhuis_domain::signal::{BreakGlass, Call, LONGEST_BOX_HOURS};
use seinhuis_types::{AgreementHash, CodeValue, DeliveryId, Millis, ParseError};
use serde_json::{Value, json};

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Send the signal that a file describes as a break-glass, after a call. Takes a person (`--as`): the
    /// one who acts in the file.
    Send(Send),
    /// Every break-glass of one's own organisation, sent and received.
    List(List),
    /// Say what one's own officers find of one, once. Takes two persons (`--as`, `--with`) where one's own
    /// organisation sent it, and one where it received it.
    Review(Review),
}

#[derive(Debug, Args)]
pub(crate) struct Send {
    /// The file (docs/partners/signal-file.md); `-` is standard input.
    #[arg(value_name = "FILE|-")]
    pub(crate) file: Source,
    /// Why no ordinary way is open: a code of the list `break-glass-reason`.
    #[arg(long, value_name = "CODE")]
    why: CodeValue,
    /// Which function of the recipient was called before: a code of the list `called-function`.
    #[arg(long, value_name = "CODE")]
    called: CodeValue,
    /// How many minutes ago.
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u16).range(0..=1440))]
    called_ago: u16,
    /// For how many hours it may be released; nothing leaves after that.
    #[arg(long, value_name = "HOURS",
          value_parser = clap::value_parser!(u8).range(1..=i64::from(LONGEST_BOX_HOURS)))]
    hours: u8,
    /// Take this agreement for every recipient, in the place of the file's.
    #[arg(long, value_name = "HASH", value_parser = agreement_hash)]
    pub(crate) agreement: Option<AgreementHash>,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only those whose review is not closed.
    #[arg(long)]
    open: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Review {
    /// The delivery, 32 hex digits, as `break-glass list` shows it.
    #[arg(value_parser = delivery_id)]
    delivery: DeliveryId,
    /// What is found.
    #[arg(value_enum)]
    finding: Found,
}

/// What a review can say.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Found {
    /// There was danger to life, and no other way.
    Justified,
    /// It should not have been sent: its source withdraws it, its recipient destroys it.
    NotJustified,
    /// It could have gone under another clause.
    OtherClause,
}

impl From<Found> for Finding {
    fn from(found: Found) -> Self {
        match found {
            Found::Justified => Self::Justified,
            Found::NotJustified => Self::NotJustified,
            Found::OtherClause => Self::OtherClause,
        }
    }
}

fn delivery_id(text: &str) -> Result<DeliveryId, ParseError> {
    let bytes = signal_file::bytes::<16>(text);
    bytes
        .map(DeliveryId)
        .ok_or_else(|| ParseError::new("delivery id", "32 hex digits"))
}

pub(crate) async fn run(verb: Verb, setup: &Setup) -> Result<(), Failure> {
    match verb {
        Verb::Send(args) => {
            let glass = args.glass(Setup::now());
            Box::pin(signal::send_break_glass(&args, glass, setup)).await
        }
        Verb::List(args) => {
            let online = setup.connect().await?;
            let found = online.partner.break_glasses(args.open).await?;
            let documents: Vec<Value> = found.iter().map(document).collect();
            let document = json!({ "break_glasses": documents });
            setup
                .out
                .show(&document, || table(&found, setup.out.lang()))
        }
        Verb::Review(args) => {
            let online = setup.connect().await?;
            let partner = &online.partner;
            let (view, proof) = partner
                .review_break_glass(args.delivery, args.finding.into())
                .await?;
            online.receipts().keep(partner.log_keys(), &proof, None)?;
            let mut told = document(&view);
            if let Value::Object(members) = &mut told {
                members.insert("entry".to_owned(), show::entry(&proof));
            }
            setup.out.show(&told, || {
                out::facts(&[
                    ("break-glass", view.delivery.to_string()),
                    ("found", state(&view, setup.out.lang())),
                    ("next", next(&view, setup.out.lang()).to_owned()),
                    ("entry", show::entry_words(&proof)),
                ])
            })
        }
    }
}

impl Send {
    fn glass(&self, now: Millis) -> BreakGlass {
        BreakGlass {
            reason: Some(self.why.clone()),
            call: Some(Call {
                function: self.called.clone(),
                at: now.minus(u64::from(self.called_ago).saturating_mul(60 * Millis::SECOND)),
            }),
            until: now.plus(u64::from(self.hours).saturating_mul(Millis::HOUR)),
        }
    }
}

fn document(view: &BreakGlassView) -> Value {
    let message = &view.message;
    let glass = message.break_glass.clone().unwrap_or_default();
    json!({
        "delivery_id": view.delivery.to_string(),
        "signal_id": (!message.signal_id.is_empty()).then(|| seinhuis_types::hex(&message.signal_id)),
        "side": match view.side {
            Side::Source => "source",
            Side::Recipient => "recipient",
        },
        "source_oin": view.source.to_string(),
        "source_desk": message.source_desk,
        "recipient_oin": view.recipient.to_string(),
        "recipient_desk": message.recipient_desk,
        "agreement_hash": message.agreement_hash,
        "clause": message.clause_id,
        "signal_type": message.r#type,
        "rectifies": corrected(view),
        "reason": glass.reason,
        "called_function": glass.called_function,
        "called_at": show::maybe(glass.called_ms),
        "until": show::maybe(glass.until_ms),
        "sent_at": show::maybe(message.sent_ms),
        "review_by": show::moment(view.review_by),
        "overdue_told": message.overdue_told,
        "finding": view.finding.map(Finding::as_str),
        "reviewed_at": show::maybe(message.reviewed_ms),
        "view": view.view.map(Finding::as_str),
        "viewed_at": show::maybe(message.viewed_ms),
    })
}

/// The break-glass that it corrects, if it is a correction.
fn corrected(view: &BreakGlassView) -> Option<String> {
    let of = &view.message.rectifies;
    (!of.is_empty()).then(|| seinhuis_types::hex(of))
}

fn table(found: &[BreakGlassView], lang: Lang) -> String {
    if found.is_empty() {
        return lang
            .of("geen noodprocedures\n", "no break-glass\n")
            .to_owned();
    }
    let names = match lang {
        Lang::Nl => [
            "levering",
            "verstuurd",
            "soort",
            "ander",
            "beoordelen voor",
            "stand",
            "corrigeert",
        ],
        Lang::En => [
            "delivery",
            "sent",
            "type",
            "other side",
            "review before",
            "stands",
            "corrects",
        ],
    };
    let row = |view: &BreakGlassView| {
        let other = match view.side {
            Side::Source => &view.recipient,
            Side::Recipient => &view.source,
        };
        vec![
            view.delivery.to_string(),
            show::maybe(view.message.sent_ms).unwrap_or_default(),
            view.message.r#type.clone(),
            other.to_string(),
            show::moment(view.review_by),
            state(view, lang),
            corrected(view).unwrap_or_default(),
        ]
    };
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    out::table(&names, &rows)
}

fn state(view: &BreakGlassView, lang: Lang) -> String {
    let word = |finding: Finding| match finding {
        Finding::Justified => lang.of("terecht", "justified"),
        Finding::NotJustified => lang.of("niet terecht", "not justified"),
        Finding::OtherClause => lang.of(
            "had onder een andere clausule gekund",
            "could have gone under another clause",
        ),
    };
    let source = match (view.finding, view.message.overdue_told) {
        (Some(finding), _) => word(finding).to_owned(),
        (None, 0) => lang.of("open", "open").to_owned(),
        (None, times) => format!("{} ({times}x)", lang.of("te laat", "late")),
    };
    match view.view {
        Some(finding) => {
            let by = lang.of("ontvanger", "recipient");
            format!("{source}; {by}: {}", word(finding))
        }
        None => source,
    }
}

/// What follows from it.
fn next(view: &BreakGlassView, lang: Lang) -> &'static str {
    match (view.side, view.finding) {
        (Side::Source, Some(Finding::NotJustified)) => lang.of(
            "wat al was uitgegeven, trekt u in: seinpaal signal withdraw; de rest gaat niet meer uit",
            "withdraw what was released: seinpaal signal withdraw; the rest leaves no more",
        ),
        (Side::Source, Some(Finding::OtherClause)) => lang.of(
            "neem de andere clausule, of laat het convenant aanpassen",
            "take the other clause, or have the agreement changed",
        ),
        (Side::Recipient, None) => lang.of(
            "de bron beoordeelt nog met twee personen",
            "its source has yet to review it by two persons",
        ),
        (Side::Recipient, Some(Finding::NotJustified)) => {
            lang.of("vernietig wat u ontving", "destroy what you received")
        }
        _ => lang.of("niets", "nothing"),
    }
}
