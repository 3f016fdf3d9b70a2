//! Where a server is, and how its certificate is verified if the URL demands TLS.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tls::Reloaded;
use tokio_postgres::config::SslMode;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, Connection, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::Error;

/// The key of the file with the CA, for errors.
const CA_PATH: &str = "database.ca_path";

/// A connection to an unresponsive server is closed after about this time. The statement timeout does
/// not help then, because the server enforces it.
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(15);
const PROBE_AFTER: Duration = Duration::from_secs(10);
const PROBE_EVERY: Duration = Duration::from_secs(5);

/// The protocol's name in ALPN (RFC 7301). Servers require it for `sslnegotiation=direct`.
const ALPN: &[u8] = b"postgresql";

/// The values of `sslmode` that libpq has and that do not verify certificate and host name.
const UNVERIFIED: [&str; 4] = ["allow", "prefer", "require", "verify-ca"];

/// The driver's half of a connection. It is not encrypted if the URL does not demand TLS.
type Driver = Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>;

/// A server to connect to.
#[derive(Clone)]
pub(crate) struct Server {
    config: Config,
    /// Used only if `config` demands TLS.
    tls: Arc<Reloaded<MakeRustlsConnect>>,
}

impl Server {
    /// Reads the URL of this key and, if it demands TLS, the trusted CAs.
    pub(crate) fn new(key: &'static str, url: &str, ca_path: &Path) -> Result<Self, Error> {
        let mut config = parse(url).map_err(|why| Error::Configuration {
            key,
            source: why.into(),
        })?;
        config
            .keepalives_idle(PROBE_AFTER)
            .keepalives_interval(PROBE_EVERY)
            .tcp_user_timeout(TCP_USER_TIMEOUT);
        if config.get_application_name().is_none() {
            config.application_name(process_name());
        }
        let ca_path = match config.get_ssl_mode() {
            SslMode::Disable => None,
            _ => Some(ca_path.to_owned()),
        };
        let tls = Reloaded::new(ca_path.clone(), move || {
            let mut tls = match &ca_path {
                None => tls::trusting_nobody(),
                Some(path) => tls::client_config(path),
            }?;
            tls.alpn_protocols.push(ALPN.to_vec());
            Ok(MakeRustlsConnect::new(tls))
        });
        let tls = tls.map_err(|source| Error::Configuration {
            key: CA_PATH,
            source: source.into(),
        })?;
        Ok(Self {
            config,
            tls: Arc::new(tls),
        })
    }

    /// Connects; the error says what to set.
    pub(crate) async fn connect(&self) -> Result<(Client, Driver), String> {
        let connected = self.config.connect((*self.tls.current()).clone()).await;
        connected.map_err(|error| tls::explain(&with_cause(&error), CA_PATH))
    }
}

/// Reads a URL. Its `sslmode` is either absent or `disable`, for no TLS, or `verify-full`, which the driver does not
/// have. The mode of the result is `Disable` or `Require`; with `Require`, the driver never uses plain text.
///
/// # Errors
/// The reason, without the URL: it holds a password.
pub(crate) fn parse(url: &str) -> Result<Config, String> {
    let is_url = ["postgres://", "postgresql://"]
        .iter()
        .any(|scheme| url.starts_with(scheme));
    let (url, modes) = without_sslmode(url);
    let mode = match modes.as_slice() {
        [] | ["disable"] => SslMode::Disable,
        ["verify-full"] => SslMode::Require,
        [mode] if UNVERIFIED.contains(mode) => {
            return Err(format!(
                "has sslmode={mode}, which does not verify the server: use sslmode=verify-full, or \
                 sslmode=disable for a connection without TLS"
            ));
        }
        _ => return Err("must have one sslmode: verify-full or disable".to_owned()),
    };
    // A parameter with an escaped name is not found above, and must not demand TLS in vain.
    let is_read = |config: &Config| is_url && config.get_ssl_mode() != SslMode::Require;
    let Some(mut config) = url.parse().ok().filter(is_read) else {
        return Err("must be a URL like postgres://user:password@host:port/database".to_owned());
    };
    config.ssl_mode(mode);
    Ok(config)
}

/// The URL without its parameters `sslmode`, and their values.
fn without_sslmode(url: &str) -> (String, Vec<&str>) {
    // A password may contain a question mark.
    let server = url.find('@').unwrap_or(0);
    let Some(length) = url[server..].find('?') else {
        return (url.to_owned(), Vec::new());
    };
    let (base, query) = url.split_at(server + length);
    let is_mode = |pair: &&str| pair.split('=').next() == Some("sslmode");
    let (modes, others): (Vec<_>, Vec<_>) = query[1..].split('&').partition(is_mode);
    let modes = modes
        .iter()
        .map(|pair| pair.split_once('=').map_or("", |(_, mode)| mode));
    (format!("{base}?{}", others.join("&")), modes.collect())
}

/// The driver's message is only "error connecting to server", so the cause is appended.
fn with_cause(error: &tokio_postgres::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

/// The application name, for `pg_stat_activity`.
fn process_name() -> String {
    std::env::current_exe()
        .ok()
        .and_then(|path| Some(path.file_stem()?.to_string_lossy().into_owned()))
        .unwrap_or_else(|| "mercantile".to_owned())
}

#[cfg(test)]
mod tests {
    use tokio_postgres::config::SslMode;

    use super::parse;

    #[test]
    fn tls_is_demanded_by_verify_full_only() {
        for (query, mode) in [
            ("", SslMode::Disable),
            ("?sslmode=disable", SslMode::Disable),
            ("?sslmode=verify-full", SslMode::Require),
            (
                "?connect_timeout=3&sslmode=verify-full&application_name=a",
                SslMode::Require,
            ),
        ] {
            let config = parse(&format!("postgres://a:b?c@host/db{query}")).unwrap();
            assert_eq!(config.get_ssl_mode(), mode, "{query}");
            assert_eq!(config.get_password(), Some(&b"b?c"[..]), "{query}");
            assert_eq!(config.get_dbname(), Some("db"), "{query}");
        }
        let config = parse("postgres://h/db?sslmode=verify-full&connect_timeout=3").unwrap();
        assert!(
            config.get_connect_timeout().is_some(),
            "other parameters are kept"
        );
    }

    #[test]
    fn modes_that_do_not_verify_are_refused() {
        for mode in ["allow", "prefer", "require", "verify-ca"] {
            let why = parse(&format!("postgres://a:secret@host/db?sslmode={mode}")).unwrap_err();
            assert!(why.contains(mode) && why.contains("verify-full"), "{why}");
            assert!(!why.contains("secret"), "{why}");
        }
        for query in [
            "sslmode=",
            "sslmode",
            "sslmode=VERIFY-FULL",
            "sslmode=disable&sslmode=verify-full",
            "ssl%6Dode=verify-full",
            "ssl%6Dode=require",
        ] {
            assert!(
                parse(&format!("postgres://a:b@host/db?{query}")).is_err(),
                "{query}"
            );
        }
    }

    #[test]
    fn only_urls_are_read() {
        assert!(parse("host=localhost user=a").is_err());
        assert!(parse("mysql://a:b@host/db").is_err());
    }
}
