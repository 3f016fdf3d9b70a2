//! tokio, the main runtime of the process. The gateway's and the sandbox's HTTP workers have others.

use super::{EVERYONE, room};

room! {
    /// Worker threads
    TOKIO_WORKERS: Gauge<0> = new("tokio_workers", [], EVERYONE);
    /// Tasks that have not ended
    TOKIO_TASKS: Gauge<0> = new("tokio_alive_tasks", [], EVERYONE);
    /// Tasks that wait for any worker
    TOKIO_QUEUE: Gauge<0> = new("tokio_global_queue_tasks", [], EVERYONE);
    /// Time that the workers were busy, all together
    TOKIO_BUSY: Total<0> = new("tokio_busy_seconds_total", [], EVERYONE);
}
