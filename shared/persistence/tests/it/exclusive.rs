//! One of several replicas runs a job.

use crate::support::migrated;

#[tokio::test(flavor = "multi_thread")]
async fn only_one_replica_runs_a_job_at_a_time() {
    let (_test, database) = migrated().await;
    let other = database.clone();
    let inner = database
        .exclusively("sweep", || async move {
            let same = other
                .exclusively("sweep", || async { "ran" })
                .await
                .unwrap();
            let another = other
                .exclusively("report", || async { "ran" })
                .await
                .unwrap();
            (same, another)
        })
        .await
        .unwrap();
    assert_eq!(Some((None, Some("ran"))), inner);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_job_another_replica_can_run_it() {
    let (_test, database) = migrated().await;
    for _ in 0..3 {
        let ran = database.exclusively("sweep", || async { 1 }).await.unwrap();
        assert_eq!(Some(1), ran);
    }
}
