//! The process itself and its main runtime. The names of `process_*` are those of Prometheus' own client
//! libraries. The HTTP workers of actix-web have runtimes of their own, which `tokio_*` leaves out.

use instruments::buckets;

instruments::labels! {
    pub(crate) struct Check as "check" up to 12;
    pub(crate) enum Level as "level" { Error = "error", Warn = "warn" }
    pub(crate) enum Dropped as "reason" {
        NotDelivered = "not_delivered",
        QueueFull = "queue_full",
    }
    pub(crate) struct Task as "task" up to 24;
    pub(crate) struct Ran as "outcome" of bool { true => "done", false => "failed" }
    pub(crate) struct Version as "version" up to 4;
    pub(crate) struct Revision as "revision" up to 4;
}

instruments::metrics! {
    /// What every process exports.
    pub static PROCESS;

    /// When the process started, in seconds since 1970
    PROCESS_START_TIME: Gauge = "process_start_time_seconds";
    /// Memory that it has
    PROCESS_RESIDENT_MEMORY: Gauge = "process_resident_memory_bytes";
    /// Memory that it may have, by its control group; not there when it has no limit
    PROCESS_MEMORY_LIMIT: Gauge = "process_memory_limit_bytes";
    /// Address space that it has
    PROCESS_VIRTUAL_MEMORY: Gauge = "process_virtual_memory_bytes";
    /// Time that it has spent on processors
    PROCESS_CPU: Total = "process_cpu_seconds_total";
    /// File descriptors that are open
    PROCESS_OPEN_FDS: Gauge = "process_open_fds";
    /// File descriptors that may be open
    PROCESS_MAX_FDS: Gauge = "process_max_fds";
    /// Threads that it has
    PROCESS_THREADS: Gauge = "process_threads";
    /// 1 while it answers that it is ready, else 0
    PROCESS_READY: Gauge = "process_ready";
    /// 1 while a check of its readiness passes, else 0
    PROCESS_CHECK: Gauge<Check> = "process_check_passed";
    /// 1; the labels say what runs
    BUILD_INFO: Gauge<(Version, Revision)> = "mercantile_build_info";
    /// Errors and warnings in the log
    LOG_EVENTS: Counter<Level> = "log_events_total";
    /// Spans that the collector took
    TELEMETRY_SPANS_EXPORTED: Counter = "telemetry_spans_exported_total";
    /// Spans that were dropped: more than can wait, or the collector did not take them
    TELEMETRY_SPANS_DROPPED: Counter<Dropped> = "telemetry_spans_dropped_total";
    /// Runs of scheduled work
    JOB_RUNS: Counter<(Task, Ran)> = "scheduled_runs_total";
    /// Time that a run of scheduled work took
    JOB_RUN: Histogram<Task> = "scheduled_run_seconds", buckets::REQUEST;
    /// Worker threads
    TOKIO_WORKERS: Gauge = "tokio_workers";
    /// Tasks that have not ended
    TOKIO_TASKS: Gauge = "tokio_alive_tasks";
    /// Tasks that wait for any worker
    TOKIO_QUEUE: Gauge = "tokio_global_queue_tasks";
    /// Time that the workers were busy, all together
    TOKIO_BUSY: Total = "tokio_busy_seconds_total";
}
