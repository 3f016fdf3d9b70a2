use super::*;

fn chaos(seed: u64) -> Faults {
    Faults {
        chaos: Chaos {
            error_rate: 0.3,
            lost_answer_rate: 0.3,
            latency_ms: 20,
            seed,
        },
        ..Faults::default()
    }
}

fn thousand(mut faults: Faults) -> Vec<Injection> {
    (0..1_000).map(|_| faults.take(Operation::Create)).collect()
}

#[test]
fn a_failure_limited_to_an_operation_is_consumed_by_it() {
    let mut faults = Faults {
        fail: Some(Failures {
            next: 1,
            status: 503,
            operation: Some(Operation::Capture),
            mode: Mode::Refuse,
        }),
        ..Faults::default()
    };
    assert_eq!(faults.take(Operation::Create).fault, None);
    let fault = Fault::Fail(503, Mode::Refuse);
    assert_eq!(faults.take(Operation::Capture).fault, Some(fault));
    assert_eq!(faults.take(Operation::Capture).fault, None);
}

#[test]
fn the_same_seed_injects_the_same_faults() {
    assert_eq!(thousand(chaos(7)), thousand(chaos(7)));
    assert_ne!(thousand(chaos(7)), thousand(chaos(8)));
}

#[test]
fn chaos_injects_every_fault_and_lets_other_calls_pass() {
    let injections = thousand(chaos(7));
    for fault in [
        Fault::Fail(503, Mode::Refuse),
        Fault::Fail(429, Mode::Refuse),
        Fault::Fail(500, Mode::Store),
        Fault::Fail(500, Mode::Act),
        Fault::CutBefore,
        Fault::CutAfter,
    ] {
        let with_fault = injections.iter().filter(|one| one.fault == Some(fault));
        let times = with_fault.count();
        assert!((20..250).contains(&times), "{fault:?}: {times} times");
    }
    let without_fault = injections.iter().filter(|one| one.fault.is_none());
    let passed = without_fault.count();
    assert!((300..500).contains(&passed), "{passed}");
    assert!(injections.iter().all(|one| one.before.as_millis() <= 20));
}

#[test]
fn random_numbers_continue_after_a_restart() {
    let all = thousand(chaos(7));
    let mut first = chaos(7);
    for expected in &all[..500] {
        assert_eq!(&first.take(Operation::Create), expected);
    }
    let stored = serde_json::to_vec(&first).unwrap();
    let mut second: Faults = serde_json::from_slice(&stored).unwrap();
    assert_eq!(second.take(Operation::Create), all[500]);
}

#[test]
fn the_fractional_part_of_duplicate_is_a_probability() {
    let copies = |duplicate| {
        let mut faults = Faults::default();
        faults.webhooks.duplicate = duplicate;
        (0..1_000)
            .map(|_| faults.deliveries().len())
            .collect::<Vec<_>>()
    };
    assert!(copies(2.0).iter().all(|copies| *copies == 3));
    let some = copies(0.5).iter().filter(|copies| **copies == 2).count();
    assert!((400..600).contains(&some), "{some}");
}

#[test]
fn a_dropped_event_has_no_delivery() {
    let mut faults = Faults::default();
    faults.webhooks.drop = 1.0;
    assert!(faults.deliveries().is_empty());
}

#[test]
fn reordering_delays_every_second_event() {
    let mut faults = Faults::default();
    faults.webhooks.reorder = true;
    let delays: Vec<_> = (0..4).map(|_| faults.deliveries()[0]).collect();
    assert!(delays[0] > delays[1] && delays[2] > delays[3]);
}

#[test]
fn faults_end_by_themselves_at_their_time() {
    let until = DateTime::UNIX_EPOCH + TimeDelta::seconds(60);
    let faults = Faults {
        decline_all: true,
        latency: Latency {
            before_ms: 2_000,
            ..Latency::default()
        },
        until: Some(until),
        ..Faults::default()
    };
    let before = faults.clone().at(until - TimeDelta::milliseconds(1));
    assert!(before.decline_all && before.affects_calls());
    let after = faults.at(until);
    assert!(!after.decline_all && !after.affects_calls());
    let permanent = Faults {
        decline_all: true,
        ..Faults::default()
    };
    assert!(permanent.at(until).decline_all);
}
