//! What could not be decided. A decided *no* is a [`crate::RefusalReason`], not an error.

/// Gives the one code of an error. Pure: classifying an error logs nothing.
pub trait Coded {
    /// The code of this error.
    fn code(&self) -> ErrorCode;
}

macro_rules! error_codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// The closed set of reasons why a call was not decided. Each is a metric label, the
        /// `reason` of `google.rpc.ErrorInfo`, and a page under `docs/errors/`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ErrorCode { $($(#[$doc])* $name,)* }

        impl ErrorCode {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$name,)*];
            /// The code as it appears on the wire and in `docs/errors/<code>.md`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
            /// Reads a code from the wire.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$name),)* _ => None }
            }
        }
    };
}

error_codes! {
    /// No agreement with that hash is known to the caller.
    AgreementNotFound = "AGREEMENT_NOT_FOUND",
    /// The agreement's content breaks a rule, named in the message.
    AgreementInvalid = "AGREEMENT_INVALID",
    /// The hash that was signed or named is not the hash of the content.
    AgreementHashMismatch = "AGREEMENT_HASH_MISMATCH",
    /// The agreement is in a state in which this step cannot be taken.
    AgreementStateConflict = "AGREEMENT_STATE_CONFLICT",
    /// What makes a signal a break-glass breaks a rule of form, named in the message.
    BreakGlassInvalid = "BREAK_GLASS_INVALID",
    /// What is to be corrected was a break-glass that is found not justified.
    BreakGlassNotJustified = "BREAK_GLASS_NOT_JUSTIFIED",
    /// There is no break-glass of that delivery, or it is another's.
    BreakGlassNotFound = "BREAK_GLASS_NOT_FOUND",
    /// The caller's organisation has reviewed the break-glass before.
    BreakGlassReviewed = "BREAK_GLASS_REVIEWED",
    /// The register has no activity, version or organisation of that id.
    ActivityNotFound = "ACTIVITY_NOT_FOUND",
    /// A concurrent change won three times; try again.
    Aborted = "ABORTED",
    /// The system's certificate is registered without the capability this call needs.
    CapabilityMissing = "CAPABILITY_MISSING",
    /// The certificate is absent, outside its validity, revoked, under another root, or has no
    /// single OIN.
    CertificateRefused = "CERTIFICATE_REFUSED",
    /// Who acted may not, at that age under that rule; or the rule is not that of the clause's basis.
    ConsentAge = "CONSENT_AGE",
    /// The consent was cited before: each envelope has its own.
    ConsentCited = "CONSENT_CITED",
    /// A consent that is registered lies in the past, ends before it begins, or lasts too long.
    ConsentTerm = "CONSENT_TERM",
    /// A representative acts, and it is not attested that none is a suspect in the matter.
    ConsentNotAttested = "CONSENT_NOT_ATTESTED",
    /// No consent of the caller's has that id.
    ConsentNotFound = "CONSENT_NOT_FOUND",
    /// The clause takes no consent.
    ConsentNotTaken = "CONSENT_NOT_TAKEN",
    /// The consent has another revision than the one that is cited.
    ConsentRevision = "CONSENT_REVISION",
    /// The consent was taken back before.
    ConsentWithdrawn = "CONSENT_WITHDRAWN",
    /// The conversion request was refused: forged, outside the table, or with a bad element.
    ConversionRefused = "CONVERSION_REFUSED",
    /// The conversion nonce was used before for other bytes.
    ConversionReplayed = "CONVERSION_REPLAYED",
    /// The cursor was not made by this hub for this desk, or is too old.
    CursorInvalid = "CURSOR_INVALID",
    /// No delivery of the caller's has that id.
    DeliveryNotFound = "DELIVERY_NOT_FOUND",
    /// The desk is not one of the caller's.
    DeskUnknown = "DESK_UNKNOWN",
    /// The entry, tile or checkpoint is not there, or not the caller's to read.
    EntryNotFound = "ENTRY_NOT_FOUND",
    /// The event lies more than five years back or more than five minutes ahead.
    EventTimeOutOfRange = "EVENT_TIME_OUT_OF_RANGE",
    /// One person acts as administrator and as privacy officer.
    FunctionsCombined = "FUNCTIONS_COMBINED",
    /// No such grant is in force for this caller now.
    GrantNotInForce = "GRANT_NOT_IN_FORCE",
    /// The idempotency key was used before with other bytes.
    IdempotencyKeyReused = "IDEMPOTENCY_KEY_REUSED",
    /// Nobody received the signal, and nothing of it waits any more.
    NothingToRectify = "NOTHING_TO_RECTIFY",
    /// Something failed inside; the correlation id finds it in the operator's log.
    Internal = "INTERNAL",
    /// The key statement is not signed by that owner under a pinned root, or not for this desk.
    KeyStatementInvalid = "KEY_STATEMENT_INVALID",
    /// The manifest does not verify: altered after signing, or signed by another key.
    ManifestInvalid = "MANIFEST_INVALID",
    /// The message breaks a rule of form, named in the message.
    MessageInvalid = "MESSAGE_INVALID",
    /// The message is larger than its limit.
    MessageTooLarge = "MESSAGE_TOO_LARGE",
    /// Too many calls, streams or bytes from this partner at once; wait as told.
    Overloaded = "OVERLOADED",
    /// Too many conversions for this source and clause today.
    OverBudget = "OVER_BUDGET",
    /// A part must still be kept: its term has not passed.
    PartBeforeTerm = "PART_BEFORE_TERM",
    /// A hold keeps a part from being erased.
    PartHeld = "PART_HELD",
    /// The organisation is not registered as a partner.
    PartnerUnknown = "PARTNER_UNKNOWN",
    /// The call must be made for a person, and the assertion that says so is absent or does not hold.
    PersonAssertionInvalid = "PERSON_ASSERTION_INVALID",
    /// The person assertion was used before.
    PersonAssertionUsed = "PERSON_ASSERTION_USED",
    /// The pseudonymiser cannot be reached; nothing was done.
    PseudonymiserUnavailable = "PSEUDONYMISER_UNAVAILABLE",
    /// What answers this question was lodged before.
    QuestionAnswered = "QUESTION_ANSWERED",
    /// The tick of the question has come, or a key of its cover is in force no more; nothing more is lodged for it.
    QuestionClosed = "QUESTION_CLOSED",
    /// No question to a desk of the caller's has that id.
    QuestionNotFound = "QUESTION_NOT_FOUND",
    /// The tick of the question is no whole minute, too near, too far, or after the end of a key of who asks.
    QuestionTickInvalid = "QUESTION_TICK_INVALID",
    /// A question goes to one desk.
    QuestionToOneDesk = "QUESTION_TO_ONE_DESK",
    /// A desk that received the signal is left out of its rectification.
    RectificationIncomplete = "RECTIFICATION_INCOMPLETE",
    /// Who acted in what is reviewed is marked under another key than the hub's present one.
    ReviewKeyReplaced = "REVIEW_KEY_REPLACED",
    /// A reviewer acted in what is reviewed.
    ReviewerNotIndependent = "REVIEWER_NOT_INDEPENDENT",
    /// No signal of the caller's has that id.
    SignalNotFound = "SIGNAL_NOT_FOUND",
    /// What is asked takes two different persons.
    SecondPersonNeeded = "SECOND_PERSON_NEEDED",
    /// A slip's nonce was seen before within the idempotency term.
    SlipReused = "SLIP_REUSED",
    /// The key or epoch named is not the current one.
    StaleKeyEpoch = "STALE_KEY_EPOCH",
    /// The disk's reserve is reached; nothing was done. Clears by itself.
    StorageFull = "STORAGE_FULL",
    /// The certificate is not registered as a system of its organisation.
    SystemUnknown = "SYSTEM_UNKNOWN",
    /// The service is starting, stopping, or behind with publishing its log.
    Unavailable = "UNAVAILABLE",
}
