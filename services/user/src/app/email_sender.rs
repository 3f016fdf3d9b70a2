//! Sends e-mails to customers.
//!
//! A notification is leased, sent before a deadline, and its outcome is committed. No transaction is
//! open during the delivery. A crash between the server's `250` and the commit sends the e-mail twice,
//! with the same Message-ID.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chassis::telemetry;
use kernel::Clock;
use leases::{Limits, Wake};
use secrecy::{ExposeSecret, SecretString};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span, field};

use super::email_verification::VerificationTokens;
use super::link_tokens::{EmailChange, Link, LinkTokens};
use super::staff::InvitationTokens;
use crate::config::MailConfig;
use crate::domain::{About, AccountEvent, AccountPages, EmailTemplate, Recipient};
use crate::mailer::{Mail, Mailer, SendError};
use crate::metrics::{
    MailKind, MailOutcome, USER_MAIL_AGE, USER_MAILS, USER_MAILS_OLDEST, USER_MAILS_PENDING,
};
use crate::store::{DeliveryOutcome, Leased, Store};

const MEASURE_EVERY: Duration = Duration::from_secs(5);
const CLOSE_IDLE_EVERY: Duration = Duration::from_secs(1);
/// Time for e-mails in flight when the process stops. An interrupted e-mail is sent again, with the
/// same Message-ID.
const STOP_GRACE: Duration = Duration::from_secs(3);

/// The tokens that e-mails carry.
pub(crate) struct MailTokens {
    pub(crate) verification: VerificationTokens,
    pub(crate) links: LinkTokens,
    pub(crate) invitations: InvitationTokens,
}

impl MailTokens {
    /// The token of an e-mail, the same for each attempt to send it; `None` if it has none.
    fn of(&self, leased: &Leased) -> Option<SecretString> {
        let notification = &leased.notification;
        let (user, at) = (notification.customer, notification.happened_at);
        let link = |credentials| Link {
            user,
            credentials,
            at,
        };
        match notification.about {
            About::Account(AccountEvent::StaffInvited { invitation }) => {
                Some(self.invitations.token_of(invitation))
            }
            About::Account(AccountEvent::Registered | AccountEvent::VerificationRequested) => {
                let is_open = !leased.email_verified;
                is_open.then(|| self.verification.issue(user, &leased.email, at))
            }
            About::Account(AccountEvent::PasswordResetRequested { credentials }) => {
                Some(self.links.password_reset(link(credentials)))
            }
            About::Account(AccountEvent::EmailChangeRequested {
                credentials,
                session,
            }) => Some(self.links.email_change(&EmailChange {
                link: link(credentials),
                session,
                email: leased.email.clone(),
            })),
            _ => None,
        }
    }
}

/// The e-mail sender of a process. Any number of replicas may run concurrently.
pub(crate) struct EmailSender {
    store: Store,
    mailer: Mailer,
    template: EmailTemplate,
    tokens: MailTokens,
    clock: Clock,
    config: MailConfig,
    wake: Wake,
    /// The server fails. Logged once, not per e-mail.
    failing: AtomicBool,
}

impl EmailSender {
    /// None when mail is off.
    ///
    /// # Errors
    /// The configuration is invalid.
    pub(crate) fn new(
        config: &MailConfig,
        store: Store,
        tokens: MailTokens,
        clock: Clock,
    ) -> anyhow::Result<Option<Self>> {
        let Some(mailer) = Mailer::new(config)? else {
            return Ok(None);
        };
        let page = |url: &String| Some(url.clone()).filter(|url| !url.is_empty());
        Ok(Some(Self {
            template: EmailTemplate {
                shop: mailer.shop().to_owned(),
                order_url: page(&config.order_url),
                account_pages: AccountPages {
                    verification: page(&config.verification_url),
                    password_reset: page(&config.password_reset_url),
                    email_change: page(&config.email_change_url),
                    invitation: page(&config.invitation_url),
                },
            },
            store,
            tokens,
            mailer,
            clock,
            config: config.clone(),
            wake: Wake::default(),
            failing: AtomicBool::default(),
        }))
    }

    /// E-mails that an unverified address gets in 24 hours at most.
    pub(crate) fn unverified_per_day(&self) -> i32 {
        self.config.unverified_per_day
    }

    /// Polls for due notifications immediately.
    pub(crate) fn wake(&self) {
        self.wake.wake();
    }

    /// Runs until `stop`, then waits for the e-mails in flight.
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
            tracing::warn!(attempt = leased.attempt, "e-mail is too old to be sent");
            return self.finish(leased, DeliveryOutcome::Failed, None).await;
        }
        let mail = self.mail(leased);
        let cut_off = async {
            stop.cancelled().await;
            tokio::time::sleep(STOP_GRACE).await;
        };
        let sent = tokio::select! {
            sent = self.mailer.send(&mail) => sent,
            () = cut_off => Err(SendError::TimedOut("a stop")),
        };
        match sent {
            Ok(()) => {
                if self.failing.swap(false, Ordering::Relaxed) {
                    tracing::info!("e-mails are sent again");
                }
                self.finish(leased, DeliveryOutcome::Sent, None).await;
            }
            Err(error) if error.is_permanent() => {
                tracing::warn!(attempt = leased.attempt, %error, "e-mail is rejected permanently");
                self.finish(leased, DeliveryOutcome::Refused, Some(error))
                    .await;
            }
            Err(error) => self.postpone(leased, error).await,
        }
    }

    fn mail<'a>(&self, leased: &'a Leased) -> Mail<'a> {
        let notification = &leased.notification;
        let token = self.tokens.of(leased);
        let to = Recipient {
            name: &leased.display_name,
            token: token.as_ref().map(ExposeSecret::expose_secret),
        };
        Mail {
            id: notification.id,
            email: &leased.email,
            // Its registrant chose the name, who may be a stranger to the owner of the address.
            display_name: match notification.about {
                About::Order(..) => &leased.display_name,
                About::Account(_) => "",
            },
            date: notification.happened_at,
            content: self.template.render(notification, &to),
        }
    }

    /// Commits the outcome, with retries. If they fail, the lease expires and the e-mail is sent again.
    async fn finish(&self, leased: &Leased, outcome: DeliveryOutcome, error: Option<SendError>) {
        let why = error.map(|error| error.to_string());
        let finish = || {
            self.store
                .finish_notification(leased, outcome, why.as_deref())
        };
        let finished = leases::commit(finish, persistence::Error::is_transient).await;
        match finished {
            Ok(true) => {
                USER_MAILS
                    .of((MailKind::from(&leased.notification.about), outcome.into()))
                    .inc();
                let age = self.clock.now() - leased.notification.happened_at;
                if outcome == DeliveryOutcome::Sent {
                    USER_MAIL_AGE.observe(age.to_std().unwrap_or_default());
                }
            }
            Ok(false) => tracing::debug!("already finished, or deleted with its account"),
            Err(error) => {
                let outcome = outcome.name();
                tracing::warn!(%error, outcome, "cannot commit the outcome of an e-mail; its lease expires");
            }
        }
    }

    async fn postpone(&self, leased: &Leased, error: SendError) {
        let attempt = leased.attempt;
        let (first, longest) = (self.config.first_delay(), self.config.max_delay());
        let delay = leases::backoff(first, longest, attempt);
        let delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        let of_server = error.is_server_failure();
        let is_logged = of_server && self.failing.swap(true, Ordering::Relaxed);
        // Warns once per outage of the server, or else once per e-mail.
        if is_logged || (!of_server && attempt > 1) {
            tracing::debug!(attempt, delay_ms, %error, "e-mail is postponed");
        } else {
            tracing::warn!(attempt, delay_ms, %error, "e-mail is postponed");
        }
        USER_MAILS
            .of((
                MailKind::from(&leased.notification.about),
                MailOutcome::PutOff,
            ))
            .inc();
        let why = error.to_string();
        let postponed = self.store.postpone_notification(leased, delay, &why);
        if let Err(error) = postponed.await {
            tracing::debug!(%error, "cannot postpone an e-mail; its lease expires");
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

impl From<DeliveryOutcome> for MailOutcome {
    fn from(outcome: DeliveryOutcome) -> Self {
        match outcome {
            DeliveryOutcome::Sent => Self::Sent,
            DeliveryOutcome::Refused => Self::Refused,
            DeliveryOutcome::Failed => Self::Failed,
        }
    }
}

/// A span whose parent is the span of the message.
fn span(leased: &Leased) -> Span {
    let notification = &leased.notification;
    let kind = notification.about.kind();
    let span = tracing::info_span!(
        "mail",
        otel.name = format!("send {kind} mail"),
        otel.kind = "client",
        kind,
        notification_id = %notification.id,
        order_id = field::Empty,
    );
    if let About::Order(order, _) = &notification.about {
        span.record("order_id", field::display(order));
    }
    if let Some(trace) = &leased.trace {
        telemetry::set_parent(&span, trace);
    }
    span
}
