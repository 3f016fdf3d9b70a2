//! Several replicas, some of which are killed.

use contracts::payment::v1::{ReconciliationStatus, StartReconciliationRequest};
use kernel::UserId;
use serde_json::json;
use testkit::{eventually, with_token};

use super::{IMMEDIATE, ended, get, shop_with};
use crate::support::Shop;

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_requests_to_two_replicas_start_one_run() {
    let mut shop = shop_with(&[]).await;
    shop.start_payment().await;
    shop.captured().await;
    let slow = json!({"before_ms": 300, "operation": "read"});
    shop.control("latency", slow).await;
    let staff = shop.issuer.token(UserId::generate(), "staff");
    let request = async |nth: usize| {
        let start = with_token(&staff, StartReconciliationRequest {});
        let mut client = shop.reconciliations(nth);
        let answer = client.start_reconciliation(start).await;
        answer.unwrap().into_inner().reconciliation.unwrap().id
    };
    let (one, other) = tokio::join!(request(0), request(1));
    assert_eq!(one, other);
    let (run, found) = ended(&shop, &one).await;
    assert_eq!(run.status(), ReconciliationStatus::Completed);
    assert_eq!((run.payments, found.len()), (1, 0));
    assert_eq!(
        shop.sql.count("reconciliations WHERE attempts = 1").await,
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_run_of_a_killed_replica_is_completed_by_another() {
    let mut shop =
        Shop::without_payment(&[IMMEDIATE, &[("reconciliation.lease_ms", "5000")]].concat()).await;
    shop.start_payment().await;
    let order = shop.captured().await;
    shop.stop_payment().await;
    let slow = json!({"before_ms": 60_000, "operation": "read"});
    shop.control("latency", slow).await;

    let mut killed = shop.program(&["reconcile"]).spawn().unwrap();
    let leased = "reconciliations WHERE attempts = 1 AND leased_until IS NOT NULL";
    eventually("a replica has the lease", async || {
        (shop.sql.count(leased).await == 1).then_some(())
    })
    .await;
    killed.kill().unwrap();
    killed.wait().unwrap();
    // A row that the killed replica could have staged.
    let staged = format!(
        "INSERT INTO reconciliation_intents
         SELECT id, 1, 'pi_staged', '{}', 'requires_capture', 1, 'EUR', 0, 0, now(), NULL
         FROM reconciliations",
        order.payment_id
    );
    shop.sql.execute(&staged).await.unwrap();

    shop.control("latency", json!({})).await;
    shop.start_payment().await;
    let select = "SELECT id::text AS value FROM reconciliations";
    let id = shop.sql.text(select).await;
    let (run, found) = ended(&shop, &id).await;
    assert_eq!(run.status(), ReconciliationStatus::Completed);
    assert_eq!((run.payments, found.len()), (1, 0));
    assert_eq!(
        shop.sql.count("reconciliations WHERE attempts = 2").await,
        1
    );
    eventually("the staged rows are deleted", async || {
        (shop.sql.count("reconciliation_intents").await == 0).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_lost_its_lease_writes_nothing() {
    let shop = shop_with(&[]).await;
    shop.captured().await;
    let slow = json!({"before_ms": 2_000, "operation": "read"});
    shop.control("latency", slow).await;
    let run = super::start(&shop).await;
    eventually("the run has started", async || {
        let started = "reconciliations WHERE attempts = 1";
        (shop.sql.count(started).await == 1).then_some(())
    })
    .await;
    // As if another replica had taken the run over.
    let taken_over = "UPDATE reconciliations
                 SET attempts = 2, leased_until = now() + interval '3 seconds'";
    shop.sql.execute(taken_over).await.unwrap();
    let (run, found) = ended(&shop, &run.id).await;
    assert_eq!(run.status(), ReconciliationStatus::Completed);
    assert_eq!(found, []);
    assert_eq!(
        shop.sql.count("reconciliations WHERE attempts = 3").await,
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_never_ends_fails_after_ten_attempts() {
    let shop = shop_with(&[]).await;
    let sql = "INSERT INTO reconciliations
                   (id, origin, window_from, window_until, attempts, requested_at)
               VALUES ('00000000-0000-7000-8000-000000000000', 'staff',
                       now() - interval '1 day', now(), 10, now())";
    shop.sql.execute(sql).await.unwrap();
    let (run, _) = ended(&shop, "00000000-0000-7000-8000-000000000000").await;
    assert_eq!(run.status(), ReconciliationStatus::Failed);
    assert!(run.error.contains("never ended"), "{}", run.error);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schedule_requests_a_run_when_the_last_one_is_too_old() {
    let mut shop = shop_with(&[("reconciliation.every_h", "24")]).await;
    shop.start_payment().await;
    let completed = "reconciliations WHERE origin = 'schedule' AND status = 'completed'";
    eventually("the first run is completed", async || {
        (shop.sql.count(completed).await == 1).then_some(())
    })
    .await;
    let id = shop
        .sql
        .text("SELECT id::text AS value FROM reconciliations")
        .await;
    assert_eq!(get(&shop, &id).await.0.requested_by, "");

    let older = "UPDATE reconciliations SET requested_at = now() - interval '25 hours'";
    shop.sql.execute(older).await.unwrap();
    eventually("the second run is completed", async || {
        (shop.sql.count(completed).await == 2).then_some(())
    })
    .await;
    let older = "UPDATE reconciliations SET finished_at = now() - interval '401 days'
                 WHERE requested_at < now() - interval '1 day'";
    shop.sql.execute(older).await.unwrap();
    eventually("the old run is deleted", async || {
        (shop.sql.count("reconciliations").await == 1).then_some(())
    })
    .await;
}
