use clap::Parser;

use super::Kind;
use crate::Settings;

/// Floods a Mercantile shop on this machine while buyers check out, and prints what a checkout takes.
///
/// First the buyers run alone, then under each flood. Everything stops by itself.
#[derive(Debug, Clone, Parser)]
#[command(name = "floods", version)]
pub struct FloodSettings {
    /// URL of the gateway: a loopback address
    #[arg(
        long,
        env = "LOADTESTS__TARGET",
        default_value = "http://127.0.0.1:8080"
    )]
    pub target: String,
    /// URL of the gateway's metrics, for its memory; empty: no memory in the report
    #[arg(long, default_value = "http://127.0.0.1:9080/metrics")]
    pub gateway_metrics: String,
    /// Only this flood; may be repeated
    #[arg(long, value_enum)]
    pub flood: Vec<Kind>,
    /// Duration of each run in seconds
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(15..=600))]
    pub seconds: u64,
    /// Pause between two runs in seconds
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(0..=600))]
    pub rest_s: u64,
    /// Users that buy, each with its own account
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub buyers: u32,
    /// Most orders per second of all buyers together
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub orders_per_second: u32,
    /// Most requests per second of a flood
    #[arg(long, default_value_t = 3_000, value_parser = clap::value_parser!(u32).range(1..=50_000))]
    pub flood_per_second: u32,
    /// Connections of a flood; each sends one request at a time
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..=5_000))]
    pub connections: u16,
    /// Client addresses of a flood, 127.1.0.1 and so on; more than one needs Linux
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=5_000))]
    pub addresses: u16,
    /// Seed of the random words
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

impl FloodSettings {
    /// The floods, one after the other.
    pub(super) fn kinds(&self) -> Vec<Kind> {
        match self.flood.is_empty() {
            true => vec![Kind::SignIn, Kind::Browse, Kind::Search],
            false => self.flood.clone(),
        }
    }

    /// The buyers' run, without browsers. Whether requests fail is in the report, it does not end the run.
    pub(super) fn buyers_settings(&self) -> Settings {
        let mut buyers = Settings::parse_from(["loadtests", "--browsers", "0"]);
        buyers.target.clone_from(&self.target);
        buyers.buyers = self.buyers;
        buyers.seconds = self.seconds;
        buyers.orders_per_second = self.orders_per_second;
        buyers.sign_ins_per_second = self.buyers;
        buyers.seed = self.seed;
        buyers
    }
}

#[cfg(test)]
pub(super) fn of(arguments: &[&str]) -> FloodSettings {
    FloodSettings::try_parse_from([&["floods"], arguments].concat()).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_buyers_run_is_bounded_and_has_no_browsers() {
        let buyers = of(&["--seconds", "20", "--buyers", "4"]).buyers_settings();
        buyers.check().unwrap();
        assert_eq!((buyers.browsers, buyers.buyers, buyers.seconds), (0, 4, 20));
    }

    #[test]
    fn all_floods_run_unless_some_are_named() {
        assert_eq!(of(&[]).kinds().len(), 3);
        let named = of(&["--flood", "search", "--flood", "browse"]);
        assert_eq!(named.kinds(), [Kind::Search, Kind::Browse]);
        let endless = FloodSettings::try_parse_from(["floods", "--seconds", "100000"]);
        assert!(endless.is_err());
    }
}
