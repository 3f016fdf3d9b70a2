//! The restore drill: clients buy for a minute, PostgreSQL is lost with its data, and all databases return to a moment T
//! in the middle of that minute. The provider does not: it is outside. Then the drill does what the runbook
//! (`docs/runbooks/restore.md`) says, and checks that everything answered before T holds and the rest is listed.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use kernel::Clock;
use serde_json::json;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::clients::Clients;
use crate::cluster::{Cluster, Server};
use crate::history::{History, Recorder};
use crate::invariants::{self, Check, Difference, Histories, Provider, Report, Staff};
use crate::quiescence::{CHECK_TIMEOUT, READY_TIMEOUT, wait_for_quiescence};
use crate::{Options, Plan, Run, report};

mod broker;
mod moment;
mod requests;
mod table;

use moment::Moment;
use requests::Requests;

/// The busy minute. T is in its middle.
pub(crate) const BUYING: Duration = Duration::from_secs(60);
/// Clients that buy.
const CLIENTS: usize = 60;
/// Buying before the base backup, so that it is not of an empty shop.
const WARM_UP: Duration = Duration::from_secs(5);
/// Between the snapshot of the history and T: what was answered before it was committed before T.
const MARGIN: Duration = Duration::from_secs(1);
/// How long before T the newest write of each database may be.
const MOMENT_TOLERANCE_S: f64 = 15.0;
/// How long the cluster may take to become quiescent.
const QUIESCENCE_TIMEOUT: Duration = Duration::from_secs(150);
/// With one database that is older than the others, it may never be.
const QUIESCENCE_TIMEOUT_ALONE: Duration = Duration::from_secs(45);
const BUY_TIMEOUT: Duration = Duration::from_secs(60);

/// What is known when PostgreSQL is lost.
struct Loss {
    /// The history shortly before T.
    before: History,
    moment: Moment,
    /// How long the base backup took.
    backup: Duration,
    at: Instant,
    /// Age of the newest archived WAL.
    archived: Duration,
}

/// Measured times and counts.
struct Figures {
    moment: String,
    backup: Duration,
    rpo: Duration,
    replay: Duration,
    ready: Duration,
    quiescent: Option<Duration>,
    first_order: Option<Duration>,
    shipped_again: usize,
    canceled: usize,
    by_kind: [BTreeMap<String, usize>; 2],
}

pub(crate) async fn restore(
    options: &Options,
    plan: &Plan,
    cluster: &Cluster,
    run: &Run,
) -> Result<bool> {
    let progress = &run.progress;
    let alone = options.alone.as_deref();
    let xtask = Requests::of(plan)?;
    progress.phase("registering clients");
    let clients = Clients::with_count(run, CLIENTS).await?;
    let recorder = clients.recorder();

    let gone = CancellationToken::new();
    let minute = async {
        let loss = busy_minute(plan, &xtask, cluster, run, &recorder).await;
        gone.cancel();
        loss
    };
    let (loss, ()) = tokio::join!(minute, clients.run_until_gone(gone.clone()));
    let loss = loss?;

    progress.phase("restoring the databases");
    // No process may read a message from after T, and write it into the restored databases.
    cluster.stop_shop().await;
    let began = Instant::now();
    xtask
        .restore(loss.moment.text())
        .await
        .context("the databases are not restored")?;
    let replay = began.elapsed();
    broker::purge(&run.addresses).await?;
    cluster.servers.flush_redis().await?;
    let one_moment = one_moment(run, &loss.moment).await?;

    progress.phase("starting the shop");
    cluster.start_shop();
    cluster.wait_until_ready(READY_TIMEOUT).await?;
    let ready = loss.at.elapsed();
    let limit = match alone {
        Some(_) => QUIESCENCE_TIMEOUT_ALONE,
        None => QUIESCENCE_TIMEOUT,
    };
    let mut pending = Vec::new();
    let quiescent = wait_for_quiescence(run, limit, &mut pending).await;
    let quiescent = quiescent.map(|_| loss.at.elapsed());

    progress.phase("reconciling");
    let provider = Provider::read(&run.addresses).await?;
    let staff = Staff::sign_in(&run.addresses).await?;
    let first = invariants::report(&staff).await?;
    let (shipped_again, canceled) = match alone {
        // The holds belong to orders that exist: canceling them would be wrong.
        Some(_) => (0, 0),
        None => act(cluster, run, &staff, &first).await?,
    };
    let first_order = match clients.buy_one(BUY_TIMEOUT).await {
        Err(_) if alone.is_some() => None,
        bought => Some(bought?),
    };
    if alone.is_none() {
        wait_for_quiescence(run, limit, &mut pending).await;
    }
    let last = invariants::report(&staff).await?;

    progress.phase("checking invariants");
    let histories = Histories {
        before: loss.before,
        all: recorder.snapshot(),
    };
    let check = invariants::check_restored(
        &run.addresses,
        &histories,
        &provider,
        &first.differences,
        &last.differences,
    );
    let (mut results, losses) = timeout(CHECK_TIMEOUT, check)
        .await
        .context("the check takes too long")??;
    results.checks.insert(0, one_moment);
    let figures = Figures {
        moment: loss.moment.text().to_owned(),
        backup: loss.backup,
        rpo: loss.archived,
        replay,
        ready,
        quiescent,
        first_order,
        shipped_again,
        canceled,
        by_kind: [&first, &last].map(|report| by_kind(&report.differences)),
    };
    let heading = table::render(&figures, &losses, &pending);
    report::print_invariants(&heading, &results.checks, &plan.logs);
    let holds = results.holds() && pending.is_empty();
    let document = json!({
        "holds": holds,
        "moment": figures.moment,
        "still_pending": pending,
        "differences": figures.by_kind,
        "invariants": results.checks,
        "logs": plan.logs,
    });
    report::write_document(&options.report, &document)?;
    progress.note(match holds {
        true => "Restored: what was answered before T holds, and the rest is listed.",
        false => "Failed: an invariant is violated, or quiescence was not reached.",
    });
    Ok(holds)
}

/// Clients buy: a base backup, half a minute, T, half a minute, and PostgreSQL is lost.
async fn busy_minute(
    plan: &Plan,
    xtask: &Requests,
    cluster: &Cluster,
    run: &Run,
    recorder: &Recorder,
) -> Result<Loss> {
    let progress = &run.progress;
    progress.phase("clients buy");
    sleep(WARM_UP).await;
    progress.phase("taking a base backup while clients buy");
    let began = Instant::now();
    xtask.back_up().await.context("no base backup")?;
    let backup = began.elapsed();
    progress.phase_for("clients buy for a minute", BUYING);
    sleep(BUYING / 2).await;
    let before = recorder.snapshot();
    sleep(MARGIN).await;
    let moment = Moment::now(&plan.servers.postgres).await?;
    progress.note(&format!("T = {}", moment.text()));
    sleep(BUYING / 2).await;
    xtask.hold().await?;
    cluster.servers.kill(Server::Postgres)?;
    let (at, clock) = (Instant::now(), Clock::system().now());
    Ok(Loss {
        before,
        moment,
        backup,
        at,
        archived: xtask.archived_age(clock.into())?,
    })
}

/// Every database has what was written just before T, and nothing from after it.
async fn one_moment(run: &Run, moment: &Moment) -> Result<Check> {
    let mut check = Check::new(
        "restored_to_one_moment",
        "The newest write of each database is at most 15 s before T, and not after it",
    );
    for (service, newest) in invariants::newest_writes(&run.addresses).await? {
        let before = moment.seconds() - newest;
        check.require((0.0..MOMENT_TOLERANCE_S).contains(&before), || {
            format!("the newest write of {service} is {before:.1} s before T")
        });
    }
    Ok(check)
}

/// What the operator does with the first report. Returns how many orders were shipped again and how many holds canceled.
async fn act(
    cluster: &Cluster,
    run: &Run,
    staff: &Staff,
    report: &Report,
) -> Result<(usize, usize)> {
    run.progress.phase("acting on the report");
    let mut shipped = 0;
    for one in &report.differences {
        // Shipped after T: the parcel is on its way, and the capture is made. The shop learns both by a shipment.
        if one.kind == "status" && one.ours == "authorized" && one.theirs == "succeeded" {
            staff
                .ship(&one.order)
                .await
                .with_context(|| format!("cannot ship order {} again", one.order))?;
            shipped += 1;
        }
    }
    let payment = cluster
        .shop()
        .find(|process| process.service == "payment")
        .context("the cluster has no payment")?;
    let reason = "the databases were restored to an earlier moment";
    let mut command = payment.command(&["cancel-orphans", &report.id, reason]);
    let output = tokio::task::spawn_blocking(move || command.output()).await??;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(
        matches!(output.status.code(), Some(0 | 1)),
        "payment cancel-orphans: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let canceled = text.lines().filter(|line| line.ends_with("  canceled"));
    Ok((shipped, canceled.count()))
}

fn by_kind(differences: &[Difference]) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    for one in differences {
        let states = match one.kind.as_str() {
            "status" => format!(": ours {}, theirs {}", one.ours, one.theirs),
            "missing_at_shop" | "unknown_to_us" => {
                format!(": {}", one.theirs.split(',').next().unwrap_or_default())
            }
            _ => String::new(),
        };
        *kinds.entry(format!("{}{states}", one.kind)).or_default() += 1;
    }
    kinds
}
