//! One stream: reads the order after an event or after a while, and sends what is new.

use std::{convert::Infallible, time::Duration};

use actix_web::web::Bytes;
use futures_util::{Stream, stream::unfold};
use kernel::OrderId;
use tokio::time::{Instant, sleep_until};

use super::text;
use crate::{
    model::OrderProgress,
    progress::{Permit, Progress, Times, Watch},
    upstreams::Upstreams,
};

/// Time for each read of an order.
const READ_TIMEOUT: Duration = Duration::from_secs(5);

/// A stream of an order's events.
pub(super) struct Follow {
    progress: Progress,
    times: Times,
    watch: Watch,
    upstreams: Upstreams,
    id: OrderId,
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
    pub(super) fn new(
        progress: &Progress,
        permit: Permit,
        watch: Watch,
        upstreams: Upstreams,
        id: OrderId,
        position: u32,
    ) -> Self {
        let (times, now) = (progress.times(), Instant::now());
        Self {
            progress: progress.clone(),
            times,
            watch,
            upstreams,
            id,
            position,
            ends_at: now + times.longest,
            poll_at: now + times.poll,
            heartbeat_at: now + times.heartbeat,
            is_over: false,
            _permit: permit,
        }
    }

    /// The parts of the response, `first` and what follows.
    pub(super) fn events(
        self,
        first: OrderProgress,
    ) -> impl Stream<Item = Result<Bytes, Infallible>> {
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
                part.push_str(&text::entry(entry));
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
