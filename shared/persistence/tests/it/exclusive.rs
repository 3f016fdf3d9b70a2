//! Of several replicas one does the job.

use crate::support::migrated;

#[tokio::test(flavor = "multi_thread")]
async fn while_one_runs_the_job_nobody_else_does() {
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
async fn after_the_job_the_next_one_may() {
    let (_test, database) = migrated().await;
    for _ in 0..3 {
        let ran = database.exclusively("sweep", || async { 1 }).await.unwrap();
        assert_eq!(Some(1), ran);
    }
}
