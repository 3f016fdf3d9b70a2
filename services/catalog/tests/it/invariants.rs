use chrono::{DateTime, Duration, Utc};
use contracts::messages::ReserveStock;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Bool, Timestamptz};
use diesel_async::RunQueryDsl;
use kernel::Clock;
use messaging::Outgoing;
use persistence::Database;
use proptest::prelude::{Just, Strategy, any};
use proptest::prop_oneof;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::support::command_sender::{CommandSender, commit, outgoing, release, reserve_until};
use crate::support::goods;

/// A step of a history.
#[derive(Debug, Clone)]
enum Step {
    /// Commands that are sent together, so that some share a transaction.
    Commands(Vec<Command>),
    /// Seconds that pass, followed by a run of the expiry job.
    Wait(i64),
}

/// A command about one of the reservations.
#[derive(Debug, Clone, Copy)]
enum Command {
    Reserve(usize),
    Commit(usize),
    Release(usize),
}

const RESERVATIONS: usize = 6;

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let which = 0..RESERVATIONS;
    let command = prop_oneof![
        4 => which.clone().prop_map(Command::Reserve),
        3 => which.clone().prop_map(Command::Commit),
        3 => which.prop_map(Command::Release),
    ];
    let step = prop_oneof![
        10 => proptest::collection::vec(command, 1..6).prop_map(Step::Commands),
        1 => (1_i64..40).prop_map(Step::Wait),
        1 => Just(Step::Wait(0)),
    ];
    proptest::collection::vec(step, 1..40)
}

fn orders() -> impl Strategy<Value = Vec<Vec<(&'static str, u32)>>> {
    let line =
        (any::<bool>(), 1_u32..4).prop_map(|(mug, units)| (if mug { "MUG" } else { "CUP" }, units));
    proptest::collection::vec(proptest::collection::vec(line, 1..3), RESERVATIONS)
}

#[derive(diesel::QueryableByName)]
struct Sums {
    #[diesel(sql_type = BigInt)]
    handled: i64,
    #[diesel(sql_type = BigInt)]
    due: i64,
    #[diesel(sql_type = Bool)]
    in_bounds: bool,
    #[diesel(sql_type = Bool)]
    reserved_matches_reservations: bool,
    #[diesel(sql_type = Bool)]
    journal_matches_on_hand: bool,
    #[diesel(sql_type = Bool)]
    in_stock_matches: bool,
    #[diesel(sql_type = BigInt)]
    on_hand_and_sold: i64,
}

const SUMS: &str = "
    SELECT (SELECT count(*) FROM inbox) AS handled,
           (SELECT count(*) FROM reservations WHERE state = 'held' AND expires_at <= $1) AS due,
           bool_and(0 <= reserved AND reserved <= on_hand) AS in_bounds,
           bool_and(reserved = (SELECT coalesce(sum(quantity), 0) FROM reservation_lines
               JOIN reservations ON id = reservation_id
               WHERE state = 'held' AND reservation_lines.product_id = stock.product_id)) AS reserved_matches_reservations,
           bool_and(on_hand = (SELECT coalesce(sum(delta), 0) FROM stock_journal
               WHERE stock_journal.product_id = stock.product_id)) AS journal_matches_on_hand,
           bool_and((on_hand > reserved) = (SELECT in_stock FROM products WHERE id = product_id)) AS in_stock_matches,
           (sum(on_hand) + (SELECT coalesce(sum(quantity), 0) FROM reservation_lines
               JOIN reservations ON id = reservation_id WHERE state = 'committed'))::bigint AS on_hand_and_sold
    FROM stock";

#[tokio::test(flavor = "multi_thread")]
async fn stock_is_consistent_after_every_step() {
    let clock = Clock::manual(Utc::now());
    let sender = CommandSender::start_with(clock.clone(), &[]).await;
    sender.shop.stocked("MUG", 7).await;
    sender.shop.product(goods("CUP", "Cup")).await;
    let database = Database::new(&sender.shop.config.own.database).unwrap();
    let mut runner = TestRunner::deterministic();
    let strategy = (orders(), steps());
    let mut sent = 0;
    for _ in 0..25 {
        let (orders, steps) = strategy.new_tree(&mut runner).unwrap().current();
        let reservations: Vec<ReserveStock> = orders
            .iter()
            .map(|lines| reserve_until(lines, clock.now() + Duration::seconds(30)))
            .collect();
        for step in &steps {
            match step {
                Step::Wait(seconds) => clock.advance(Duration::seconds(*seconds)),
                Step::Commands(commands) => {
                    let commands: Vec<Outgoing> = commands
                        .iter()
                        .map(|command| command.about(&reservations))
                        .collect();
                    sender.send_all(&commands).await;
                    sent += commands.len();
                }
            }
            let sums = settled(&database, sent, clock.now()).await;
            assert!(sums.in_bounds, "{step:?} of {steps:?}");
            assert!(sums.reserved_matches_reservations, "{step:?} of {steps:?}");
            assert!(sums.journal_matches_on_hand, "{step:?} of {steps:?}");
            assert!(sums.in_stock_matches, "{step:?} of {steps:?}");
            assert_eq!(sums.on_hand_and_sold, 17, "{step:?} of {steps:?}");
        }
        let releases: Vec<Outgoing> = reservations
            .iter()
            .map(|reserve| outgoing(&release(reserve)))
            .collect();
        sender.send_all(&releases).await;
        sent += releases.len();
        settled(&database, sent, clock.now()).await;
    }
}

impl Command {
    fn about(self, reservations: &[ReserveStock]) -> Outgoing {
        match self {
            Self::Reserve(which) => outgoing(&reservations[which]),
            Self::Commit(which) => outgoing(&commit(&reservations[which])),
            Self::Release(which) => outgoing(&release(&reservations[which])),
        }
    }
}

/// Waits until all commands are handled and no reservation is due.
async fn settled(database: &Database, sent: usize, now: DateTime<Utc>) -> Sums {
    testkit::eventually("the commands are handled", async || {
        let mut conn = database.get().await.unwrap();
        let sums: Sums = sql_query(SUMS)
            .bind::<Timestamptz, _>(now)
            .get_result(&mut conn)
            .await
            .unwrap();
        (usize::try_from(sums.handled) == Ok(sent) && sums.due == 0).then_some(sums)
    })
    .await
}
