use chrono::Duration;

use super::*;

const NOON: DateTime<Utc> = DateTime::UNIX_EPOCH;

fn reservation(state: State) -> Reservation {
    Reservation {
        expires_at: (state != State::Refused).then_some(NOON),
        ..Reservation::new(ReservationId::generate(), OrderId::generate(), state)
    }
}

#[test]
fn each_state_commits_or_has_its_refusal() {
    let before = NOON - Duration::seconds(1);
    for (state, now, next, result) in [
        (State::Held, before, Some(State::Committed), Ok(())),
        (
            State::Held,
            NOON,
            Some(State::Expired),
            Err(CommitRefusal::Expired),
        ),
        (State::Committed, NOON, None, Ok(())),
        (State::Expired, before, None, Err(CommitRefusal::Expired)),
        (State::Released, before, None, Err(CommitRefusal::NotHeld)),
        (State::Refused, before, None, Err(CommitRefusal::NotHeld)),
    ] {
        let decision = reservation(state).commit(now);
        assert_eq!(decision.transition.map(|t| t.state), next, "{state:?}");
        assert_eq!(decision.result, result, "{state:?}");
    }
}

#[test]
fn a_release_releases_held_units_and_returns_sold_ones() {
    for (state, movement) in [
        (State::Held, Some(Movement::Release)),
        (State::Committed, Some(Movement::Return)),
        (State::Released, None),
        (State::Expired, None),
        (State::Refused, None),
    ] {
        let transition = reservation(state).release();
        assert_eq!(transition.map(|t| t.movement), movement, "{state:?}");
    }
}

#[test]
fn a_repeated_reserve_has_the_same_reply_in_every_state() {
    let reserved = ReserveReply::Reserved { expires_at: NOON };
    for state in [
        State::Held,
        State::Committed,
        State::Expired,
        State::Released,
    ] {
        assert_eq!(reservation(state).reply(), reserved, "{state:?}");
    }
    let refused = ReserveReply::Refused(StockRefusal::OutOfStock, Vec::new());
    assert_eq!(reservation(State::Refused).reply(), refused);
}

#[test]
fn a_tombstone_refuses_a_late_reserve() {
    let tombstone = Reservation {
        expires_at: None,
        ..reservation(State::Released)
    };
    assert_eq!(
        tombstone.reply(),
        ReserveReply::Refused(StockRefusal::Released, Vec::new())
    );
}

#[test]
fn only_a_due_reservation_expires() {
    let before = NOON - Duration::microseconds(1);
    assert_eq!(reservation(State::Held).expire(before), None);
    assert!(reservation(State::Held).expire(NOON).is_some());
    assert_eq!(reservation(State::Committed).expire(NOON), None);
}
