//! What customers change about their account, through the gateway and by e-mail.

use client::Answer;
use e2e::{Customer, Settings, Shop};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{MailServer, ReceivedMail, eventually};

const PASSWORD: &str = "a password of a customer";
const NEW_PASSWORD: &str = "quiet-lantern-orbit-42";

struct Mailbox {
    shop: Shop,
    server: MailServer,
}

impl Mailbox {
    async fn open() -> Self {
        let server = MailServer::start().await;
        let settings: Settings<'_> = &[
            ("user", "mail.smtp_url", server.url().leak()),
            ("user", "mail.poll_ms", "50"),
            (
                "user",
                "mail.password_reset_url",
                "https://shop.example/reset#{token}",
            ),
            (
                "user",
                "mail.email_change_url",
                "https://shop.example/change#{token}",
            ),
        ];
        let shop = Shop::open_with(settings).await;
        Self { shop, server }
    }

    /// Registers and signs in.
    async fn customer(&self, email: &str) -> Customer {
        let account = json!({"email": email, "password": PASSWORD, "display_name": "Ada"});
        self.shop.guest().post("/users", account).await.ok();
        self.sign_in(email, PASSWORD).await
    }

    async fn sign_in(&self, email: &str, password: &str) -> Customer {
        let session = self.try_sign_in(email, password).await.ok();
        self.shop
            .guest()
            .with_token(session["access_token"].as_str().unwrap())
    }

    async fn try_sign_in(&self, email: &str, password: &str) -> Answer {
        let credentials = json!({"email": email, "password": password});
        let browser = self.shop.guest().with_header("User-Agent", "Browser/1.0");
        browser.post("/sessions", credentials).await
    }

    /// Waits for a mail to this address with this text in its subject.
    async fn receive(&self, to: &str, subject: &str) -> ReceivedMail {
        eventually(&format!("a mail `{subject}` to {to}"), async || {
            let mut mails = self.server.mails().into_iter();
            mails.find(|mail| mail.to == [to] && mail.header("Subject").contains(subject))
        })
        .await
    }
}

/// The token in the link of a mail, which has it as text and as HTML.
fn token_of(mail: &ReceivedMail) -> String {
    let text = mail.text();
    let link = text
        .lines()
        .find(|line| line.starts_with("https://shop.example/"));
    let link = link.unwrap();
    assert!(mail.html().contains(&format!("<a href=\"{link}\"")));
    link.split_once('#').unwrap().1.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_password_is_reset_by_mail() {
    let mailbox = Box::pin(Mailbox::open()).await;
    let email = "forgetful@example.com";
    let signed_in = mailbox.customer(email).await;
    let guest = mailbox.shop.guest();
    let mut answers = Vec::new();
    for address in [email, "nobody@example.com"] {
        let asked = guest
            .post("/password-resets", json!({"email": address}))
            .await;
        answers.push((asked.status, asked.body));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0].0, 202);

    let token = token_of(&mailbox.receive(email, "reset your password").await);
    let reset = json!({"token": token, "new_password": NEW_PASSWORD});
    let url = "/password-resets/confirmation";
    let weak = json!({"token": token, "new_password": "Password1234"});
    let refused = guest.post(url, weak).await;
    assert_eq!(
        (refused.status, refused.problem()),
        (422, "validation-failed")
    );
    let done = guest.post(url, reset.clone()).await;
    assert_eq!(done.status, 204, "{}", done.body);
    let again = guest.post(url, reset).await;
    assert_eq!(
        (again.status, again.problem()),
        (422, "password-reset-invalid")
    );

    // The earlier session changes nothing more.
    let sessions = signed_in.try_get("/me/sessions").await;
    assert_eq!(
        (sessions.status, sessions.problem()),
        (401, "session-invalid")
    );
    assert_eq!(mailbox.try_sign_in(email, PASSWORD).await.status, 401);
    let owner = mailbox.sign_in(email, NEW_PASSWORD).await;
    assert_eq!(owner.get("/me").await["email_verified"], true);
    mailbox.receive(email, "your password was reset").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_changed_at_the_new_mailbox() {
    let mailbox = Box::pin(Mailbox::open()).await;
    let (old, new) = ("old@example.com", "new@example.com");
    let owner = mailbox.customer(old).await;
    let wrong = json!({"password": "a wrong password", "email": new});
    let refused = owner.post("/me/email", wrong).await;
    assert_eq!((refused.status, refused.problem()), (403, "password-wrong"));
    let asked = owner
        .post("/me/email", json!({"password": PASSWORD, "email": new}))
        .await;
    assert_eq!(asked.status, 202, "{}", asked.body);
    let token = token_of(&mailbox.receive(new, "confirm your new e-mail").await);
    let confirmation = json!({ "token": token });
    let guest = mailbox.shop.guest();
    let done = guest
        .post("/email-changes/confirmation", confirmation)
        .await;
    assert_eq!(done.status, 204, "{}", done.body);
    let me = owner.get("/me").await;
    assert_eq!(
        (&me["email"], &me["email_verified"]),
        (&json!(new), &json!(true))
    );
    mailbox
        .receive(old, "your e-mail address was changed")
        .await;
    mailbox.sign_in(new, PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_a_password_and_sessions_are_changed_by_their_owner() {
    let shop = Shop::open().await;
    let mailbox = Mailbox {
        server: MailServer::start().await,
        shop,
    };
    let email = "owner@example.com";
    let owner = mailbox.customer(email).await;
    let patch = json!({"display_name": "Countess"});
    let renamed = owner.call(Method::PATCH, "/me", Some(patch)).await.ok();
    assert_eq!(renamed["display_name"], "Countess");
    let role = json!({"role": "staff"});
    let refused = owner.call(Method::PATCH, "/me", Some(role)).await;
    assert_eq!(
        (refused.status, refused.problem()),
        (422, "validation-failed")
    );
    assert_eq!(refused.body["errors"][0]["field"], "role");

    let phone = mailbox.sign_in(email, PASSWORD).await;
    let listed = owner.get("/me/sessions?page_size=1").await;
    assert_eq!(listed["items"][0]["user_agent"], "Browser/1.0");
    assert_eq!(listed["items"][0]["current"], false);
    let next = listed["next_page_token"].as_str().unwrap();
    let rest = owner.get(&format!("/me/sessions?page_token={next}")).await;
    assert_eq!(rest["items"][0]["current"], true);
    assert_eq!(rest["next_page_token"], Value::Null);
    let id = listed["items"][0]["id"].as_str().unwrap();
    let end = format!("/me/sessions/{id}");
    let ended = owner.call(Method::DELETE, &end, None).await;
    assert_eq!(ended.status, 204);
    let ended = owner.call(Method::DELETE, &end, None).await;
    assert_eq!((ended.status, ended.problem()), (404, "session-not-found"));
    let refused = phone.try_get("/me/sessions").await;
    assert_eq!(
        (refused.status, refused.problem()),
        (401, "session-invalid")
    );

    let other = mailbox.sign_in(email, PASSWORD).await;
    let change = json!({"current_password": PASSWORD, "new_password": NEW_PASSWORD});
    let changed = owner.post("/me/password", change).await;
    assert_eq!(changed.status, 204, "{}", changed.body);
    assert_eq!(other.try_get("/me/sessions").await.status, 401);
    let others = owner.call(Method::DELETE, "/me/sessions", None).await;
    assert_eq!(others.status, 204);
    mailbox.sign_in(email, NEW_PASSWORD).await;
}
