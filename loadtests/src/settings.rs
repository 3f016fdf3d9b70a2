use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, ensure};
use clap::Parser;
use secrecy::SecretString;

/// Lets people shop at Mercantile, for a while.
///
/// Browsers look around and buyers check out, each one request after the other with pauses between
/// them. It stops by itself and ends with 0, with 1 when too much failed, and with 2 when it could not
/// be run.
#[derive(Debug, Clone, Parser)]
#[command(name = "loadtests", version)]
pub struct Settings {
    /// The shop's gateway: on this machine, or a container's name
    #[arg(
        long,
        env = "LOADTESTS__TARGET",
        default_value = "http://127.0.0.1:8080"
    )]
    pub target: String,
    /// Let the target be any host: only where it is yours
    #[arg(long, env = "LOADTESTS__I_OWN_THIS_HOST")]
    pub i_own_this_host: bool,
    /// People who look around
    #[arg(long, env = "LOADTESTS__BROWSERS", default_value_t = 20, value_parser = clap::value_parser!(u32).range(0..=1_000))]
    pub browsers: u32,
    /// People who buy, each with an account of her own
    #[arg(long, env = "LOADTESTS__BUYERS", default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=500))]
    pub buyers: u32,
    /// How long they shop
    #[arg(long, env = "LOADTESTS__SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(5..=86_400))]
    pub seconds: u64,
    /// Orders that are placed in a second, all buyers together; fewer when the shop is slow
    #[arg(long, env = "LOADTESTS__ORDERS_PER_SECOND", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub orders_per_second: u32,
    /// Requests in a second, everybody together; the gateway lets one address make 500
    #[arg(long, env = "LOADTESTS__REQUESTS_PER_SECOND", default_value_t = 400, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub requests_per_second: u32,
    /// Sign-ins in a second, all buyers together; the gateway lets one address make 5
    #[arg(long, env = "LOADTESTS__SIGN_INS_PER_SECOND", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub sign_ins_per_second: u32,
    /// Milliseconds between two steps of a person, on average; from half of it to one and a half
    #[arg(long, env = "LOADTESTS__THINK_MS", default_value_t = 500, value_parser = clap::value_parser!(u64).range(0..=60_000))]
    pub think_ms: u64,
    /// Per cent of the requests that may fail
    #[arg(long, env = "LOADTESTS__MAX_ERROR_PERCENT", default_value_t = 1.0)]
    pub max_error_percent: f64,
    /// Seconds to wait for the shop at the beginning
    #[arg(long, env = "LOADTESTS__WAIT_S", default_value_t = 60, value_parser = clap::value_parser!(u64).range(0..=3_600))]
    pub wait_s: u64,
    /// Buyers' accounts are NAME-1@example.com and so on; two runs at a time need two names
    #[arg(
        long,
        env = "LOADTESTS__ACCOUNTS",
        default_value = "load",
        value_name = "NAME"
    )]
    pub accounts: String,
    /// A staff account, which fills the shelves before the doors open; empty: nobody does
    #[arg(
        long,
        env = "LOADTESTS__STAFF_EMAIL",
        default_value = "staff@example.com"
    )]
    pub staff_email: String,
    /// Its password; the default is the demo account's
    #[arg(
        long,
        env = "LOADTESTS__STAFF_PASSWORD",
        default_value = "correct-horse-battery-staff",
        hide_env_values = true
    )]
    pub staff_password: SecretString,
    /// What people decide comes from it
    #[arg(long, env = "LOADTESTS__SEED", default_value_t = 1)]
    pub seed: u64,
    /// Write Goose's own report too: FILE.html, FILE.md or FILE.json
    #[arg(long, env = "LOADTESTS__REPORT", value_name = "FILE")]
    pub report: Option<PathBuf>,
}

impl Settings {
    /// What the parser of flags cannot check.
    ///
    /// # Errors
    /// Names the flag.
    pub fn check(&self) -> Result<()> {
        ensure!(
            self.browsers + self.buyers > 0,
            "--browsers and --buyers are both 0: nobody would come"
        );
        ensure!(
            (0.0..=100.0).contains(&self.max_error_percent),
            "--max-error-percent is from 0 to 100"
        );
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        ensure!(
            (1..=40).contains(&self.accounts.len()) && self.accounts.bytes().all(is_name),
            "--accounts is 1 to 40 letters, digits or hyphens"
        );
        Ok(())
    }

    /// Everybody.
    #[must_use]
    pub fn people(&self) -> u32 {
        self.browsers + self.buyers
    }

    /// How many come in a second, until all are there: five seconds, about.
    #[must_use]
    pub(crate) fn arrivals_per_second(&self) -> u32 {
        self.people().div_ceil(5)
    }

    /// From the first one's arrival to the end.
    #[must_use]
    pub(crate) fn lasts(&self) -> Duration {
        let arriving = self.people().div_ceil(self.arrivals_per_second().max(1));
        Duration::from_secs(self.seconds) + Duration::from_secs(arriving.into())
    }

    /// The shortest and the longest pause.
    #[must_use]
    pub(crate) fn pauses(&self) -> (Duration, Duration) {
        let half = Duration::from_millis(self.think_ms / 2);
        (half, Duration::from_millis(self.think_ms) + half)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(arguments: &[&str]) -> Settings {
        Settings::try_parse_from([&["loadtests"], arguments].concat()).unwrap()
    }

    #[test]
    fn the_defaults_are_bounded_and_below_the_gateways_limits() {
        let defaults = settings(&[]);
        defaults.check().unwrap();
        assert!(defaults.seconds <= 60);
        // config/default.toml of the gateway: api 30000 and identity 300 a minute from one address.
        assert!(defaults.requests_per_second * 60 < 30_000);
        assert!(defaults.sign_ins_per_second * 2 * 60 < 300);
    }

    #[test]
    fn nobody_is_refused() {
        let nobody = settings(&["--browsers", "0", "--buyers", "0"]);
        assert!(nobody.check().is_err());
        assert!(settings(&["--browsers", "0"]).check().is_ok());
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for odd in [
            ["--max-error-percent", "101"],
            ["--max-error-percent", "NaN"],
            ["--accounts", "a@b"],
            ["--accounts", ""],
        ] {
            assert!(settings(&odd).check().is_err(), "{odd:?}");
        }
        assert!(Settings::try_parse_from(["loadtests", "--seconds", "0"]).is_err());
    }

    #[test]
    fn pauses_are_around_the_average() {
        let (least, most) = settings(&["--think-ms", "500"]).pauses();
        assert_eq!((least.as_millis(), most.as_millis()), (250, 750));
    }

    #[test]
    fn the_password_is_not_printed() {
        assert!(!format!("{:?}", settings(&[])).contains("correct-horse"));
    }
}
