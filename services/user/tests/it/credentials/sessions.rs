//! The sessions of an account: listed and ended by its owner.

use contracts::user::v1::{
    EndOtherSessionsRequest, EndSessionRequest, ListSessionsRequest, SignInRequest,
};
use testkit::with_token;
use tonic::{Code, Status};

use super::world::World;
use crate::support::{
    EMAIL, PASSWORD, access_token_of, credentials, named_fields, refresh, refusal,
};

async fn end(world: &World, token: &str, id: &str) -> Result<(), Status> {
    let request = with_token(token, EndSessionRequest { id: id.to_owned() });
    world.account().end_session(request).await.map(drop)
}

async fn end_others(world: &World, token: &str) -> Result<(), Status> {
    let request = with_token(token, EndOtherSessionsRequest {});
    world.account().end_other_sessions(request).await.map(drop)
}

fn ended() -> (Code, String) {
    (Code::Unauthenticated, "SESSION_INVALID".to_owned())
}

fn not_found() -> (Code, String) {
    (Code::NotFound, "SESSION_NOT_FOUND".to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_has_the_live_sessions_newest_first_and_marks_the_callers() {
    let world = World::open().await;
    let request = SignInRequest {
        user_agent: "curl/8.5\r\n\u{202e}".to_owned(),
        ..credentials(EMAIL, PASSWORD)
    };
    let other = world.fixture.client().sign_in(request).await.unwrap();
    let other = other.into_inner().session.unwrap();
    access_token_of(&world.fixture.client(), "bob@example.com").await;

    let listed = world.sessions(world.token()).await;
    assert_eq!(listed.len(), 2);
    assert!(!listed[0].current && listed[1].current);
    assert_eq!(listed[0].user_agent, "curl/8.5");
    assert_eq!(listed[1].user_agent, "");
    assert_eq!(listed[0].created_at, listed[0].last_used_at);
    // A refresh is a use.
    let client = world.fixture.client();
    refresh(&client, &other.refresh_token).await.unwrap();
    let used = &world.sessions(world.token()).await[0];
    assert_eq!(used.created_at, listed[0].created_at);
    let (created, last_used) = (used.created_at.unwrap(), used.last_used_at.unwrap());
    let time = (created.seconds, created.nanos);
    assert!((last_used.seconds, last_used.nanos) > time);
    let seen_by_other = world.sessions(&other.access_token).await;
    assert!(seen_by_other[0].current && !seen_by_other[1].current);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_read_page_by_page() {
    let world = World::open().await;
    for _ in 0..4 {
        world.other_session().await;
    }
    let page = async |size: u32, token: &str, page_token: &str| {
        let request = ListSessionsRequest {
            page_size: size,
            page_token: page_token.to_owned(),
        };
        let answer = world
            .account()
            .list_sessions(with_token(token, request))
            .await;
        answer.map(tonic::Response::into_inner)
    };
    let (mut ids, mut next) = (Vec::new(), String::new());
    loop {
        let answer = page(2, world.token(), &next).await.unwrap();
        assert!(answer.sessions.len() <= 2);
        ids.extend(answer.sessions.into_iter().map(|session| session.id));
        next = answer.next_page_token;
        if next.is_empty() {
            break;
        }
    }
    let all = world.sessions(world.token()).await;
    let all: Vec<String> = all.into_iter().map(|session| session.id).collect();
    assert_eq!(ids, all);
    assert_eq!(ids.len(), 5);

    let bob = access_token_of(&world.fixture.client(), "bob@example.com").await;
    let first = page(2, world.token(), "").await.unwrap();
    for (token, page_token) in [
        (bob.as_str(), first.next_page_token.as_str()),
        (world.token(), "altered"),
    ] {
        assert_eq!(
            refusal(page(2, token, page_token).await),
            (Code::InvalidArgument, "PAGE_TOKEN_INVALID".to_owned())
        );
    }
    let large = page(101, world.token(), "").await;
    assert_eq!(named_fields(large), ["page_size"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_ended_by_its_owner_and_nobody_else() {
    let world = World::open().await;
    let client = world.fixture.client();
    let other = world.other_session().await;
    let id = world.sessions(world.token()).await[0].id.clone();
    let stranger = access_token_of(&client, "bob@example.com").await;
    assert_eq!(refusal(end(&world, &stranger, &id).await), not_found());
    assert_eq!(refusal(end(&world, world.token(), "1").await), not_found());

    end(&world, world.token(), &id).await.unwrap();
    assert_eq!(refusal(end(&world, world.token(), &id).await), not_found());
    assert_eq!(
        refusal(refresh(&client, &other.refresh_token).await),
        ended()
    );
    assert_eq!(world.sessions(world.token()).await.len(), 1);
    world.receive(EMAIL, "signed out elsewhere").await;
    // Its access token ends no other.
    let own = world.sessions(world.token()).await[0].id.clone();
    let answer = end(&world, &other.access_token, &own).await;
    assert_eq!(refusal(answer), ended());
    let answer = end_others(&world, &other.access_token).await;
    assert_eq!(refusal(answer), ended());
}

#[tokio::test(flavor = "multi_thread")]
async fn all_other_sessions_end_at_once() {
    let world = World::open().await;
    let client = world.fixture.client();
    let others = [world.other_session().await, world.other_session().await];
    end_others(&world, world.token()).await.unwrap();
    for other in &others {
        assert_eq!(
            refusal(refresh(&client, &other.refresh_token).await),
            ended()
        );
    }
    refresh(&client, &world.session.refresh_token)
        .await
        .unwrap();
    world.receive(EMAIL, "signed out elsewhere").await;
    // There are no others any more, so there is nothing to notify of.
    end_others(&world, world.token()).await.unwrap();
    world.all_sent().await;
    assert_eq!(world.mails(EMAIL, "signed out elsewhere").len(), 1);
}
