pub(crate) mod log;
pub(crate) mod mail_fixture;

use aws_lc_rs::hmac;
use chassis::config::{Source, load};
use chassis::status::Details;
use chassis::{Running, Shutdown};
use chrono::{DateTime, Duration, Utc};
use contracts::types::v1::PostalAddress;
use contracts::user::v1::user_service_client::UserServiceClient;
use contracts::user::v1::{RefreshSessionRequest, RegisterRequest, Session, SignInRequest};
use kernel::Clock;
use testkit::TestDatabase;
use tonic::transport::Channel;
use tonic::{Code, Status};
use user::Config;

pub(crate) const EMAIL: &str = "ada@example.com";
pub(crate) const PASSWORD: &str = "a password of mine";

pub(crate) type Client = UserServiceClient<Channel>;

/// A started service. Drop the test's database last.
pub(crate) struct Service {
    pub(crate) client: Client,
    pub(crate) channel: Channel,
    pub(crate) running: Running,
}

pub(crate) async fn database() -> TestDatabase {
    testkit::database("user", async |url| {
        persistence::migrate(
            &persistence::DatabaseConfig::at(url.into()),
            user::MIGRATIONS,
        )
        .await
        .map(|_| ())
    })
    .await
}

/// No broker listens there.
const NO_BROKER: &str = "amqp://127.0.0.1:1/none";

/// The defaults with cheap password hashing, free ports and no broker, and `changes` on top.
pub(crate) fn config(url: &str, changes: &[(&str, &str)]) -> Config {
    load(&source(url, changes)).unwrap()
}

/// The source of `config`, to load it or to see it rejected.
pub(crate) fn source(url: &str, changes: &[(&str, &str)]) -> Source {
    let mut source = Source::defaults(user::ABOUT)
        .set("database.url", url)
        .set("broker.url", NO_BROKER)
        .set("tokens.secrets", testkit::TOKEN_SECRET)
        .set("grpc.listen", "127.0.0.1:0")
        .set("admin.listen", "127.0.0.1:0")
        .set("passwords.memory_kib", "64")
        .set("passwords.iterations", "1")
        .set(
            "signing_keys.encryption_key",
            "0123456789abcdef0123456789abcdef",
        )
        .set("signing_keys.refresh_s", "1");
    for (key, value) in changes {
        source = source.set(key, value);
    }
    source
}

pub(crate) async fn start(database: &TestDatabase) -> Service {
    start_with(database, Clock::system(), &[]).await
}

pub(crate) async fn start_with(
    database: &TestDatabase,
    clock: Clock,
    changes: &[(&str, &str)],
) -> Service {
    start_config(config(&database.url, changes), clock).await
}

pub(crate) async fn start_config(config: Config, clock: Clock) -> Service {
    let running = user::start_at(config, Shutdown::for_tests(), clock)
        .await
        .unwrap();
    let channel = Channel::from_shared(running.url()).unwrap().connect_lazy();
    Service {
        client: UserServiceClient::new(channel.clone()),
        channel,
        running,
    }
}

/// A stopped clock that a test can advance.
pub(crate) fn manual_clock() -> Clock {
    Clock::manual(Utc::now())
}

/// A clock one hour behind, so that access tokens are expired when they are issued.
pub(crate) fn late_clock() -> Clock {
    Clock::manual(Utc::now() - Duration::hours(1))
}

pub(crate) fn registration(email: &str) -> RegisterRequest {
    RegisterRequest {
        email: email.to_owned(),
        password: PASSWORD.to_owned(),
        display_name: "Ada Lovelace".to_owned(),
    }
}

pub(crate) fn credentials(email: &str, password: &str) -> SignInRequest {
    SignInRequest {
        email: email.to_owned(),
        password: password.to_owned(),
        device_token: String::new(),
        user_agent: String::new(),
    }
}

pub(crate) async fn sign_in(client: &Client) -> Session {
    let request = credentials(EMAIL, PASSWORD);
    let answer = client.clone().sign_in(request).await.unwrap();
    answer.into_inner().session.unwrap()
}

/// Registers [`EMAIL`] and signs in.
pub(crate) async fn register_and_sign_in(client: &Client) -> Session {
    client.clone().register(registration(EMAIL)).await.unwrap();
    sign_in(client).await
}

/// Registers `email`, signs in and returns the access token.
pub(crate) async fn access_token_of(client: &Client, email: &str) -> String {
    client.clone().register(registration(email)).await.unwrap();
    let answer = client
        .clone()
        .sign_in(credentials(email, PASSWORD))
        .await
        .unwrap();
    answer.into_inner().session.unwrap().access_token
}

/// The token of a staff member with all groups, who proved a second factor now. The database is updated.
pub(crate) async fn staff_token(database: &TestDatabase, client: &Client) -> String {
    client
        .clone()
        .register(registration("boss@example.com"))
        .await
        .unwrap();
    database
        .execute("UPDATE users SET role = 'staff',
            staff_groups = '{support,warehouse,catalog,finance,admin}' WHERE email = 'boss@example.com'")
        .await
        .unwrap();
    let request = credentials("boss@example.com", PASSWORD);
    let answer = client.clone().sign_in(request).await.unwrap();
    let session = answer.into_inner().session.unwrap();
    // `second_factor.rs` tests how it is proved.
    database
        .execute("UPDATE sessions SET second_factor_at = now()")
        .await
        .unwrap();
    let session = refresh(client, &session.refresh_token).await;
    session.unwrap().access_token
}

/// The code of an authenticator app at `now` (RFC 6238).
pub(crate) fn named_code(secret: &[u8], now: DateTime<Utc>) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &(now.timestamp() / 30).to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag[19] & 0xf);
    let number = u32::from_be_bytes(tag[offset..offset + 4].try_into().unwrap());
    format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
}

pub(crate) async fn refresh(client: &Client, token: &str) -> Result<Session, Status> {
    let request = RefreshSessionRequest {
        refresh_token: token.to_owned(),
    };
    let answer = client.clone().refresh_session(request).await?;
    Ok(answer.into_inner().session.unwrap())
}

/// The status of a rejection. Responses with secrets have no `Debug`, so `unwrap_err` does not compile.
pub(crate) fn status_of<T>(answer: Result<T, Status>) -> Status {
    match answer {
        Ok(_) => panic!("not rejected"),
        Err(status) => status,
    }
}

/// Code and reason of a rejection.
pub(crate) fn refusal<T>(answer: Result<T, Status>) -> (Code, String) {
    let status = status_of(answer);
    let reason = Details::from_status(&status).reason;
    (status.code(), reason)
}

/// The fields of the violations of a rejection.
pub(crate) fn named_fields<T>(answer: Result<T, Status>) -> Vec<String> {
    let fields = Details::from_status(&status_of(answer)).fields;
    fields.into_iter().map(|(field, _)| field).collect()
}

pub(crate) fn postal() -> PostalAddress {
    PostalAddress {
        recipient: "Ada Lovelace".to_owned(),
        line1: "Kastanienallee 1".to_owned(),
        line2: String::new(),
        city: "Berlin".to_owned(),
        region: String::new(),
        postal_code: "10435".to_owned(),
        country: "DE".to_owned(),
    }
}
