//! Sends the mails that are owed.
//!
//! A notice is leased, sent under a deadline, and its end committed. No transaction is open meanwhile.
//! A crash between the server's word and our commit sends it twice, with the same Message-ID: one of
//! the two must be the last to know, and a customer rather reads something twice than never.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use chassis::telemetry;
use futures_util::future::join_all;
use instruments::user::{USER_MAIL_AGE, USER_MAILS, USER_MAILS_OLDEST, USER_MAILS_PENDING};
use kernel::Clock;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span};

use crate::config::MailConfig;
use crate::domain::Letterhead;
use crate::mailer::{Mail, Mailer, Trouble};
use crate::store::{Ending, Leased, Store};

const MEASURE_EVERY: Duration = Duration::from_secs(5);
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);
/// How long a mail may go on once the process is to stop. What is cut off then goes out again, with
/// the same Message-ID.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// The postman of a process; any number of replicas may run at once.
pub(crate) struct Postman {
    store: Store,
    mailer: Mailer,
    letterhead: Letterhead,
    clock: Clock,
    config: MailConfig,
    wake: Arc<Notify>,
    /// The server does not take mails: said once, not for each of them.
    failing: AtomicBool,
}

impl Postman {
    /// None when mail is off.
    ///
    /// # Errors
    /// A configuration that cannot work.
    pub(crate) fn new(
        config: &MailConfig,
        store: Store,
        clock: Clock,
    ) -> anyhow::Result<Option<Self>> {
        let Some(mailer) = Mailer::new(config)? else {
            return Ok(None);
        };
        let order_url = Some(config.order_url.clone()).filter(|url| !url.is_empty());
        Ok(Some(Self {
            letterhead: Letterhead {
                shop: mailer.shop().to_owned(),
                order_url,
            },
            store,
            mailer,
            clock,
            config: config.clone(),
            wake: Arc::default(),
            failing: AtomicBool::default(),
        }))
    }

    /// Notify it when there is something to send. It also looks by itself.
    pub(crate) fn wake(&self) -> Arc<Notify> {
        Arc::clone(&self.wake)
    }

    /// Works until `stop`, then finishes what it is at.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let measure = stop.run_until_cancelled(self.measure());
        tokio::join!(self.work(&stop), measure);
    }

    async fn work(&self, stop: &CancellationToken) {
        let room = self.config.concurrency;
        while !stop.is_cancelled() {
            let leased = match self.store.lease_notices(room, self.config.lease_ms).await {
                Ok(leased) => leased,
                Err(error) => {
                    tracing::debug!(%error, "cannot look for mails to send");
                    let pause = tokio::time::sleep(PAUSE_AFTER_FAILURE);
                    stop.run_until_cancelled(pause).await;
                    continue;
                }
            };
            let all = leased.len() < room;
            let deliveries = leased.iter().map(|leased| {
                let delivery = self.deliver(leased, stop);
                delivery.instrument(span(leased))
            });
            join_all(deliveries).await;
            if all {
                self.mailer.close_idle().await;
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = self.wake.notified() => {}
                    () = tokio::time::sleep(self.config.poll()) => {}
                }
            }
        }
    }

    async fn deliver(&self, leased: &Leased, stop: &CancellationToken) {
        let notice = &leased.notice;
        if notice.is_stale(self.clock.now(), self.config.give_up_after()) {
            tracing::warn!(attempt = leased.attempt, "too late to send a mail");
            return self.end(leased, Ending::Failed, None).await;
        }
        let mail = Mail {
            id: notice.id,
            email: &leased.email,
            display_name: &leased.display_name,
            date: notice.happened_at,
            letter: self.letterhead.letter(notice, &leased.display_name),
        };
        let cut_off = async {
            stop.cancelled().await;
            tokio::time::sleep(LAST_WORDS).await;
        };
        let sent = tokio::select! {
            sent = self.mailer.send(&mail) => sent,
            () = cut_off => Err(Trouble::TimedOut("a stop")),
        };
        match sent {
            Ok(()) => {
                if self.failing.swap(false, Ordering::Relaxed) {
                    tracing::info!("mails go out again");
                }
                self.end(leased, Ending::Sent, None).await;
            }
            Err(trouble) if trouble.is_lasting() => {
                tracing::warn!(attempt = leased.attempt, %trouble, "a mail is refused for good");
                self.end(leased, Ending::Refused, Some(trouble)).await;
            }
            Err(trouble) => self.put_off(leased, trouble).await,
        }
    }

    /// Commits the end. A database that stumbles just now is asked a few more times; after that the
    /// lease runs out, and a mail that was sent goes out again.
    async fn end(&self, leased: &Leased, ending: Ending, trouble: Option<Trouble>) {
        let why = trouble.map(|trouble| trouble.to_string());
        let tries = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(100))
            .with_max_times(5)
            .with_jitter();
        let end = || self.store.end_notice(leased, ending, why.as_deref());
        let ended = end
            .retry(tries)
            .when(persistence::Error::is_transient)
            .await;
        match ended {
            Ok(true) => {
                USER_MAILS
                    .of([leased.notice.news.kind(), ending.name()])
                    .inc();
                let age = self.clock.now() - leased.notice.happened_at;
                if ending == Ending::Sent {
                    USER_MAIL_AGE.observe(age.to_std().unwrap_or_default());
                }
            }
            Ok(false) => tracing::debug!("ended before, or gone with its account"),
            Err(error) => {
                let ending = ending.name();
                tracing::warn!(%error, ending, "cannot commit the end of a mail, its lease will run out");
            }
        }
    }

    async fn put_off(&self, leased: &Leased, trouble: Trouble) {
        let delay_ms = self.delay_ms(leased.attempt);
        let attempt = leased.attempt;
        let of_server = trouble.is_of_the_server();
        let known = of_server && self.failing.swap(true, Ordering::Relaxed);
        // Once for a server that fails, and once for a mail.
        if known || (!of_server && attempt > 1) {
            tracing::debug!(attempt, delay_ms, %trouble, "a mail is to be sent again later");
        } else {
            tracing::warn!(attempt, delay_ms, %trouble, "a mail is to be sent again later");
        }
        USER_MAILS.of([leased.notice.news.kind(), "put_off"]).inc();
        let why = trouble.to_string();
        if let Err(error) = self.store.put_notice_off(leased, delay_ms, &why).await {
            tracing::debug!(%error, "cannot put a mail off, its lease will run out");
        }
    }

    /// Twice as long with each try, between a half and the whole of it by chance.
    fn delay_ms(&self, attempt: i32) -> u64 {
        let doublings = u32::try_from(attempt.saturating_sub(1)).unwrap_or(0);
        let longest = self
            .config
            .first_delay_ms
            .saturating_mul(2_u64.saturating_pow(doublings))
            .clamp(1, self.config.max_delay_ms.max(1));
        rand::random_range(longest.div_ceil(2)..=longest)
    }

    async fn measure(&self) {
        loop {
            if let Ok(pending) = self.store.pending_notices().await {
                USER_MAILS_PENDING.set(pending.count);
                USER_MAILS_OLDEST.set(pending.oldest_seconds);
            }
            tokio::time::sleep(MEASURE_EVERY).await;
        }
    }
}

/// A span below the message that told the news.
fn span(leased: &Leased) -> Span {
    let kind = leased.notice.news.kind();
    let span = tracing::info_span!(
        "mail",
        otel.name = format!("send {kind} mail"),
        otel.kind = "client",
        kind,
        notification_id = %leased.notice.id,
        order_id = %leased.notice.order,
    );
    if let Some(trace) = &leased.trace {
        telemetry::set_parent(&span, trace);
    }
    span
}
