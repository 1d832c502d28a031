//! Why a party takes a step: a closed set, so that the other parties read it in their own language
//! and no text about a person can stand in it.
//!
//! Owns: the codes, which step each is for, and their words. Must not know: signatures, the wire.

use super::StepKind;

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $kind:ident, $nl:literal, $en:literal;)*) => {
        /// Why a party rejects, suspends, resumes or leaves. An acceptance has no reason.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum StepReason { $($(#[$doc])* $name,)* }

        impl StepReason {
            /// Every reason.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The code in the signed payload.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The step it is a reason for.
            pub const fn kind(self) -> StepKind {
                match self { $(Self::$name => StepKind::$kind,)* }
            }

            /// In Dutch.
            pub const fn nl(self) -> &'static str {
                match self { $(Self::$name => $nl,)* }
            }

            /// In English.
            pub const fn en(self) -> &'static str {
                match self { $(Self::$name => $en,)* }
            }
        }
    };
}

reasons! {
    /// Security incident or data breach.
    Incident = "incident", Suspend,
        "Beveiligingsincident of datalek bij deze partij of bij een andere.",
        "A security incident or data breach at this party or another.";
    /// Signals are sent or used otherwise than agreed.
    UnlawfulUse = "unlawful-use", Suspend,
        "Vermoeden dat anders wordt gedeeld of gebruikt dan is afgesproken.",
        "It is suspected that data are shared or used otherwise than agreed.";
    /// The law changed, and the bases are being judged anew.
    LawChanged = "law-changed", Suspend,
        "De wet is gewijzigd; de grondslagen worden opnieuw beoordeeld.",
        "The law changed; the legal bases are being judged anew.";
    /// The privacy officer advises to stop.
    FgAdvice = "fg-advice", Suspend,
        "De functionaris voor gegevensbescherming adviseert te stoppen.",
        "The privacy officer advises to stop.";
    /// An order of a supervisory authority or a court.
    Order = "order", Suspend,
        "Een toezichthouder of rechter heeft het opgedragen.",
        "A supervisory authority or a court ordered it.";
    /// Failure or maintenance of this party's systems.
    Technical = "technical", Suspend,
        "Storing of onderhoud van de systemen van deze partij.",
        "A failure or maintenance of this party's systems.";
    /// Whether the agreement is to go on is under review.
    Review = "review", Suspend,
        "De partijen bezien of en hoe het convenant doorgaat.",
        "The parties review whether and how the agreement goes on.";
    /// The cause was removed.
    Resolved = "resolved", Resume,
        "De oorzaak van de schorsing is weggenomen.",
        "The cause of the suspension was removed.";
    /// There turned out to be no cause.
    Unfounded = "unfounded", Resume,
        "Er bleek geen grond voor de schorsing.",
        "There turned out to be no ground for the suspension.";
    /// The order was lifted.
    OrderLifted = "order-lifted", Resume,
        "De opdracht van toezichthouder of rechter is ingetrokken.",
        "The order of the authority or court was lifted.";
    /// Purposes, types, fields or persons are not as this party wants them.
    Content = "content", Reject,
        "De inhoud is niet wat deze partij wil afspreken.",
        "The content is not what this party wants to agree on.";
    /// This party judges that a legal basis does not hold.
    NoBasis = "no-basis", Reject,
        "Naar het oordeel van deze partij houdt een grondslag geen stand.",
        "This party judges that a legal basis does not hold.";
    /// Nobody with the mandate to sign agrees.
    NoMandate = "no-mandate", Reject,
        "Wie bij deze partij tekenbevoegd is, stemt niet in.",
        "Whoever may sign for this party does not agree.";
    /// Another version is being made.
    OtherVersion = "other-version", Reject,
        "Er komt een andere versie.",
        "Another version is being made.";
    /// This party no longer has the task.
    TaskEnded = "task-ended", Leave,
        "Deze partij heeft de taak niet meer waarvoor werd gedeeld.",
        "This party no longer has the task for which data were shared.";
    /// Sharing is no longer needed for the purpose.
    NotNeeded = "not-needed", Leave,
        "Delen is voor het doel niet meer nodig.",
        "Sharing is no longer needed for the purpose.";
    /// The legal basis fell away.
    BasisGone = "basis-gone", Leave,
        "De grondslag van deze partij is vervallen.",
        "The legal basis of this party fell away.";
    /// The parties no longer trust that the agreement is kept.
    NotKept = "not-kept", Leave,
        "Deze partij heeft er geen vertrouwen meer in dat de afspraken worden nagekomen.",
        "This party no longer trusts that the agreement is kept.";
}

impl StepReason {
    /// Reads a code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|reason| reason.as_str() == code)
    }

    /// The reasons for `kind`, in their order.
    pub fn of(kind: StepKind) -> impl Iterator<Item = Self> {
        Self::ALL
            .iter()
            .copied()
            .filter(move |reason| reason.kind() == kind)
    }
}

impl std::fmt::Display for StepReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
