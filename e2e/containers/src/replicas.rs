//! Several containers of one service share its work.

use std::process::Command;

use anyhow::{Context, Result, ensure};

use topology::Process;
use xtask::command::output;
use xtask::terminal::line;

use crate::inspect::{self, Container};
use crate::purchase::Purchases;
use crate::stack::Stack;

const PURCHASES: usize = 8;
/// Which service gets how many replicas, and the counter of its work.
const SCALED: [(&str, usize, &str); 2] = [
    ("order", 3, "rpc_server_requests_total"),
    ("payment", 2, "messages_consumed_total"),
];

/// Scales, buys, and reads the counter of each replica.
pub(crate) fn share_the_work(stack: &Stack, purchases: &mut Purchases<'_>) -> Result<()> {
    let scales = SCALED.map(|(service, replicas, ..)| format!("{service}={replicas}"));
    let options: Vec<&str> = scales.iter().flat_map(|scale| ["--scale", scale]).collect();
    stack.up(&options)?;
    inspect::all_healthy(stack)?;
    for _ in 0..PURCHASES {
        purchases.make()?;
    }
    for (service, replicas, counter) in SCALED {
        let containers = inspect::of(stack, service)?;
        ensure!(
            containers.len() == replicas,
            "{service} has {} containers",
            containers.len()
        );
        let counts = containers
            .iter()
            .map(|container| total(stack, container, service, counter))
            .collect::<Result<Vec<_>>>()?;
        line(format!("{:>12} {service}: {counter} {counts:?}", ""));
        ensure!(
            counts.iter().all(|count| *count > 0.0),
            "a replica of {service} has no work: {counter} is {counts:?}"
        );
    }
    stack.up(&[])?;
    inspect::all_healthy(stack)
}

/// The sum of a counter of one replica. Its admin port is not published, so a container on the same network reads it.
fn total(stack: &Stack, container: &Container, service: &str, counter: &str) -> Result<f64> {
    let process = Process::named(service).context("not a process of the shop")?;
    let port = process.admin_port;
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
pub(crate) fn sum(metrics: &str, counter: &str) -> f64 {
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
