//! The receiving side of one connection.

use super::framing::{Decoder, Framing, Part};
use super::head::{Head, Kind, Malformed};
use bytes::{Buf as _, BytesMut};
use hyper::body::{Body, Frame};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// The receiving side of a connection, with the bytes that have arrived and were not used yet.
#[derive(Debug)]
pub(in super::super) struct Reader<S> {
    pub stream: S,
    pub bytes: BytesMut,
}

/// The reason why no more can be received, or passed on.
#[derive(Debug, thiserror::Error)]
pub(super) enum Stopped {
    #[error("the connection was closed")]
    Closed,
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

/// Room for bytes to be received at once.
const READ_BYTES: usize = 16 << 10;

impl<S: AsyncRead + Unpin> Reader<S> {
    pub(in super::super) fn new(stream: S) -> Self {
        Self { stream, bytes: BytesMut::new() }
    }

    /// Waits for more bytes. Can be cancelled without loss.
    pub(in super::super) async fn receive(&mut self) -> io::Result<usize> {
        self.bytes.reserve(READ_BYTES);
        self.stream.read_buf(&mut self.bytes).await
    }

    /// Waits for more bytes, of which there must be some.
    pub(super) async fn expect(&mut self) -> Result<(), Stopped> {
        if self.receive().await? == 0 { Err(Stopped::Closed) } else { Ok(()) }
    }

    /// Receives the head of a message. Can be cancelled without loss.
    pub(super) async fn head(&mut self, kind: Kind) -> Result<Head, Stopped> {
        loop {
            if let Some(head) = Head::take(&mut self.bytes, kind)? {
                return Ok(head);
            }
            self.expect().await?;
        }
    }

    /// Passes a body on as it comes, byte for byte, up to what is wrong in it.
    pub(super) async fn pass<W>(&mut self, framing: Framing, to: &mut W) -> Result<(), Stopped>
    where
        W: AsyncWrite + Unpin,
    {
        let mut decoder = Decoder::new(framing);
        loop {
            let (length, wrong) = decoder.measure(&self.bytes);
            to.write_all(self.bytes.get(..length).unwrap_or_default()).await?;
            to.flush().await?;
            self.bytes.advance(length);
            if let Some(wrong) = wrong {
                return Err(wrong.into());
            }
            if decoder.is_done() {
                return Ok(());
            }
            match self.expect().await {
                Err(Stopped::Closed) if decoder.ends_with_connection() => return Ok(()),
                received => received?,
            }
        }
    }

    /// Passes everything on until the sender closes, and then closes the other end.
    pub(super) async fn pass_all<W: AsyncWrite + Unpin>(&mut self, to: &mut W) -> Result<(), Stopped> {
        let passed = self.pass(Framing::UntilClose, to).await;
        to.shutdown().await?;
        passed
    }

    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        self.bytes.reserve(READ_BYTES);
        let before = self.bytes.len();
        let receiving = std::pin::pin!(self.stream.read_buf(&mut self.bytes));
        receiving.poll(cx).map_ok(|_| self.bytes.len() - before)
    }
}

/// The content of a body without its framing; the trailers stay behind in [`trailers`](Self::trailers).
#[derive(Debug)]
pub(super) struct Content<'r, S> {
    reader: &'r mut Reader<S>,
    decoder: Decoder,
    /// The trailers with the empty line after them, as far as they were read.
    pub trailers: BytesMut,
}

impl<'r, S> Content<'r, S> {
    pub(super) fn new(reader: &'r mut Reader<S>, framing: Framing) -> Self {
        Self { reader, decoder: Decoder::new(framing), trailers: BytesMut::new() }
    }
}

impl<S: AsyncRead + Unpin> Body for Content<'_, S> {
    type Data = bytes::Bytes;
    type Error = Stopped;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<bytes::Bytes>, Stopped>>> {
        let Self { reader, decoder, trailers } = &mut *self;
        loop {
            match decoder.next(&reader.bytes) {
                Err(error) => return Poll::Ready(Some(Err(error.into()))),
                Ok(Some((part, length))) => {
                    let bytes = reader.bytes.split_to(length);
                    match part {
                        Part::Data => return Poll::Ready(Some(Ok(Frame::data(bytes.freeze())))),
                        Part::Between => {}
                        Part::Trailer => trailers.extend_from_slice(&bytes),
                    }
                }
                Ok(None) if decoder.is_done() => return Poll::Ready(None),
                Ok(None) => match ready!(reader.poll_receive(cx)) {
                    Ok(0) if decoder.ends_with_connection() => return Poll::Ready(None),
                    Ok(0) => return Poll::Ready(Some(Err(Stopped::Closed))),
                    Ok(_) => {}
                    Err(error) => return Poll::Ready(Some(Err(error.into()))),
                },
            }
        }
    }
}
