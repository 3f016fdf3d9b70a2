//! One stream: reads the order after an event or after a while, and sends what is new.

use std::{convert::Infallible, rc::Rc, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{
        Method,
        header::{self, HeaderName},
    },
    web::Bytes,
};
use futures_util::{Stream, stream::unfold};
use kernel::OrderId;
use tokio::time::{Instant, sleep_until};

use super::{Permit, Progress, Refused, Times, Watch, text};
use crate::{
    edge::{
        client_address::network,
        connection::Exchange,
        problem::{Problem, reasons},
        rate_limit::Client,
    },
    model::{OrderProgress, TimelineEntry},
    upstreams::Upstreams,
};

/// Time for each read of an order.
const READ_TIMEOUT: Duration = Duration::from_secs(5);
/// Asks proxies such as nginx to pass events on at once.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Writes an entry of the timeline as an event; nothing if it is not sent.
pub(crate) type Write = fn(&TimelineEntry) -> String;

/// Which order to follow, and how.
pub(crate) struct Following {
    /// The order.
    pub(crate) order: OrderId,
    /// The position of the last entry that the client has, if it has one.
    pub(crate) last: Option<u32>,
    /// Writes the entries.
    pub(crate) write: Write,
}

/// Responds with the events of an order; 204 if it has ended and the client has its last entry.
///
/// # Errors
/// There are too many streams, or the caller has no such order.
pub(crate) async fn respond(
    following: Following,
    request: &HttpRequest,
    client: &Client,
    progress: &Progress,
    upstreams: Upstreams,
) -> Result<HttpResponse, Problem> {
    let account = client
        .user
        .ok_or_else(|| Problem::new(&reasons::INTERNAL))?;
    let permit = progress
        .admit(account, client.address.map(network))
        .map_err(|refused| match refused {
            Refused::Full => Problem::new(&reasons::OVERLOADED),
            Refused::TooMany => Problem::new(&reasons::TOO_MANY_STREAMS),
        })?;
    // Before the first read, so that no event is missed in between.
    let watch = progress.watch(following.order);
    let position = following.last.unwrap_or_default();
    let first = upstreams
        .order()
        .progress(following.order, position)
        .await?;
    let is_over = first.end().is_some() && first.entries.is_empty();
    if is_over && following.last.is_some() {
        return Ok(HttpResponse::NoContent().finish());
    }
    let mut response = head();
    if request.method() == Method::HEAD {
        return Ok(response.finish());
    }
    if let Some(exchange) = request.conn_data::<Rc<Exchange>>() {
        exchange.end_with_client();
    }
    let follow = Follow::new(progress, permit, watch, upstreams, &following);
    Ok(response.streaming(follow.events(first)))
}

fn head() -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CONTENT_TYPE, "text/event-stream"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((X_ACCEL_BUFFERING, "no"));
    response
}

/// A stream of an order's events.
struct Follow {
    progress: Progress,
    times: Times,
    watch: Watch,
    upstreams: Upstreams,
    id: OrderId,
    write: Write,
    /// Of the last entry that was sent.
    position: u32,
    ends_at: Instant,
    poll_at: Instant,
    heartbeat_at: Instant,
    is_over: bool,
    _permit: Permit,
}

/// Why a stream does something.
enum Wake {
    Read,
    Heartbeat,
    End,
}

impl Follow {
    fn new(
        progress: &Progress,
        permit: Permit,
        watch: Watch,
        upstreams: Upstreams,
        following: &Following,
    ) -> Self {
        let (times, now) = (progress.times(), Instant::now());
        Self {
            progress: progress.clone(),
            times,
            watch,
            upstreams,
            id: following.order,
            write: following.write,
            position: following.last.unwrap_or_default(),
            ends_at: now + times.longest,
            poll_at: now + times.poll,
            heartbeat_at: now + times.heartbeat,
            is_over: false,
            _permit: permit,
        }
    }

    /// The parts of the response, `first` and what follows.
    fn events(self, first: OrderProgress) -> impl Stream<Item = Result<Bytes, Infallible>> {
        unfold((self, Some(first)), async |(mut follow, first)| {
            let part = follow.next(first).await?;
            Some((Ok(part), (follow, None)))
        })
    }

    async fn next(&mut self, first: Option<OrderProgress>) -> Option<Bytes> {
        if self.is_over {
            return None;
        }
        if let Some(first) = first {
            // Without a part, the client would not see the head of the response.
            return Some(self.part(&first).unwrap_or_else(heartbeat));
        }
        loop {
            let part = match self.wake().await {
                Wake::End => Some(self.end()),
                Wake::Heartbeat => Some(heartbeat()),
                Wake::Read => self.read().await,
            };
            if part.is_some() {
                self.heartbeat_at = Instant::now() + self.times.heartbeat;
                return part;
            }
        }
    }

    async fn wake(&mut self) -> Wake {
        tokio::select! {
            biased;
            () = self.progress.draining() => Wake::End,
            () = sleep_until(self.ends_at) => Wake::End,
            () = self.watch.woken() => Wake::Read,
            () = sleep_until(self.poll_at) => Wake::Read,
            () = sleep_until(self.heartbeat_at) => Wake::Heartbeat,
        }
    }

    /// What is new, if anything is.
    async fn read(&mut self) -> Option<Bytes> {
        let upstreams = self.upstreams.renewed(READ_TIMEOUT);
        let read = upstreams.order().progress(self.id, self.position).await;
        self.poll_at = Instant::now() + self.times.poll;
        match read {
            Ok(progress) => self.part(&progress),
            // The access token has expired, for example. The client gets the problem when it connects again.
            Err(problem) if problem.kind().status < 500 => Some(self.end()),
            Err(problem) => {
                // `upstream` logs an outage. The next poll reads again.
                tracing::debug!(%problem, "cannot read the progress of an order");
                None
            }
        }
    }

    fn part(&mut self, progress: &OrderProgress) -> Option<Bytes> {
        let mut part = String::new();
        for entry in &progress.entries {
            if entry.position > self.position {
                self.position = entry.position;
                part.push_str(&(self.write)(entry));
            }
        }
        if let Some(end) = progress.end() {
            self.is_over = true;
            part.push_str(&text::end(&end));
        }
        (!part.is_empty()).then(|| part.into())
    }

    fn end(&mut self) -> Bytes {
        self.is_over = true;
        text::retry(self.times.retry).into()
    }
}

fn heartbeat() -> Bytes {
    Bytes::from_static(text::HEARTBEAT.as_bytes())
}
