//! What would mend an error, in one sentence for the person at the keyboard. The pages under
//! `docs/errors/` say more.

use seinhuis_types::ErrorCode;

/// After no answer.
pub(crate) const UNREACHABLE: &str = "check `host` and `port` in the configuration and the network, \
     then try again; what was asked may have been done: look before you ask again";
/// After something that did not prove itself.
pub(crate) const INCIDENT: &str = "act on nothing that came with it; keep it, and report it to your \
     privacy officer and to the operator by another way than this connection";

/// After a crime of the log.
pub(crate) const CRIME: &str = "send nothing more that must be provable until it is cleared up; keep \
     the file and report it to your privacy officer, the other partners and the operator, by another \
     way than this connection (docs/partners/mirror.md)";

/// Whether the same call can succeed later without anyone mending anything.
pub(crate) const fn passes(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::Aborted
            | ErrorCode::Internal
            | ErrorCode::Overloaded
            | ErrorCode::PseudonymiserUnavailable
            | ErrorCode::StorageFull
            | ErrorCode::Unavailable
    )
}

/// What would mend it, of a break-glass.
const fn of_break_glass(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::BreakGlassInvalid => {
            "name a reason, a function that was called, and the person who acts, and send again"
        }
        ErrorCode::BreakGlassNotFound => "compare the id with `seinpaal break-glass list`",
        ErrorCode::BreakGlassNotJustified => {
            "withdraw the signal (`seinpaal signal withdraw`); what is right goes as a signal of its own"
        }
        ErrorCode::ReviewKeyReplaced => {
            "ask the operator to put the hub's earlier cursor key back, and review then"
        }
        ErrorCode::ReviewerNotIndependent => {
            "have two persons review it who neither acted nor decided in it"
        }
        _ => "nothing to do: see `seinpaal break-glass list`",
    }
}

/// What would mend it, of consent.
const fn of_consent(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::ConsentAge => {
            "see who may act with `seinpaal catalogue explain`, and have that person asked"
        }
        ErrorCode::ConsentCited => "send it anew; each envelope then gets a consent of its own",
        ErrorCode::ConsentNotAttested => {
            "find out whether who acted is a suspect in the matter; if not, say so in the record"
        }
        ErrorCode::ConsentNotFound => "see with `seinpaal consent status` what was registered",
        ErrorCode::ConsentNotTaken => "leave consent out, or name the clause that rests on it",
        ErrorCode::ConsentRevision => "send it anew; the consent is then registered and cited anew",
        ErrorCode::ConsentTerm => {
            "check the clock of this machine, and whether the consent has ended"
        }
        _ => "nothing: it was taken back before; `seinpaal consent status` tells who knows",
    }
}

/// What would mend it, of who may do it: systems, certificates and keys.
const fn of_access(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::CapabilityMissing => {
            "have the operator register this system with the capability, or use a system that has it"
        }
        ErrorCode::CertificateRefused => {
            "check term, root and revocation of `tls.cert`, and whether the operator knows it"
        }
        ErrorCode::KeyStatementInvalid => {
            "check that `signing.chain` is valid and yours, then run `seinpaal keys create` again"
        }
        ErrorCode::ManifestInvalid => {
            "check that `signing.chain` and `signing.key` belong together and are not revoked"
        }
        ErrorCode::StaleKeyEpoch => "make keys of the epoch in force with `seinpaal keys create`",
        _ => "have the operator register the thumbprint of `tls.cert` as one of your systems",
    }
}

/// What would mend it, of persons who act, and of the log they read.
const fn of_persons(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::EntryNotFound => {
            "compare the index with your receipts; a new entry is published within a second"
        }
        ErrorCode::FunctionsCombined => {
            "have another person act: who administers agreements is not the privacy officer"
        }
        ErrorCode::GrantNotInForce => {
            "see with `seinpaal audit grants` what you have, and ask the controller"
        }
        ErrorCode::PartBeforeTerm => {
            "leave the entry out of the range, or wait until its term has passed"
        }
        ErrorCode::PartHeld => {
            "see `seinpaal retention holds`; lift the hold first, if it may be lifted"
        }
        ErrorCode::PersonAssertionInvalid => {
            "name yourself with `--as`, `--function`, `--reason` and `--reference`, or in `[person]`"
        }
        ErrorCode::PersonAssertionUsed => "ask again; the call then gets an assertion of its own",
        _ => "have a colleague agree; name both: `--as`, `--with`",
    }
}

/// What would mend it.
pub(crate) const fn of(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::ActivityNotFound => "see with `seinpaal register list` what is in the register",
        ErrorCode::AgreementNotFound => "compare the hash with `seinpaal agreement list`",
        ErrorCode::AgreementInvalid => {
            "run `seinpaal agreement check` on the file and mend what it names"
        }
        ErrorCode::AgreementHashMismatch => "take the agreement's own hash and sign again",
        ErrorCode::AgreementStateConflict => {
            "see with `seinpaal agreement show` which state it is in; only some steps follow on it"
        }
        ErrorCode::BreakGlassInvalid
        | ErrorCode::BreakGlassNotFound
        | ErrorCode::BreakGlassNotJustified
        | ErrorCode::BreakGlassReviewed
        | ErrorCode::ReviewKeyReplaced
        | ErrorCode::ReviewerNotIndependent => of_break_glass(code),
        ErrorCode::ConsentAge
        | ErrorCode::ConsentCited
        | ErrorCode::ConsentNotAttested
        | ErrorCode::ConsentNotFound
        | ErrorCode::ConsentNotTaken
        | ErrorCode::ConsentRevision
        | ErrorCode::ConsentTerm
        | ErrorCode::ConsentWithdrawn => of_consent(code),
        ErrorCode::CapabilityMissing
        | ErrorCode::CertificateRefused
        | ErrorCode::KeyStatementInvalid
        | ErrorCode::ManifestInvalid
        | ErrorCode::StaleKeyEpoch
        | ErrorCode::SystemUnknown => of_access(code),
        ErrorCode::EntryNotFound
        | ErrorCode::FunctionsCombined
        | ErrorCode::GrantNotInForce
        | ErrorCode::PartBeforeTerm
        | ErrorCode::PartHeld
        | ErrorCode::PersonAssertionInvalid
        | ErrorCode::PersonAssertionUsed
        | ErrorCode::SecondPersonNeeded => of_persons(code),
        ErrorCode::Aborted => "another change came first; ask again",
        ErrorCode::ConversionRefused => "make new keys with `seinpaal keys create` and try again",
        ErrorCode::ConversionReplayed => {
            "make the signal anew instead of sending altered bytes again"
        }
        ErrorCode::CursorInvalid => "remove the cursor file; what is not acknowledged comes again",
        ErrorCode::DeliveryNotFound => "it was ended or is another desk's; look in the log",
        ErrorCode::DeskUnknown => "compare the desk with `seinpaal directory partners`",
        ErrorCode::EventTimeOutOfRange => {
            "give the hour of the event: at most five years back, never ahead of now"
        }
        ErrorCode::IdempotencyKeyReused => "make the call anew; it then gets a key of its own",
        ErrorCode::Internal => "try again later; give the correlation id to the operator",
        ErrorCode::MessageInvalid => "mend what the message names, and send again",
        ErrorCode::MessageTooLarge => "send it to fewer desks at once",
        ErrorCode::NothingToRectify => {
            "see with `seinpaal signal corrections` where it went; send what is right as a new signal"
        }
        ErrorCode::Overloaded => "wait, then try again with fewer calls at once",
        ErrorCode::OverBudget => "wait until tomorrow, or have the budget of the clause raised",
        ErrorCode::PartnerUnknown => "have the operator register your organisation",
        ErrorCode::PseudonymiserUnavailable => "nothing was done; try again later",
        ErrorCode::QuestionAnswered | ErrorCode::QuestionClosed => "send what is right as a signal",
        ErrorCode::QuestionNotFound => "compare the id with `seinpaal question list`",
        ErrorCode::QuestionTickInvalid => {
            "give 15 minutes to 7 days to answer: `--within`; or make new keys: `seinpaal keys create`"
        }
        ErrorCode::QuestionToOneDesk => "ask each desk a question of its own",
        ErrorCode::RectificationIncomplete => "ask again; who received it is then fetched anew",
        ErrorCode::SignalNotFound => "compare the id with what `seinpaal signal send` showed",
        ErrorCode::SlipReused => "make the signal anew",
        ErrorCode::StorageFull => "nothing was done; try again later",
        ErrorCode::Unavailable => "the service is starting, stopping or behind; try again later",
    }
}
