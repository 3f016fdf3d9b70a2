//! The process itself. The names are those of Prometheus' own client libraries.

use super::{EVERYONE, WAITED_FOR, room};
use crate::Label;

const CHECK: Label = Label::up_to("check", 12);
const LEVEL: Label = Label::one_of("level", &["error", "warn"]);
const DROPPED: Label = Label::one_of("reason", &["not_delivered", "queue_full"]);
const JOB: Label = Label::up_to("task", 24);
const RAN: Label = Label::one_of("outcome", &["done", "failed"]);

room! {
    /// When the process started, in seconds since 1970
    PROCESS_START_TIME: Gauge<0> = new("process_start_time_seconds", [], EVERYONE);
    /// Memory that it has
    PROCESS_RESIDENT_MEMORY: Gauge<0> = new("process_resident_memory_bytes", [], EVERYONE);
    /// Memory that it may have, by its control group; not there when it has no limit
    PROCESS_MEMORY_LIMIT: Gauge<0> = new("process_memory_limit_bytes", [], EVERYONE);
    /// Address space that it has
    PROCESS_VIRTUAL_MEMORY: Gauge<0> = new("process_virtual_memory_bytes", [], EVERYONE);
    /// Time that it has spent on processors
    PROCESS_CPU: Total<0> = new("process_cpu_seconds_total", [], EVERYONE);
    /// File descriptors that are open
    PROCESS_OPEN_FDS: Gauge<0> = new("process_open_fds", [], EVERYONE);
    /// File descriptors that may be open
    PROCESS_MAX_FDS: Gauge<0> = new("process_max_fds", [], EVERYONE);
    /// Threads that it has
    PROCESS_THREADS: Gauge<0> = new("process_threads", [], EVERYONE);
    /// 1 while it answers that it is ready, else 0
    PROCESS_READY: Gauge<0> = new("process_ready", [], EVERYONE);
    /// 1 while a check of its readiness passes, else 0
    PROCESS_CHECK: Gauge<1> = new("process_check_passed", [CHECK], EVERYONE);
    /// 1; the labels say what runs
    BUILD_INFO: Gauge<2> = new(
        "mercantile_build_info",
        [Label::up_to("version", 4), Label::up_to("revision", 4)],
        EVERYONE,
    );
    /// Errors and warnings in the log
    LOG_EVENTS: Counter<1> = new("log_events_total", [LEVEL], EVERYONE);
    /// Spans that the collector took
    TELEMETRY_SPANS_EXPORTED: Counter<0> = new("telemetry_spans_exported_total", [], EVERYONE);
    /// Spans that were dropped: more than can wait, or the collector did not take them
    TELEMETRY_SPANS_DROPPED: Counter<1> =
        new("telemetry_spans_dropped_total", [DROPPED], EVERYONE);
    /// Runs of scheduled work
    JOB_RUNS: Counter<2> = new("scheduled_runs_total", [JOB, RAN], EVERYONE);
    /// Time that a run of scheduled work took
    JOB_RUN: Histogram<1> = new("scheduled_run_seconds", [JOB], EVERYONE, WAITED_FOR);
}
