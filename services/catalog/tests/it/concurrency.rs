use contracts::catalog::v1::CreateProductRequest;
use contracts::messages::{ReservationCommitted, StockRefused, StockReserved};
use futures_util::future::join_all;
use messaging::Outgoing;
use testkit::Spans;

use crate::support::command_sender::{CommandSender, commit, outgoing, reserve};
use crate::support::goods;

#[tokio::test(flavor = "multi_thread")]
async fn one_of_fifty_reservations_gets_the_last_unit() {
    let sender = CommandSender::start().await;
    sender.shop.stocked("LAST", 1).await;
    let commands: Vec<_> = (0..50).map(|_| reserve(&[("LAST", 1)])).collect();
    join_all(commands.iter().map(|command| sender.send(command))).await;
    sender.wait_for::<StockRefused>(49, |_| true).await;
    sender.wait_for::<StockReserved>(1, |_| true).await;
    assert_eq!(sender.received::<StockReserved>().len(), 1);
    assert_eq!(sender.units("LAST").await, (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn reservations_in_opposite_order_on_two_replicas_neither_oversell_nor_deadlock() {
    let sender = CommandSender::start().await;
    sender.shop.stocked("A", 30).await;
    sender
        .shop
        .product(CreateProductRequest {
            on_hand: 30,
            ..goods("B", "B")
        })
        .await;
    let second = catalog::start(sender.shop.config.clone(), chassis::Shutdown::for_tests())
        .await
        .unwrap();
    let commands: Vec<_> = (0..40)
        .map(|number| match number % 2 {
            0 => reserve(&[("A", 1), ("B", 1)]),
            _ => reserve(&[("B", 1), ("A", 1)]),
        })
        .collect();
    join_all(commands.iter().map(|command| sender.send(command))).await;
    sender.wait_for::<StockReserved>(30, |_| true).await;
    sender.wait_for::<StockRefused>(10, |_| true).await;
    assert_eq!(sender.units("A").await, (30, 30));
    assert_eq!(sender.units("B").await, (30, 30));
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_in_a_batch_with_poison_messages_are_counted_once() {
    let sender = CommandSender::start().await;
    sender.shop.stocked("A", 100).await;
    // A reservation without lines is a poison message.
    let commands: Vec<_> = (0..10)
        .flat_map(|_| [reserve(&[("A", 1)]), reserve(&[])])
        .collect();
    join_all(commands.iter().map(|command| sender.send(command))).await;
    sender.wait_for::<StockReserved>(10, |_| true).await;
    testkit::eventually("the poison messages are dead letters", async || {
        (sender.dead_letters().await == 10).then_some(())
    })
    .await;
    let counted = "catalog_stock_commands_total{outcome=\"reserved\"} 10";
    let metrics = testkit::scrape(&sender.shop.admin_url).await;
    assert!(metrics.lines().any(|line| line == counted), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_of_two_replicas_never_deadlock() {
    let sender = CommandSender::start().await;
    sender.shop.stocked("A", 300).await;
    sender
        .shop
        .product(CreateProductRequest {
            on_hand: 300,
            ..goods("B", "B")
        })
        .await;
    let second = catalog::start(sender.shop.config.clone(), chassis::Shutdown::for_tests())
        .await
        .unwrap();
    let commands: Vec<_> = (0..300)
        .map(|number| reserve(&[(["A", "B"][number * 7 / 3 % 2], 1)]))
        .collect();
    join_all(commands.iter().map(|command| sender.send(command))).await;
    sender.wait_for::<StockReserved>(300, |_| true).await;
    second.stop().await;
    assert_eq!(sender.shop.database.deadlocks().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_reserves_exactly_the_available_units() {
    let sender = CommandSender::start().await;
    sender.shop.stocked("FEW", 7).await;
    let commands: Vec<Outgoing> = (0..60).map(|_| outgoing(&reserve(&[("FEW", 1)]))).collect();
    sender.send_all(&commands).await;
    sender.wait_for::<StockRefused>(53, |_| true).await;
    sender.wait_for::<StockReserved>(7, |_| true).await;
    assert_eq!(sender.received::<StockReserved>().len(), 7);
    assert_eq!(sender.units("FEW").await, (7, 7));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_runs_each_statement_once() {
    const COMMANDS: usize = 200;
    const STATEMENTS: [&str; 8] = [
        "SELECT reservation_lines",
        "SELECT stock",
        "INSERT reservations INSERT reservation_lines",
        "UPDATE reservations",
        "UPDATE stock",
        "UPDATE products",
        "INSERT stock_journal",
        "INSERT outbox",
    ];
    instruments::exemplars::install(|| Some(1));
    let spans = Spans::listen();
    let sender = CommandSender::start().await;
    sender.shop.stocked("A", 150).await;
    let before = spans.named("sql").len();
    let reservations: Vec<_> = (0..COMMANDS).map(|_| reserve(&[("A", 1)])).collect();
    let reserves: Vec<Outgoing> = reservations.iter().map(outgoing).collect();
    sender.send_all(&reserves).await;
    sender.wait_for::<StockRefused>(50, |_| true).await;
    sender.wait_for::<StockReserved>(150, |_| true).await;
    let commits: Vec<Outgoing> = reservations
        .iter()
        .map(|reserve| outgoing(&commit(reserve)))
        .collect();
    sender.send_all(&commits).await;
    sender.wait_for::<ReservationCommitted>(150, |_| true).await;

    let statements = spans.named("sql");
    let count = |name: &str| {
        let all = statements.iter().skip(before);
        all.filter(|span| span.field("otel.name") == name).count()
    };
    let batches = count("INSERT inbox");
    assert!(
        batches < COMMANDS,
        "{batches} batches of {COMMANDS} commands, twice"
    );
    for statement in STATEMENTS {
        let times = count(statement);
        assert!(
            (1..=batches).contains(&times),
            "{statement}: {times} times in {batches} batches"
        );
    }
}
