//! Workers that run, stop and crash.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use leases::{By, Limits, Wake};
use testkit::eventually;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::support::{Job, Jobs, LONG};

/// A worker whose work waits for a permit.
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
    /// One permit per job that may complete.
    may_finish: Arc<Semaphore>,
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
            may_finish: Arc::new(Semaphore::new(0)),
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
        self.may_finish.acquire().await.unwrap().forget();
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
async fn the_work_of_a_crashed_worker_is_done_by_another() {
    let (test, jobs) = Jobs::with(1).await;
    let mut dies = Worker::new("dies", &Jobs::at(&test.url));
    dies.lease = Duration::from_millis(500);
    // Dropping the runtime stops all tasks, like a crash.
    let process = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let first = dies.clone();
    process.spawn(async move { first.start(Duration::from_millis(20)).await });
    dies.has_begun(1).await;
    process.shutdown_background();
    dies.may_finish.add_permits(1);

    let survives = Worker::new("survives", &jobs);
    survives.may_finish.add_permits(1);
    survives.start(Duration::from_millis(20));
    survives.has_begun(1).await;
    eventually("the job to be finished", async || {
        jobs.row().await.finished_by
    })
    .await;
    assert_eq!(Some("survives"), jobs.row().await.finished_by.as_deref());
    survives.stop.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_leases_no_more_and_waits_for_work_in_progress() {
    let (_test, jobs) = Jobs::with(3).await;
    let worker = Worker::new("worker", &jobs);
    let mut run = worker.start(Duration::from_millis(20));
    worker.has_begun(2).await;
    worker.stop.cancel();
    let waited = tokio::time::timeout(Duration::from_millis(200), &mut run).await;
    assert!(waited.is_err(), "the shutdown must wait for the work");
    worker.may_finish.add_permits(2);
    run.await.unwrap();
    assert_eq!(
        2,
        worker.begun.load(Ordering::SeqCst),
        "the third job must not be leased"
    );
    jobs.sql("DELETE FROM jobs WHERE finished_by = 'worker'")
        .await;
    assert_eq!(None, jobs.row().await.finished_by);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_concurrency_is_limited() {
    let (_test, jobs) = Jobs::with(7).await;
    let worker = Worker::new("worker", &jobs);
    worker.start(Duration::from_millis(20));
    for done in 0..7 {
        worker.has_begun(done + 1).await;
        worker.may_finish.add_permits(1);
    }
    eventually("all jobs to be finished", async || {
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
    worker.may_finish.add_permits(1);
    let run = worker.start(Duration::from_secs(3_600));
    jobs.sql("INSERT INTO jobs DEFAULT VALUES").await;
    worker.wake.wake();
    worker.has_begun(1).await;
    worker.stop.cancel();
    run.await.unwrap();
}
