//! Everything partners may send, made and signed once. Must not know: whether it will be taken.

use super::agreement::{FEEDBACK, PLAN, REPORT, Way};
use super::envelope::{Making, envelope, signed_source, slip};
use super::keys::Keys;
use super::{BEGIN, CARE, POLICE, idempotency, statement};
use crate::SimulationError;
use crate::fault::During;
use seinhuis_domain::agreement::StepKind;
use seinhuis_domain::consent::{ActorRole, AgeBand, EvidenceLevel, RegisteredAct};
use seinhuis_domain::signal::{ConsentCited, Rectification, RectificationKind};
use seinhuis_hub::command::{
    AgreementStep, Envelope, Idempotency, Publish, SlipBytes, StatementBytes,
};
use seinhuis_hub::{Rectify, RegisterConsent, WithdrawConsent};
use seinhuis_identity::signing::Signer;
use seinhuis_types::{
    AgreementHash, ClauseId, CodeValue, ConsentHandle, Digest, Hour, Millis, Revision, SignalId,
};

/// A signal that may be sent.
#[derive(Debug)]
pub(crate) struct SignalPlan {
    pub(crate) from: usize,
    pub(crate) ways: &'static [Way],
    /// Which consent the plan in it cites.
    pub(crate) consent: Option<usize>,
    /// Whether its source had processing restricted: it may never go.
    pub(crate) restricted: bool,
}

const fn report(restricted: bool) -> SignalPlan {
    SignalPlan {
        from: POLICE,
        ways: &[REPORT],
        consent: None,
        restricted,
    }
}

const fn plan(consent: usize) -> SignalPlan {
    SignalPlan {
        from: CARE,
        ways: &[PLAN, FEEDBACK],
        consent: Some(consent),
        restricted: false,
    }
}

/// The signals: the first two wait when an interleaving begins, the others may be published in it.
pub(crate) const SIGNALS: [SignalPlan; 5] =
    [report(false), plan(0), report(false), plan(1), report(true)];
/// Those that wait.
pub(super) const WAITING: [usize; 2] = [0, 1];
/// How many consents are registered.
pub(super) const CONSENTS: usize = 2;
/// The first moment at which consent stands no more: eight days on.
pub(crate) const CONSENT_UNTIL: Millis = Millis(BEGIN.0 + 8 * Millis::DAY);
/// How often each signal may be rectified in each way.
pub(crate) const TIMES: usize = 2;
/// The ways to rectify.
pub(crate) const KINDS: [Kind; 5] = RectificationKind::ALL;
/// What is told of a signal.
pub(crate) type Kind = RectificationKind;

/// Steps on the agreement, in the order in which one party may sign them.
const STEPS: [(StepKind, u64); 6] = [
    (StepKind::Suspend, 1),
    (StepKind::Resume, 2),
    (StepKind::Suspend, 3),
    (StepKind::Resume, 4),
    (StepKind::Leave, 5),
    (StepKind::Resume, 6),
];

/// An envelope for the recipient's first key, and one for the next.
type Either = [Envelope; 2];

/// By the party it goes to.
type Envelopes = Vec<(usize, Either)>;

struct ReadyRectification {
    signal: usize,
    kind: Kind,
    nth: usize,
    idempotency: Idempotency,
    envelopes: Envelopes,
}

struct ReadyStep {
    party: usize,
    kind: StepKind,
    nth: u64,
    idempotency: Idempotency,
    statement: StatementBytes,
}

/// Ready-made commands.
pub(crate) struct Commands {
    hash: Option<AgreementHash>,
    publishes: Vec<(SignalId, Idempotency, Envelopes)>,
    rectifications: Vec<ReadyRectification>,
    steps: Vec<ReadyStep>,
    consents: Vec<(ConsentHandle, Idempotency, SlipBytes)>,
    rotations: Vec<(StatementBytes, Idempotency)>,
}

fn none(what: &str) -> SimulationError {
    SimulationError::new(what, "there is none such")
}

fn act() -> Result<RegisteredAct, SimulationError> {
    let parsed = |role, level| Some((ActorRole::parse(role)?, EvidenceLevel::parse(level)?));
    let (role, level) = parsed("subject", "signed").ok_or_else(|| none("act of consent"))?;
    Ok(RegisteredAct {
        age_rule: CodeValue::parse("avg-consent").during("age rule")?,
        age: AgeBand::Adult,
        capable: true,
        by: vec![role],
        level,
        evidence: Digest([5; 32]),
        notice_version: 3,
    })
}

/// Registers the consent of this number.
pub(super) fn register(
    number: usize,
    hash: &AgreementHash,
) -> Result<RegisterConsent, SimulationError> {
    let number = u8::try_from(number).during("consent")?;
    let hours = |at: Millis| -> Hour { at.hour() };
    Ok(RegisterConsent {
        idempotency: idempotency(),
        consent: ConsentHandle([number; 16]),
        agreement: hash.clone(),
        clause: ClauseId::parse(PLAN.clause).during("clause")?,
        acts: vec![act()?],
        from: hours(BEGIN),
        until: hours(CONSENT_UNTIL),
        attested: true,
        source: signed_source()?,
        slip: slip(),
    })
}

impl Commands {
    pub(super) fn none() -> Self {
        Self {
            hash: None,
            publishes: Vec::new(),
            rectifications: Vec::new(),
            steps: Vec::new(),
            consents: Vec::new(),
            rotations: Vec::new(),
        }
    }

    pub(super) fn make(
        hash: &AgreementHash,
        keys: &[Keys; 3],
        signers: [&Signer; 3],
        consents: &[(ConsentHandle, u64)],
        rotations: [StatementBytes; 3],
    ) -> Result<Self, SimulationError> {
        let mut made = Self::none();
        made.hash = Some(hash.clone());
        let either = |making: &Making| {
            let signer = signers.get(making.way.from);
            let signer = signer.ok_or_else(|| none("party"))?;
            let first = envelope(making, signer, keys)?;
            let rotated = Making {
                rotated: true,
                ..making.clone()
            };
            Ok::<_, SimulationError>([first, envelope(&rotated, signer, keys)?])
        };
        for (number, signal) in SIGNALS.iter().enumerate() {
            let cited = signal.consent.and_then(|consent| consents.get(consent));
            let cited = cited.map(|(handle, revision)| ConsentCited {
                handle: *handle,
                revision: Revision(*revision),
            });
            let making = |way: &Way| Making {
                way: *way,
                agreement: hash.clone(),
                consent: cited.filter(|_| *way == PLAN),
                rectification: None,
                about: false,
                restricted: signal.restricted,
                rotated: false,
            };
            let mut envelopes = Vec::new();
            for way in signal.ways {
                envelopes.push((way.to, either(&making(way))?));
            }
            let id = SignalId([u8::try_from(number).during("signal")?; 16]);
            made.publishes.push((id, idempotency(), envelopes));
            if signal.restricted {
                continue;
            }
            for (kind, nth) in KINDS.iter().flat_map(|kind| (0..TIMES).map(|n| (*kind, n))) {
                let reason = CodeValue::parse("inaccurate").during("reason")?;
                let mut envelopes = Vec::new();
                for way in signal.ways {
                    let told = Making {
                        consent: None,
                        rectification: Some(Rectification {
                            kind,
                            reason: reason.clone(),
                        }),
                        about: kind.has_content(),
                        ..making(way)
                    };
                    envelopes.push((way.to, either(&told)?));
                }
                made.rectifications.push(ReadyRectification {
                    signal: number,
                    kind,
                    nth,
                    idempotency: idempotency(),
                    envelopes,
                });
            }
        }
        for (party, signer) in signers.into_iter().enumerate() {
            for (kind, nth) in STEPS {
                made.steps.push(ReadyStep {
                    party,
                    kind,
                    nth,
                    idempotency: idempotency(),
                    statement: statement(signer, hash, kind, nth)?,
                });
            }
        }
        let ready = |(handle, _): &(ConsentHandle, u64)| (*handle, idempotency(), slip());
        made.consents = consents.iter().map(ready).collect();
        made.rotations = rotations.into_iter().map(|s| (s, idempotency())).collect();
        Ok(made)
    }

    fn chosen(envelopes: &[(usize, Either)], rotated: &[bool; 3]) -> Vec<Envelope> {
        let one = |(to, [first, next]): &(usize, Either)| {
            let rotated = rotated.get(*to).copied().unwrap_or_default();
            if rotated { next.clone() } else { first.clone() }
        };
        envelopes.iter().map(one).collect()
    }

    /// The signal of this number, sealed for the keys that each desk has by `rotated`. Another choice of
    /// keys is another request, so that it has a key of its own.
    pub(crate) fn publish(
        &self,
        signal: usize,
        rotated: &[bool; 3],
    ) -> Result<Publish, SimulationError> {
        let ready = self.publishes.get(signal).ok_or_else(|| none("signal"))?;
        let (id, idempotency, envelopes) = ready;
        Ok(Publish {
            idempotency: of_choice(idempotency, rotated),
            signal: *id,
            envelopes: Self::chosen(envelopes, rotated),
        })
    }

    /// What is told of a signal, to the desks of `to`.
    pub(crate) fn rectify(
        &self,
        (signal, kind, nth): (usize, Kind, usize),
        rotated: &[bool; 3],
        to: &[usize],
    ) -> Result<Rectify, SimulationError> {
        let mut all = self.rectifications.iter();
        let ready = all.find(|one| one.signal == signal && one.kind == kind && one.nth == nth);
        let ready = ready.ok_or_else(|| none("rectification"))?;
        let (id, ..) = self.publishes.get(signal).ok_or_else(|| none("signal"))?;
        let asked = ready.envelopes.iter().filter(|(desk, _)| to.contains(desk));
        let asked: Vec<_> = asked.cloned().collect();
        Ok(Rectify {
            idempotency: of_choice(&ready.idempotency, rotated),
            signal: *id,
            kind,
            reason: CodeValue::parse("inaccurate").during("reason")?,
            source: signed_source()?,
            envelopes: Self::chosen(&asked, rotated),
        })
    }

    /// A party's step.
    pub(crate) fn step(
        &self,
        party: usize,
        kind: StepKind,
        nth: u64,
    ) -> Result<AgreementStep, SimulationError> {
        let mut all = self.steps.iter();
        let ready = all.find(|one| one.party == party && one.kind == kind && one.nth == nth);
        let ready = ready.ok_or_else(|| none("step"))?;
        let hash = self.hash.as_ref().ok_or_else(|| none("agreement"))?;
        Ok(AgreementStep {
            idempotency: ready.idempotency.clone(),
            agreement: hash.clone(),
            kind,
            statement: ready.statement.clone(),
        })
    }

    /// The withdrawal of a consent.
    pub(crate) fn withdraw(&self, consent: usize) -> Result<WithdrawConsent, SimulationError> {
        let ready = self.consents.get(consent).ok_or_else(|| none("consent"))?;
        let (handle, idempotency, slip) = ready;
        Ok(WithdrawConsent {
            idempotency: idempotency.clone(),
            consent: *handle,
            acts: vec![RegisteredAct {
                age_rule: CodeValue::parse("avg-withdraw").during("age rule")?,
                ..act()?
            }],
            attested: true,
            source: signed_source()?,
            slip: slip.clone(),
        })
    }

    /// The statement with which a desk rotates its sealing key.
    pub(crate) fn rotate(
        &self,
        party: usize,
    ) -> Result<(StatementBytes, Idempotency), SimulationError> {
        let found = self.rotations.get(party).cloned();
        found.ok_or_else(|| none("rotation"))
    }
}

/// The key of a call that was made for other keys of its recipients is another one.
fn of_choice(idempotency: &Idempotency, rotated: &[bool; 3]) -> Idempotency {
    let mut key = idempotency.key.clone();
    key.extend(rotated.map(u8::from));
    Idempotency {
        key,
        fingerprint: idempotency.fingerprint,
    }
}
