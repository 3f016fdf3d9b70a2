//! Wrong passwords: bounded from anywhere, without locking out the owner of the account.

use chrono::Duration;
use contracts::user::v1::{Session, SignInRequest};
use futures_util::future::join_all;
use kernel::Clock;
use testkit::eventually;
use tonic::{Code, Request, Status};

use crate::support::{
    Client, EMAIL, PASSWORD, credentials, database, manual_clock, refusal, registration, start,
    start_with, status_of,
};

const THROTTLED: (Code, &str) = (Code::ResourceExhausted, "SIGN_IN_THROTTLED");
const WRONG: (Code, &str) = (Code::Unauthenticated, "CREDENTIALS_INVALID");

/// A request from a client of this network.
fn from(network: &str, request: SignInRequest) -> Request<SignInRequest> {
    let mut request = Request::new(request);
    let network = network.parse().unwrap();
    request.metadata_mut().insert("x-client-network", network);
    request
}

/// The n-th of many networks.
fn network(number: usize) -> String {
    format!("198.18.{}.{}", number / 250, number % 250)
}

async fn sign_in(
    client: &Client,
    network: &str,
    password: &str,
    device_token: &str,
) -> Result<Session, Status> {
    let request = SignInRequest {
        device_token: device_token.to_owned(),
        ..credentials(EMAIL, password)
    };
    let answer = client.clone().sign_in(from(network, request)).await?;
    Ok(answer.into_inner().session.unwrap())
}

/// The reason of a guess of the password of `email` that fails.
async fn guess(client: &Client, network: &str, email: &str) -> (Code, String) {
    let request = credentials(email, "a wrong password");
    refusal(client.clone().sign_in(from(network, request)).await)
}

fn is(answer: &(Code, String), expected: (Code, &str)) -> bool {
    (answer.0, answer.1.as_str()) == expected
}

async fn register(client: &Client) {
    client.clone().register(registration(EMAIL)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn three_hundred_wrong_passwords_from_many_networks_do_not_lock_out_a_known_device() {
    let database = database().await;
    let client = start_with(&database, manual_clock(), &[]).await.client;
    register(&client).await;
    let first = sign_in(&client, "203.0.113.9", PASSWORD, "").await.unwrap();
    let mut let_through = 0;
    for number in 0..300 {
        let answer = guess(&client, &network(number), EMAIL).await;
        let_through += usize::from(is(&answer, WRONG));
        assert!(is(&answer, WRONG) || is(&answer, THROTTLED), "{answer:?}");
    }
    assert_eq!(let_through, 10, "distributed guessing is not bounded");
    // From anywhere: the owner travels, and the thief may share their network.
    for network in ["203.0.113.9", "198.51.100.1", &network(1)] {
        let again = sign_in(&client, network, PASSWORD, &first.device_token);
        assert!(!again.await.unwrap().device_token.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_never_signed_in_waits_as_long_as_the_guessers() {
    let database = database().await;
    let clock = manual_clock();
    let client = start_with(&database, clock.clone(), &[]).await.client;
    register(&client).await;
    for number in 0..10 {
        assert!(is(&guess(&client, &network(number), EMAIL).await, WRONG));
    }
    for token in ["", "forged", &"A".repeat(75)] {
        let status = status_of(sign_in(&client, "203.0.113.9", PASSWORD, token).await);
        let details = chassis::status::Details::from_status(&status);
        assert_eq!(details.reason, "SIGN_IN_THROTTLED");
        assert_eq!(details.retry_after.unwrap().as_secs(), 360);
    }
    clock.advance(Duration::seconds(360));
    let owner = sign_in(&client, "203.0.113.9", PASSWORD, "").await;
    assert!(owner.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_address_is_limited_like_a_known_one() {
    let database = database().await;
    let client = start_with(&database, manual_clock(), &[]).await.client;
    register(&client).await;
    let mut answers = Vec::new();
    for email in [EMAIL, "nobody@example.com", "not an address"] {
        let mut of_address = Vec::new();
        for number in 0..15 {
            of_address.push(guess(&client, &network(number), email).await);
        }
        answers.push(of_address);
    }
    assert!(is(&answers[0][14], THROTTLED));
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_network_is_limited_over_all_accounts() {
    let database = database().await;
    let changes = [("sign_in.network.burst", "5")];
    let client = start_with(&database, manual_clock(), &changes).await.client;
    register(&client).await;
    let known = sign_in(&client, "203.0.113.9", PASSWORD, "").await.unwrap();
    for number in 0..5 {
        let email = format!("victim-{number}@example.com");
        assert!(is(&guess(&client, "203.0.113.9", &email).await, WRONG));
    }
    let sixth = guess(&client, "203.0.113.9", "victim-6@example.com").await;
    assert!(is(&sixth, THROTTLED), "{sixth:?}");
    let elsewhere = guess(&client, "203.0.113.10", "victim-6@example.com").await;
    assert!(is(&elsewhere, WRONG), "{elsewhere:?}");
    // A customer behind the same address.
    let token = &known.device_token;
    assert!(
        sign_in(&client, "203.0.113.9", PASSWORD, token)
            .await
            .is_ok()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn successes_do_not_count_and_write_nothing() {
    let database = database().await;
    let client = start(&database).await.client;
    register(&client).await;
    for _ in 0..30 {
        sign_in(&client, "203.0.113.9", PASSWORD, "").await.unwrap();
    }
    assert_eq!(database.count("throttles").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_device_that_guesses_is_an_unknown_one_then() {
    let database = database().await;
    let client = start_with(&database, manual_clock(), &[]).await.client;
    register(&client).await;
    let known = sign_in(&client, "203.0.113.9", PASSWORD, "").await.unwrap();
    let token = &known.device_token;
    let mut answers = Vec::new();
    for number in 0..25 {
        let network = network(number);
        let wrong = sign_in(&client, &network, "a wrong password", token).await;
        answers.push(refusal(wrong));
    }
    // Ten as a known device, ten as any other.
    assert!(answers[..20].iter().all(|answer| is(answer, WRONG)));
    assert!(answers[20..].iter().all(|answer| is(answer, THROTTLED)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_token_is_of_one_account_and_ends_with_the_password() {
    let database = database().await;
    let client = start(&database).await.client;
    register(&client).await;
    let other = registration("bob@example.com");
    client.clone().register(other).await.unwrap();
    let known = sign_in(&client, "203.0.113.9", PASSWORD, "").await.unwrap();
    for number in 0..10 {
        guess(&client, &network(number), EMAIL).await;
        guess(&client, &network(number), "bob@example.com").await;
    }
    let request = SignInRequest {
        device_token: known.device_token.clone(),
        ..credentials("bob@example.com", PASSWORD)
    };
    let foreign = client.clone().sign_in(from("203.0.113.9", request)).await;
    assert!(is(&refusal(foreign), THROTTLED));
    database
        .execute("UPDATE users SET devices_known_since = now()")
        .await
        .unwrap();
    let void = sign_in(&client, "203.0.113.9", PASSWORD, &known.device_token).await;
    assert!(is(&refusal(void), THROTTLED));
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_at_the_same_moment_exceed_the_limit_by_a_few_at_most() {
    let database = database().await;
    let client = start(&database).await.client;
    register(&client).await;
    let networks: Vec<String> = (0..60).map(network).collect();
    let guesses = networks.iter().map(|from| guess(&client, from, EMAIL));
    let answers = join_all(guesses).await;
    let checked = answers.iter().filter(|answer| is(answer, WRONG)).count();
    assert!(checked <= 13, "{checked} passwords were checked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_leaves_a_part_of_the_hashing_queue_to_others() {
    let database = database().await;
    let changes = [
        ("passwords.memory_kib", "8192"),
        ("passwords.concurrency", "1"),
        ("passwords.queue", "3"),
        ("passwords.per_network", "2"),
        ("passwords.max_wait_ms", "60000"),
    ];
    let client = start_with(&database, Clock::system(), &changes)
        .await
        .client;
    register(&client).await;
    let flood = join_all((0..40).map(|number| {
        let (client, email) = (client.clone(), format!("nobody-{number}@example.com"));
        async move { guess(&client, "203.0.113.9", &email).await }
    }));
    let owner = sign_in(&client, "198.51.100.1", PASSWORD, "");
    let (answers, owner) = tokio::join!(flood, owner);
    assert!(owner.is_ok(), "the flood took the whole queue");
    let shed = |answer: &&(Code, String)| answer.1 == "TOO_MANY_SIGN_INS";
    assert!(answers.iter().filter(shed).count() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn counters_that_are_zero_again_are_deleted() {
    let database = database().await;
    let clock = manual_clock();
    let changes = [("sign_in.sweep_every_s", "1")];
    let client = start_with(&database, clock.clone(), &changes).await.client;
    guess(&client, "203.0.113.9", EMAIL).await;
    assert_eq!(database.count("throttles").await, 2);
    let stored = "SELECT string_agg(encode(key, 'escape'), ' ') AS value FROM throttles";
    let stored = database.text(stored).await;
    assert!(
        !stored.contains("ada") && !stored.contains("203.0"),
        "{stored}"
    );
    clock.advance(Duration::hours(1));
    eventually("the counters to be deleted", async || {
        (database.count("throttles").await == 0).then_some(())
    })
    .await;
}
