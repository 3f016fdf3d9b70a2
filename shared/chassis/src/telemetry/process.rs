//! Metrics of the process from the kernel and the runtime, read at each scrape.

use std::fs;
use std::sync::OnceLock;
use std::time::Duration;

use tokio::runtime::Handle;

use super::Process;
use crate::metrics;
use crate::metrics::process::{
    BUILD_INFO, PROCESS_CPU, PROCESS_MAX_FDS, PROCESS_MEMORY_LIMIT, PROCESS_OPEN_FDS,
    PROCESS_RESIDENT_MEMORY, PROCESS_START_TIME, PROCESS_THREADS, PROCESS_VIRTUAL_MEMORY,
};
use crate::metrics::process::{TOKIO_BUSY, TOKIO_QUEUE, TOKIO_TASKS, TOKIO_WORKERS};

/// The unit of CPU time in `/proc` (`USER_HZ`), the same on every supported architecture.
const TICKS_PER_SECOND: f64 = 100.0;

/// Registers the metrics of the process.
pub(super) fn begin(process: Process, revision: &str) {
    instruments::register(&metrics::PROCESS);
    set_start_time();
    instruments::exemplars::install(super::recorded_trace_id);
    let revision = if revision.is_empty() {
        "unknown"
    } else {
        revision
    };
    BUILD_INFO.of((process.version, revision)).set(true);
}

fn set_start_time() {
    static STARTED: OnceLock<()> = OnceLock::new();
    STARTED.get_or_init(|| {
        let now = kernel::Clock::system().now();
        PROCESS_START_TIME.set(now.timestamp());
    });
}

/// Reads what is available: on Linux everything. Must be called inside the main runtime.
pub(crate) fn read() {
    set_start_time();
    runtime();
    if let Ok(status) = fs::read_to_string("/proc/self/status") {
        if let Some(bytes) = kibibytes(&status, "VmRSS:") {
            PROCESS_RESIDENT_MEMORY.set(bytes);
        }
        if let Some(bytes) = kibibytes(&status, "VmSize:") {
            PROCESS_VIRTUAL_MEMORY.set(bytes);
        }
        if let Some(threads) = field(&status, "Threads:") {
            PROCESS_THREADS.set(threads);
        }
    }
    if let Some(bytes) = memory_limit(|file| fs::read_to_string(file).ok()) {
        PROCESS_MEMORY_LIMIT.set(bytes);
    }
    if let Some(seconds) = fs::read_to_string("/proc/self/stat")
        .ok()
        .as_deref()
        .and_then(cpu)
    {
        PROCESS_CPU.set(seconds);
    }
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        // Without the descriptor that reads the directory.
        PROCESS_OPEN_FDS.set(open.count().saturating_sub(1));
    }
    let limits = fs::read_to_string("/proc/self/limits");
    if let Some(most) = limits
        .ok()
        .and_then(|limits| field(&limits, "Max open files"))
    {
        PROCESS_MAX_FDS.set(most);
    }
}

fn runtime() {
    let Ok(handle) = Handle::try_current() else {
        return;
    };
    let metrics = handle.metrics();
    let workers = metrics.num_workers();
    TOKIO_WORKERS.set(workers);
    TOKIO_TASKS.set(metrics.num_alive_tasks());
    TOKIO_QUEUE.set(metrics.global_queue_depth());
    let busy: Duration = (0..workers)
        .map(|worker| metrics.worker_total_busy_duration(worker))
        .sum();
    TOKIO_BUSY.set(busy);
}

/// The first number after `name` at the start of a line.
fn field(text: &str, name: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

fn kibibytes(text: &str, name: &str) -> Option<f64> {
    field(text, name).map(|kibibytes| kibibytes * 1024.0)
}

/// The limit of the control group (version 2), in a container that of the container.
fn memory_limit(read: impl Fn(&str) -> Option<String>) -> Option<f64> {
    let groups = read("/proc/self/cgroup")?;
    let group = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let group = group.trim_end_matches('/');
    let limit = read(&format!("/sys/fs/cgroup/{group}/memory.max"))?;
    // `max` means no limit and is not a number.
    limit.trim().parse().ok()
}

/// The 14th and 15th field of `/proc/self/stat`. The second field, the name in parentheses, may
/// contain spaces.
fn cpu(stat: &str) -> Option<f64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / TICKS_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_the_kernel_are_parsed() {
        let stat = "42 (a (strange) name) S 1 42 42 0 -1 4194560 9 0 0 0 150 25 0 0 20 0 4 0 123";
        assert_eq!(cpu(stat), Some(1.75));
        let status = "Name:\torder\nVmSize:\t   2048 kB\nVmRSS:\t   1024 kB\nThreads:\t4\n";
        assert_eq!(kibibytes(status, "VmRSS:"), Some(1_048_576.0));
        assert_eq!(field(status, "Threads:"), Some(4.0));
        let limits =
            "Max open files            1024                 524288               files     \n";
        assert_eq!(field(limits, "Max open files"), Some(1024.0));
        assert_eq!(cpu("nonsense"), None);
    }

    #[test]
    fn the_memory_limit_is_that_of_the_control_group() {
        let limit = |group: &str, limit: &str| {
            memory_limit(|file| match file {
                "/proc/self/cgroup" => Some(format!("0::{group}\n")),
                "/sys/fs/cgroup//memory.max" | "/sys/fs/cgroup/system/order/memory.max" => {
                    Some(format!("{limit}\n"))
                }
                _ => None,
            })
        };
        assert_eq!(limit("/", "134217728"), Some(134_217_728.0));
        assert_eq!(limit("/system/order", "134217728"), Some(134_217_728.0));
        assert_eq!(limit("/", "max"), None);
        assert_eq!(limit("/elsewhere", "1"), None);
    }
}
