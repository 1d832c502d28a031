//! A stream that ends when something else says so, whatever is being sent over it.
//!
//! Owns: the cut. Must not know: why it is made.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A stream that breaks off when its end resolves: a reader that waits is woken, a writer too.
pub(crate) struct Ending<S> {
    stream: S,
    /// Nothing once it has resolved.
    end: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl<S> fmt::Debug for Ending<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ending").finish_non_exhaustive()
    }
}

impl<S> Ending<S> {
    /// `stream` until `end`.
    pub(crate) fn new(stream: S, end: impl Future<Output = ()> + Send + 'static) -> Self {
        Self {
            stream,
            end: Some(Box::pin(end)),
        }
    }

    fn lasts(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if let Some(end) = &mut self.end
            && end.as_mut().poll(cx).is_pending()
        {
            return Ok(());
        }
        self.end = None;
        Err(io::Error::new(
            io::ErrorKind::ConnectionAborted,
            "the connection was ended",
        ))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Ending<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.lasts(cx)?;
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Ending<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.lasts(cx)?;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.lasts(cx)?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.lasts(cx)?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::oneshot;
    use tokio::task::JoinHandle;

    /// A stream of `room` bytes with its other end, and what ends it.
    fn pair(
        room: usize,
    ) -> (
        Ending<impl AsyncRead + AsyncWrite>,
        impl Sized,
        impl FnOnce(),
    ) {
        let (near, far) = tokio::io::duplex(room);
        let (end, ended) = oneshot::channel();
        let ending = Ending::new(near, async move { ended.await.unwrap() });
        (ending, far, move || end.send(()).unwrap())
    }

    /// How it broke; does not wait for ever.
    async fn broken<T: fmt::Debug>(task: JoinHandle<io::Result<T>>) -> io::ErrorKind {
        let ended = tokio::time::timeout(Duration::from_secs(60), task).await;
        ended.unwrap().unwrap().unwrap_err().kind()
    }

    #[tokio::test]
    async fn a_reader_and_a_writer_that_wait_are_woken_by_the_end() {
        let (mut ending, _far, end) = pair(8);
        let reading = tokio::spawn(async move { ending.read_u8().await });
        tokio::task::yield_now().await;
        end();
        assert_eq!(broken(reading).await, io::ErrorKind::ConnectionAborted);

        let (mut ending, _far, end) = pair(8);
        let writing = tokio::spawn(async move { ending.write_all(&[0; 9]).await });
        tokio::task::yield_now().await;
        end();
        assert_eq!(broken(writing).await, io::ErrorKind::ConnectionAborted);
    }
}
