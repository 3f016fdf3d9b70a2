//! `demo --shop URL`. `cargo xtask demo` finds the running shop, then runs it.

use std::io::{IsTerminal, Write, stderr, stdout};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use demo::{Settings, Tally};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{interval, sleep};
use tokio_util::sync::CancellationToken;

/// Between two pictures of the status line on a terminal.
const REDRAW_INTERVAL: Duration = Duration::from_millis(500);
/// Between two lines in a log.
const LINE_INTERVAL: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> ExitCode {
    let settings = Settings::parse();
    let stop = CancellationToken::new();
    let tally = Arc::new(Tally::default());
    let waiting = tokio::spawn(stop_at_the_end(settings.duration, stop.clone()));
    let showing = tokio::spawn(show(Arc::clone(&tally)));
    let outcome = demo::run(&settings, &tally, &stop).await;
    showing.abort();
    waiting.abort();
    if stdout().is_terminal() {
        write!(stdout(), "\r\u{1b}[2K").ok();
    }
    writeln!(stdout(), "{}", tally.summary()).ok();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            writeln!(stderr(), "demo: {error:#}").ok();
            ExitCode::FAILURE
        }
    }
}

/// Cancels `stop` after the duration, or at SIGINT or SIGTERM. xtask may send the second after a terminal sent the first.
async fn stop_at_the_end(duration: Option<Duration>, stop: CancellationToken) {
    let signaled = async {
        match (
            signal(SignalKind::interrupt()),
            signal(SignalKind::terminate()),
        ) {
            (Ok(mut interrupt), Ok(mut terminate)) => {
                tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
            }
            // Without handlers a signal ends the process.
            _ => std::future::pending().await,
        }
    };
    tokio::select! {
        () = signaled => {}
        () = sleep(duration.unwrap_or(Duration::MAX)) => {}
    }
    stop.cancel();
}

/// Shows the counts: one line that is redrawn on a terminal, else lines.
async fn show(tally: Arc<Tally>) {
    let is_terminal = stdout().is_terminal();
    let mut ticks = interval(if is_terminal {
        REDRAW_INTERVAL
    } else {
        LINE_INTERVAL
    });
    loop {
        ticks.tick().await;
        let mut out = stdout().lock();
        match is_terminal {
            true => write!(out, "\r\u{1b}[2K{tally}").ok(),
            false => writeln!(out, "{tally}").ok(),
        };
        out.flush().ok();
    }
}
