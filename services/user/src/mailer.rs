//! Mails out, by SMTP. Knows nothing of orders.
//!
//! Connections are kept for the next mail, but only those whose last mail went well: one that was left
//! in the middle of something would take the answer to the last command for that to the next.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands;
use lettre::{Address, Message};
use tokio::time::timeout;
use uuid::Uuid;

use crate::config::MailConfig;
use crate::domain::{EmailContent, printable_name};

mod server;
mod trouble;

use server::Server;
pub(crate) use trouble::Trouble;

/// Servers close connections that are idle for some minutes; we do it before.
const LONGEST_IDLE: Duration = Duration::from_secs(30);
const LONGEST_QUIT: Duration = Duration::from_secs(1);

/// A mail. Names a person, so it has no `Debug`.
pub(crate) struct Mail<'a> {
    /// What the Message-ID is made of.
    pub(crate) id: Uuid,
    pub(crate) email: &'a str,
    pub(crate) display_name: &'a str,
    pub(crate) date: DateTime<Utc>,
    pub(crate) content: EmailContent,
}

/// Sends mails to one server.
pub(crate) struct Mailer {
    server: Server,
    from: Mailbox,
    connect_timeout: Duration,
    timeout: Duration,
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    connection: AsyncSmtpConnection,
    since: Instant,
}

/// Says that no person wrote this, so that nothing answers by itself (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

impl Mailer {
    /// None when mail is off. Connects when there is something to send.
    ///
    /// # Errors
    /// A server or a sender that cannot be.
    pub(crate) fn new(config: &MailConfig) -> anyhow::Result<Option<Self>> {
        let from = parse_sender(&config.from)?;
        let Some(server) = Server::parse(&config.smtp_url, from.email.domain())? else {
            return Ok(None);
        };
        Ok(Some(Self {
            server,
            from,
            connect_timeout: config.connect_timeout(),
            timeout: config.timeout(),
            idle: Mutex::default(),
        }))
    }

    /// The name that mails are signed with.
    pub(crate) fn shop(&self) -> &str {
        let name = self.from.name.as_deref();
        name.unwrap_or_else(|| self.from.email.domain())
    }

    /// Sends a mail; the server has it when this is well. After a failure it may have it all the same,
    /// unless it said no.
    ///
    /// # Errors
    /// See [`Trouble`].
    pub(crate) async fn send(&self, mail: &Mail<'_>) -> Result<(), Trouble> {
        let (to, message) = self.message(mail)?;
        let mut connection = self.connection().await?;
        let conversation = self.converse(&mut connection, to, &message);
        match timeout(self.timeout, conversation).await {
            Ok(Ok(())) => {
                self.keep(connection);
                Ok(())
            }
            // Dropped with the rest of whatever the server had to say.
            Ok(Err(trouble)) => Err(trouble),
            Err(_elapsed) => Err(Trouble::TimedOut("a mail")),
        }
    }

    /// Says goodbye on connections that nobody needed for a while.
    pub(crate) async fn close_idle(&self) {
        let old: Vec<Idle> = {
            let mut idle = self.idle();
            let is_old = |idle: &mut Idle| idle.since.elapsed() > LONGEST_IDLE;
            idle.extract_if(.., is_old).collect()
        };
        for mut idle in old {
            let _ = timeout(LONGEST_QUIT, idle.connection.quit()).await;
        }
    }

    fn message(&self, mail: &Mail<'_>) -> Result<(Address, Vec<u8>), Trouble> {
        let to: Address = mail.email.parse().map_err(|_| Trouble::Unwritable)?;
        let name = printable_name(mail.display_name).map(ToOwned::to_owned);
        let domain = self.from.email.domain();
        let content = &mail.content;
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(name, to.clone()))
            .subject(&content.subject)
            .message_id(Some(format!("<{}@{domain}>", mail.id)))
            .date(mail.date.into())
            .header(AutoSubmitted)
            .multipart(MultiPart::alternative_plain_html(
                content.text.clone(),
                content.html.clone(),
            ))
            .map_err(|_| Trouble::Unwritable)?;
        Ok((to, message.formatted()))
    }

    /// One that is known to be alive.
    async fn connection(&self) -> Result<AsyncSmtpConnection, Trouble> {
        let connecting = async {
            while let Some(mut kept) = self.take() {
                if kept.test_connected().await {
                    return Ok(kept);
                }
            }
            self.server.connect(self.connect_timeout).await
        };
        timeout(self.connect_timeout, connecting)
            .await
            .map_err(|_elapsed| Trouble::TimedOut("a connection"))?
    }

    async fn converse(
        &self,
        connection: &mut AsyncSmtpConnection,
        to: Address,
        message: &[u8],
    ) -> Result<(), Trouble> {
        let from = Some(self.from.email.clone());
        // Whoever may not send at all may not send this: it is not the mail's fault.
        let answer = connection.command(commands::Mail::new(from, Vec::new()));
        answer
            .await
            .map_err(|error| Trouble::ours("MAIL", &error))?;
        let answer = connection.command(commands::Rcpt::new(to, Vec::new()));
        answer.await.map_err(|error| Trouble::of("RCPT", &error))?;
        let answer = connection.command(commands::Data);
        answer.await.map_err(|error| Trouble::of("DATA", &error))?;
        let answer = connection.message(message);
        answer
            .await
            .map_err(|error| Trouble::of("the mail", &error))?;
        Ok(())
    }

    fn take(&self) -> Option<AsyncSmtpConnection> {
        let kept = self.idle().pop()?;
        (kept.since.elapsed() <= LONGEST_IDLE).then_some(kept.connection)
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        let since = Instant::now();
        self.idle().push(Idle { connection, since });
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `Name <address>`, or an address alone.
fn parse_sender(text: &str) -> anyhow::Result<Mailbox> {
    let sender: Mailbox = text.parse().map_err(|error| {
        anyhow::anyhow!("mail.from is {text:?}, it must be `Name <address>`: {error}")
    })?;
    let name = sender.name.as_deref().unwrap_or_default();
    anyhow::ensure!(
        !name.chars().any(char::is_control),
        "mail.from has control characters in its name"
    );
    Ok(sender)
}

#[cfg(test)]
mod tests;
