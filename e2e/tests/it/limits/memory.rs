//! The memory of the gateway by arithmetic: the most that its clients can make it take.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use chassis::config::{Source, load};

use super::constants;
use super::keys::grouped;

const KIB: u64 = 1_024;
const MIB: u64 = 1_024 * KIB;

/// One part, its bytes, and how they are computed.
type Part = (&'static str, u64, String);

fn parts(root: &Path) -> Vec<Part> {
    let config: gateway::Config = load(&Source::defaults(gateway::ABOUT)).unwrap();
    let config = config.own;
    let size = |bytes: usize| u64::try_from(bytes).unwrap();
    let constant = |file, name| -> u64 {
        let value = constants::value(root, file, name).replace(',', "");
        value.parse().unwrap()
    };
    let connections = size(config.http.max_connections);
    let head = size(config.http.max_head_bytes);
    let server = "gateway/src/edge/server.rs";
    let write = constant(server, "WRITE_BUFFER");
    let part = constant("gateway/src/edge/middleware/exchange.rs", "PART");
    let kernel = 2 * constant(server, "SEND_BUFFER");
    let local = "gateway/src/edge/rate_limit/local.rs";
    let counters = constant(local, "SHARDS") * constant(local, "MAX_COUNTERS");
    vec![
        (
            "the process without clients",
            32 * MIB,
            "measured under load, rounded up (docs/guides/containers.md)".to_owned(),
        ),
        (
            "heads of requests",
            connections * (head + 8 * KIB),
            "`http.max_connections` x (`http.max_head_bytes` + 8 KiB that are read at a time)"
                .to_owned(),
        ),
        (
            "bodies of requests",
            2 * size(config.http.max_body_memory_bytes),
            "twice `http.max_body_memory_bytes`, for JSON and for webhooks".to_owned(),
        ),
        (
            "responses",
            connections * 32 * KIB,
            "`http.max_connections` x 32 KiB, a page of 20 products".to_owned(),
        ),
        (
            "write buffers",
            connections * (write + part),
            "`http.max_connections` x (`WRITE_BUFFER` + `PART`)".to_owned(),
        ),
        (
            "state of connections",
            connections * 4 * KIB,
            "`http.max_connections` x 4 KiB".to_owned(),
        ),
        (
            "the kernel, for clients that do not read",
            connections * kernel,
            "`http.max_connections` x twice `SEND_BUFFER`".to_owned(),
        ),
        (
            "the product cache",
            2 * config.cache.max_bytes,
            "twice `cache.max_bytes`".to_owned(),
        ),
        (
            "counters of the rate limit, without Redis",
            counters * 100,
            "`SHARDS` x `MAX_COUNTERS` x 100 bytes".to_owned(),
        ),
        (
            "recent spans",
            2_000 * 2 * KIB,
            "the `telemetry.recent_spans` of docker-compose.yml x 2 KiB".to_owned(),
        ),
    ]
}

pub(super) fn write(page: &mut String, root: &Path) {
    page.push_str(
        "## Memory of the gateway\n\nThe most that its clients can make it take: all connections are open, and each one \
         sends the largest head and reads nothing. The container may take at least the sum.\n\n\
         | part | KiB | from |\n|---|---|---|\n",
    );
    let parts = parts(root);
    let total: u64 = parts.iter().map(|(_, bytes, _)| bytes).sum();
    for (part, bytes, from) in &parts {
        writeln!(page, "| {part} | {} | {from} |", kib(*bytes)).unwrap();
    }
    writeln!(page, "| sum | {} | |\n", kib(total)).unwrap();
}

fn kib(bytes: u64) -> String {
    grouped(&bytes.div_ceil(KIB).to_string())
}

#[test]
fn the_gateways_container_may_take_the_sum() {
    let root = super::root();
    let total: u64 = parts(&root).iter().map(|(_, bytes, _)| bytes).sum();
    let compose = fs::read_to_string(root.join("docker-compose.yml")).unwrap();
    let (_, service) = compose.split_once("\n  gateway:\n").unwrap();
    let (_, limit) = service.split_once("mem_limit: ").unwrap();
    let (limit, _) = limit.split_once("m\n").unwrap();
    let limit: u64 = limit.parse().unwrap();
    assert!(total <= limit * MIB, "{total} bytes, {limit} MiB");
}
