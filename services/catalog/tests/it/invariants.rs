use catalog::store::Store;
use chrono::{Duration, Utc};
use contracts::messages::{CommitReservation, ReleaseStock, ReserveStock};
use diesel::sql_query;
use diesel::sql_types::{BigInt, Bool};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::Clock;
use persistence::Database;
use proptest::prelude::{Just, Strategy, any};
use proptest::prop_oneof;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::support::desk::{commit, release, reserve_until};
use crate::support::{Shop, goods};

/// What may happen to the reservations, in any order.
#[derive(Debug, Clone)]
enum Step {
    Reserve(usize),
    Commit(usize),
    Release(usize),
    /// So many seconds go by, and the expiry job.
    Wait(i64),
}

const RESERVATIONS: usize = 6;

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let which = 0..RESERVATIONS;
    let step = prop_oneof![
        4 => which.clone().prop_map(Step::Reserve),
        3 => which.clone().prop_map(Step::Commit),
        3 => which.prop_map(Step::Release),
        1 => (1_i64..40).prop_map(Step::Wait),
        1 => Just(Step::Wait(0)),
    ];
    proptest::collection::vec(step, 1..40)
}

fn baskets() -> impl Strategy<Value = Vec<Vec<(&'static str, u32)>>> {
    let line =
        (any::<bool>(), 1_u32..4).prop_map(|(mug, units)| (if mug { "MUG" } else { "CUP" }, units));
    proptest::collection::vec(proptest::collection::vec(line, 1..3), RESERVATIONS)
}

#[derive(diesel::QueryableByName)]
struct Sums {
    #[diesel(sql_type = Bool)]
    in_bounds: bool,
    #[diesel(sql_type = Bool)]
    reserved_is_held: bool,
    #[diesel(sql_type = Bool)]
    journal_is_on_hand: bool,
    #[diesel(sql_type = Bool)]
    flag_follows: bool,
    #[diesel(sql_type = BigInt)]
    on_hand_and_sold: i64,
}

const SUMS: &str = "
    SELECT bool_and(0 <= reserved AND reserved <= on_hand) AS in_bounds,
           bool_and(reserved = (SELECT coalesce(sum(quantity), 0) FROM reservation_lines
               JOIN reservations ON id = reservation_id
               WHERE state = 'held' AND reservation_lines.product_id = stock.product_id)) AS reserved_is_held,
           bool_and(on_hand = (SELECT coalesce(sum(delta), 0) FROM stock_journal
               WHERE stock_journal.product_id = stock.product_id)) AS journal_is_on_hand,
           bool_and((on_hand > reserved) = (SELECT in_stock FROM products WHERE id = product_id)) AS flag_follows,
           (sum(on_hand) + (SELECT coalesce(sum(quantity), 0) FROM reservation_lines
               JOIN reservations ON id = reservation_id WHERE state = 'committed'))::bigint AS on_hand_and_sold
    FROM stock";

#[tokio::test(flavor = "multi_thread")]
async fn whatever_happens_stock_adds_up() {
    let shop = Shop::open().await;
    shop.stocked("MUG", 7).await;
    shop.product(goods("CUP", "Cup")).await;
    let clock = Clock::manual(Utc::now());
    let database = Database::new(&shop.config.database).unwrap();
    let store = Store::new(database.clone(), clock.clone());
    let mut runner = TestRunner::deterministic();
    let strategy = (baskets(), steps());
    for _ in 0..25 {
        let (baskets, steps) = strategy.new_tree(&mut runner).unwrap().current();
        let commands: Vec<ReserveStock> = baskets
            .iter()
            .map(|lines| reserve_until(lines, clock.now() + Duration::seconds(30)))
            .collect();
        for step in &steps {
            take(&store, &clock, step, &commands).await;
            let mut conn = database.get().await.unwrap();
            let sums: Sums = sql_query(SUMS).get_result(&mut conn).await.unwrap();
            assert!(sums.in_bounds, "{step:?} of {steps:?}");
            assert!(sums.reserved_is_held, "{step:?} of {steps:?}");
            assert!(sums.journal_is_on_hand, "{step:?} of {steps:?}");
            assert!(sums.flag_follows, "{step:?} of {steps:?}");
            assert_eq!(sums.on_hand_and_sold, 17, "{step:?} of {steps:?}");
        }
        for command in &commands {
            let release = release(command);
            in_transaction(&store, async move |store, conn| {
                store.release(conn, &release).await.map(drop)
            })
            .await;
        }
    }
}

async fn take(store: &Store, clock: &Clock, step: &Step, commands: &[ReserveStock]) {
    match step {
        Step::Reserve(which) => {
            let command = commands[*which].clone();
            in_transaction(store, async move |store, conn| {
                store.reserve(conn, &command).await.map(drop)
            })
            .await;
        }
        Step::Commit(which) => {
            let command: CommitReservation = commit(&commands[*which]);
            in_transaction(store, async move |store, conn| {
                store.commit(conn, &command).await.map(drop)
            })
            .await;
        }
        Step::Release(which) => {
            let command: ReleaseStock = release(&commands[*which]);
            in_transaction(store, async move |store, conn| {
                store.release(conn, &command).await.map(drop)
            })
            .await;
        }
        Step::Wait(seconds) => {
            clock.advance(Duration::seconds(*seconds));
            store.expire(100).await.unwrap();
        }
    }
}

async fn in_transaction<F>(store: &Store, work: F)
where
    F: AsyncFnOnce(&Store, &mut AsyncPgConnection) -> Result<(), persistence::Error>,
{
    use diesel_async::{AnsiTransactionManager, TransactionManager};
    let mut conn = store.database().get().await.unwrap();
    AnsiTransactionManager::begin_transaction(&mut *conn)
        .await
        .unwrap();
    work(store, &mut conn).await.unwrap();
    AnsiTransactionManager::commit_transaction(&mut *conn)
        .await
        .unwrap();
}
