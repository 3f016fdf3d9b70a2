//! Several containers of one service share its work.

use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::containers::{self, Container};
use super::faults;
use super::stack::Stack;
use crate::command::output;
use crate::terminal::line;

const PURCHASES: usize = 8;
/// Who is scaled to how many, its admin port, and the counter that shows its work.
const SCALED: [(&str, usize, u16, &str); 2] = [
    ("order", 3, 9053, "rpc_server_requests_total"),
    ("payment", 2, 9054, "messages_consumed_total"),
];

/// Scales, buys, and asks each replica what it has done.
pub(super) fn share_the_work(stack: &Stack, bought: &mut u32) -> Result<()> {
    let scales = SCALED.map(|(service, replicas, ..)| format!("{service}={replicas}"));
    let more: Vec<&str> = scales.iter().flat_map(|scale| ["--scale", scale]).collect();
    stack.up(&more)?;
    containers::all_healthy(stack)?;
    for _ in 0..PURCHASES {
        faults::buy(stack, bought)?;
    }
    for (service, replicas, port, counter) in SCALED {
        let containers = containers::of(stack, service)?;
        ensure!(
            containers.len() == replicas,
            "{service} has {} containers",
            containers.len()
        );
        let counts = containers
            .iter()
            .map(|container| total(stack, container, port, counter))
            .collect::<Result<Vec<_>>>()?;
        line(format!("{:>12} {service}: {counter} {counts:?}", ""));
        ensure!(
            counts.iter().all(|count| *count > 0.0),
            "a replica of {service} did nothing: {counter} is {counts:?}"
        );
    }
    stack.up(&[])?;
    containers::all_healthy(stack)
}

/// The sum of a counter of one replica. Its admin port is published nowhere, so a container on the same network asks.
fn total(stack: &Stack, container: &Container, port: u16, counter: &str) -> Result<f64> {
    let network = format!("{}_back", stack.name());
    let address = container.network_settings.networks.get(&network);
    let address = &address.context("not on the network `back`")?.address;
    let script = format!(
        "exec 3<>/dev/tcp/{address}/{port}; \
         printf 'GET /metrics HTTP/1.1\\r\\nHost: {address}\\r\\nConnection: close\\r\\n\\r\\n' >&3; cat <&3"
    );
    let mut helper = Command::new("docker");
    helper.args(["run", "--rm", "--network", &network, "--pull", "never"]);
    helper.args(["--entrypoint", "bash", "postgres:17", "-c", &script]);
    Ok(sum(&output(&mut helper)?, counter))
}

/// The values of all series of a counter.
pub(super) fn sum(metrics: &str, counter: &str) -> f64 {
    let samples = metrics.lines().filter_map(|line| {
        let rest = line.strip_prefix(counter)?;
        let values = match rest.strip_prefix('{') {
            // Labels hold no `}`; an exemplar may follow the value.
            Some(labels) => labels.split_once('}')?.1,
            None => rest,
        };
        values.split_whitespace().next()?.parse::<f64>().ok()
    });
    samples.fold(0.0, |sum, value| sum + value)
}
