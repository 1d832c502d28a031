//! A record of consent: what was agreed to, by whom, on which notice, and whether it stands.
//!
//! Owns: the rules that hold whatever the record is kept in. Must not know: its written form.

use super::{AgeBand, Asked, ConsentFault, ConsentLaw, Needed};
use seinhuis_types::{Digest, Millis, Oin, OwnReference, PersonRef, PurposeCode, SignalType, hex};
use std::collections::BTreeSet;
use std::fmt;

/// The longest that consent stands before it is asked anew: two years, in milliseconds.
const LONGEST_MS: u64 = 731 * Millis::DAY;

/// The id of a record: 16 random bytes, drawn by its registrant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConsentId(pub [u8; 16]);

impl fmt::Display for ConsentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for ConsentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];
            /// Its word in documents.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
            /// Reads the word.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

words! {
    /// The language of a notice.
    Language {
        /// Dutch.
        Nl = "nl",
        /// English.
        En = "en",
    }
}

words! {
    /// How an act can be shown later. Stronger ones come later.
    EvidenceLevel {
        /// Spoken, and noted by a professional.
        Oral = "oral",
        /// Written.
        Written = "written",
        /// Signed by hand.
        Signed = "signed",
        /// Signed or confirmed with an electronic identity.
        ElectronicId = "electronic-id",
    }
}

words! {
    /// In what quality somebody acts.
    ActorRole {
        /// The person whom it is about.
        Subject = "subject",
        /// A parent with parental authority.
        Parent = "parent",
        /// A guardian (voogd).
        Guardian = "guardian",
        /// A mentor or curator of somebody who cannot weigh the matter.
        Mentor = "mentor",
        /// A special curator, appointed where parents and child conflict (BW 1:250).
        SpecialCurator = "special-curator",
        /// The judge, in the representatives' place.
        Judge = "judge",
    }
}

words! {
    /// What became of it, by one act. The words are event states of ISO/IEC TS 27560.
    ConsentState {
        /// Consent was given.
        Given = "given",
        /// It was refused: recorded, so that nobody asks again and again.
        Refused = "refused",
        /// It was taken back.
        Withdrawn = "withdrawn",
    }
}

words! {
    /// How the subject sees the sharing, also where consent is not asked or another decides. Recorded
    /// beside consent; it decides nothing.
    SubjectView {
        /// Agrees.
        Agrees = "agrees",
        /// Agrees with a part.
        AgreesInPart = "agrees-in-part",
        /// Is against it.
        Opposes = "opposes",
        /// Was not asked: it would be dangerous.
        NotAskedSafety = "not-asked-safety",
        /// Was not asked: not reached, or not needed.
        NotAsked = "not-asked",
        /// Cannot say.
        CannotSay = "cannot-say",
    }
}

impl ActorRole {
    /// Whether they act in the subject's place.
    pub const fn represents(self) -> bool {
        !matches!(self, Self::Subject)
    }

    /// Whether they may be a suspect in the matter at all.
    pub const fn may_conflict(self) -> bool {
        matches!(self, Self::Parent | Self::Guardian | Self::Mentor)
    }
}

/// What the subject was told before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The registrant's own reference of the text.
    pub reference: OwnReference,
    /// Its exact version.
    pub version: u32,
    /// In which language it was given.
    pub language: Language,
    /// SHA-256 of the text.
    pub sha256: Digest,
}

/// What shows that somebody acted. The evidence itself stays with the registrant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// How strong it is.
    pub level: EvidenceLevel,
    /// SHA-256 of it.
    pub sha256: Digest,
}

/// Who acted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// In what quality.
    pub role: ActorRole,
    /// Of a representative: SHA-256 of what the authority rests on.
    pub authority: Option<Digest>,
    /// Whether a role of suspicion in the matter is theirs.
    pub suspect: bool,
}

/// One act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// What.
    pub state: ConsentState,
    /// When.
    pub at: Millis,
    /// By whom; one or more.
    pub by: Vec<Actor>,
    /// Shown by what.
    pub evidence: Evidence,
    /// The subject's age when it was done, as far as the law asks.
    pub age: AgeBand,
    /// Under 18: up to when that age holds, or any moment from the record's `until` on if it holds
    /// longer. None for who is of age.
    pub age_until: Option<Millis>,
    /// Whether the subject could weigh the matter then.
    pub capable: bool,
}

/// A record of consent, as its registrant keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentRecord {
    /// Its id.
    pub id: ConsentId,
    /// The registrant's own reference of the subject. It stays with the registrant.
    pub subject: OwnReference,
    /// How the subject sees it.
    pub view: SubjectView,
    /// The law under which it is asked.
    pub law: ConsentLaw,
    /// The organisation that keeps the record and may share.
    pub controller: Oin,
    /// What for.
    pub purposes: BTreeSet<PurposeCode>,
    /// What may be told.
    pub types: BTreeSet<SignalType>,
    /// To whom.
    pub recipients: BTreeSet<Oin>,
    /// Whether any of it is about health, or another special category (AVG 9).
    pub special: bool,
    /// What the subject was told before.
    pub notice: Notice,
    /// From when.
    pub from: Millis,
    /// Up to when.
    pub until: Millis,
    /// Every act, oldest first.
    pub acts: Vec<Act>,
    /// Who registered it, by the organisation's own pseudonym.
    pub registrant: PersonRef,
    /// That the registrant attests that no acting representative is a suspect in the matter.
    pub attested: bool,
}

impl Act {
    /// Whether who acted is who may.
    fn meets(&self, needed: Needed) -> bool {
        let subject = self.by.iter().any(|actor| !actor.role.represents());
        let representative = self.by.iter().any(|actor| actor.role.represents());
        needed.met(subject, representative)
    }
}

impl ConsentRecord {
    /// Whether the record keeps every rule. What breaks one is no consent, whatever was said.
    ///
    /// # Errors
    /// The first [`ConsentFault`].
    pub fn check(&self) -> Result<(), ConsentFault> {
        let lasts = self.until.0.checked_sub(self.from.0);
        if lasts.is_none_or(|lasts| lasts == 0 || lasts > LONGEST_MS) {
            return Err(ConsentFault::Term);
        }
        if self.purposes.is_empty() || self.types.is_empty() || self.recipients.is_empty() {
            return Err(ConsentFault::Scope);
        }
        self.check_order()?;
        self.check_ages()?;
        self.acts.iter().try_for_each(|act| self.check_act(act))
    }

    /// Whether who took it back by the last act may; nothing to judge where the last act is another. What was
    /// wrong with giving it keeps nothing in force, so of the acts before it none is judged.
    ///
    /// # Errors
    /// The first [`ConsentFault`] of that act.
    pub fn check_withdrawal(&self) -> Result<(), ConsentFault> {
        let last = self.acts.last();
        match last.filter(|act| act.state == ConsentState::Withdrawn) {
            Some(act) => self.check_act(act),
            None => Ok(()),
        }
    }

    fn check_order(&self) -> Result<(), ConsentFault> {
        let follows = |pair: &[Act]| match pair {
            [first, second] => {
                first.at < second.at
                    && first.state == ConsentState::Given
                    && second.state == ConsentState::Withdrawn
            }
            _ => true,
        };
        let begins = self
            .acts
            .first()
            .is_some_and(|first| first.state != ConsentState::Withdrawn);
        if begins && self.acts.windows(2).all(follows) {
            Ok(())
        } else {
            Err(ConsentFault::Order)
        }
    }

    /// Each act has the age of its own moment, and nobody grows younger.
    fn check_ages(&self) -> Result<(), ConsentFault> {
        let ends = |act: &Act| match act.age_until {
            Some(until) => act.age != AgeBand::Adult && act.at < until,
            None => act.age == AgeBand::Adult,
        };
        let follows = |pair: &[Act]| match pair {
            [first, second] if first.age_until.is_some_and(|until| second.at < until) => {
                first.age == second.age
            }
            [first, second] => first.age <= second.age,
            _ => true,
        };
        if self.acts.iter().all(ends) && self.acts.windows(2).all(follows) {
            Ok(())
        } else {
            Err(ConsentFault::AgeUntil)
        }
    }

    fn check_act(&self, act: &Act) -> Result<(), ConsentFault> {
        if act
            .by
            .iter()
            .any(|actor| actor.suspect && actor.role.represents())
        {
            return Err(ConsentFault::Conflict);
        }
        if !self.attested && act.by.iter().any(|actor| actor.role.may_conflict()) {
            return Err(ConsentFault::NotAttested);
        }
        let unproven = |actor: &Actor| actor.role.represents() && actor.authority.is_none();
        if act.by.iter().any(unproven) {
            return Err(ConsentFault::Authority);
        }
        let asked = match act.state {
            ConsentState::Withdrawn => Asked::Withdraw,
            ConsentState::Given | ConsentState::Refused => Asked::Give,
        };
        let needed = Needed::of(self.law, asked, act.age, act.capable);
        if !act.meets(needed) {
            let law = self.law;
            return Err(ConsentFault::Age { law, needed });
        }
        // Taking back is as easy as giving, and needs no better proof (AVG 7(3)).
        let heavy = self.special || act.age != AgeBand::Adult;
        let weak = act.evidence.level == EvidenceLevel::Oral;
        if heavy && weak && act.state == ConsentState::Given {
            return Err(ConsentFault::Evidence);
        }
        Ok(())
    }

    /// Up to when it can stand: its term, or the birthday from which the act of somebody else counts than
    /// of who gave it (UAVG 5(1); Wmo 5.3.3; Jeugdwet 7.3.11). From then on they are asked themselves.
    pub fn ends(&self) -> Millis {
        let given = |act: &&Act| act.state == ConsentState::Given;
        let outgrown = self.acts.iter().rfind(given);
        let outgrown = outgrown.and_then(|act| self.outgrown(act));
        outgrown.map_or(self.until, |at| at.min(self.until))
    }

    /// When consent that was given has its force no more, since the subject's age asks another's.
    fn outgrown(&self, act: &Act) -> Option<Millis> {
        let (mut band, mut until) = (act.age, act.age_until);
        while let (Some(at), Some(next)) = (until, band.next()) {
            if !act.meets(Needed::of(self.law, Asked::Give, next, act.capable)) {
                return Some(at);
            }
            band = next;
            until = next
                .least_ms()
                .map(|least| Millis(at.0.saturating_add(least)));
        }
        None
    }

    /// Whether data may be shared on it at `now`: a good record, given, not taken back, in its term, by
    /// who still is the one to give it.
    pub fn stands(&self, now: Millis) -> bool {
        let last = self.acts.last().map(|act| act.state);
        last == Some(ConsentState::Given)
            && self.from <= now
            && now < self.ends()
            && self.check().is_ok()
    }
}
