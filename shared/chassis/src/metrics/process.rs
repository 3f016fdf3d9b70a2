//! The process and its main runtime. `process_*` are named as in Prometheus' own client libraries.
//! `tokio_*` does not include the separate runtimes of actix-web's HTTP workers.

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
    /// Metrics of every process.
    pub static PROCESS;

    /// When the process started, in seconds since 1970
    PROCESS_START_TIME: Gauge = "process_start_time_seconds";
    /// Resident memory
    PROCESS_RESIDENT_MEMORY: Gauge = "process_resident_memory_bytes";
    /// Memory limit of the control group; absent without a limit
    PROCESS_MEMORY_LIMIT: Gauge = "process_memory_limit_bytes";
    /// Virtual memory
    PROCESS_VIRTUAL_MEMORY: Gauge = "process_virtual_memory_bytes";
    /// CPU time that was used
    PROCESS_CPU: Total = "process_cpu_seconds_total";
    /// Open file descriptors
    PROCESS_OPEN_FDS: Gauge = "process_open_fds";
    /// Limit of open file descriptors
    PROCESS_MAX_FDS: Gauge = "process_max_fds";
    /// Threads
    PROCESS_THREADS: Gauge = "process_threads";
    /// 1 while the process is ready, else 0
    PROCESS_READY: Gauge = "process_ready";
    /// 1 while a readiness check passes, else 0
    PROCESS_CHECK: Gauge<Check> = "process_check_passed";
    /// Always 1; the labels have the version and the commit
    BUILD_INFO: Gauge<(Version, Revision)> = "mercantile_build_info";
    /// Errors and warnings that were logged
    LOG_EVENTS: Counter<Level> = "log_events_total";
    /// Spans that the collector accepted
    TELEMETRY_SPANS_EXPORTED: Counter = "telemetry_spans_exported_total";
    /// Spans that were dropped, because the queue was full or the collector did not accept them
    TELEMETRY_SPANS_DROPPED: Counter<Dropped> = "telemetry_spans_dropped_total";
    /// Runs of periodic jobs
    JOB_RUNS: Counter<(Task, Ran)> = "scheduled_runs_total";
    /// Duration of a run of a periodic job
    JOB_RUN: Histogram<Task> = "scheduled_run_seconds", buckets::REQUEST;
    /// Worker threads
    TOKIO_WORKERS: Gauge = "tokio_workers";
    /// Tasks that are alive
    TOKIO_TASKS: Gauge = "tokio_alive_tasks";
    /// Tasks in the global queue
    TOKIO_QUEUE: Gauge = "tokio_global_queue_tasks";
    /// Busy time of all workers
    TOKIO_BUSY: Total = "tokio_busy_seconds_total";
}
