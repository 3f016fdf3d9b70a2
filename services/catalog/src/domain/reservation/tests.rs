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
fn each_state_commits_or_says_why_not() {
    let before = NOON - Duration::seconds(1);
    for (state, now, next, answer) in [
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
        assert_eq!(decision.answer, answer, "{state:?}");
    }
}

#[test]
fn a_release_frees_what_is_held_and_returns_what_is_sold() {
    for (state, movement) in [
        (State::Held, Some(Movement::Free)),
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
fn the_same_command_gets_the_same_answer_whatever_came_after() {
    let reserved = ReserveAnswer::Reserved { expires_at: NOON };
    for state in [
        State::Held,
        State::Committed,
        State::Expired,
        State::Released,
    ] {
        assert_eq!(reservation(state).answer(), reserved, "{state:?}");
    }
    let refused = ReserveAnswer::Refused(StockRefusal::OutOfStock, Vec::new());
    assert_eq!(reservation(State::Refused).answer(), refused);
}

#[test]
fn a_tombstone_refuses_the_late_command() {
    let tombstone = Reservation {
        expires_at: None,
        ..reservation(State::Released)
    };
    assert_eq!(
        tombstone.answer(),
        ReserveAnswer::Refused(StockRefusal::Released, Vec::new())
    );
}

#[test]
fn only_a_hold_whose_time_is_over_expires() {
    let before = NOON - Duration::microseconds(1);
    assert_eq!(reservation(State::Held).expire(before), None);
    assert!(reservation(State::Held).expire(NOON).is_some());
    assert_eq!(reservation(State::Committed).expire(NOON), None);
}
