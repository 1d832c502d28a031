//! `signal correct`, `withdraw`, `fix-identity`, `shield`, `restrict`: all who received are told.
//!
//! Owns: what is typed for it, and what is shown. Must not know: who received the signal; the hub says
//! it, and checks that nobody is left out.

use super::send;
use crate::audit;
use crate::exit::{Exit, Failure};
use crate::secret::{self, Source};
use crate::setup::{Online, Setup};
use crate::{out, show, signal_file};
use clap::{Args, ValueEnum};
use seinhuis_client::{
    ClientError, NotTold, OutcomeReport, Rectified, SentDelivery, Signal, SignalBuilder,
};
use seinhuis_domain::signal::{Rectification, RectificationKind, SourceShield};
use seinhuis_types::{CodeValue, Desk, Hour, Millis, ParseError, SignalId};
use serde_json::{Value, json};

/// Which signal, and why.
#[derive(Debug, Args)]
pub(super) struct Which {
    /// One's own desk that tells it.
    desk: Desk,
    /// The signal, 32 hex digits, as `signal send` showed it.
    #[arg(value_parser = signal_id)]
    signal: SignalId,
    /// Why: a code of the list `rectification`, such as `inaccurate` or `unlawful`.
    #[arg(long, value_name = "CODE")]
    why: CodeValue,
}

/// Who acts; for a file it stands there.
#[derive(Debug, Args)]
pub(super) struct Who {
    /// Who acts, by the partner's own pseudonym.
    #[arg(long, value_name = "PERSON")]
    by: String,
    /// That person's function, a code of the list `acting-role`.
    #[arg(long, value_name = "ROLE")]
    role: CodeValue,
    /// Who decided it, by the partner's own pseudonym.
    #[arg(long, value_name = "PERSON")]
    decided_by: String,
    /// The designated functionary who approved today (Bpg 4:5), for data of Wpg articles 9 and 10.
    #[arg(long, value_name = "FUNCTION")]
    approved_by: Option<CodeValue>,
}

#[derive(Debug, Args)]
pub(crate) struct Correct {
    #[command(flatten)]
    which: Which,
    /// The signal as it should have been, in the form of `signal send`; its recipients are those who
    /// received it, whatever `to` says.
    #[arg(value_name = "FILE|-")]
    file: Source,
}

#[derive(Debug, Args)]
pub(crate) struct Withdraw {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    who: Who,
}

#[derive(Debug, Args)]
pub(crate) struct Shield {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    who: Who,
    /// What of the source must stay hidden from the subject.
    #[arg(long, value_enum, required_unless_present = "address")]
    source: Option<Hide>,
    /// An address must stay hidden.
    #[arg(long)]
    address: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Restrict {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    who: Who,
    /// When the restriction ends: `2026-11-01` or `2026-11-01T13`, UTC; without it, it stands until it is told
    /// again. Told again until the next hour, it is lifted.
    #[arg(long, value_name = "MOMENT", value_parser = audit::hour)]
    until: Option<Hour>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Hide {
    /// Who told it.
    Origin,
    /// That anybody told anything.
    Existence,
}

/// Reads a signal id, 32 hex digits.
pub(crate) fn signal_id(text: &str) -> Result<SignalId, ParseError> {
    let wrong = || ParseError::new("signal id", "32 hex digits");
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let digits: Option<Vec<u8>> = text.bytes().map(digit).collect();
    let digits = digits.ok_or_else(wrong)?;
    let (pairs, []) = digits.as_chunks::<2>() else {
        return Err(wrong());
    };
    let bytes: Vec<u8> = pairs.iter().map(|[high, low]| high * 16 + low).collect();
    SignalId::from_slice(&bytes).map_err(|_| wrong())
}

pub(crate) async fn correct(
    args: Correct,
    kind: RectificationKind,
    setup: &Setup,
) -> Result<(), Failure> {
    let text = secret::text(&args.file, "signal")?;
    let read = || {
        let read = signal_file::read(&text, Setup::now(), None);
        read.map(|file| file.signal)
            .map_err(|error| ClientError::Invalid(format!("{}, {error}", args.file)))
    };
    // A mistake in the file is told before anything is asked.
    read()?;
    let online = setup.connect().await?;
    let rectified = tell(&online, &args.which, kind, |_| read()).await?;
    told(&rectified, &args.which, kind, &online, setup)
}

pub(crate) async fn withdraw(args: Withdraw, setup: &Setup) -> Result<(), Failure> {
    let kind = RectificationKind::Withdrawn;
    let online = setup.connect().await?;
    let say = |sent: &SentDelivery| notice(sent, &args.who, |builder| builder);
    let rectified = tell(&online, &args.which, kind, say).await?;
    told(&rectified, &args.which, kind, &online, setup)
}

pub(crate) async fn shield(args: Shield, setup: &Setup) -> Result<(), Failure> {
    let kind = RectificationKind::Shielded;
    let online = setup.connect().await?;
    let hide = match args.source {
        None => SourceShield::None,
        Some(Hide::Origin) => SourceShield::Origin,
        Some(Hide::Existence) => SourceShield::Existence,
    };
    let hides = |builder: SignalBuilder| builder.shielded(hide, args.address);
    let say = |sent: &SentDelivery| notice(sent, &args.who, hides);
    let rectified = tell(&online, &args.which, kind, say).await?;
    told(&rectified, &args.which, kind, &online, setup)
}

pub(crate) async fn restrict(args: Restrict, setup: &Setup) -> Result<(), Failure> {
    let kind = RectificationKind::Restricted;
    let online = setup.connect().await?;
    let until = |builder: SignalBuilder| match args.until {
        Some(hour) => builder.valid_until(hour),
        None => builder,
    };
    let say = |sent: &SentDelivery| notice(sent, &args.who, until);
    let rectified = tell(&online, &args.which, kind, say).await?;
    told(&rectified, &args.which, kind, &online, setup)
}

fn notice(
    sent: &SentDelivery,
    who: &Who,
    more: impl Fn(SignalBuilder) -> SignalBuilder,
) -> Result<Signal, ClientError> {
    let now = Setup::now();
    let builder = more(sent.notice(now))
        .by(&who.by, who.role.as_str())
        .decided(&who.decided_by, sent.necessity.as_str());
    let builder = match &who.approved_by {
        Some(function) => {
            let day = u32::try_from(now.0 / Millis::DAY).unwrap_or(u32::MAX);
            builder.approved(function.as_str(), day)
        }
        None => builder,
    };
    Ok(builder.finish()?)
}

async fn tell(
    online: &Online,
    which: &Which,
    kind: RectificationKind,
    say: impl Fn(&SentDelivery) -> Result<Signal, ClientError>,
) -> Result<Rectified, Failure> {
    let rectification = Rectification {
        kind,
        reason: which.why.clone(),
    };
    let partner = &online.partner;
    let rectified = partner.rectify(&which.desk, which.signal, &rectification, say);
    Ok(Box::pin(rectified).await?)
}

/// Shows what came of it, then keeps the receipts. Exit code 2 when a desk that received the signal is
/// not told.
fn told(
    rectified: &Rectified,
    which: &Which,
    kind: RectificationKind,
    online: &Online,
    setup: &Setup,
) -> Result<(), Failure> {
    let signal = which.signal.to_string();
    let document = json!({
        "signal_id": signal,
        "kind": kind.as_str(),
        "reason": which.why.as_str(),
        "outcomes": rectified.told.iter().map(send::document).collect::<Vec<_>>(),
        "ended": rectified.ended.iter().map(desk).collect::<Vec<_>>(),
        "unreached": rectified.unreached.iter().map(desk).collect::<Vec<_>>(),
    });
    setup.out.show(&document, || {
        let head = out::facts(&[
            ("signal", signal.clone()),
            ("told", format!("{} ({})", kind.as_str(), which.why)),
        ]);
        let outcomes = rectified
            .told
            .iter()
            .map(|report| send::words(report, setup));
        let ended = rectified.ended.iter().map(|ended| {
            let lang = setup.out.lang();
            let what = if ended.received {
                lang.of(
                    "heeft het signaal; een eerdere correctie die wachtte gaat niet meer uit",
                    "has the signal; an earlier correction that waited leaves no more",
                )
            } else {
                lang.of(
                    "niet ontvangen; gaat niet meer uit",
                    "not received; leaves no more",
                )
            };
            words(ended, what)
        });
        let unreached = rectified.unreached.iter().map(|desk| {
            let lang = setup.out.lang();
            let what = lang.of(
                "heeft geen geldige sleutel: laat het op een andere manier weten",
                "has no key in force: tell them by other means",
            );
            words(desk, what)
        });
        let parts: Vec<String> = std::iter::once(head)
            .chain(outcomes)
            .chain(ended)
            .chain(unreached)
            .collect();
        parts.join("\n\n")
    })?;
    let receipts = online.receipts();
    let keys = online.partner.log_keys();
    for OutcomeReport {
        proof, decision, ..
    } in &rectified.told
    {
        receipts.keep(keys, proof, Some(decision))?;
    }
    for not_told in rectified.ended.iter().chain(&rectified.unreached) {
        receipts.keep(keys, &not_told.proof, None)?;
    }
    if rectified.complete() {
        Ok(())
    } else {
        Err(Failure::Told(Exit::Refused))
    }
}

fn desk(not_told: &NotTold) -> Value {
    json!({
        "recipient_oin": not_told.oin.as_str(),
        "recipient_desk": not_told.desk.as_str(),
        "received": not_told.received,
        "entry": show::entry(&not_told.proof),
    })
}

fn words(not_told: &NotTold, what: &str) -> String {
    out::facts(&[
        ("desk", format!("{}/{}", not_told.oin, not_told.desk)),
        ("outcome", what.to_owned()),
        ("entry", show::entry_words(&not_told.proof)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_id_is_read_as_it_is_shown() {
        let id = SignalId([0xa7; 16]);
        assert_eq!(signal_id(&id.to_string()), Ok(id));
        for bad in ["", "a7", "zz", &"a7".repeat(17)] {
            assert!(signal_id(bad).is_err(), "{bad}");
        }
    }
}
