//! Floods: what a checkout takes, and how much memory the gateway needs, while attackers send as much as they can. See
//! `README.md`.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use reqwest::Url;
use tokio::time::sleep;

mod attack;
mod kind;
mod memory;
mod settings;
mod table;

pub use kind::Kind;
pub use settings::FloodSettings;
pub use table::{FloodReport, Phase};

use crate::target;
use attack::Attack;
use memory::Memory;

/// Runs the buyers alone, and then under each flood.
///
/// # Errors
/// A run cannot start: a setting is invalid, the target is not this machine, or the shop does not answer.
pub async fn run(settings: &FloodSettings) -> Result<FloodReport> {
    let base = target::base(&settings.target, false)?;
    ensure!(
        is_loopback(&base),
        "{base} is not a loopback address, such as http://127.0.0.1:8080: floods are for this machine only"
    );
    let mut phases = vec![phase(settings, &base, None).await?];
    for kind in settings.kinds() {
        sleep(Duration::from_secs(settings.rest_s)).await;
        phases.push(phase(settings, &base, Some(kind)).await?);
    }
    Ok(FloodReport { phases })
}

/// The buyers' run, under a flood or alone. The flood ends with it.
async fn phase(settings: &FloodSettings, base: &Url, flood: Option<Kind>) -> Result<Phase> {
    let memory = Memory::watch(&settings.gateway_metrics).await?;
    let buyers = settings.buyers_settings();
    let attack = flood
        .map(|kind| Attack::start(kind, settings, base, buyers.duration()))
        .transpose()?;
    // Goose's future is large.
    let report = Box::pin(crate::run(&buyers)).await;
    let (before, peak) = memory.end();
    let (answers, seconds) = attack.map(Attack::end).unwrap_or_default();
    let name = flood.map_or("alone", Kind::name);
    let report = report.with_context(|| format!("the buyers' run ({name})"))?;
    Ok(Phase {
        flood,
        report,
        answers,
        flood_seconds: seconds,
        memory_before: before,
        memory_peak: peak,
    })
}

/// Whether the host is written as a loopback address, so that no resolver decides.
fn is_loopback(base: &Url) -> bool {
    let host = base.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse::<std::net::IpAddr>();
    address.is_ok_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_a_loopback_address_is_flooded() {
        for target in [
            "http://gateway:8080",
            "http://localhost:8080",
            "http://192.0.2.7",
            "https://shop.example.com",
        ] {
            let settings = settings::of(&["--target", target]);
            let error = Box::pin(run(&settings)).await.unwrap_err();
            let error = error.to_string();
            assert!(
                error.contains("loopback") || error.contains("this machine"),
                "{target}: {error}"
            );
        }
    }
}
