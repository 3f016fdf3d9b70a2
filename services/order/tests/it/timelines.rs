//! Timelines, read in parts by position.

use contracts::order::v1::*;

use crate::support::{App, Person};

async fn after(app: &mut App, person: &Person, id: &str, after: u32) -> GetTimelineResponse {
    let id = id.to_owned();
    let request = person.request(GetTimelineRequest { id, after });
    app.orders.get_timeline(request).await.unwrap().into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeline_is_continued_after_a_position() {
    let mut app = App::start().await;
    let (person, order) = app.confirmed().await;
    let all = after(&mut app, &person, &order.id, 0).await;
    assert_eq!(all.status(), OrderStatus::Confirmed);
    let positions: Vec<u32> = all.entries.iter().map(|entry| entry.position).collect();
    assert_eq!(positions, [1, 2, 3, 4, 5]);
    for (position, rest) in [(1, 1..), (4, 4..), (5, 5..)] {
        let part = after(&mut app, &person, &order.id, position).await;
        assert_eq!(part.entries, all.entries[rest]);
        assert_eq!(part.status(), OrderStatus::Confirmed);
    }
    for position in [6, 200, 201, u32::MAX] {
        let part = after(&mut app, &person, &order.id, position).await;
        assert_eq!(part.entries, []);
    }
}
