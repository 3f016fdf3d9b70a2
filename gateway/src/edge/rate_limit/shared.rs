//! Counters in Redis, shared by all gateways.

use std::{
    path::Path,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use redis::{
    Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, RedisResult, Script,
    TlsCertificates,
    aio::{ConnectionManager, ConnectionManagerConfig},
    io::tcp::TcpSettings,
};
use secrecy::ExposeSecret;

use super::{
    charge::{Charge, Outcome},
    config::Config,
};

/// Milliseconds without calls after a failed call to Redis.
const PAUSE_MS: u64 = 1_000;
/// `TCP_USER_TIMEOUT`: closes a connection whose peer acknowledges no data. The client keeps a
/// connection after a timeout, so without it the calls to a lost host fail for about 15 minutes.
#[cfg(target_os = "linux")]
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(5);

/// The key of the file with the CA, for errors.
const CA_PATH: &str = "rate_limit.redis_ca_path";

pub(super) struct Shared {
    connection: ConnectionManager,
    script: Script,
    give_back: Script,
    prefix: String,
    timeout: Duration,
    started: Instant,
    paused_until_ms: AtomicU64,
    is_unavailable: AtomicBool,
}

impl Shared {
    pub(super) fn new(config: &Config) -> anyhow::Result<Self> {
        let info = config.redis_url.expose_secret().into_connection_info();
        let info = info.context("rate_limit.redis_url is not a Redis URL")?;
        let client = client(info.set_tcp_settings(tcp_settings()), &config.redis_ca_path)?;
        let timeout = Duration::from_millis(config.timeout_ms);
        let settings = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(timeout))
            .set_response_timeout(Some(timeout))
            .set_number_of_retries(1);
        Ok(Self {
            connection: client.get_connection_manager_lazy(settings)?,
            script: Script::new(include_str!("gcra.lua")),
            give_back: Script::new(include_str!("give_back.lua")),
            prefix: config.key_prefix.clone(),
            timeout,
            started: Instant::now(),
            paused_until_ms: AtomicU64::new(0),
            is_unavailable: AtomicBool::new(false),
        })
    }

    /// Counts the charges; `None` while Redis is unavailable.
    pub(super) async fn take(&self, charges: &[Charge]) -> Option<Outcome> {
        if charges.is_empty() || self.now_ms() < self.paused_until_ms.load(Ordering::Relaxed) {
            return None;
        }
        let outcome = match tokio::time::timeout(self.timeout, self.run_script(charges)).await {
            Ok(outcome) => outcome.map_err(|error| tls::explain(&error.to_string(), CA_PATH)),
            Err(_elapsed) => Err(format!(
                "no response within {} ms",
                self.timeout.as_millis()
            )),
        };
        match outcome {
            Ok(outcome) => {
                if self.is_unavailable.swap(false, Ordering::Relaxed) {
                    tracing::info!("redis is available: rate limits are shared again");
                }
                Some(outcome)
            }
            Err(error) => {
                let until = self.now_ms().saturating_add(PAUSE_MS);
                self.paused_until_ms.store(until, Ordering::Relaxed);
                if !self.is_unavailable.swap(true, Ordering::Relaxed) {
                    tracing::warn!(
                        error,
                        "redis is unavailable: this gateway counts requests alone"
                    );
                }
                None
            }
        }
    }

    async fn run_script(&self, charges: &[Charge]) -> RedisResult<Outcome> {
        let mut call = self.script.prepare_invoke();
        for charge in charges {
            call.key(format!("{}{}", self.prefix, charge.key));
            call.arg(charge.rate.interval_us());
            call.arg(charge.rate.tolerance_us());
        }
        let mut connection = self.connection.clone();
        let (allowed, index, remaining, wait_us, reset_us): (u8, usize, u64, u64, u64) =
            call.invoke_async(&mut connection).await?;
        Ok(Outcome {
            allowed: allowed == 1,
            index: index.saturating_sub(1),
            remaining,
            wait_us,
            reset_us,
        })
    }

    /// Takes the charges back. A failure is ignored: the client then has one request less.
    pub(super) async fn give_back(&self, charges: &[Charge]) {
        if charges.is_empty() || self.now_ms() < self.paused_until_ms.load(Ordering::Relaxed) {
            return;
        }
        let mut call = self.give_back.prepare_invoke();
        for charge in charges {
            call.key(format!("{}{}", self.prefix, charge.key));
            call.arg(charge.rate.interval_us());
        }
        let mut connection = self.connection.clone();
        let done = call.invoke_async::<u8>(&mut connection);
        let outcome = tokio::time::timeout(self.timeout, done).await;
        if !matches!(outcome, Ok(Ok(_))) {
            tracing::debug!("redis did not take a request back");
        }
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// With TLS if the URL demands it. The client trusts the CAs of the system unless it is given others.
fn client(info: ConnectionInfo, ca_path: &Path) -> anyhow::Result<Client> {
    let ConnectionAddr::TcpTls { insecure, .. } = info.addr() else {
        return Ok(Client::open(info)?);
    };
    ensure!(
        !insecure,
        "rate_limit.redis_url must not end with #insecure: the server is always verified"
    );
    if ca_path.as_os_str().is_empty() {
        return Ok(Client::open(info)?);
    }
    let root_cert = tls::ca_file(ca_path).with_context(|| format!("`{CA_PATH}` cannot be used"))?;
    let certificates = TlsCertificates {
        client_tls: None,
        root_cert: Some(root_cert),
    };
    Ok(Client::build_with_tls(info, certificates)?)
}

fn tcp_settings() -> TcpSettings {
    let settings = TcpSettings::default().set_nodelay(true);
    #[cfg(target_os = "linux")]
    let settings = settings.set_user_timeout(TCP_USER_TIMEOUT);
    settings
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]
mod tests;
