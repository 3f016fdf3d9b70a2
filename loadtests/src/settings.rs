use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, ensure};
use clap::Parser;
use secrecy::SecretString;

/// Generates load on a Mercantile shop for a limited time.
///
/// Browsers view products and buyers check out. Each user sends one request at a time, with pauses. The
/// exit status is 0 if the run passed, 1 if too many requests failed, and 2 if the run could not start.
#[derive(Debug, Clone, Parser)]
#[command(name = "loadtests", version)]
pub struct Settings {
    /// URL of the gateway: this machine, or a container's name
    #[arg(
        long,
        env = "LOADTESTS__TARGET",
        default_value = "http://127.0.0.1:8080"
    )]
    pub target: String,
    /// Allow any host as target; use it only for a host that you own
    #[arg(long, env = "LOADTESTS__I_OWN_THIS_HOST")]
    pub i_own_this_host: bool,
    /// Users that browse
    #[arg(long, env = "LOADTESTS__BROWSERS", default_value_t = 20, value_parser = clap::value_parser!(u32).range(0..=1_000))]
    pub browsers: u32,
    /// Users that buy, each with its own account
    #[arg(long, env = "LOADTESTS__BUYERS", default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=500))]
    pub buyers: u32,
    /// Duration of the run in seconds
    #[arg(long, env = "LOADTESTS__SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(5..=86_400))]
    pub seconds: u64,
    /// Most orders per second of all buyers together
    #[arg(long, env = "LOADTESTS__ORDERS_PER_SECOND", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub orders_per_second: u32,
    /// Most requests per second of all users together; the gateway allows 500 per client address
    #[arg(long, env = "LOADTESTS__REQUESTS_PER_SECOND", default_value_t = 400, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub requests_per_second: u32,
    /// Most sign-ins per second of all buyers together; the gateway allows 5 per client address
    #[arg(long, env = "LOADTESTS__SIGN_INS_PER_SECOND", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub sign_ins_per_second: u32,
    /// Average pause between two transactions of a user in milliseconds; each is from 50 % to 150 % of it
    #[arg(long, env = "LOADTESTS__THINK_MS", default_value_t = 500, value_parser = clap::value_parser!(u64).range(0..=60_000))]
    pub think_ms: u64,
    /// Most failed requests, in percent
    #[arg(long, env = "LOADTESTS__MAX_ERROR_PERCENT", default_value_t = 1.0)]
    pub max_error_percent: f64,
    /// Seconds to wait for the shop at the start
    #[arg(long, env = "LOADTESTS__WAIT_S", default_value_t = 60, value_parser = clap::value_parser!(u64).range(0..=3_600))]
    pub wait_s: u64,
    /// Buyers' accounts are NAME-1@example.com and so on; concurrent runs need different names
    #[arg(
        long,
        env = "LOADTESTS__ACCOUNTS",
        default_value = "load",
        value_name = "NAME"
    )]
    pub accounts: String,
    /// Staff account that restocks the products before the run; empty: no restocking
    #[arg(
        long,
        env = "LOADTESTS__STAFF_EMAIL",
        default_value = "staff@example.com"
    )]
    pub staff_email: String,
    /// Password of the staff account; the default is the demo account's
    #[arg(
        long,
        env = "LOADTESTS__STAFF_PASSWORD",
        default_value = "correct-horse-battery-staff",
        hide_env_values = true
    )]
    pub staff_password: SecretString,
    /// Seed of the users' decisions
    #[arg(long, env = "LOADTESTS__SEED", default_value_t = 1)]
    pub seed: u64,
    /// Also write Goose's own report: FILE.html, FILE.md or FILE.json
    #[arg(long, env = "LOADTESTS__REPORT", value_name = "FILE")]
    pub report: Option<PathBuf>,
}

impl Settings {
    /// Checks what the flag parser cannot check.
    ///
    /// # Errors
    /// A flag is invalid; the error names it.
    pub fn check(&self) -> Result<()> {
        ensure!(
            self.browsers + self.buyers > 0,
            "--browsers and --buyers must not both be 0"
        );
        ensure!(
            (0.0..=100.0).contains(&self.max_error_percent),
            "--max-error-percent must be from 0 to 100"
        );
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        ensure!(
            (1..=40).contains(&self.accounts.len()) && self.accounts.bytes().all(is_name),
            "--accounts must be 1 to 40 letters, digits or hyphens"
        );
        Ok(())
    }

    /// Number of users.
    #[must_use]
    pub fn users(&self) -> u32 {
        self.browsers + self.buyers
    }

    /// Users started per second, so that all are started after about five seconds.
    #[must_use]
    pub(crate) fn increase_rate(&self) -> u32 {
        self.users().div_ceil(5)
    }

    /// From the start of the first user to the end.
    #[must_use]
    pub(crate) fn duration(&self) -> Duration {
        let ramp_up = self.users().div_ceil(self.increase_rate().max(1));
        Duration::from_secs(self.seconds) + Duration::from_secs(ramp_up.into())
    }

    /// The shortest and the longest pause between two transactions.
    #[must_use]
    pub(crate) fn think_time(&self) -> (Duration, Duration) {
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
    fn the_defaults_are_below_the_rate_limits_of_the_gateway() {
        let defaults = settings(&[]);
        defaults.check().unwrap();
        assert!(defaults.seconds <= 60);
        // The gateway's config/default.toml: per client address, api 30,000 and identity 300 a minute.
        assert!(defaults.requests_per_second * 60 < 30_000);
        assert!(defaults.sign_ins_per_second * 2 * 60 < 300);
    }

    #[test]
    fn a_run_needs_a_user() {
        let none = settings(&["--browsers", "0", "--buyers", "0"]);
        assert!(none.check().is_err());
        assert!(settings(&["--browsers", "0"]).check().is_ok());
    }

    #[test]
    fn an_invalid_setting_is_rejected() {
        for invalid in [
            ["--max-error-percent", "101"],
            ["--max-error-percent", "NaN"],
            ["--accounts", "a@b"],
            ["--accounts", ""],
        ] {
            assert!(settings(&invalid).check().is_err(), "{invalid:?}");
        }
        assert!(Settings::try_parse_from(["loadtests", "--seconds", "0"]).is_err());
    }

    #[test]
    fn think_time_is_from_50_to_150_percent_of_the_average() {
        let (shortest, longest) = settings(&["--think-ms", "500"]).think_time();
        assert_eq!((shortest.as_millis(), longest.as_millis()), (250, 750));
    }

    #[test]
    fn the_password_is_not_printed() {
        assert!(!format!("{:?}", settings(&[])).contains("correct-horse"));
    }
}
