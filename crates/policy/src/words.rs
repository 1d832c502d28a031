//! The closed sets of words the policy set compares: one word, one variant. Must not know what any
//! of them means in law; that is in the policy set.

use seinhuis_types::ParseError;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $what:literal, $rule:literal
     { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// Every word.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];
            /// The word as the policy set has it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
            /// Reads the word; the rule it must meet is in the error.
            pub fn parse(text: &str) -> Result<Self, ParseError> {
                match text {
                    $($text => Ok(Self::$variant),)*
                    _ => Err(ParseError::new($what, $rule)),
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = ParseError;
            fn try_from(text: String) -> Result<Self, ParseError> {
                Self::parse(&text)
            }
        }
    };
}

words! {
    /// What is to be done under the permit.
    Action, "action", "`publish`, `release`, `ask`, `answer` or `rectify`" {
        /// Taking in a signal for one desk.
        Publish = "publish",
        /// Handing it over; decided again each time.
        Release = "release",
        /// Taking in a question to one desk.
        Ask = "ask",
        /// Taking in what is answered to a question.
        Answer = "answer",
        /// Telling those who received a signal that it is wrong, withdrawn or shielded.
        Rectify = "rectify",
    }
}

words! {
    /// How an agreement stands, for one of its clauses (a leaver's clauses have ended).
    ClauseState, "clause state", "`proposed`, `rejected`, `valid`, `suspended`, `ended` or `replaced`" {
        /// Not yet accepted by all.
        Proposed = "proposed",
        /// Rejected by a party.
        Rejected = "rejected",
        /// Accepted by all.
        Valid = "valid",
        /// Suspended; may be resumed by who suspended it.
        Suspended = "suspended",
        /// Ended, for good.
        Ended = "ended",
        /// A later version took its place.
        Replaced = "replaced",
    }
}

words! {
    /// How a signal comes about.
    Mode, "mode", "`push` or `ask`" {
        /// The sender decides to send.
        Push = "push",
        /// The sender asks; the recipient decides whether to answer.
        Ask = "ask",
    }
}

words! {
    /// The law under which the data were gathered.
    Regime, "regime", "`WPG`, `WJSG` or `AVG`" {
        /// Wet politiegegevens.
        Wpg = "WPG",
        /// Wet justitiële en strafvorderlijke gegevens.
        Wjsg = "WJSG",
        /// Algemene verordening gegevensbescherming.
        Avg = "AVG",
    }
}

words! {
    /// Article of the Wpg.
    WpgArticle, "wpg article", "`8`, `13.1`, `9`, `10`, `10.1.b` or `12`" {
        /// Daily policing.
        Art8 = "8",
        /// Supporting tasks.
        Art13Lid1 = "13.1",
        /// Targeted enquiry.
        Art9 = "9",
        /// Serious crime themes.
        Art10 = "10",
        /// Article 10(1)(b).
        Art10Lid1B = "10.1.b",
        /// Informants.
        Art12 = "12",
    }
}

words! {
    /// What there is of the consent that an envelope cites.
    Consent, "consent", "`none`, `stands`, `expired` or `fails`" {
        /// None is cited.
        None = "none",
        /// It stands, for this clause and these people.
        Stands = "stands",
        /// It was registered up to a moment that has passed.
        Expired = "expired",
        /// It does not stand: of another clause or for others, by who may not act at that age, taken
        /// back. Which of these is told to its registrant where it asks, and to nobody here.
        Fails = "fails",
    }
}

words! {
    /// What the source hides from the subject.
    Shield, "source shield", "`none`, `origin` or `existence`" {
        /// Nothing.
        None = "none",
        /// Who it was.
        Origin = "origin",
        /// That there was anything.
        Existence = "existence",
    }
}

words! {
    /// Whether processing is restricted, and on which ground it is sent all the same (AVG 18(2)).
    Restriction, "restriction", "`none`, `restricted`, `consent`, `legal-claim`, `rights-of-others` or `public-interest`" {
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

words! {
    /// What a subject's ciphertext stands for.
    IdKind, "identifier kind", "`number`, `skn` or `own`" {
        /// Citizen service number.
        Number = "number",
        /// Criminal-chain number.
        Skn = "skn",
        /// The sender's own pseudonym.
        Own = "own",
    }
}
