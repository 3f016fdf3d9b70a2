//! Sends e-mails to customers.
//!
//! A notification is leased, sent under a deadline, and its end is committed. No transaction is open
//! meanwhile. A crash between the server's `250` and the commit sends the e-mail twice, with the same
//! Message-ID.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chassis::telemetry;
use kernel::Clock;
use leases::{Limits, Wake};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span};

use crate::config::MailConfig;
use crate::domain::EmailTemplate;
use crate::mailer::{Mail, Mailer, Trouble};
use crate::metrics::{USER_MAIL_AGE, USER_MAILS, USER_MAILS_OLDEST, USER_MAILS_PENDING};
use crate::store::{Ending, Leased, Store};

const MEASURE_EVERY: Duration = Duration::from_secs(5);
const CLOSE_IDLE_EVERY: Duration = Duration::from_secs(1);
/// How long a mail may go on once the process is to stop. What is cut off then goes out again, with
/// the same Message-ID.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// The email sender of a process; any number of replicas may run at once.
pub(crate) struct EmailSender {
    store: Store,
    mailer: Mailer,
    template: EmailTemplate,
    clock: Clock,
    config: MailConfig,
    wake: Wake,
    /// The server does not take mails: said once, not for each of them.
    failing: AtomicBool,
}

impl EmailSender {
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
            template: EmailTemplate {
                shop: mailer.shop().to_owned(),
                order_url,
            },
            store,
            mailer,
            clock,
            config: config.clone(),
            wake: Wake::default(),
            failing: AtomicBool::default(),
        }))
    }

    /// Looks for due notifications at once. It also polls.
    pub(crate) fn wake(&self) {
        self.wake.wake();
    }

    /// Runs until `stop`, then finishes the e-mails that are being sent.
    pub(crate) async fn run(self: Arc<Self>, stop: CancellationToken) {
        let limits = Limits {
            concurrency: self.config.concurrency,
            poll: self.config.poll(),
        };
        let lease = |limit| self.store.lease_notifications(limit, self.config.lease());
        let deliver = |leased: Leased| {
            let (sender, stop, span) = (Arc::clone(&self), stop.clone(), span(&leased));
            async move { sender.deliver(&leased, &stop).await }.instrument(span)
        };
        let work = leases::work(limits, &self.wake, &stop, lease, deliver);
        let measure = stop.run_until_cancelled(self.measure());
        let close_idle = stop.run_until_cancelled(self.close_idle());
        tokio::join!(work, measure, close_idle);
    }

    async fn deliver(&self, leased: &Leased, stop: &CancellationToken) {
        let notification = &leased.notification;
        if notification.is_stale(self.clock.now(), self.config.give_up_after()) {
            tracing::warn!(attempt = leased.attempt, "too late to send a mail");
            return self.end(leased, Ending::Failed, None).await;
        }
        let mail = Mail {
            id: notification.id,
            email: &leased.email,
            display_name: &leased.display_name,
            date: notification.happened_at,
            content: self.template.render(notification, &leased.display_name),
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
            Err(trouble) => self.postpone(leased, trouble).await,
        }
    }

    /// Commits the end, with retries. When they fail the lease runs out, and a mail that was sent goes out
    /// again.
    async fn end(&self, leased: &Leased, ending: Ending, trouble: Option<Trouble>) {
        let why = trouble.map(|trouble| trouble.to_string());
        let end = || self.store.end_notification(leased, ending, why.as_deref());
        let ended = leases::commit(end, persistence::Error::is_transient).await;
        match ended {
            Ok(true) => {
                USER_MAILS
                    .of((leased.notification.event.kind(), ending.name()))
                    .inc();
                let age = self.clock.now() - leased.notification.happened_at;
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

    async fn postpone(&self, leased: &Leased, trouble: Trouble) {
        let attempt = leased.attempt;
        let (first, longest) = (self.config.first_delay(), self.config.max_delay());
        let delay = leases::backoff(first, longest, attempt);
        let delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        let of_server = trouble.is_of_the_server();
        let known = of_server && self.failing.swap(true, Ordering::Relaxed);
        // Once for a server that fails, and once for a mail.
        if known || (!of_server && attempt > 1) {
            tracing::debug!(attempt, delay_ms, %trouble, "a mail is to be sent again later");
        } else {
            tracing::warn!(attempt, delay_ms, %trouble, "a mail is to be sent again later");
        }
        USER_MAILS
            .of((leased.notification.event.kind(), "put_off"))
            .inc();
        let why = trouble.to_string();
        let postponed = self.store.postpone_notification(leased, delay, &why);
        if let Err(error) = postponed.await {
            tracing::debug!(%error, "cannot put a mail off, its lease will run out");
        }
    }

    async fn close_idle(&self) {
        loop {
            self.mailer.close_idle().await;
            tokio::time::sleep(CLOSE_IDLE_EVERY).await;
        }
    }

    async fn measure(&self) {
        loop {
            if let Ok(pending) = self.store.pending_notifications().await {
                USER_MAILS_PENDING.set(pending.count);
                USER_MAILS_OLDEST.set(pending.oldest_seconds);
            }
            tokio::time::sleep(MEASURE_EVERY).await;
        }
    }
}

/// A span below that of the message.
fn span(leased: &Leased) -> Span {
    let kind = leased.notification.event.kind();
    let span = tracing::info_span!(
        "mail",
        otel.name = format!("send {kind} mail"),
        otel.kind = "client",
        kind,
        notification_id = %leased.notification.id,
        order_id = %leased.notification.order,
    );
    if let Some(trace) = &leased.trace {
        telemetry::set_parent(&span, trace);
    }
    span
}
