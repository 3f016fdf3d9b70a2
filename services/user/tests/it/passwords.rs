use std::time::Duration;

use chassis::status::Details;
use contracts::user::v1::RegisterRequest;
use futures_util::future::join_all;
use kernel::Clock;
use tonic::Code;

use crate::support::{
    EMAIL, PASSWORD, credentials, database, register_and_sign_in, registration, sign_in, start,
    start_with, status_of,
};

const STORED: &str = "SELECT password_hash AS value FROM users";

#[tokio::test(flavor = "multi_thread")]
async fn excess_sign_ins_are_shed_with_retry_after() {
    let database = database().await;
    let changes = [
        ("passwords.memory_kib", "8192"),
        ("passwords.concurrency", "1"),
        ("passwords.queue", "1"),
        ("passwords.max_wait_ms", "60000"),
    ];
    let service = start_with(&database, Clock::system(), &changes).await;
    register_and_sign_in(&service.client).await;
    let attempts = (0..40).map(|_| {
        let mut client = service.client.clone();
        async move { client.sign_in(credentials(EMAIL, PASSWORD)).await }
    });
    let (signed_in, shed): (Vec<_>, Vec<_>) = join_all(attempts)
        .await
        .into_iter()
        .partition(Result::is_ok);
    assert!(!signed_in.is_empty() && !shed.is_empty());
    for answer in shed {
        let status = status_of(answer);
        assert_eq!(status.code(), Code::ResourceExhausted);
        let rejection = Details::from_status(&status);
        assert_eq!(rejection.reason, "TOO_MANY_SIGN_INS");
        assert_eq!(rejection.retry_after, Some(Duration::from_secs(1)));
    }
    // No permit is leaked.
    sign_in(&service.client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_rehashes_with_the_current_parameters() {
    let database = database().await;
    let weak = start(&database).await.client;
    register_and_sign_in(&weak).await;
    let before = database.text(STORED).await;
    assert!(
        before.starts_with("$argon2id$v=19$m=64,t=1,p=1$"),
        "{before:.30}"
    );
    sign_in(&weak).await;
    assert_eq!(database.text(STORED).await, before);

    let changes = [("passwords.iterations", "2")];
    let strong = start_with(&database, Clock::system(), &changes)
        .await
        .client;
    sign_in(&strong).await;
    let after = database.text(STORED).await;
    assert!(
        after.starts_with("$argon2id$v=19$m=64,t=2,p=1$"),
        "{after:.30}"
    );
    sign_in(&strong).await;
    sign_in(&weak).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_the_same_composed_and_decomposed() {
    let database = database().await;
    let mut client = start(&database).await.client;
    let (composed, decomposed) = (
        "Cr\u{e8}me-br\u{fb}l\u{e9}e-77",
        "Cre\u{300}me-bru\u{302}le\u{301}e-77",
    );
    for (email, chosen, typed) in [
        ("ada@example.com", composed, decomposed),
        ("bob@example.com", decomposed, composed),
    ] {
        let account = RegisterRequest {
            password: chosen.to_owned(),
            ..registration(email)
        };
        client.register(account).await.unwrap();
        client.sign_in(credentials(email, typed)).await.unwrap();
        let wrong = client.sign_in(credentials(email, "Creme-brulee-77")).await;
        assert_eq!(status_of(wrong).code(), Code::Unauthenticated);
    }
}
