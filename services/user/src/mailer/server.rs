use std::time::Duration;

use anyhow::{Context, bail, ensure};
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use secrecy::{ExposeSecret, SecretString};

use super::send_error::SendError;

/// A mail server and the settings of its connections.
pub(super) struct Server {
    host: String,
    port: u16,
    security: Security,
    credentials: Option<Credentials>,
    /// The name of this client in `EHLO`.
    client_id: ClientId,
}

enum Security {
    Clear,
    /// A greeting in clear, then TLS is required.
    StartTls(TlsParameters),
    /// TLS from the first byte.
    Tls(TlsParameters),
}

impl Server {
    /// The server of a URL; `None` for an empty URL.
    ///
    /// # Errors
    /// The URL is invalid. The error does not contain the URL, which holds the password.
    pub(super) fn parse(url: &SecretString, our_domain: &str) -> anyhow::Result<Option<Self>> {
        let url = url.expose_secret();
        if url.is_empty() {
            return Ok(None);
        }
        let forms = "mail.smtp_url must be smtp://host:port, smtp+starttls://user:password@host:port \
                     or smtps://user:password@host:port";
        let (scheme, rest) = url.split_once("://").context(forms)?;
        let (login, authority) = match rest.rsplit_once('@') {
            Some((login, authority)) => (Some(login), authority),
            None => (None, rest),
        };
        let authority = authority.strip_suffix('/').unwrap_or(authority);
        let (host, port) = authority.rsplit_once(':').context(forms)?;
        let port: u16 = port.parse().context(forms)?;
        let host = host.trim_matches(['[', ']']).to_owned();
        ensure!(!host.is_empty() && !host.contains(['/', '?', '#']), forms);
        let tls =
            || TlsParameters::new(host.clone()).context("TLS to the mail server cannot be set up");
        let security = match scheme {
            "smtp" => Security::Clear,
            "smtp+starttls" => Security::StartTls(tls()?),
            "smtps" => Security::Tls(tls()?),
            _ => bail!(forms),
        };
        ensure!(
            login.is_none() || !matches!(security, Security::Clear),
            "mail.smtp_url would send its password in clear; use smtps or smtp+starttls"
        );
        Ok(Some(Self {
            credentials: login.map(credentials).transpose()?,
            host,
            port,
            security,
            client_id: ClientId::Domain(our_domain.to_owned()),
        }))
    }

    /// A connection with TLS and authentication, as configured.
    pub(super) async fn connect(
        &self,
        timeout: Duration,
    ) -> Result<AsyncSmtpConnection, SendError> {
        let (first, then) = match &self.security {
            Security::Clear => (None, None),
            Security::StartTls(tls) => (None, Some(tls.clone())),
            Security::Tls(tls) => (Some(tls.clone()), None),
        };
        let authority = (self.host.as_str(), self.port);
        let connecting = AsyncSmtpConnection::connect_tokio1(
            authority,
            Some(timeout),
            &self.client_id,
            first,
            None,
        );
        let mut connection = connecting
            .await
            .map_err(|error| SendError::before_mail("the greeting", &error))?;
        if let Some(tls) = then {
            let secured = connection.starttls(tls, &self.client_id);
            secured
                .await
                .map_err(|error| SendError::before_mail("STARTTLS", &error))?;
        }
        if let Some(credentials) = &self.credentials {
            let signed_in = connection.auth(DEFAULT_MECHANISMS, credentials);
            signed_in
                .await
                .map_err(|error| SendError::before_mail("AUTH", &error))?;
        }
        Ok(connection)
    }
}

fn credentials(login: &str) -> anyhow::Result<Credentials> {
    let (user, password) = login
        .split_once(':')
        .context("mail.smtp_url has a user without a password")?;
    Ok(Credentials::new(decoded(user)?, decoded(password)?))
}

/// Percent-decodes a text.
fn decoded(text: &str) -> anyhow::Result<String> {
    let wrong = "mail.smtp_url: user or password has an invalid percent-encoding";
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                let value = digit().zip(digit()).map(|(high, low)| high * 16 + low);
                value
                    .and_then(|value| u8::try_from(value).ok())
                    .context(wrong)?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok().context(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<Option<Server>, String> {
        Server::parse(&url.to_owned().into(), "shop.example").map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn an_empty_url_turns_mail_off() {
        assert!(parse("").unwrap().is_none());
    }

    #[test]
    fn host_and_port_are_read() {
        for (url, host, port) in [
            ("smtp://mail:1025", "mail", 1025),
            ("smtp://[::1]:25/", "::1", 25),
            ("smtps://u:p%40ss@mail.example:465", "mail.example", 465),
            (
                "smtp+starttls://u:p@ss@mail.example:587",
                "mail.example",
                587,
            ),
        ] {
            let server = parse(url).unwrap().unwrap();
            assert_eq!((server.host.as_str(), server.port), (host, port));
            assert_eq!(server.credentials.is_some(), url.contains('@'));
        }
    }

    #[test]
    fn a_password_is_percent_decoded() {
        assert_eq!(decoded("a%40b%C3%A9").unwrap(), "a@bé");
        for wrong in ["%", "%4", "%zz", "%ff", "%+1"] {
            assert!(decoded(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_password_over_plain_smtp_is_rejected() {
        let error = parse("smtp://u:open-sesame@mail:25").err().unwrap();
        assert!(
            error.contains("in clear") && !error.contains("sesame"),
            "{error}"
        );
    }

    #[test]
    fn an_invalid_url_is_rejected_without_printing_it() {
        for url in [
            "mail:25",
            "http://u:open-sesame@mail:25",
            "smtp://mail",
            "smtps://u:open-sesame@mail",
            "smtps://u:open-sesame@mail:port",
            "smtps://u:open-sesame@mail:99999",
            "smtps://open-sesame@mail:465",
            "smtps://u:open-sesame%@mail:465",
            "smtp://:25",
            "smtp://a/b:25",
        ] {
            let error = parse(url).err().unwrap_or_default();
            assert!(error.contains("mail.smtp_url"), "{url}: {error}");
            assert!(!error.contains("sesame"), "{error}");
        }
    }
}
