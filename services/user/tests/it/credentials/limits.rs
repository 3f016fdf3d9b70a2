//! What limits requests of strangers, and what it must not limit.

use super::world::{NEW_PASSWORD, World};
use crate::support::{EMAIL, PASSWORD, registration};

#[tokio::test(flavor = "multi_thread")]
async fn requests_of_strangers_do_not_keep_a_notice_back() {
    let changes = [("mail.unverified_per_day", "2")];
    let world = World::open_with(&changes).await;
    let confirm = "UPDATE users SET email_verified_at = now()";
    world.fixture.database.execute(confirm).await.unwrap();
    let mut client = world.fixture.client();
    for _ in 0..4 {
        client.register(registration(EMAIL)).await.unwrap();
        world.request_reset(EMAIL).await.unwrap();
    }
    let changed = world.change_password(world.token(), PASSWORD, NEW_PASSWORD);
    changed.await.unwrap();
    world.receive(EMAIL, "your password was changed").await;
    world.all_sent().await;
    let requests = "notifications WHERE event ->> 'kind' <> 'password_changed'";
    assert_eq!(world.fixture.database.count(requests).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unconfirmed_address_gets_few_mails_of_any_kind() {
    let changes = [("mail.unverified_per_day", "3")];
    let world = World::open_with(&changes).await;
    let mut passwords = [PASSWORD, NEW_PASSWORD];
    for _ in 0..5 {
        let [current, new] = passwords;
        let changed = world.change_password(world.token(), current, new);
        changed.await.unwrap();
        passwords.reverse();
    }
    world.all_sent().await;
    assert_eq!(world.fixture.server.mails().len(), 3);
}
