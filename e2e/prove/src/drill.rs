//! One of each, killed one after the other: how long it takes until it is ready again, and until an
//! order that is placed after the kill is confirmed.

use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::time::{Instant, sleep, timeout};

use crate::Run;
use crate::customers::Customers;
use crate::house::{House, Server};

/// How long a recovery may take.
const PATIENCE: Duration = Duration::from_secs(120);
const LOOK: Duration = Duration::from_millis(20);
/// Between two kills.
const REST: Duration = Duration::from_secs(3);
/// One who measures is enough; the others make a little noise.
const CUSTOMERS: usize = 2;

pub(crate) async fn drill(house: &House, run: &Run) -> Result<bool> {
    let live = &run.live;
    live.phase("letting customers in");
    let customers = Customers::gather(run, CUSTOMERS).await?;
    let unloaded = customers.measure(50).await?;
    let mut rows = Vec::new();
    for stall in &house.stalls {
        live.phase(&format!("killing {}", stall.service));
        let starts = stall.starts.load(Ordering::Relaxed);
        let begin = Instant::now();
        stall.kill();
        let ready = async {
            while stall.starts.load(Ordering::Relaxed) == starts || !stall.probe().await {
                sleep(LOOK).await;
            }
            begin.elapsed()
        };
        rows.push(measure(stall.service, ready, &customers).await?);
        settle(house).await?;
    }
    for server in Server::ALL {
        live.phase(&format!("killing {}", server.name()));
        let begin = Instant::now();
        house.servers.kill(server)?;
        let ready = async {
            while !house.servers.answers(server).await {
                sleep(LOOK).await;
            }
            begin.elapsed()
        };
        rows.push(measure(server.name(), ready, &customers).await?);
        settle(house).await?;
    }
    live.note(&format!(
        "unloaded, placed to confirmed: p50 {} ms, p99 {} ms ({} orders)",
        unloaded.p50_ms, unloaded.p99_ms, unloaded.orders
    ));
    live.note("after kill -9     ready again   first new order confirmed");
    for (name, ready, order) in rows {
        live.note(&format!(
            "{name:<16}{:>11.1} s{:>22.1} s",
            ready.as_secs_f32(),
            order.as_secs_f32()
        ));
    }
    Ok(true)
}

async fn measure(
    name: &'static str,
    ready: impl Future<Output = Duration>,
    customers: &Customers,
) -> Result<(&'static str, Duration, Duration)> {
    let ready = timeout(PATIENCE, ready);
    let (ready, order) = tokio::join!(ready, Box::pin(customers.buy_one(PATIENCE)));
    let ready = ready.with_context(|| format!("{name} did not come back"))?;
    Ok((
        name,
        ready,
        order.with_context(|| format!("after {name} was killed"))?,
    ))
}

/// Everything is back before the next kill.
async fn settle(house: &House) -> Result<()> {
    sleep(REST).await;
    house.wait_until_whole(PATIENCE).await
}
