//! A client's TCP connection, below the HTTP library.
//!
//! The library times only the first head of a connection, answers with empty bodies, reads ahead without a
//! measure, and waits without a limit for a client that does not read. So a [`Connection`] passes on one request at a time,
//! measures heads, has a deadline for each of them and for each write, and writes the library's errors as problems.
//! It learns from `middleware::exchange` when a request begins and when its response ends.

use std::{
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::Duration,
};

use actix_web::web::BytesMut;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, Sleep, sleep},
};

use crate::{
    edge::{config::HttpConfig, problem::reasons},
    metrics::{Cause, HTTP_SERVER_CONNECTIONS_CLOSED},
};

mod admission;
mod closing;
mod exchange;
mod head;

pub(crate) use admission::{Connections, Permit};
use closing::{Closing, refusal};
use exchange::Stage;
pub(crate) use exchange::{Body, Exchange};
use head::Head;

/// The limits of every connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    idle: Duration,
    head: Duration,
    write: Duration,
    head_bytes: usize,
}

impl Limits {
    pub(crate) fn new(http: &HttpConfig) -> Self {
        Self {
            idle: Duration::from_secs(http.keep_alive_s),
            head: Duration::from_millis(http.head_timeout_ms),
            write: Duration::from_millis(http.write_timeout_ms),
            head_bytes: http.max_head_bytes,
        }
    }
}

/// A connection on which the HTTP library reads requests and writes responses.
pub(crate) struct Connection {
    stream: TcpStream,
    limits: Limits,
    exchange: Rc<Exchange>,
    /// The head that is being received.
    head: Head,
    /// Bytes that were received after the part that the library may read now.
    received: BytesMut,
    /// The deadline of an idle connection, or of a head.
    deadline: Pin<Box<Sleep>>,
    /// The deadline of a write that waits for the client.
    write_deadline: Option<Pin<Box<Sleep>>>,
    closing: Option<Closing>,
    /// Everything is done; the library only has to drop the connection.
    is_closed: bool,
    permit: Permit,
}

impl Connection {
    pub(crate) fn new(stream: TcpStream, limits: Limits, permit: Permit) -> Self {
        let idle = permit.idle(limits.idle, limits.head);
        Self {
            stream,
            limits,
            exchange: Rc::default(),
            head: Head::default(),
            received: BytesMut::new(),
            deadline: Box::pin(sleep(idle)),
            write_deadline: None,
            closing: None,
            is_closed: false,
            permit,
        }
    }

    /// What the requests of this connection share with it.
    pub(crate) fn exchange(&self) -> Rc<Exchange> {
        Rc::clone(&self.exchange)
    }

    /// Reads from what was received already, or from the stream. Returns how many bytes are new in `buffer`; `None`
    /// at the end of the stream.
    fn receive(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<Option<usize>>> {
        if !self.received.is_empty() {
            let count = self.received.len().min(buffer.remaining());
            buffer.put_slice(&self.received.split_to(count));
            return Poll::Ready(Ok(Some(count)));
        }
        let before = buffer.filled().len();
        Pin::new(&mut self.stream)
            .poll_read(context, buffer)
            .map_ok(|()| match buffer.filled().len() - before {
                0 => None,
                count => Some(count),
            })
    }

    /// Takes all but the first `kept` of the `count` new bytes out of `buffer`, for later.
    fn put_back(&mut self, buffer: &mut ReadBuf<'_>, count: usize, kept: usize) {
        let end = buffer.filled().len() - count + kept;
        let rest = buffer.filled().get(end..).unwrap_or_default();
        if rest.is_empty() {
            return;
        }
        let mut received = BytesMut::with_capacity(rest.len() + self.received.len());
        received.extend_from_slice(rest);
        received.extend_from_slice(&self.received);
        self.received = received;
        buffer.set_filled(end);
    }

    fn read_head(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.permit.is_evicted(context) && !self.head.is_complete() {
            HTTP_SERVER_CONNECTIONS_CLOSED.of(Cause::AddressLimit).inc();
            return self.close_silently();
        }
        if has_passed(&mut self.deadline, context) {
            return self.time_out(context);
        }
        if self.head.is_complete() {
            // The library has it, and calls the middleware or writes an error.
            return self.exchange.wait(context);
        }
        let Some(count) = ready!(self.receive(context, buffer))? else {
            return Poll::Ready(Ok(()));
        };
        let was_started = self.head.is_started();
        let start = buffer.filled().len() - count;
        let used = self
            .head
            .feed(buffer.filled().get(start..).unwrap_or_default());
        if self.head.len() > self.limits.head_bytes {
            self.put_back(buffer, count, 0);
            self.closing = Some(Closing::with(refusal(&reasons::HEAD_TOO_LARGE)));
            return self.close(context);
        }
        if self.head.is_complete() {
            self.permit.set_waiting(false);
            self.put_back(buffer, count, used);
        } else if self.head.is_started() && !was_started {
            self.deadline
                .as_mut()
                .reset(Instant::now() + self.limits.head);
        }
        Poll::Ready(Ok(()))
    }

    fn read_body(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let left = match self.exchange.body() {
            Body::Sized(0) if self.exchange.ends_with_client() => {
                return self.wait_for_close(context);
            }
            Body::Sized(0) => return self.exchange.wait(context),
            Body::Sized(left) => left,
            Body::Unbounded => u64::MAX,
        };
        let Some(count) = ready!(self.receive(context, buffer))? else {
            return Poll::Ready(Ok(()));
        };
        let kept = usize::try_from(left).map_or(count, |left| left.min(count));
        self.put_back(buffer, count, kept);
        self.exchange.passed_on(kept);
        Poll::Ready(Ok(()))
    }

    /// Waits until the client closes its side. The error then makes the library drop the response. Without this, only a write
    /// would notice it, and the first write after the close succeeds.
    fn wait_for_close(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut byte = [0];
        let is_closed = self.received.is_empty()
            && ready!(self.stream.poll_peek(context, &mut ReadBuf::new(&mut byte)))? == 0;
        match is_closed {
            true => Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into())),
            // The client is there: it has sent the next request.
            false => self.exchange.wait(context),
        }
    }

    /// A connection without a request is closed without a response: a client may open it before it needs it. A head that
    /// does not arrive gets a response.
    fn time_out(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.head.is_started() {
            HTTP_SERVER_CONNECTIONS_CLOSED.of(Cause::Head).inc();
            self.closing = Some(Closing::with(refusal(&reasons::HEAD_TIMED_OUT)));
            return self.close(context);
        }
        HTTP_SERVER_CONNECTIONS_CLOSED.of(Cause::Idle).inc();
        self.close_silently()
    }

    /// To the library, the client has closed the connection.
    fn close_silently(&mut self) -> Poll<io::Result<()>> {
        self.is_closed = true;
        Poll::Ready(Ok(()))
    }

    /// Waits until the client has the last response. The error then makes the library drop the connection, with
    /// requests that it has read ahead.
    fn close(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(closing) = &mut self.closing {
            ready!(closing.poll(&mut self.stream, context));
        }
        self.is_closed = true;
        Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()))
    }

    /// The whole response is with the kernel: the next request may come.
    fn finish_exchange(&mut self, context: &mut Context<'_>) {
        // The library reads again only when it is woken.
        context.waker().wake_by_ref();
        self.head = Head::default();
        self.permit.set_waiting(true);
        if self.exchange.finish() {
            let idle = self.permit.idle(self.limits.idle, self.limits.head);
            self.deadline.as_mut().reset(Instant::now() + idle);
        } else {
            // A body was not read to its end, or only the library knows where it ends.
            self.closing = Some(Closing::without_response());
        }
    }

    fn write_timed_out(&mut self, context: &mut Context<'_>) -> bool {
        let limit = self.limits.write;
        let deadline = self
            .write_deadline
            .get_or_insert_with(|| Box::pin(sleep(limit)));
        has_passed(deadline, context)
    }
}

/// Whether the time has come. Wakes the task when it comes.
fn has_passed(deadline: &mut Pin<Box<Sleep>>, context: &mut Context<'_>) -> bool {
    deadline.as_mut().poll(context).is_ready()
}

impl AsyncRead for Connection {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.is_closed {
            return Poll::Ready(Ok(()));
        }
        if this.closing.is_some() {
            return this.close(context);
        }
        match this.exchange.stage() {
            Stage::Waiting => this.read_head(context, buffer),
            Stage::Running => this.read_body(context, buffer),
            Stage::Answered => this.exchange.wait(context),
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.is_closed {
            return Poll::Ready(Ok(bytes.len()));
        }
        if this.closing.is_none() && this.exchange.stage() == Stage::Waiting {
            // No request runs, so this is an error of the library: a response without a body.
            this.closing = Some(Closing::with(closing::as_problem(bytes)));
        }
        if this.closing.is_some() {
            // The library drops the connection after its write, so the write lasts until all is done.
            return this.close(context).map_ok(|()| bytes.len());
        }
        let written = Pin::new(&mut this.stream).poll_write(context, bytes);
        if written.is_pending() && this.write_timed_out(context) {
            HTTP_SERVER_CONNECTIONS_CLOSED.of(Cause::Write).inc();
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        written
    }

    /// The library calls it when all that it wrote was accepted.
    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.write_deadline = None;
        if this.exchange.stage() == Stage::Answered {
            this.finish_exchange(context);
        }
        Pin::new(&mut this.stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.closing.is_some() && !this.is_closed {
            ready!(this.close(context))?;
        }
        Pin::new(&mut this.stream).poll_shutdown(context)
    }
}
