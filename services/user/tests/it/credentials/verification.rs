//! The confirmation of an address, mailed again.

use contracts::user::v1::{RequestEmailVerificationRequest, VerifyEmailRequest};

use super::world::{World, token_of};
use crate::support::{EMAIL, named_fields};

const SUBJECT: &str = "please confirm your e-mail address";

async fn ask(world: &World, email: &str) -> Result<(), tonic::Status> {
    let email = email.to_owned();
    let request = RequestEmailVerificationRequest { email };
    let answer = world.account().request_email_verification(request).await;
    answer.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmation_is_mailed_again_until_the_address_is_confirmed() {
    let world = World::open().await;
    world.receive(EMAIL, SUBJECT).await;
    ask(&world, EMAIL).await.unwrap();
    let requested = "event ->> 'kind' = 'verification_requested' AND status = 'sent'";
    world.fixture.wait_for_notifications(requested, 1).await;
    let mails = world.mails(EMAIL, SUBJECT);
    let again = mails
        .iter()
        .find(|mail| mail.text().contains("asked to confirm"));
    let token = token_of(again.unwrap());
    let request = VerifyEmailRequest { token };
    world.fixture.client().verify_email(request).await.unwrap();
    assert!(world.me().await.email_verified);

    ask(&world, EMAIL).await.unwrap();
    world.fixture.wait_for_notifications(requested, 1).await;
    let all = "notifications WHERE event ->> 'kind' = 'verification_requested'";
    assert_eq!(world.fixture.database.count(all).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_address_gets_the_same_answer_and_a_stranger_no_mail() {
    let world = World::open().await;
    for email in [EMAIL, "nobody@example.com"] {
        ask(&world, email).await.unwrap();
    }
    assert_eq!(named_fields(ask(&world, "no address").await), ["email"]);
    world.all_sent().await;
    let mails = world.fixture.server.mails();
    assert!(mails.iter().all(|mail| mail.to == [EMAIL]));
}
