//! How a witness is reached. Must not know what is asked.

use std::future::Future;
use std::pin::Pin;

/// Longest answer that is read, in bytes: a note is at most this long.
pub(super) const MAX_ANSWER_BYTES: usize = seinhuis_merkle::MAX_NOTE_BYTES;

/// What a witness answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The body, whole.
    pub body: Vec<u8>,
}

/// No answer came, with the cause in words for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreachable(pub String);

/// Reaches witnesses over HTTP. A call that is given up after its time is dropped.
pub trait WitnessTransport: Send + Sync + 'static {
    /// `POST` with this body, or `GET` without one. Reads at most `most` bytes of the answer; a
    /// longer one is [`Unreachable`].
    fn call<'a>(
        &'a self,
        url: &'a str,
        body: Option<String>,
        most: usize,
    ) -> Pin<Box<dyn Future<Output = Result<Reply, Unreachable>> + Send + 'a>>;
}
