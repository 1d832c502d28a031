//! The input of a decision (docs/formats/decision.md): all that a decision is a function of, beside the
//! catalogue, the policy set and the content of the agreement, which it names by their hashes.
//!
//! Must not know: any value, identifier or date of a person; what comes of it.

use crate::agreement::ClauseState;
use crate::signal::{
    BreakGlassStanding, IdKind, Invalid, Regime, Restriction, SourceShield, WpgArticle,
    decode_article, decode_kind, decode_regime, decode_restriction, encode_article, encode_kind,
    encode_regime, encode_restriction,
};
use prost::Message;
use seinhuis_proto::v1;
use seinhuis_types::{
    AgreementHash, BasisCode, ClauseId, Desk, Digest, FieldPath, Millis, Oin, PurposeCode,
    RegionCode, SignalType, SubjectRole, limits,
};
use std::collections::BTreeSet;

/// The format that is written.
const FORMAT: u32 = 1;

/// What there is of the consent that an envelope cites; which consent is not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CitedConsent {
    /// None is cited.
    None,
    /// It stands, for this clause and these people.
    Stands,
    /// It was registered up to a moment that has passed.
    Expired,
    /// It does not stand.
    Fails,
}

/// What is to be done, of the acts that are decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Asked {
    /// Taking a signal in for one desk.
    Publish,
    /// Handing it over; decided again each time.
    Release,
    /// Telling who received a signal that it is wrong, withdrawn or shielded.
    Rectify,
    /// Taking in a question to one desk.
    Ask,
    /// Taking in what answers a question.
    Answer,
}

/// What a decision was made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionInput {
    /// What was to be done.
    pub asked: Asked,
    /// Hub time of the decision.
    pub decided_at: Millis,
    /// The sender, from its certificate.
    pub source: Oin,
    /// The recipient.
    pub recipient: Oin,
    /// The recipient's desk.
    pub desk: Desk,
    /// The agreement that the envelope names.
    pub agreement: AgreementHash,
    /// The clause that the envelope names.
    pub clause: ClauseId,
    /// Region of the event.
    pub region: RegionCode,
    /// For which purpose.
    pub purpose: PurposeCode,
    /// Which type.
    pub signal_type: SignalType,
    /// The coded fields that were offered.
    pub offered: BTreeSet<FieldPath>,
    /// The people, by ordinal: what they are in the signal, never who.
    pub subjects: Vec<InputSubject>,
    /// The law under which the data were gathered.
    pub regime: Regime,
    /// Of police data, by which article.
    pub wpg_article: Option<WpgArticle>,
    /// Of data received from another: the basis on which they are passed on.
    pub onward_basis: Option<BasisCode>,
    /// What of the source stays hidden.
    pub source_shield: SourceShield,
    /// Whether the source states that processing is restricted, and on which ground it is sent all the same.
    pub restriction: Restriction,
    /// Whether the source states that it is about a theme of restricted desks.
    pub restricted_theme: bool,
    /// Whether the designated functionary approved, and the source named who.
    pub second_approval: bool,
    /// Whether the source named who acted.
    pub acting_person: bool,
    /// Whether the source named who decided that this leaves.
    pub decided_by: bool,
    /// Of a rectification: whether the desk received what it is about.
    pub received: bool,
    /// Of an answer that is no cover: whether no person was named by assertion.
    pub machine_answer: bool,
    /// Of a question: whether one more that day was too many.
    pub over_budget: bool,
    /// What there was of the consent it cites.
    pub consent: CitedConsent,
    /// Of a break-glass: its call and its time box.
    pub break_glass: Option<InputBreakGlass>,
    /// How the agreement stood.
    pub standing: Standing,
    /// The catalogue it was decided by.
    pub catalogue_hash: Digest,
    /// The policy set it was decided by.
    pub policy_hash: Digest,
}

/// What a decision asks of a break-glass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InputBreakGlass {
    /// When a function was called before it; none when nobody was.
    pub called_at: Option<Millis>,
    /// The end of its time box.
    pub until: Millis,
    /// When it was sent.
    pub sent_at: Millis,
}

impl InputBreakGlass {
    /// How it stands at `now`, under a clause that allows boxes of `box_hours`.
    pub fn standing(&self, now: Millis, box_hours: u8) -> BreakGlassStanding {
        BreakGlassStanding::of(self.called_at, self.until, self.sent_at, now, box_hours)
    }

    fn message(self) -> v1::InputBreakGlass {
        v1::InputBreakGlass {
            called_ms: self.called_at.unwrap_or_default().0,
            until_ms: self.until.0,
            sent_ms: self.sent_at.0,
        }
    }

    fn read(found: &v1::InputBreakGlass) -> Self {
        Self {
            called_at: (found.called_ms != 0).then_some(Millis(found.called_ms)),
            until: Millis(found.until_ms),
            sent_at: Millis(found.sent_ms),
        }
    }
}

/// What a decision asks of one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputSubject {
    /// The role in this signal.
    pub role: SubjectRole,
    /// What the ciphertext stands for.
    pub kind: IdKind,
    /// Whether an identity was sealed beside it.
    pub identity_sealed: bool,
}

/// How the agreement stood at the moment of the decision: its parties' doing, which its content does
/// not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Whether the hub knew it as an agreement of the source's.
    pub known: bool,
    /// How the clause stood; [`ClauseState::None`] when it has no such clause.
    pub clause: ClauseState,
    /// Whether it was signed on the ruleset in force or the one before.
    pub ruleset_ok: bool,
    /// Whether the moment lay in its term.
    pub in_term: bool,
}

impl DecisionInput {
    /// Writes it, once: these bytes are committed to and kept.
    pub fn encode(&self) -> Vec<u8> {
        v1::DecisionInput {
            format: FORMAT,
            act: match self.asked {
                Asked::Publish => v1::Act::Publish,
                Asked::Release => v1::Act::Release,
                Asked::Rectify => v1::Act::Rectify,
                Asked::Ask => v1::Act::Ask,
                Asked::Answer => v1::Act::Answer,
            }
            .into(),
            decided_ms: self.decided_at.0,
            source_oin: self.source.to_string(),
            recipient_oin: self.recipient.to_string(),
            recipient_desk: self.desk.to_string(),
            agreement_hash: self.agreement.to_string(),
            clause_id: self.clause.to_string(),
            region: self.region.to_string(),
            purpose: self.purpose.to_string(),
            signal_type: self.signal_type.to_string(),
            offered: self.offered.iter().map(ToString::to_string).collect(),
            subjects: self.subjects.iter().map(InputSubject::message).collect(),
            regime: encode_regime(self.regime).into(),
            wpg_article: encode_article(self.wpg_article).into(),
            onward_basis: (self.onward_basis.as_ref())
                .map(ToString::to_string)
                .unwrap_or_default(),
            source_shield: encode_shield(self.source_shield).into(),
            restriction: encode_restriction(self.restriction).into(),
            restricted_theme: self.restricted_theme,
            second_approval: self.second_approval,
            acting_person: self.acting_person,
            decided_by: self.decided_by,
            received: self.received,
            machine_answer: self.machine_answer,
            over_budget: self.over_budget,
            consent: encode_consent(self.consent).into(),
            break_glass: self.break_glass.map(InputBreakGlass::message),
            agreement_known: self.standing.known,
            clause_standing: encode_standing(self.standing.clause).into(),
            ruleset_ok: self.standing.ruleset_ok,
            in_term: self.standing.in_term,
            catalogue_hash: self.catalogue_hash.0.to_vec(),
            policy_hash: self.policy_hash.0.to_vec(),
        }
        .encode_to_vec()
    }

    /// Reads it back, in its one form.
    ///
    /// # Errors
    /// `MESSAGE_INVALID`, naming what does not hold.
    pub fn parse(bytes: &[u8]) -> Result<Self, Invalid> {
        let refuse = |what: &str| Invalid::new(format!("decision_input: {what}"));
        let form = || refuse("it is not an input in its one form");
        let found = v1::DecisionInput::decode(bytes).map_err(|_| form())?;
        if found.encode_to_vec() != bytes {
            return Err(form());
        }
        if found.format != FORMAT {
            return Err(refuse("its format is not one this version reads"));
        }
        if found.offered.len() > limits::FIELDS || found.subjects.len() > limits::SUBJECTS {
            return Err(refuse(
                "it has more fields or people than a signal can have",
            ));
        }
        if !found.offered.is_sorted_by(|a, b| a < b) {
            return Err(refuse("fields are sorted and appear once"));
        }
        let regime = decode_regime(found.regime())?;
        let standing = v1::ClauseStanding::try_from(found.clause_standing).map_err(|_| form())?;
        let input = Self {
            asked: match found.act() {
                v1::Act::Publish => Asked::Publish,
                v1::Act::Release => Asked::Release,
                v1::Act::Rectify => Asked::Rectify,
                v1::Act::Ask => Asked::Ask,
                v1::Act::Answer => Asked::Answer,
                _ => return Err(refuse("its act is none that is decided")),
            },
            decided_at: Millis(found.decided_ms),
            source: found.source_oin.parse()?,
            recipient: found.recipient_oin.parse()?,
            desk: found.recipient_desk.parse()?,
            agreement: AgreementHash::parse(&found.agreement_hash)?,
            clause: found.clause_id.parse()?,
            region: found.region.parse()?,
            purpose: found.purpose.parse()?,
            signal_type: found.signal_type.parse()?,
            offered: found
                .offered
                .iter()
                .map(|path| path.parse())
                .collect::<Result<_, _>>()?,
            subjects: found
                .subjects
                .iter()
                .map(InputSubject::read)
                .collect::<Result<_, _>>()?,
            regime,
            wpg_article: decode_article(found.wpg_article(), regime)?,
            onward_basis: match found.onward_basis.as_str() {
                "" => None,
                code => Some(code.parse()?),
            },
            source_shield: decode_shield(found.source_shield).ok_or_else(form)?,
            restriction: decode_restriction(found.restriction)?,
            restricted_theme: found.restricted_theme,
            second_approval: found.second_approval,
            acting_person: found.acting_person,
            decided_by: found.decided_by,
            received: found.received,
            machine_answer: found.machine_answer,
            over_budget: found.over_budget,
            consent: decode_consent(v1::CitedConsent::try_from(found.consent).map_err(|_| form())?),
            break_glass: found.break_glass.as_ref().map(InputBreakGlass::read),
            standing: Standing {
                known: found.agreement_known,
                clause: decode_standing(standing),
                ruleset_ok: found.ruleset_ok,
                in_term: found.in_term,
            },
            catalogue_hash: Digest::from_slice(&found.catalogue_hash)?,
            policy_hash: Digest::from_slice(&found.policy_hash)?,
        };
        if !input.standing.known && input.standing.clause != ClauseState::None {
            return Err(refuse("a clause stands in no agreement that is not known"));
        }
        Ok(input)
    }
}

impl InputSubject {
    fn message(&self) -> v1::InputSubject {
        v1::InputSubject {
            role: self.role.to_string(),
            kind: encode_kind(self.kind).into(),
            identity_sealed: self.identity_sealed,
        }
    }

    fn read(found: &v1::InputSubject) -> Result<Self, Invalid> {
        Ok(Self {
            role: found.role.parse()?,
            kind: decode_kind(found.kind())?,
            identity_sealed: found.identity_sealed,
        })
    }
}

/// Nothing hidden is left out, as every default is.
fn encode_shield(shield: SourceShield) -> v1::SourceShield {
    match shield {
        SourceShield::None => v1::SourceShield::Unspecified,
        SourceShield::Origin => v1::SourceShield::Origin,
        SourceShield::Existence => v1::SourceShield::Existence,
    }
}

fn decode_shield(shield: i32) -> Option<SourceShield> {
    match v1::SourceShield::try_from(shield).ok()? {
        v1::SourceShield::Unspecified => Some(SourceShield::None),
        v1::SourceShield::Origin => Some(SourceShield::Origin),
        v1::SourceShield::Existence => Some(SourceShield::Existence),
        v1::SourceShield::None => None,
    }
}

fn encode_consent(consent: CitedConsent) -> v1::CitedConsent {
    match consent {
        CitedConsent::None => v1::CitedConsent::Unspecified,
        CitedConsent::Stands => v1::CitedConsent::Stands,
        CitedConsent::Expired => v1::CitedConsent::Expired,
        CitedConsent::Fails => v1::CitedConsent::Fails,
    }
}

fn decode_consent(consent: v1::CitedConsent) -> CitedConsent {
    match consent {
        v1::CitedConsent::Unspecified => CitedConsent::None,
        v1::CitedConsent::Stands => CitedConsent::Stands,
        v1::CitedConsent::Expired => CitedConsent::Expired,
        v1::CitedConsent::Fails => CitedConsent::Fails,
    }
}

fn encode_standing(state: ClauseState) -> v1::ClauseStanding {
    match state {
        ClauseState::None => v1::ClauseStanding::Unspecified,
        ClauseState::Proposed => v1::ClauseStanding::Proposed,
        ClauseState::Valid => v1::ClauseStanding::Valid,
        ClauseState::Suspended => v1::ClauseStanding::Suspended,
        ClauseState::Ended => v1::ClauseStanding::Ended,
        ClauseState::Rejected => v1::ClauseStanding::Rejected,
        ClauseState::Replaced => v1::ClauseStanding::Replaced,
    }
}

fn decode_standing(standing: v1::ClauseStanding) -> ClauseState {
    match standing {
        v1::ClauseStanding::Unspecified => ClauseState::None,
        v1::ClauseStanding::Proposed => ClauseState::Proposed,
        v1::ClauseStanding::Valid => ClauseState::Valid,
        v1::ClauseStanding::Suspended => ClauseState::Suspended,
        v1::ClauseStanding::Ended => ClauseState::Ended,
        v1::ClauseStanding::Rejected => ClauseState::Rejected,
        v1::ClauseStanding::Replaced => ClauseState::Replaced,
    }
}
