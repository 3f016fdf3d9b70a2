//! Any number of replicas, some of which die.

use contracts::payment::v1::{ReconciliationStatus, StartReconciliationRequest};
use kernel::UserId;
use serde_json::json;
use testkit::{eventually, with_token};

use super::{AT_ONCE, ended, get, shop_with};
use crate::support::Shop;

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_that_are_asked_at_once_run_one() {
    let mut shop = shop_with(&[]).await;
    shop.start_payment().await;
    shop.captured().await;
    let slow = json!({"before_ms": 300, "operation": "read"});
    shop.control("latency", slow).await;
    let staff = shop.issuer.token(UserId::generate(), "staff");
    let ask = async |nth: usize| {
        let request = with_token(&staff, StartReconciliationRequest {});
        let mut client = shop.reconciliations(nth);
        let answer = client.start_reconciliation(request).await;
        answer.unwrap().into_inner().reconciliation.unwrap().id
    };
    let (one, other) = tokio::join!(ask(0), ask(1));
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
async fn what_a_killed_replica_began_is_completed_by_another() {
    let mut shop = Shop::closed(&[AT_ONCE, &[("reconciliation.lease_ms", "5000")]].concat()).await;
    shop.start_payment().await;
    let order = shop.captured().await;
    shop.stop_payment().await;
    let slow = json!({"before_ms": 60_000, "operation": "read"});
    shop.control("latency", slow).await;

    let mut killed = shop.program(&["reconcile"]).spawn().unwrap();
    let at_work = "reconciliations WHERE attempts = 1 AND leased_until IS NOT NULL";
    eventually("a replica is at work", async || {
        (shop.sql.count(at_work).await == 1).then_some(())
    })
    .await;
    killed.kill().unwrap();
    killed.wait().unwrap();
    // What it would have left behind in the middle of its work.
    let half = format!(
        "INSERT INTO reconciliation_intents
         SELECT id, 1, 'pi_half', '{}', 'requires_capture', 1, 'EUR', 0, 0, now(), NULL
         FROM reconciliations",
        order.payment_id
    );
    shop.sql.execute(&half).await.unwrap();

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
    eventually("nothing stays staged", async || {
        (shop.sql.count("reconciliation_intents").await == 0).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_lost_its_lease_changes_nothing() {
    let shop = shop_with(&[]).await;
    shop.captured().await;
    let slow = json!({"before_ms": 2_000, "operation": "read"});
    shop.control("latency", slow).await;
    let run = super::start(&shop).await;
    eventually("it is begun", async || {
        let begun = "reconciliations WHERE attempts = 1";
        (shop.sql.count(begun).await == 1).then_some(())
    })
    .await;
    // As if another replica had taken it over and were at it.
    let taken = "UPDATE reconciliations
                 SET attempts = 2, leased_until = now() + interval '3 seconds'";
    shop.sql.execute(taken).await.unwrap();
    let (run, found) = ended(&shop, &run.id).await;
    assert_eq!(run.status(), ReconciliationStatus::Completed);
    assert_eq!(found, []);
    assert_eq!(
        shop.sql.count("reconciliations WHERE attempts = 3").await,
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_never_ends_is_given_up() {
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
async fn the_schedule_asks_when_the_last_one_is_too_old() {
    let mut shop = shop_with(&[("reconciliation.every_h", "24")]).await;
    shop.start_payment().await;
    let completed = "reconciliations WHERE origin = 'schedule' AND status = 'completed'";
    eventually("the first one is completed", async || {
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
    eventually("another one is completed", async || {
        (shop.sql.count(completed).await == 2).then_some(())
    })
    .await;
    let older = "UPDATE reconciliations SET finished_at = now() - interval '401 days'
                 WHERE requested_at < now() - interval '1 day'";
    shop.sql.execute(older).await.unwrap();
    eventually("what is very old is forgotten", async || {
        (shop.sql.count("reconciliations").await == 1).then_some(())
    })
    .await;
}
