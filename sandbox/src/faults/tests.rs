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

fn thousand(mut faults: Faults) -> Vec<Harm> {
    (0..1_000).map(|_| faults.take(Operation::Create)).collect()
}

#[test]
fn failures_are_used_up_by_the_operation_they_are_bound_to() {
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
fn the_same_seed_does_the_same_harm() {
    assert_eq!(thousand(chaos(7)), thousand(chaos(7)));
    assert_ne!(thousand(chaos(7)), thousand(chaos(8)));
}

#[test]
fn chaos_knows_every_way_to_go_wrong_and_lets_the_rest_pass() {
    let harm = thousand(chaos(7));
    for fault in [
        Fault::Fail(503, Mode::Refuse),
        Fault::Fail(429, Mode::Refuse),
        Fault::Fail(500, Mode::Store),
        Fault::Fail(500, Mode::Act),
        Fault::CutBefore,
        Fault::CutAfter,
    ] {
        let times = harm.iter().filter(|harm| harm.fault == Some(fault)).count();
        assert!((20..250).contains(&times), "{fault:?} came {times} times");
    }
    let unharmed = harm.iter().filter(|harm| harm.fault.is_none()).count();
    assert!((300..500).contains(&unharmed), "{unharmed}");
    assert!(harm.iter().all(|harm| harm.before.as_millis() <= 20));
}

#[test]
fn a_restart_goes_on_with_the_lots() {
    let all = thousand(chaos(7));
    let mut first = chaos(7);
    for expected in &all[..500] {
        assert_eq!(&first.take(Operation::Create), expected);
    }
    let kept = serde_json::to_vec(&first).unwrap();
    let mut second: Faults = serde_json::from_slice(&kept).unwrap();
    assert_eq!(second.take(Operation::Create), all[500]);
}

#[test]
fn copies_of_an_event_are_counted_in_full_and_by_chance() {
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
fn dropped_events_are_not_sent() {
    let mut faults = Faults::default();
    faults.webhooks.drop = 1.0;
    assert!(faults.deliveries().is_empty());
}

#[test]
fn every_second_event_overtakes_the_one_before() {
    let mut faults = Faults::default();
    faults.webhooks.reorder = true;
    let delays: Vec<_> = (0..4).map(|_| faults.deliveries()[0]).collect();
    assert!(delays[0] > delays[1] && delays[2] > delays[3]);
}
