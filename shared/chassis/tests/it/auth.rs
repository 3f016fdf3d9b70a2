use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use chassis::Shutdown;
use chassis::auth::{Config, Keys, Role};
use chassis::config::{Source, load};
use chrono::Duration;
use contracts::user::v1::GetJwksRequest;
use contracts::user::v1::user_service_client::UserServiceClient;
use kernel::UserId;
use testkit::Issuer;

use crate::support::{order, upstream};

async fn jwks(issuer: &Issuer) -> String {
    let mut client = UserServiceClient::new(upstream("user", issuer.url()));
    let answer = client.get_jwks(GetJwksRequest {}).await.unwrap();
    answer.into_inner().jwks_json
}

/// A source that returns the documents in turn and then repeats the last one, and its call count.
fn source(
    documents: Vec<Option<String>>,
) -> (
    impl Fn() -> std::future::Ready<anyhow::Result<String>> + Send + Sync,
    Arc<AtomicU32>,
) {
    let fetches = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&fetches);
    let source = move || {
        let number = usize::try_from(counter.fetch_add(1, Ordering::SeqCst)).unwrap();
        let document = documents[number.min(documents.len() - 1)].clone();
        std::future::ready(document.ok_or_else(|| anyhow::anyhow!("user is unavailable")))
    };
    (source, fetches)
}

async fn reason_of(keys: &Keys, token: &str) -> &'static str {
    keys.verify(token).await.unwrap_err().reason()
}

#[tokio::test]
async fn a_valid_token_identifies_the_caller() {
    let issuer = Issuer::start().await;
    let keys = Keys::fixed(&Config::default(), &jwks(&issuer).await).unwrap();
    let anna = UserId::generate();
    let caller = keys.verify(&issuer.token(anna, "staff")).await.unwrap();
    assert_eq!((caller.user_id, caller.role), (anna, Role::Staff));
}

#[tokio::test]
async fn the_clock_offset_changes_when_tokens_expire() {
    let issuer = Issuer::start().await;
    let (document, anna) = (jwks(&issuer).await, UserId::generate());
    let with_offset = |clock_offset_s| {
        let config = Config {
            clock_offset_s,
            ..Config::default()
        };
        Keys::fixed(&config, &document).unwrap()
    };
    let day = 86_400;
    let good = issuer.token(anna, "customer");
    assert_eq!(reason_of(&with_offset(day), &good).await, "TOKEN_EXPIRED");
    let expired = issuer.expired_token(anna, "customer");
    assert!(with_offset(-3_660).verify(&expired).await.is_ok());
}

#[test]
fn a_clock_offset_above_five_minutes_is_rejected_by_name() {
    #[derive(Debug, serde::Deserialize, garde::Validate)]
    struct Settings {
        #[garde(dive)]
        auth: Config,
    }
    let defaults = "[auth]\nissuer = \"mercantile\"\naudience = \"mercantile\"\nleeway_s = 30\n\
                    refresh_s = 300\nunknown_key_interval_s = 10\nclock_offset_s = 0\n";
    let with_offset = |seconds: i64| {
        let source = Source::defaults(order(defaults)).set("auth.clock_offset_s", seconds);
        load::<Settings>(&source).map(|settings| settings.auth.clock_offset_s)
    };
    assert_eq!(with_offset(-300).unwrap(), -300);
    assert_eq!(with_offset(300).unwrap(), 300);
    for seconds in [-301, 301, i64::MAX] {
        let refused = with_offset(seconds).unwrap_err().to_string();
        assert!(refused.contains("auth.clock_offset_s"), "{refused}");
    }
}

#[tokio::test]
async fn expired_and_invalid_tokens_have_different_reasons() {
    let (issuer, stranger) = (Issuer::start().await, Issuer::start().await);
    let keys = Keys::fixed(&Config::default(), &jwks(&issuer).await).unwrap();
    let anna = UserId::generate();
    assert_eq!(
        reason_of(&keys, &issuer.expired_token(anna, "customer")).await,
        "TOKEN_EXPIRED"
    );
    let good = issuer.token(anna, "customer");
    let (head, signature) = good.rsplit_once('.').unwrap();
    let (header, payload) = head.split_once('.').unwrap();
    for bad in [
        String::new(),
        "garbage".to_owned(),
        format!("{header}.{payload}."),
        format!("{header}.e30.{signature}"),
        stranger.token(anna, "customer"),
        // {"alg":"none","kid":"test"} and {"alg":"HS256","kid":"test"}
        format!("eyJhbGciOiJub25lIiwia2lkIjoidGVzdCJ9.{payload}."),
        format!("eyJhbGciOiJIUzI1NiIsImtpZCI6InRlc3QifQ.{payload}.{signature}"),
    ] {
        assert_eq!(reason_of(&keys, &bad).await, "TOKEN_INVALID", "{bad}");
    }
}

#[tokio::test]
async fn a_token_that_lives_longer_than_an_hour_is_rejected() {
    let issuer = Issuer::start().await;
    let keys = Keys::fixed(&Config::default(), &jwks(&issuer).await).unwrap();
    let anna = UserId::generate();
    let forged = |issued_s: i64, ends_s: i64| {
        let (issued, ends) = (Duration::seconds(issued_s), Duration::seconds(ends_s));
        issuer.forged_token(anna, issued, ends)
    };
    assert!(keys.verify(&forged(0, 3_600)).await.is_ok());
    // Too long, and short but far in the future.
    for (issued_s, ends_s) in [(0, 3_700), (-3_000, 700), (90_000, 90_900)] {
        let token = forged(issued_s, ends_s);
        assert_eq!(reason_of(&keys, &token).await, "TOKEN_INVALID");
    }
}

#[tokio::test]
async fn a_verified_token_is_rejected_after_its_key_is_removed() {
    let (old, new) = (Issuer::start().await, Issuer::start().await);
    let renamed = jwks(&new).await.replace("\"test\"", "\"new\"");
    let (source, fetches) = source(vec![Some(jwks(&old).await), Some(renamed)]);
    let keys = Keys::from_source(&Config::default(), source, &Shutdown::for_tests());
    testkit::eventually("the first fetch", async || {
        (fetches.load(Ordering::SeqCst) > 0).then_some(())
    })
    .await;
    let token = old.token(UserId::generate(), "customer");
    keys.verify(&token).await.unwrap();
    keys.refresh().await.unwrap();
    assert_eq!(reason_of(&keys, &token).await, "TOKEN_INVALID");
}

#[tokio::test]
async fn a_token_of_another_issuer_or_audience_is_rejected() {
    let issuer = Issuer::start().await;
    let token = issuer.token(UserId::generate(), "customer");
    let document = jwks(&issuer).await;
    for (iss, aud) in [("someone", "mercantile"), ("mercantile", "someone")] {
        let config = Config {
            issuer: iss.to_owned(),
            audience: aud.to_owned(),
            ..Config::default()
        };
        let keys = Keys::fixed(&config, &document).unwrap();
        assert_eq!(reason_of(&keys, &token).await, "TOKEN_INVALID");
    }
}

#[tokio::test]
async fn an_unknown_key_is_fetched_once_for_concurrent_calls() {
    let (old, new) = (Issuer::start().await, Issuer::start().await);
    let renamed = jwks(&old).await.replace("\"test\"", "\"old\"");
    let (source, fetches) = source(vec![Some(renamed), Some(jwks(&new).await)]);
    let config = Config {
        unknown_key_interval_s: 0,
        ..Config::default()
    };
    let keys = Keys::from_source(&config, source, &Shutdown::for_tests());
    testkit::eventually("the first fetch", async || {
        (fetches.load(Ordering::SeqCst) > 0).then_some(())
    })
    .await;
    let token = new.token(UserId::generate(), "customer");
    let (a, b, c) = tokio::join!(
        keys.verify(&token),
        keys.verify(&token),
        keys.verify(&token)
    );
    assert!(a.is_ok() && b.is_ok() && c.is_ok());
    assert_eq!(fetches.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn fetches_for_unknown_keys_are_limited() {
    let (known, forger) = (Issuer::start().await, Issuer::start().await);
    let renamed = jwks(&known).await.replace("\"test\"", "\"known\"");
    let (source, fetches) = source(vec![Some(renamed)]);
    let config = Config {
        unknown_key_interval_s: 3_600,
        ..Config::default()
    };
    let keys = Keys::from_source(&config, source, &Shutdown::for_tests());
    testkit::eventually("the first fetch", async || {
        (fetches.load(Ordering::SeqCst) > 0).then_some(())
    })
    .await;
    for _ in 0..20 {
        let forged = forger.token(UserId::generate(), "staff");
        assert_eq!(reason_of(&keys, &forged).await, "TOKEN_INVALID");
    }
    assert_eq!(fetches.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn fetched_keys_stay_valid_while_user_is_unavailable() {
    let issuer = Issuer::start().await;
    let (source, _) = source(vec![Some(jwks(&issuer).await), None]);
    let keys = Keys::from_source(&Config::default(), source, &Shutdown::for_tests());
    let token = issuer.token(UserId::generate(), "customer");
    testkit::eventually("the first fetch", async || keys.verify(&token).await.ok()).await;
    keys.refresh().await.unwrap_err();
    keys.verify(&token).await.unwrap();
}

#[tokio::test]
async fn without_any_key_verification_is_unavailable() {
    let issuer = Issuer::start().await;
    let (source, _) = source(vec![None]);
    let keys = Keys::from_source(&Config::default(), source, &Shutdown::for_tests());
    let token = issuer.token(UserId::generate(), "customer");
    let refused = keys.verify(&token).await.unwrap_err();
    assert_eq!(
        (refused.code(), refused.reason()),
        (tonic::Code::Unavailable, "KEYS_UNAVAILABLE")
    );
}

#[test]
fn a_document_without_a_usable_key_is_rejected() {
    for document in [
        "",
        "{}",
        r#"{"keys":[]}"#,
        r#"{"keys":[{"kty":"oct","kid":"a","k":"c2VjcmV0"}]}"#,
    ] {
        assert!(
            Keys::fixed(&Config::default(), document).is_err(),
            "{document}"
        );
    }
}
