use std::time::Duration;

use tokio::time::Instant;

use super::{Breaker, Change, Settings, Ticket};

const OPEN_FOR: Duration = Duration::from_secs(2);

fn breaker(now: Instant) -> Breaker {
    let settings = Settings {
        failure_percent: 50,
        min_calls: 10,
        open_for: OPEN_FOR,
    };
    Breaker::new(settings, now)
}

fn calls(breaker: &Breaker, number: u32, failed: bool, now: Instant) -> Change {
    let mut change = Change::None;
    for _ in 0..number {
        let admitted = breaker.admit(now);
        assert_eq!(admitted, Ok(Ticket::Normal));
        change = breaker.record(Ticket::Normal, failed, now);
    }
    change
}

#[test]
fn it_opens_when_half_of_the_calls_failed() {
    let now = Instant::now();
    let breaker = breaker(now);
    assert_eq!(calls(&breaker, 5, false, now), Change::None);
    assert_eq!(calls(&breaker, 5, true, now), Change::Opened);
    assert_eq!(breaker.admit(now), Err(OPEN_FOR));
}

#[test]
fn too_few_calls_do_not_open_it() {
    let now = Instant::now();
    let breaker = breaker(now);
    assert_eq!(calls(&breaker, 9, true, now), Change::None);
    assert_eq!(breaker.admit(now), Ok(Ticket::Normal));
}

#[test]
fn failures_are_forgotten_after_the_window() {
    let start = Instant::now();
    let breaker = breaker(start);
    calls(&breaker, 9, true, start);
    let later = start + Duration::from_secs(10);
    assert_eq!(calls(&breaker, 9, true, later), Change::None);
}

#[test]
fn failures_of_different_seconds_add_up() {
    let start = Instant::now();
    let breaker = breaker(start);
    let mut change = Change::None;
    for second in 0..10 {
        change = calls(&breaker, 1, true, start + Duration::from_secs(second));
    }
    assert_eq!(change, Change::Opened);
}

#[test]
fn a_successful_probe_closes_it() {
    let start = Instant::now();
    let breaker = breaker(start);
    calls(&breaker, 10, true, start);
    let later = start + OPEN_FOR;
    assert_eq!(breaker.admit(later), Ok(Ticket::Probe));
    assert!(breaker.admit(later).is_err(), "one probe at a time");
    assert_eq!(breaker.record(Ticket::Probe, false, later), Change::Closed);
    assert_eq!(breaker.admit(later), Ok(Ticket::Normal));
    assert_eq!(
        calls(&breaker, 9, true, later),
        Change::None,
        "the window is empty again"
    );
}

#[test]
fn a_failed_probe_opens_it_for_longer() {
    let start = Instant::now();
    let breaker = breaker(start);
    calls(&breaker, 10, true, start);
    let later = start + OPEN_FOR;
    assert_eq!(breaker.admit(later), Ok(Ticket::Probe));
    breaker.record(Ticket::Probe, true, later);
    assert_eq!(breaker.admit(later + OPEN_FOR), Err(OPEN_FOR));
    assert_eq!(breaker.admit(later + OPEN_FOR * 2), Ok(Ticket::Probe));
}

#[test]
fn a_dropped_probe_lets_the_next_call_probe() {
    let start = Instant::now();
    let breaker = breaker(start);
    calls(&breaker, 10, true, start);
    let later = start + OPEN_FOR;
    assert_eq!(breaker.admit(later), Ok(Ticket::Probe));
    breaker.abandon(Ticket::Probe, later);
    assert_eq!(breaker.admit(later), Ok(Ticket::Probe));
}

#[test]
fn a_call_sent_before_it_opened_changes_nothing() {
    let start = Instant::now();
    let breaker = breaker(start);
    calls(&breaker, 10, true, start);
    assert_eq!(breaker.record(Ticket::Normal, false, start), Change::None);
    assert!(breaker.admit(start).is_err());
}
