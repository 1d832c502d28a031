//! The closed set of decided *noes*.

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// Why a signal may not go, in the fixed order in which reasons are told. Each but the last
        /// two is the `@reason` of one policy, with its law and remedy; each has a case under
        /// `config/policy/cases/`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum RefusalReason { $($(#[$doc])* $name,)* }

        impl RefusalReason {
            /// Every reason, in the order in which reasons are told.
            pub const ALL: &[Self] = &[$(Self::$name,)*];
            /// The reason as it appears on the wire and in the policy set.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
            /// Reads a reason from the policy set or the wire.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$name),)* _ => None }
            }
        }
    };
}

refusals! {
    /// No valid agreement has this clause.
    AgreementNotValid = "AGREEMENT_NOT_VALID",
    /// The agreement is suspended.
    AgreementSuspended = "AGREEMENT_SUSPENDED",
    /// The agreement, or this party's part in it, has ended.
    AgreementEnded = "AGREEMENT_ENDED",
    /// A later version took the agreement's place.
    AgreementReplaced = "AGREEMENT_REPLACED",
    /// The agreement was signed on another catalogue or policy set.
    RulesetMismatch = "RULESET_MISMATCH",
    /// A legal basis of the clause was judged on another version of the law.
    AttestationVoid = "ATTESTATION_VOID",
    /// The clause does not run from this sender to this recipient.
    DirectionNotCovered = "DIRECTION_NOT_COVERED",
    /// The clause is not for this region.
    RegionNotCovered = "REGION_NOT_COVERED",
    /// The clause does not have this mode.
    ModeNotCovered = "MODE_NOT_COVERED",
    /// The clause does not cover this purpose.
    PurposeNotCovered = "PURPOSE_NOT_COVERED",
    /// No basis to provide.
    NoBasisToProvide = "NO_BASIS_TO_PROVIDE",
    /// No basis to receive.
    NoBasisToReceive = "NO_BASIS_TO_RECEIVE",
    /// Special or criminal data without a basis for them.
    NoBasisForSpecialData = "NO_BASIS_FOR_SPECIAL_DATA",
    /// The clause asks no consent, and one is cited.
    ConsentNotTaken = "CONSENT_NOT_TAKEN",
    /// The clause asks consent, and none is cited that stands for it.
    ConsentNeeded = "CONSENT_NEEDED",
    /// The consent that is cited was registered up to a moment that has passed.
    ConsentExpired = "CONSENT_EXPIRED",
    /// The desk is not one the clause names.
    DeskNotCovered = "DESK_NOT_COVERED",
    /// The clause does not cover this signal type.
    TypeNotCovered = "TYPE_NOT_COVERED",
    /// The signal type, or the theme it is about, goes to restricted desks only, and this desk is none.
    RestrictedDesk = "RESTRICTED_DESK",
    /// A field would leave that the clause does not grant.
    FieldNotCovered = "FIELD_NOT_COVERED",
    /// What may leave is less than the type's minimum.
    BelowMinimum = "BELOW_MINIMUM",
    /// A subject has a role the clause or type does not allow.
    SubjectRoleNotCovered = "SUBJECT_ROLE_NOT_COVERED",
    /// More subjects than the clause or type allows.
    TooManySubjects = "TOO_MANY_SUBJECTS",
    /// A kind of identifier the clause does not allow.
    IdentifierKindNotCovered = "IDENTIFIER_KIND_NOT_COVERED",
    /// A regime of law the clause does not cover.
    RegimeNotCovered = "REGIME_NOT_COVERED",
    /// Data received from another would be passed on on a basis that the clause does not name.
    OnwardNotCovered = "ONWARD_NOT_COVERED",
    /// The source hides that there is a signal, and the clause has the recipient tell the subject.
    SourceShieldNotKept = "SOURCE_SHIELD_NOT_KEPT",
    /// The sender states that processing is restricted, and no ground to send all the same.
    ProcessingRestricted = "PROCESSING_RESTRICTED",
    /// Wpg article 9 or 10 data without the second approval.
    SecondApprovalMissing = "SECOND_APPROVAL_MISSING",
    /// Police data of an article that is never shared, or not named by the clause.
    WpgArticleNotShared = "WPG_ARTICLE_NOT_SHARED",
    /// No acting person is named.
    ActingPersonMissing = "ACTING_PERSON_MISSING",
    /// No person is named who decided that this leaves.
    DecidedByMissing = "DECIDED_BY_MISSING",
    /// A break-glass under a clause that is not one for it, or another signal under one that is.
    BreakGlassNotAgreed = "BREAK_GLASS_NOT_AGREED",
    /// A break-glass without a call before it.
    PriorCallMissing = "PRIOR_CALL_MISSING",
    /// The call before a break-glass lies too far back, or ahead.
    PriorCallNotRecent = "PRIOR_CALL_NOT_RECENT",
    /// The time box of a break-glass is longer than its clause allows.
    TimeBoxTooLong = "TIME_BOX_TOO_LONG",
    /// The time box of a break-glass has ended.
    TimeBoxOver = "TIME_BOX_OVER",
    /// Police data are answered by a person, whom the answer's own organisation names by assertion.
    PersonMustAnswer = "PERSON_MUST_ANSWER",
    /// The asker's questions under this clause are spent for today.
    QuestionBudgetSpent = "QUESTION_BUDGET_SPENT",
    /// What is to be rectified never reached this desk.
    NotReceived = "NOT_RECEIVED",
    /// Kept for a condition whose own reason would tell a fact about a person. No condition does, and it is given
    /// nowhere.
    NotReleasable = "NOT_RELEASABLE",
    /// The policy engine could not decide; an error is a refusal.
    PolicyError = "POLICY_ERROR",
}
