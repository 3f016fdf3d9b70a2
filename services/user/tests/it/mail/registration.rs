//! What a registration mails, and to whom.

use contracts::user::v1::{GetMeRequest, VerifyEmailRequest};
use futures_util::future::join_all;
use testkit::{ReceivedMail, eventually, with_token};
use tonic::Code;

use crate::support::mail_fixture::{MailFixture, confirmed};
use crate::support::{EMAIL, credentials, refusal, register_and_sign_in, registration, sign_in};

const LINK: (&str, &str) = (
    "mail.verification_url",
    "https://shop.example/confirm?t={token}",
);

/// Waits for a mail with this text in its subject.
async fn receive(fixture: &MailFixture, subject: &str) -> ReceivedMail {
    eventually(&format!("a mail `{subject}`"), async || {
        let mut mails = fixture.server.mails().into_iter();
        mails.find(|mail| mail.header("Subject").contains(subject))
    })
    .await
}

/// The token in the link of a mail.
fn token_of(mail: &ReceivedMail) -> String {
    let text = mail.text();
    let (_, rest) = text.split_once("confirm?t=").unwrap();
    rest.split_whitespace().next().unwrap().to_owned()
}

async fn verify(fixture: &MailFixture, token: &str) -> Result<(), tonic::Status> {
    let token = token.to_owned();
    fixture
        .client()
        .verify_email(VerifyEmailRequest { token })
        .await
        .map(|_| ())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_learns_by_mail_whether_a_registration_made_an_account() {
    let fixture = MailFixture::with(&[LINK]).await;
    fixture
        .client()
        .register(registration(EMAIL))
        .await
        .unwrap();
    let mail = receive(&fixture, "please confirm your e-mail address").await;
    assert_eq!(mail.to, [EMAIL]);
    let mut again = registration("ADA@example.com");
    again.display_name = "Win a prize".to_owned();
    fixture.client().register(again).await.unwrap();
    let mail = receive(&fixture, "you have an account already").await;
    assert_eq!(mail.to, [EMAIL]);
    // The first registration may be a stranger's: the owner must not confirm their account.
    assert!(!mail.text().contains("confirm?t="), "{}", mail.text());
    for mail in fixture.server.mails() {
        let text = mail.text() + &mail.source;
        assert!(
            !text.contains("Win a prize") && !text.contains("Lovelace"),
            "{text}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_of_the_mail_confirms_the_address() {
    let fixture = MailFixture::with(&[LINK]).await;
    let session = register_and_sign_in(&fixture.client()).await;
    assert!(!session.user.unwrap().email_verified);
    let token = token_of(&receive(&fixture, "please confirm").await);
    for altered in ["", "no token", &token[1..], &format!("{token}A")] {
        assert_eq!(
            refusal(verify(&fixture, altered).await),
            (Code::InvalidArgument, "VERIFICATION_INVALID".to_owned())
        );
    }
    verify(&fixture, &token).await.unwrap();
    verify(&fixture, &token).await.unwrap();
    let me = with_token(&session.access_token, GetMeRequest {});
    let me = fixture.client().get_me(me).await.unwrap().into_inner();
    assert!(me.user.unwrap().email_verified);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_confirmed_gets_no_link_any_more() {
    let fixture = MailFixture::with(&[LINK]).await;
    fixture.customer(EMAIL, "Ada").await;
    fixture
        .client()
        .register(registration(EMAIL))
        .await
        .unwrap();
    let mail = receive(&fixture, "you have an account already").await;
    assert!(!mail.text().contains("confirm?t="), "{}", mail.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn registrations_cannot_flood_an_address() {
    let fixture = MailFixture::with(&[("mail.unverified_per_day", "3")]).await;
    for email in [EMAIL, "grace@example.com"] {
        if email == "grace@example.com" {
            // A confirmed address too.
            fixture.customer(email, "Grace").await;
        }
        let attempts = (0..10).map(|_| {
            let mut client = fixture.client();
            async move { client.register(registration(email)).await }
        });
        for answer in join_all(attempts).await {
            assert_eq!(answer.unwrap().into_inner().email, email);
        }
    }
    let of = |email: &str| {
        format!("notifications n JOIN users u ON u.id = n.user_id WHERE u.email = '{email}'")
    };
    assert_eq!(fixture.database.count(&of(EMAIL)).await, 3);
    assert_eq!(fixture.database.count(&of("grace@example.com")).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unconfirmed_address_gets_few_mails_about_orders() {
    let fixture = MailFixture::with(&[LINK, ("mail.unverified_per_day", "3")]).await;
    let session = register_and_sign_in(&fixture.client()).await;
    let customer = session.user.unwrap().id.parse().unwrap();
    let token = token_of(&receive(&fixture, "please confirm").await);
    for _ in 0..5 {
        fixture.publish(&confirmed(customer)).await;
    }
    fixture.wait_for_inbox(5).await;
    fixture.wait_for_notifications("status = 'sent'", 3).await;
    assert_eq!(fixture.server.mails().len(), 3);
    verify(&fixture, &token).await.unwrap();
    for _ in 0..5 {
        fixture.publish(&confirmed(customer)).await;
    }
    fixture.wait_for_notifications("status = 'sent'", 8).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_registration_changes_nothing_for_the_owner() {
    let fixture = MailFixture::new().await;
    let owner = register_and_sign_in(&fixture.client()).await;
    let mut stranger = registration(EMAIL);
    stranger.password = "a password of a stranger".to_owned();
    stranger.display_name = "Stranger".to_owned();
    fixture.client().register(stranger).await.unwrap();
    let answer = fixture
        .client()
        .sign_in(credentials(EMAIL, "a password of a stranger"))
        .await;
    assert_eq!(
        refusal(answer),
        (Code::Unauthenticated, "CREDENTIALS_INVALID".to_owned())
    );
    let again = sign_in(&fixture.client()).await;
    assert_eq!(again.user, owner.user);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_network_cannot_mail_to_many_addresses_and_learns_nothing_from_that() {
    let changes = [
        ("mail.registrations_per_network.burst", "3"),
        ("mail.registrations_per_network.per_hour", "1"),
    ];
    let fixture = MailFixture::with(&changes).await;
    for number in 0..6 {
        let email = format!("victim-{number}@example.com");
        let answer = fixture.client().register(registration(&email)).await;
        assert_eq!(answer.unwrap().into_inner().email, email);
    }
    assert_eq!(fixture.database.count("users").await, 6);
    fixture.wait_for_notifications("true", 3).await;
}
