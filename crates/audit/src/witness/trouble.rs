//! Why a question to a witness came to nothing: a closed set, each with a label for the metric, and
//! words and remedy for the operator. Must not know how it is asked.

use std::fmt;

/// Why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// No connection, a broken one, or an answer that is too long.
    Unreachable(String),
    /// No whole answer in time.
    TimedOut,
    /// 404: it does not follow this log.
    UnknownLog,
    /// 403: it knows another key for this log.
    KeyRefused,
    /// 422, without anything that shows a fork.
    ProofRefused,
    /// 400.
    Malformed,
    /// Its sizes contradict each other.
    Inconsistent,
    /// Another status.
    Status(u16),
    /// An answer in another form, or without its own signature.
    BadAnswer(String),
    /// A cosignature or note whose signature does not verify.
    BadSignature,
    /// A cosignature of another time.
    BadTime(u64),
}

impl Trouble {
    /// For the metric.
    pub(crate) fn label(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "unreachable",
            Self::TimedOut => "timed out",
            Self::UnknownLog => "log unknown",
            Self::KeyRefused => "key refused",
            Self::ProofRefused => "proof refused",
            Self::Malformed => "request refused",
            Self::Inconsistent => "sizes inconsistent",
            Self::Status(_) => "status",
            Self::BadAnswer(_) => "answer malformed",
            Self::BadSignature => "signature bad",
            Self::BadTime(_) => "time bad",
        }
    }
}

/// What happened, and what mends it.
impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) => write!(f, "it cannot be reached ({why}); is its address right, and does it run"),
            Self::TimedOut => f.write_str("it did not answer in two seconds; does it run, and is its disk slow"),
            Self::UnknownLog => f.write_str("it does not follow this log; have its operator add the log's key"),
            Self::KeyRefused => f.write_str("it knows another key for this log; give its operator the log's vkey"),
            Self::ProofRefused => f.write_str("it does not take the proof that the log only grew, and shows nothing that contradicts this log; ask its operator what it last saw"),
            Self::Malformed => f.write_str("it does not take the form of the request; does it speak C2SP tlog-witness"),
            Self::Inconsistent => f.write_str("the sizes it says it saw contradict each other; ask its operator"),
            Self::Status(status) => write!(f, "it answered with status {status}; ask its operator"),
            Self::BadAnswer(rule) => write!(f, "its answer is not what it should be ({rule}); does it speak C2SP tlog-witness"),
            Self::BadSignature => f.write_str("a signature in its answer does not verify; is its key in the policy right"),
            Self::BadTime(seconds) => write!(f, "it cosigned at {seconds} seconds since 1970, more than five minutes from now; is its clock right, and this machine's"),
        }
    }
}
