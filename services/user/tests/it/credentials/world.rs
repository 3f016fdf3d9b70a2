use contracts::user::v1::account_service_client::AccountServiceClient;
use contracts::user::v1::{
    ChangePasswordRequest, ConfirmEmailChangeRequest, GetMeRequest, ListSessionsRequest,
    OpenSession, RequestEmailChangeRequest, RequestPasswordResetRequest, ResetPasswordRequest,
    Session, User,
};
use testkit::{ReceivedMail, eventually, with_token};
use tonic::Status;
use tonic::transport::Channel;

use crate::support::mail_fixture::MailFixture;
use crate::support::{EMAIL, PASSWORD, credentials, register_and_sign_in};

pub(super) const NEW_PASSWORD: &str = "quiet-lantern-orbit-42";
pub(super) const NEW_EMAIL: &str = "ada@example.org";

const PAGES: [(&str, &str); 3] = [
    (
        "mail.verification_url",
        "https://shop.example/confirm#{token}",
    ),
    (
        "mail.password_reset_url",
        "https://shop.example/reset#{token}",
    ),
    (
        "mail.email_change_url",
        "https://shop.example/change#{token}",
    ),
];

/// A service that sends e-mails with links, and one account.
pub(super) struct World {
    pub(super) fixture: MailFixture,
    /// The session of the registration.
    pub(super) session: Session,
}

impl World {
    pub(super) async fn open() -> Self {
        Self::open_with(&[]).await
    }

    pub(super) async fn open_with(changes: &[(&str, &str)]) -> Self {
        let changes = [&PAGES, changes].concat();
        let fixture = MailFixture::with(&changes).await;
        let session = register_and_sign_in(&fixture.client()).await;
        Self { fixture, session }
    }

    pub(super) fn account(&self) -> AccountServiceClient<Channel> {
        AccountServiceClient::new(self.fixture.replica().channel.clone())
    }

    pub(super) fn token(&self) -> &str {
        &self.session.access_token
    }

    pub(super) async fn sign_in(&self, email: &str, password: &str) -> Result<Session, Status> {
        let request = credentials(email, password);
        let answer = self.fixture.client().sign_in(request).await?;
        Ok(answer.into_inner().session.unwrap())
    }

    /// Signs in again: another session of the account.
    pub(super) async fn other_session(&self) -> Session {
        self.sign_in(EMAIL, PASSWORD).await.unwrap()
    }

    pub(super) async fn me(&self) -> User {
        let request = with_token(self.token(), GetMeRequest {});
        let me = self.fixture.client().get_me(request).await.unwrap();
        me.into_inner().user.unwrap()
    }

    pub(super) async fn change_password(
        &self,
        token: &str,
        current: &str,
        new: &str,
    ) -> Result<(), Status> {
        let request = ChangePasswordRequest {
            current_password: current.to_owned(),
            new_password: new.to_owned(),
            device_token: String::new(),
        };
        let request = with_token(token, request);
        self.account().change_password(request).await.map(drop)
    }

    pub(super) async fn request_reset(&self, email: &str) -> Result<(), Status> {
        let email = email.to_owned();
        let request = RequestPasswordResetRequest { email };
        self.account()
            .request_password_reset(request)
            .await
            .map(drop)
    }

    pub(super) async fn reset(&self, token: &str, new: &str) -> Result<(), Status> {
        let request = ResetPasswordRequest {
            token: token.to_owned(),
            new_password: new.to_owned(),
        };
        self.account().reset_password(request).await.map(drop)
    }

    pub(super) async fn request_email(
        &self,
        token: &str,
        password: &str,
        email: &str,
    ) -> Result<(), Status> {
        let request = RequestEmailChangeRequest {
            password: password.to_owned(),
            email: email.to_owned(),
            device_token: String::new(),
        };
        let request = with_token(token, request);
        self.account().request_email_change(request).await.map(drop)
    }

    pub(super) async fn confirm_email(&self, token: &str) -> Result<(), Status> {
        let token = token.to_owned();
        let request = ConfirmEmailChangeRequest { token };
        self.account().confirm_email_change(request).await.map(drop)
    }

    pub(super) async fn sessions(&self, token: &str) -> Vec<OpenSession> {
        let request = with_token(token, ListSessionsRequest::default());
        let listed = self.account().list_sessions(request).await.unwrap();
        listed.into_inner().sessions
    }

    /// Waits for the newest mail to this address with this text in its subject.
    pub(super) async fn receive(&self, to: &str, subject: &str) -> ReceivedMail {
        eventually(&format!("a mail `{subject}` to {to}"), async || {
            self.mails(to, subject).pop()
        })
        .await
    }

    /// The mails so far to this address with this text in their subject.
    pub(super) fn mails(&self, to: &str, subject: &str) -> Vec<ReceivedMail> {
        let mails = self.fixture.server.mails().into_iter();
        mails
            .filter(|mail| mail.to == [to] && mail.header("Subject").contains(subject))
            .collect()
    }

    /// Waits until all stored notifications are sent.
    pub(super) async fn all_sent(&self) {
        self.fixture
            .wait_for_notifications("finished_at IS NULL", 0)
            .await;
    }

    /// Asks for a reset, and returns the token of the mail.
    pub(super) async fn reset_token(&self) -> String {
        self.request_reset(EMAIL).await.unwrap();
        token_of(&self.receive(EMAIL, "reset your password").await)
    }

    /// Asks for another address, and returns the token of the mail to it.
    pub(super) async fn email_token(&self) -> String {
        let asked = self.request_email(self.token(), PASSWORD, NEW_EMAIL);
        asked.await.unwrap();
        let mail = self.receive(NEW_EMAIL, "confirm your new e-mail").await;
        token_of(&mail)
    }
}

/// The token in the link of a mail.
pub(super) fn token_of(mail: &ReceivedMail) -> String {
    let text = mail.text();
    let link = text.lines().find(|line| line.starts_with("https://"));
    let (_, token) = link.unwrap().split_once('#').unwrap();
    assert!(mail.html().contains(token), "{}", mail.html());
    token.to_owned()
}
