//! Which worker gets a row, and which one may write.

use std::collections::BTreeSet;
use std::time::Duration;

use diesel::sql_types::Integer;
use diesel_async::RunQueryDsl;
use leases::By;
use testkit::eventually;

use crate::support::{JOBS, Job, Jobs, LONG};

const SHORT: Duration = Duration::from_millis(200);

async fn lease_one(jobs: &Jobs, time: Duration) -> Job {
    eventually("a job can be leased", async || {
        jobs.lease(1, time).await.unwrap().pop()
    })
    .await
}

#[tokio::test]
async fn a_leased_row_is_read_with_joined_columns_and_not_leased_again() {
    let (_test, jobs) = Jobs::with(3).await;
    let leased = jobs.lease(2, LONG).await.unwrap();
    assert_eq!(2, leased.len());
    assert!(
        leased
            .iter()
            .all(|job| job.attempts == 1 && job.customer == "Ada")
    );
    assert_eq!(1, jobs.lease(10, LONG).await.unwrap().len());
    assert!(jobs.lease(10, LONG).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_workers_never_lease_the_same_row() {
    const JOBS_IN_ALL: usize = 200;
    let (_test, jobs) = Jobs::with(JOBS_IN_ALL).await;
    let workers = (0..8).map(|_| {
        let jobs = jobs.clone();
        tokio::spawn(async move {
            let mut got = Vec::new();
            loop {
                let leased = jobs.lease(7, LONG).await.unwrap();
                assert!(leased.len() <= 7);
                if leased.is_empty() {
                    return got;
                }
                got.extend(leased.iter().map(|job| job.lease().key));
            }
        })
    });
    let mut all = Vec::new();
    for worker in workers.collect::<Vec<_>>() {
        all.extend(worker.await.unwrap());
    }
    assert_eq!(JOBS_IN_ALL, all.iter().collect::<BTreeSet<_>>().len());
    assert_eq!(JOBS_IN_ALL, all.len(), "no job may be leased twice");
}

#[tokio::test]
async fn after_a_lease_expires_another_worker_takes_over_and_the_first_cannot_write() {
    let (_test, jobs) = Jobs::with(1).await;
    let first = lease_one(&jobs, SHORT).await;
    let second = lease_one(&jobs, LONG).await;
    assert_eq!((1, 2), (first.attempts, second.attempts));
    assert!(!jobs.finish(&first, By::Holder, "first").await);
    assert!(!jobs.postpone(&first, Duration::ZERO).await);
    let mut conn = jobs.database.get().await.unwrap();
    assert!(!JOBS.extend(&mut conn, first.lease(), LONG).await.unwrap());
    let remove = JOBS.remove(first.lease(), By::Holder, "true");
    assert_eq!(0, remove.execute(&mut conn).await.unwrap());
    assert!(
        jobs.lease(1, LONG).await.unwrap().is_empty(),
        "the second worker must keep its lease"
    );
    assert!(jobs.finish(&second, By::Holder, "second").await);
    assert_eq!(Some("second"), jobs.row().await.finished_by.as_deref());
}

#[tokio::test]
async fn any_worker_may_finish_done_work_but_only_once() {
    let (_test, jobs) = Jobs::with(1).await;
    let first = lease_one(&jobs, SHORT).await;
    let second = lease_one(&jobs, LONG).await;
    assert!(jobs.finish(&first, By::Anyone, "first").await);
    assert!(!jobs.finish(&second, By::Anyone, "second").await);
    assert!(!jobs.finish(&second, By::Holder, "second").await);
    assert!(!jobs.postpone(&second, Duration::ZERO).await);
    assert_eq!(Some("first"), jobs.row().await.finished_by.as_deref());
}

#[tokio::test]
async fn an_extended_lease_is_not_leased_by_others() {
    let (_test, jobs) = Jobs::with(1).await;
    let job = lease_one(&jobs, SHORT).await;
    let mut conn = jobs.database.get().await.unwrap();
    assert!(JOBS.extend(&mut conn, job.lease(), LONG).await.unwrap());
    tokio::time::sleep(SHORT * 2).await;
    assert!(jobs.lease(1, LONG).await.unwrap().is_empty());
    assert!(jobs.finish(&job, By::Holder, "it").await);
}

#[tokio::test]
async fn a_postponed_row_waits_for_its_delay_and_keeps_the_error() {
    let (_test, jobs) = Jobs::with(1).await;
    let job = lease_one(&jobs, LONG).await;
    assert!(jobs.postpone(&job, LONG).await);
    assert!(jobs.lease(1, LONG).await.unwrap().is_empty());
    assert_eq!(Some("busy"), jobs.row().await.last_error.as_deref());
    jobs.sql("UPDATE jobs SET next_attempt_at = now()").await;
    let again = lease_one(&jobs, LONG).await;
    assert_eq!(2, again.attempts);
    assert!(jobs.postpone(&again, Duration::ZERO).await);
    assert_eq!(3, lease_one(&jobs, LONG).await.attempts);
}

#[tokio::test]
async fn statements_may_have_other_columns_and_conditions() {
    let (_test, jobs) = Jobs::with(1).await;
    let job = lease_one(&jobs, LONG).await;
    let mut conn = jobs.database.get().await.unwrap();
    let postpone = JOBS.postpone(job.lease(), Duration::ZERO, None, &["hints = hints + $5"]);
    let postponed = postpone.bind::<Integer, _>(2).execute(&mut conn).await;
    assert_eq!(1, postponed.unwrap());
    let job = lease_one(&jobs, LONG).await;
    for (hints, removed) in [(1, 0), (2, 1)] {
        let remove = JOBS.remove(job.lease(), By::Holder, "hints = $4");
        let rows = remove.bind::<Integer, _>(hints).execute(&mut conn).await;
        assert_eq!(removed, rows.unwrap());
    }
}
