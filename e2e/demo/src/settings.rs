use std::net::IpAddr;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;
use reqwest::Url;

/// Lets simulated customers shop in a shop on this machine.
#[derive(Debug, Clone, Parser)]
#[command(name = "demo")]
pub struct Settings {
    /// The shop, on a loopback address: http://127.0.0.1:8080
    #[arg(long, value_name = "URL", value_parser = loopback)]
    pub shop: Url,

    /// Orders that begin per minute
    #[arg(long, default_value_t = 30, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=600))]
    pub orders_per_minute: u32,

    /// How long, such as 90s, 10m or 2h; without it, until Ctrl-C
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    pub duration: Option<Duration>,
}

impl Settings {
    /// Time between two orders.
    pub(crate) fn interval(&self) -> Duration {
        Duration::from_secs(60) / self.orders_per_minute.max(1)
    }

    /// The pause of a person between two steps. It is short at a high rate, so that the customers suffice for it.
    pub(crate) fn pause(&self) -> Duration {
        (self.interval() * 3).min(Duration::from_secs(1))
    }
}

/// A URL of this machine.
///
/// # Errors
/// It is not a URL, or its host is another machine.
pub(crate) fn loopback(text: &str) -> Result<Url> {
    let url = Url::parse(text).with_context(|| format!("`{text}` is not a URL"))?;
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    let is_local = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
    ensure!(
        is_local,
        "`{host}` is not a loopback address: the demo sends no traffic to other machines"
    );
    Ok(url)
}

/// A whole number with its unit: `90s`, `10m`, `2h`.
fn duration(text: &str) -> Result<Duration> {
    let (number, unit) =
        text.split_at(text.len() - text.chars().next_back().map_or(0, char::len_utf8));
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        _ => bail!("write a number and s, m or h, such as 10m"),
    };
    let number: u32 = number
        .parse()
        .context("write a number and s, m or h, such as 10m")?;
    ensure!(number > 0, "must be more than 0");
    Ok(Duration::from_secs(u64::from(number) * seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_a_unit() {
        assert_eq!(duration("90s").unwrap(), Duration::from_secs(90));
        assert_eq!(duration("10m").unwrap(), Duration::from_secs(600));
        assert_eq!(duration("2h").unwrap(), Duration::from_secs(7_200));
        for invalid in ["", "10", "m", "0m", "-1m", "1.5h", "10µ"] {
            assert!(duration(invalid).is_err(), "{invalid}");
        }
    }

    #[test]
    fn only_this_machine_gets_traffic() {
        for local in [
            "http://127.0.0.1:8080",
            "http://[::1]:80",
            "http://localhost:1",
        ] {
            assert!(loopback(local).is_ok(), "{local}");
        }
        for other in [
            "http://192.168.0.1",
            "https://example.com",
            "http://localhost.example.com",
            "http://127.0.0.1@example.com",
            "data:text/plain,x",
            "x",
        ] {
            assert!(loopback(other).is_err(), "{other}");
        }
    }

    #[test]
    fn the_customers_suffice_for_the_highest_rate() {
        let rate = |rate: &str| {
            let arguments = [
                "demo",
                "--shop",
                "http://localhost",
                "--orders-per-minute",
                rate,
            ];
            Settings::try_parse_from(arguments)
        };
        let settings = rate("600").unwrap();
        // The steps of a visit until its order is placed.
        let visit = settings.pause() * 5;
        assert!(visit < settings.interval() * 40);
        assert!(rate("0").is_err() && rate("601").is_err());
    }
}
