//! The three clear leaves of an envelope, parsed. The bytes that were signed are kept beside them
//! and never made again from these types.

use super::{BreakGlass, Rectification};
use seinhuis_types::{
    AgreementHash, BasisCode, ClauseId, CodeValue, ConsentHandle, Desk, Digest, FieldPath, Hour,
    KeyId, Oin, PurposeCode, RegionCode, Revision, SignalType, SubjectRole,
};
use std::collections::BTreeSet;

/// All that a transcryptor may see: who sends to which desk, under which clause, with which keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The sender.
    pub source: Oin,
    /// The desk whose session key encrypted the subjects.
    pub source_desk: Desk,
    /// The receiving organisation.
    pub recipient: Oin,
    /// The receiving desk.
    pub desk: Desk,
    /// The agreement under which it is sent.
    pub agreement: AgreementHash,
    /// The clause of that agreement.
    pub clause: ClauseId,
    /// Key epoch of both pseudonym domains.
    pub epoch: u16,
    /// Hour of sending.
    pub hour: Hour,
    /// Random, unique per source.
    pub nonce: [u8; 16],
    /// SHA-256 of the signing certificate.
    pub signing_x5t: Digest,
    /// The recipient's sealing key.
    pub seal_kid: KeyId,
    /// The recipient's session key for pseudonyms.
    pub recipient_pseudonym_kid: KeyId,
    /// The source's session key for pseudonyms.
    pub source_pseudonym_kid: KeyId,
}

/// What hub and recipient may see: the type and its circumstances, never a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Type of the catalogue.
    pub signal_type: SignalType,
    /// Version of the type.
    pub type_version: u32,
    /// Purpose (doel) for which it is sent.
    pub purpose: PurposeCode,
    /// Why this recipient needs it (Bpg 4:2(1)).
    pub necessity: CodeValue,
    /// The law the data come from.
    pub regime: Regime,
    /// Only under the Wpg.
    pub wpg_article: Option<WpgArticle>,
    /// Whether the designated functionary approved (Bpg 4:5).
    pub second_approval: bool,
    /// Region of the event.
    pub region: RegionCode,
    /// Names of the coded fields offered.
    pub fields: BTreeSet<FieldPath>,
    /// By ordinal.
    pub subjects: Vec<SubjectHead>,
    /// Urgency class.
    pub urgency: CodeValue,
    /// When it happened.
    pub event_hour: Hour,
    /// Until when it means something.
    pub valid_until: Option<Hour>,
    /// Retention class.
    pub retention: CodeValue,
    /// Whether the source hides.
    pub source_shield: SourceShield,
    /// Whether an address is shielded.
    pub address_shield: bool,
    /// Whether the subject was told.
    pub subject_informed: CodeValue,
    /// Own data, or received from another.
    pub origin: Origin,
    /// The basis on which received data are passed on.
    pub onward_basis: Option<BasisCode>,
    /// Whether the subject had processing restricted, and on which ground it is sent all the same.
    pub restriction: Restriction,
    /// Whether it is about a theme of restricted desks, as its source says; which one is sealed.
    pub restricted_theme: bool,
    /// The consent it rests on, under a clause that asks one.
    pub consent: Option<ConsentCited>,
    /// What is told of an earlier delivery, where this is no signal but its rectification.
    pub rectification: Option<Rectification>,
    /// What makes it a break-glass, where it is one.
    pub break_glass: Option<BreakGlass>,
}

/// A registration of consent, as an envelope cites it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConsentCited {
    /// Which.
    pub handle: ConsentHandle,
    /// As it was when it was registered: the index of that entry, plus one.
    pub revision: Revision,
}

/// What the header says of one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectHead {
    /// Role in this signal.
    pub role: SubjectRole,
    /// Age band, never a birth date.
    pub age_band: CodeValue,
    /// What the ciphertext stands for.
    pub kind: IdKind,
    /// Whether an identity is sealed beside it.
    pub identity_sealed: bool,
}

/// Who acted at the source, and why: the source's own part of the entry and nowhere else.
#[derive(Clone, PartialEq, Eq)]
pub struct Source {
    /// The source's own pseudonym of the acting person; empty when none was named.
    pub acting_person: Vec<u8>,
    /// The acting person's function.
    pub acting_role: Option<CodeValue>,
    /// The source's own pseudonym of the person who decided; empty when none was named.
    pub decided_by: Vec<u8>,
    /// Reason code.
    pub reason: Option<CodeValue>,
    /// Who approved a second time, and when.
    pub second_approval: Option<SecondApproval>,
    /// URI in the source's register of processing.
    pub processing_activity: String,
    /// A telephone call before it.
    pub prior_call: Option<PriorCall>,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Source(..)")
    }
}

/// The designated functionary's approval (Bpg 4:5(2)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondApproval {
    /// Function, not a name.
    pub function: CodeValue,
    /// Days since the epoch.
    pub day: u32,
}

/// A call to a desk before the signal was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriorCall {
    /// The desk that was called.
    pub desk: Desk,
    /// When.
    pub hour: Hour,
    /// Whether somebody answered.
    pub reached: bool,
}

macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// The name used in agreements and in the policy set.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
            /// Reads the name.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

named! {
    /// The law under which the data were gathered; it follows the data, then the holder.
    Regime {
        /// Wet politiegegevens.
        Wpg = "WPG",
        /// Wet justitiële en strafvorderlijke gegevens.
        Wjsg = "WJSG",
        /// Algemene verordening gegevensbescherming.
        Avg = "AVG",
    }
}

named! {
    /// Article of the Wpg. The last two are never shared (Bpg 4:5(2)).
    WpgArticle {
        /// Daily policing.
        Art8 = "8",
        /// Supporting tasks.
        Art13Lid1 = "13.1",
        /// Targeted enquiry; needs a second approval.
        Art9 = "9",
        /// Serious crime themes; needs a second approval.
        Art10 = "10",
        /// Never shared.
        Art10Lid1B = "10.1.b",
        /// Informants; never shared.
        Art12 = "12",
    }
}

named! {
    /// What a subject's ciphertext stands for.
    IdKind {
        /// Citizen service number.
        Number = "number",
        /// Criminal-chain number.
        Skn = "skn",
        /// The source's own pseudonym.
        Own = "own",
    }
}

impl IdKind {
    /// The kind byte of `ct/n` leaves and of tags (docs/formats/manifest.md).
    pub const fn byte(self) -> u8 {
        match self {
            Self::Number => 1,
            Self::Skn => 2,
            Self::Own => 3,
        }
    }

    /// Reads the kind byte.
    pub const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Number),
            2 => Some(Self::Skn),
            3 => Some(Self::Own),
            _ => None,
        }
    }
}

named! {
    /// How far the source hides from the subject (Uitvoeringsbesluit Wmo 4.1.8).
    SourceShield {
        /// Not.
        None = "none",
        /// Who it was.
        Origin = "origin",
        /// That there was anything.
        Existence = "existence",
    }
}

named! {
    /// Whether processing is restricted at the source (AVG 18, 21; Wpg 28), and on which ground it is sent
    /// all the same (AVG 18(2)). The source's own statement: the hub knows of no person whether it is so.
    Restriction {
        /// It is not.
        None = "none",
        /// It is, and there is no ground.
        Restricted = "restricted",
        /// The subject consented to this.
        Consent = "consent",
        /// For a legal claim.
        LegalClaim = "legal-claim",
        /// To protect the rights of another.
        RightsOfOthers = "rights-of-others",
        /// For a weighty public interest.
        PublicInterest = "public-interest",
    }
}

named! {
    /// Where the data came from.
    Origin {
        /// The source's own.
        Own = "own",
        /// Received from another; needs an onward basis.
        Received = "received",
    }
}
