//! Workers that run, stop and die.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use leases::{By, Limits, Wake};
use testkit::eventually;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::support::{Job, Jobs, LONG};

/// A worker whose work lasts until it is let go on.
#[derive(Clone)]
struct Worker {
    name: &'static str,
    jobs: Jobs,
    lease: Duration,
    wake: Wake,
    stop: CancellationToken,
    begun: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
    running: Arc<AtomicUsize>,
    /// As many as may end.
    go_on: Arc<Semaphore>,
}

impl Worker {
    fn new(name: &'static str, jobs: &Jobs) -> Self {
        Self {
            name,
            jobs: jobs.clone(),
            lease: LONG,
            wake: Wake::default(),
            stop: CancellationToken::new(),
            begun: Arc::default(),
            most: Arc::default(),
            running: Arc::default(),
            go_on: Arc::new(Semaphore::new(0)),
        }
    }

    fn start(&self, poll: Duration) -> JoinHandle<()> {
        let worker = self.clone();
        tokio::spawn(async move {
            let limits = Limits {
                concurrency: 2,
                poll,
            };
            let lease = |limit| worker.jobs.lease(limit, worker.lease);
            let perform = |job| {
                let worker = worker.clone();
                async move { worker.perform(job).await }
            };
            leases::work(limits, &worker.wake, &worker.stop, lease, perform).await;
        })
    }

    async fn perform(&self, job: Job) {
        self.begun.fetch_add(1, Ordering::SeqCst);
        let now = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        self.go_on.acquire().await.unwrap().forget();
        self.running.fetch_sub(1, Ordering::SeqCst);
        assert!(self.jobs.finish(&job, By::Holder, self.name).await);
    }

    async fn has_begun(&self, count: usize) {
        eventually("the work begins", async || {
            (self.begun.load(Ordering::SeqCst) >= count).then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_worker_held_when_it_died_is_done_by_another() {
    let (test, jobs) = Jobs::with(1).await;
    let mut dies = Worker::new("dies", &Jobs::at(&test.url));
    dies.lease = Duration::from_millis(500);
    // The runtime of a process: nothing of it runs on.
    let process = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let first = dies.clone();
    process.spawn(async move { first.start(Duration::from_millis(20)).await });
    dies.has_begun(1).await;
    process.shutdown_background();
    dies.go_on.add_permits(1);

    let survives = Worker::new("survives", &jobs);
    survives.go_on.add_permits(1);
    survives.start(Duration::from_millis(20));
    survives.has_begun(1).await;
    eventually("it is finished", async || jobs.row().await.finished_by).await;
    assert_eq!(Some("survives"), jobs.row().await.finished_by.as_deref());
    survives.stop.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_leases_nothing_more_and_waits_for_what_is_under_way() {
    let (_test, jobs) = Jobs::with(3).await;
    let worker = Worker::new("worker", &jobs);
    let mut run = worker.start(Duration::from_millis(20));
    worker.has_begun(2).await;
    worker.stop.cancel();
    let waited = tokio::time::timeout(Duration::from_millis(200), &mut run).await;
    assert!(waited.is_err(), "work is under way");
    worker.go_on.add_permits(2);
    run.await.unwrap();
    assert_eq!(
        2,
        worker.begun.load(Ordering::SeqCst),
        "the third is another's"
    );
    jobs.sql("DELETE FROM jobs WHERE finished_by = 'worker'")
        .await;
    assert_eq!(None, jobs.row().await.finished_by);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_rows_are_worked_on_at_once_than_allowed() {
    let (_test, jobs) = Jobs::with(7).await;
    let worker = Worker::new("worker", &jobs);
    worker.start(Duration::from_millis(20));
    for done in 0..7 {
        worker.has_begun(done + 1).await;
        worker.go_on.add_permits(1);
    }
    eventually("all are finished", async || {
        (worker.running.load(Ordering::SeqCst) == 0).then_some(())
    })
    .await;
    assert_eq!(2, worker.most.load(Ordering::SeqCst));
    worker.stop.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_woken_does_not_wait_for_its_poll() {
    let (_test, jobs) = Jobs::with(0).await;
    let worker = Worker::new("worker", &jobs);
    worker.go_on.add_permits(1);
    let run = worker.start(Duration::from_secs(3_600));
    jobs.sql("INSERT INTO jobs DEFAULT VALUES").await;
    worker.wake.wake();
    worker.has_begun(1).await;
    worker.stop.cancel();
    run.await.unwrap();
}
