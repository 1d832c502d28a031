//! `agreement prepare` and `agreement sign`: four eyes, with a file in between. One person prepares a
//! step and sees what it is about; another sees the same, approves and signs.

use super::preview::Preview;
use super::show;
use super::step::reason;
use crate::cli::agreement_hash;
use crate::exit::Failure;
use crate::setup::{Online, Setup};
use crate::{files, out, show as forms};
use clap::{Args, ValueEnum};
use seinhuis_client::{AgreementView, Signatory, StepDraft};
use seinhuis_domain::agreement::{StepKind, StepReason};
use seinhuis_types::AgreementHash;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The steps, as words of the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Which {
    Accept,
    Reject,
    Suspend,
    Resume,
    Leave,
}

impl Which {
    const fn kind(self) -> StepKind {
        match self {
            Self::Accept => StepKind::Accept,
            Self::Reject => StepKind::Reject,
            Self::Suspend => StepKind::Suspend,
            Self::Resume => StepKind::Resume,
            Self::Leave => StepKind::Leave,
        }
    }
}

/// What follows on a step that nobody signed, in Dutch and in English.
const PREPARED: (&str, &str) = (
    "Nog niets getekend. Een tweede persoon bekijkt dit en tekent met `agreement sign FILE --approver`.",
    "Nothing is signed yet. A second person looks at this and signs with `agreement sign FILE --approver`.",
);
/// What follows on one that was signed: whether the hub took it is not known here.
const SIGNED: (&str, &str) = (
    "Dit is getekend, en het antwoord van het seinhuis is hier niet aangekomen. Geef `agreement sign FILE \
     --approver` nog eens: dezelfde handtekening gaat, en de stap wordt één keer gezet.",
    "This is signed, and the hub's answer did not arrive here. Give `agreement sign FILE --approver` once \
     more: the same signature goes, and the step is taken once.",
);

#[derive(Debug, Args)]
pub(crate) struct Prepare {
    /// Which step.
    step: Which,
    /// The agreement's hash, between single quotes.
    #[arg(value_parser = agreement_hash)]
    hash: AgreementHash,
    /// Who prepares this, by the partner's own pseudonym.
    #[arg(long, value_name = "PERSON")]
    initiator: String,
    /// In which function, such as `administrator`.
    #[arg(long, value_name = "FUNCTION")]
    initiator_function: Option<String>,
    /// Why, for the other parties to read; `suspend` and `resume` need one.
    #[arg(long, value_name = "CODE", value_parser = reason)]
    because: Option<StepReason>,
    /// Where the prepared step goes: a new file, for the second person.
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Sign {
    /// The prepared step.
    file: PathBuf,
    /// Who approves and signs, by the partner's own pseudonym: another person than prepared it.
    /// Without it the step is shown and nothing is signed.
    #[arg(long, value_name = "PERSON")]
    approver: Option<String>,
    /// In which function.
    #[arg(long, value_name = "FUNCTION")]
    approver_function: Option<String>,
}

pub(crate) async fn prepare(args: Prepare, setup: &Setup) -> Result<(), Failure> {
    if files::read(&args.file)?.is_some() {
        return Err(Failure::mended(
            format!("there is a file `{}` already", args.file.display()),
            "name a new file, or remove that one if nothing waits in it",
        ));
    }
    let initiator = Signatory::new(&args.initiator, args.initiator_function.as_deref())?;
    let online = setup.connect().await?;
    let kind = args.step.kind();
    let prepared = online
        .partner
        .prepare_step(kind, &args.hash, initiator, args.because);
    let (draft, view) = prepared.await?;
    let preview = Box::pin(preview(&online, kind, &view)).await?;
    files::write(&args.file, &draft.to_bytes()?)?;
    shown(setup, &args.file, &draft, &view, preview.as_ref())
}

pub(crate) async fn sign(args: Sign, setup: &Setup) -> Result<(), Failure> {
    let bytes = files::read(&args.file)?.ok_or_else(|| {
        Failure::mended(
            format!("there is no file `{}`", args.file.display()),
            "prepare the step first, with `seinpaal agreement prepare`",
        )
    })?;
    let mut draft = StepDraft::parse(&bytes)?;
    if let Some((state, index)) = draft.taken() {
        return done(setup, &draft, state, index, true);
    }
    let online = setup.connect().await?;
    let partner = &online.partner;
    let Some(approver) = &args.approver else {
        let view = partner.agreement(&draft.hash()?).await?;
        let preview = Box::pin(preview(&online, draft.kind()?, &view)).await?;
        return shown(setup, &args.file, &draft, &view, preview.as_ref());
    };
    let approver = Signatory::new(approver, args.approver_function.as_deref())?;
    partner.approve_draft(&mut draft, approver).await?;
    // Kept before it is sent: a second start sends the same, and takes no second step.
    files::write(&args.file, &draft.to_bytes()?)?;
    let taken = partner.send_draft(&mut draft).await?;
    online
        .receipts()
        .keep(partner.log_keys(), &taken.proof, None)?;
    files::write(&args.file, &draft.to_bytes()?)?;
    done(
        setup,
        &draft,
        taken.state.as_str(),
        taken.proof.index().0,
        false,
    )
}

/// What is accepted, of a step that accepts.
async fn preview(
    online: &Online,
    kind: StepKind,
    view: &AgreementView,
) -> Result<Option<Preview>, Failure> {
    match kind {
        StepKind::Accept => Preview::of(online, view).await.map(Some),
        _ => Ok(None),
    }
}

/// What is about to be signed, or was and is still to be sent.
fn shown(
    setup: &Setup,
    file: &Path,
    draft: &StepDraft,
    view: &AgreementView,
    preview: Option<&Preview>,
) -> Result<(), Failure> {
    let (kind, reason) = (draft.kind()?, draft.reason()?);
    let initiator = draft.initiator()?;
    let (word, (nl, en)) = if draft.is_signed() {
        ("signed", SIGNED)
    } else {
        ("prepared", PREPARED)
    };
    let next = setup.out.lang().of(nl, en);
    let (beside, difference) = preview.map(Preview::document).unwrap_or_default();
    let document = json!({
        "file": file.display().to_string(),
        "status": word,
        "agreement_hash": view.hash.as_str(),
        "state": view.state.as_str(),
        "step": kind.as_str(),
        "reason": reason.map(StepReason::as_str),
        "initiator": initiator.person.as_str(),
        "prepared": forms::moment(draft.prepared_at()),
        // The bytes parsed before: a content that is no JSON has no hash.
        "content": serde_json::from_slice::<Value>(&view.bytes).unwrap_or_default(),
        "compared_with": beside,
        "difference": difference,
    });
    setup.out.show(&document, || {
        let (nl, en) = words(kind);
        let head = out::facts(&[
            ("step", setup.out.lang().of(nl, en).to_owned()),
            (
                "reason",
                reason
                    .map(|reason| show::said(reason, setup).to_owned())
                    .unwrap_or_default(),
            ),
            ("prepared by", initiator.person.as_str().to_owned()),
            ("prepared", forms::moment(draft.prepared_at())),
            ("file", file.display().to_string()),
        ]);
        let changes = preview.map(|preview| preview.words(setup.out.lang()));
        let parts = [Some(head), Some(show::words(view, setup)), changes];
        let parts = parts.into_iter().flatten().chain([next.to_owned()]);
        parts.collect::<Vec<_>>().join("\n\n")
    })
}

fn done(
    setup: &Setup,
    draft: &StepDraft,
    state: &str,
    index: u64,
    before: bool,
) -> Result<(), Failure> {
    let (hash, kind) = (draft.hash()?, draft.kind()?);
    let document = json!({
        "agreement_hash": hash.as_str(),
        "step": kind.as_str(),
        "state": state,
        "index": index,
        "taken_before": before,
    });
    setup.out.show(&document, || {
        let told = match before {
            true => setup.out.lang().of("al eerder gedaan", "was taken before"),
            false => setup.out.lang().of("gedaan", "taken"),
        };
        out::facts(&[
            ("agreement", hash.to_string()),
            ("step", format!("{}: {told}", kind.as_str())),
            ("state", state.to_owned()),
            ("entry", index.to_string()),
        ])
    })
}

/// What signing does, in Dutch and in English.
const fn words(kind: StepKind) -> (&'static str, &'static str) {
    match kind {
        StepKind::Accept => (
            "het convenant aanvaarden; met de laatste aanvaarding geldt het",
            "accept the agreement; with the last acceptance it is in force",
        ),
        StepKind::Reject => (
            "het voorstel afwijzen, voorgoed",
            "reject the proposal, for good",
        ),
        StepKind::Suspend => (
            "het convenant schorsen: er gaat niets meer onder, tot deze partij hervat",
            "suspend the agreement: nothing goes under it until this party resumes",
        ),
        StepKind::Resume => (
            "de eigen schorsing opheffen: wat wacht, gaat weer",
            "lift one's own suspension: what waits goes again",
        ),
        StepKind::Leave => (
            "vertrekken: de clausules van deze partij eindigen, voorgoed",
            "leave: the clauses of this party end, for good",
        ),
    }
}
