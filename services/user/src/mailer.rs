//! The SMTP client, or a folder in place of a mail server. Independent of orders.
//!
//! A connection is reused only if its last e-mail succeeded. Otherwise a late response to the last
//! command would be read as the response to the next one.

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

mod folder;
mod send_error;
mod server;

use folder::Folder;
pub(crate) use send_error::SendError;
use server::Server;

/// Shorter than the idle timeout of mail servers, which is some minutes.
const MAX_IDLE: Duration = Duration::from_secs(30);
const QUIT_TIMEOUT: Duration = Duration::from_secs(1);

/// An e-mail. No `Debug`, because it holds personal data.
pub(crate) struct Mail<'a> {
    /// The Message-ID derives from it.
    pub(crate) id: Uuid,
    pub(crate) email: &'a str,
    pub(crate) display_name: &'a str,
    pub(crate) date: DateTime<Utc>,
    pub(crate) content: EmailContent,
}

/// Where e-mails go.
enum Destination {
    Server(Server),
    Folder(Folder),
}

/// Sends e-mails through one server, or writes them into a folder.
pub(crate) struct Mailer {
    destination: Destination,
    from: Mailbox,
    connect_timeout: Duration,
    timeout: Duration,
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    connection: AsyncSmtpConnection,
    since: Instant,
}

/// Marks an automatic message, so that no auto-responder replies (RFC 3834).
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
    /// `None` if mail is off. Connects at the first e-mail.
    ///
    /// # Errors
    /// The URL of the server or the sender is invalid, or a server and a folder are given.
    pub(crate) fn new(config: &MailConfig) -> anyhow::Result<Option<Self>> {
        let from = parse_sender(&config.from)?;
        let server = Server::parse(&config.smtp_url, from.email.domain())?;
        let destination = match (server, config.preview_folder.as_str()) {
            (None, "") => return Ok(None),
            (Some(server), "") => Destination::Server(server),
            (None, folder) => Destination::Folder(Folder::new(folder)),
            (Some(_), _) => anyhow::bail!(
                "mail.preview_folder and mail.smtp_url are both set; e-mails go to one of them"
            ),
        };
        Ok(Some(Self {
            destination,
            from,
            connect_timeout: config.connect_timeout(),
            timeout: config.timeout(),
            idle: Mutex::default(),
        }))
    }

    /// The shop's name, which signs the e-mails.
    pub(crate) fn shop(&self) -> &str {
        let name = self.from.name.as_deref();
        name.unwrap_or_else(|| self.from.email.domain())
    }

    /// Sends an e-mail. After a failure the server may have accepted it, unless it rejected it.
    ///
    /// # Errors
    /// See [`SendError`].
    pub(crate) async fn send(&self, mail: &Mail<'_>) -> Result<(), SendError> {
        let (to, message) = self.message(mail)?;
        let server = match &self.destination {
            Destination::Server(server) => server,
            Destination::Folder(folder) => return folder.write(mail, message).await,
        };
        let mut connection = self.connection(server).await?;
        let transmission = self.transmit(&mut connection, to, &message);
        match timeout(self.timeout, transmission).await {
            Ok(Ok(())) => {
                self.keep(connection);
                Ok(())
            }
            // The connection is dropped.
            Ok(Err(error)) => Err(error),
            Err(_elapsed) => Err(SendError::TimedOut("a mail")),
        }
    }

    /// Closes connections that were idle for [`MAX_IDLE`].
    pub(crate) async fn close_idle(&self) {
        let old: Vec<Idle> = {
            let mut idle = self.idle();
            let is_old = |idle: &mut Idle| idle.since.elapsed() > MAX_IDLE;
            idle.extract_if(.., is_old).collect()
        };
        for mut idle in old {
            let _ = timeout(QUIT_TIMEOUT, idle.connection.quit()).await;
        }
    }

    fn message(&self, mail: &Mail<'_>) -> Result<(Address, Vec<u8>), SendError> {
        let to: Address = mail.email.parse().map_err(|_| SendError::InvalidAddress)?;
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
            .map_err(|_| SendError::InvalidAddress)?;
        Ok((to, message.formatted()))
    }

    /// A live connection: an idle one, or a new one.
    async fn connection(&self, server: &Server) -> Result<AsyncSmtpConnection, SendError> {
        let connecting = async {
            while let Some(mut kept) = self.take() {
                if kept.test_connected().await {
                    return Ok(kept);
                }
            }
            server.connect(self.connect_timeout).await
        };
        timeout(self.connect_timeout, connecting)
            .await
            .map_err(|_elapsed| SendError::TimedOut("a connection"))?
    }

    async fn transmit(
        &self,
        connection: &mut AsyncSmtpConnection,
        to: Address,
        message: &[u8],
    ) -> Result<(), SendError> {
        let from = Some(self.from.email.clone());
        // MAIL names only the sender, so its rejection is not about this e-mail.
        let answer = connection.command(commands::Mail::new(from, Vec::new()));
        answer
            .await
            .map_err(|error| SendError::before_mail("MAIL", &error))?;
        let answer = connection.command(commands::Rcpt::new(to, Vec::new()));
        answer
            .await
            .map_err(|error| SendError::of_mail("RCPT", &error))?;
        let answer = connection.command(commands::Data);
        answer
            .await
            .map_err(|error| SendError::of_mail("DATA", &error))?;
        let answer = connection.message(message);
        answer
            .await
            .map_err(|error| SendError::of_mail("the mail", &error))?;
        Ok(())
    }

    fn take(&self) -> Option<AsyncSmtpConnection> {
        let kept = self.idle().pop()?;
        (kept.since.elapsed() <= MAX_IDLE).then_some(kept.connection)
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
        anyhow::anyhow!("mail.from is {text:?}; it must be `Name <address>`: {error}")
    })?;
    let name = sender.name.as_deref().unwrap_or_default();
    anyhow::ensure!(
        !name.chars().any(char::is_control),
        "mail.from must not contain control characters"
    );
    Ok(sender)
}

#[cfg(test)]
mod tests;
