//! Staff prove a second factor before their token has groups.

mod world;

use chassis::status::Details;
use chrono::Duration;
use contracts::user::v1::staff_service_client::StaffServiceClient;
use contracts::user::v1::{
    BeginSecondFactorRequest, ConfirmSecondFactorRequest, SignOutRequest, StepUpRequest,
};
use kernel::Groups;
use testkit::with_token;
use tonic::Code;

use crate::support::{access_token_of, database, refresh, refusal, start, status_of};
use world::World;

fn invalid() -> (Code, String) {
    (Code::InvalidArgument, "CODE_INVALID".to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_staff_token_has_groups_only_after_the_second_factor() {
    let world = World::open().await;
    let before = world.caller(&world.session.access_token).await;
    assert!(before.groups.is_empty() && !before.second_factor);
    assert_eq!(
        refusal(world.rotate(&world.session.access_token).await),
        (Code::Unauthenticated, "STEP_UP_REQUIRED".to_owned())
    );

    let (_, codes, proved) = world.enroll().await;
    assert_eq!(codes.len(), 10);
    let after = world.caller(&proved).await;
    assert_eq!(after.groups, Groups::ALL);
    assert!(after.second_factor);
    assert_eq!(after.authenticated_at, world.clock.now().timestamp());
    assert_eq!(after.session_id, before.session_id);
    world.rotate(&proved).await.unwrap();

    // A refresh keeps what was proved, and when.
    world.clock.advance(Duration::minutes(3));
    let refreshed = refresh(&world.service.client, &world.session.refresh_token).await;
    let refreshed = world.caller(&refreshed.unwrap().access_token).await;
    assert_eq!(refreshed.groups, Groups::ALL);
    assert_eq!(refreshed.authenticated_at, after.authenticated_at);

    // Another session starts without it.
    let other = world.caller(&world.sign_in().await.access_token).await;
    assert!(other.groups.is_empty() && !other.second_factor);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_accepted_once_and_no_earlier_one_after_it() {
    let world = World::open().await;
    let (secret, _, _) = world.enroll().await;
    let used = world.code(&secret);
    let token = world.sign_in().await.access_token;
    assert_eq!(refusal(world.step_up(&token, &used).await), invalid());

    world.clock.advance(Duration::seconds(30));
    let next = world.code(&secret);
    let stepped_up = world.step_up(&token, &next).await.unwrap();
    assert_eq!(world.caller(&stepped_up).await.groups, Groups::ALL);
    for code in [&next, &used] {
        assert_eq!(refusal(world.step_up(&token, code).await), invalid());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_calls_with_the_same_code_prove_one_session() {
    let world = World::open().await;
    let (secret, _, _) = world.enroll().await;
    world.clock.advance(Duration::seconds(30));
    let code = world.code(&secret);
    let (one, other) = (world.sign_in().await, world.sign_in().await);
    let (one, other) = tokio::join!(
        world.step_up(&one.access_token, &code),
        world.step_up(&other.access_token, &code)
    );
    assert_eq!(i32::from(one.is_ok()) + i32::from(other.is_ok()), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn five_wrong_codes_lock_the_account_for_15_minutes() {
    let world = World::open().await;
    let (secret, codes, _) = world.enroll().await;
    let token = world.session.access_token.clone();
    for _ in 0..5 {
        assert_eq!(refusal(world.step_up(&token, "wrong").await), invalid());
    }
    world.clock.advance(Duration::seconds(60));
    let right = world.code(&secret);
    for code in [&right, &codes[0]] {
        let status = status_of(world.step_up(&token, code).await);
        let details = Details::from_status(&status);
        assert_eq!(
            (status.code(), details.reason.as_str()),
            (Code::ResourceExhausted, "TOO_MANY_CODES")
        );
        assert_eq!(details.retry_after.unwrap().as_secs(), 14 * 60);
    }
    world.clock.advance(Duration::minutes(14));
    let token = world.sign_in().await.access_token;
    world.step_up(&token, &world.code(&secret)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_code_works_once_and_is_replaced_by_the_next_enrollment() {
    let world = World::open().await;
    let (_, codes, proved) = world.enroll().await;
    let token = world.sign_in().await.access_token;
    let stepped_up = world.step_up(&token, &codes[0].to_uppercase()).await;
    let stepped_up = stepped_up.unwrap();
    assert_eq!(world.caller(&stepped_up).await.groups, Groups::ALL);
    assert_eq!(refusal(world.step_up(&token, &codes[0]).await), invalid());
    assert_eq!(world.database.count("recovery_codes").await, 9);

    world.clock.advance(Duration::seconds(30));
    let secret = world.begin(&proved).await.unwrap();
    let code = world.code(&secret);
    let (replaced, _) = world.confirm(&proved, &code).await.unwrap();
    assert_eq!(world.database.count("recovery_codes").await, 10);
    assert_eq!(refusal(world.step_up(&token, &codes[1]).await), invalid());
    world.step_up(&token, &replaced[1]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_in_use_is_replaced_only_after_it_was_proved() {
    let world = World::open().await;
    let (secret, _, _) = world.enroll().await;
    let token = world.sign_in().await.access_token;
    assert_eq!(
        refusal(world.begin(&token).await),
        (Code::Unauthenticated, "STEP_UP_REQUIRED".to_owned())
    );
    world.clock.advance(Duration::seconds(30));
    let proved = world.step_up(&token, &world.code(&secret)).await.unwrap();
    let new = world.begin(&proved).await.unwrap();

    // The old secret counts until a code of the new one is confirmed.
    world.clock.advance(Duration::seconds(30));
    assert_eq!(
        refusal(world.confirm(&proved, &world.code(&secret)).await),
        invalid()
    );
    world.step_up(&token, &world.code(&secret)).await.unwrap();
    world.clock.advance(Duration::seconds(30));
    world.confirm(&proved, &world.code(&new)).await.unwrap();
    world.clock.advance(Duration::seconds(30));
    assert_eq!(
        refusal(world.step_up(&token, &world.code(&secret)).await),
        invalid()
    );
    world.step_up(&token, &world.code(&new)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_secret_is_confirmed_in_the_time_step_of_the_step_up() {
    let world = World::open().await;
    let (secret, _, _) = world.enroll().await;
    let token = world.sign_in().await.access_token;
    world.clock.advance(Duration::seconds(30));
    let used = world.code(&secret);
    let proved = world.step_up(&token, &used).await.unwrap();
    let new = world.begin(&proved).await.unwrap();

    // A wrong code of the new secret does not make one of the old secret good again.
    assert_eq!(refusal(world.confirm(&proved, "wrong").await), invalid());
    assert_eq!(refusal(world.step_up(&token, &used).await), invalid());
    let code = world.code(&new);
    world.confirm(&proved, &code).await.unwrap();
    assert_eq!(refusal(world.step_up(&token, &code).await), invalid());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_second_factor_there_is_nothing_to_prove_or_confirm() {
    let world = World::open().await;
    let token = &world.session.access_token;
    assert_eq!(
        refusal(world.step_up(token, "000000").await),
        (Code::FailedPrecondition, "SECOND_FACTOR_MISSING".to_owned())
    );
    assert_eq!(
        refusal(world.confirm(token, "000000").await),
        (
            Code::FailedPrecondition,
            "SECOND_FACTOR_NOT_BEGUN".to_owned()
        )
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_has_ended_proves_nothing() {
    let world = World::open().await;
    let (secret, _, _) = world.enroll().await;
    world.clock.advance(Duration::seconds(30));
    let session = world.sign_in().await;
    let refresh_token = session.refresh_token.clone();
    let mut client = world.service.client.clone();
    client
        .sign_out(SignOutRequest { refresh_token })
        .await
        .unwrap();
    let code = world.code(&secret);
    assert_eq!(
        refusal(world.step_up(&session.access_token, &code).await),
        (Code::Unauthenticated, "SESSION_INVALID".to_owned())
    );
    // The code is not used up.
    let token = world.sign_in().await.access_token;
    world.step_up(&token, &code).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_has_ended_begins_no_enrollment() {
    let world = World::open().await;
    let ended = (Code::Unauthenticated, "SESSION_INVALID".to_owned());
    let session = world.sign_in().await;
    let refresh_token = session.refresh_token.clone();
    let mut client = world.service.client.clone();
    client
        .sign_out(SignOutRequest { refresh_token })
        .await
        .unwrap();
    assert_eq!(refusal(world.begin(&session.access_token).await), ended);
    let pending = world.database.count("second_factors").await;
    assert_eq!(pending, 0);

    // One of a live session confirms nothing after the sign-out.
    let session = world.sign_in().await;
    let secret = world.begin(&session.access_token).await.unwrap();
    let refresh_token = session.refresh_token.clone();
    client
        .sign_out(SignOutRequest { refresh_token })
        .await
        .unwrap();
    let code = world.code(&secret);
    let confirmed = world.confirm(&session.access_token, &code).await;
    assert_eq!(refusal(confirmed), ended);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_someone_who_is_staff_no_more_begins_no_enrollment() {
    let world = World::open().await;
    let demote = "UPDATE users SET role = 'customer', staff_groups = '{}'";
    world.database.execute(demote).await.unwrap();
    let token = &world.session.access_token;
    assert_eq!(
        refusal(world.begin(token).await),
        (Code::Unauthenticated, "SESSION_INVALID".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_have_no_second_factor() {
    let database = database().await;
    let service = start(&database).await;
    let token = access_token_of(&service.client, "eve@example.com").await;
    let mut staff = StaffServiceClient::new(service.channel.clone());
    let code = "000000".to_owned();
    let forbidden = (Code::PermissionDenied, "FORBIDDEN".to_owned());
    let begin = with_token(&token, BeginSecondFactorRequest {});
    assert_eq!(refusal(staff.begin_second_factor(begin).await), forbidden);
    let step_up = with_token(&token, StepUpRequest { code: code.clone() });
    assert_eq!(refusal(staff.step_up(step_up).await), forbidden);
    let confirm = with_token(&token, ConfirmSecondFactorRequest { code });
    assert_eq!(
        refusal(staff.confirm_second_factor(confirm).await),
        forbidden
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_has_no_secret_in_readable_form() {
    let world = World::open().await;
    let (secret, codes, _) = world.enroll().await;
    let stored = "SELECT encode(sealed_secret, 'hex') AS value FROM second_factors";
    let stored = world.database.text(stored).await;
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(!stored.contains(&hex));
    let bytes = codes[0].replace('-', "").to_uppercase();
    let bytes = data_encoding::BASE32_NOPAD
        .decode(bytes.as_bytes())
        .unwrap();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let hashes = "SELECT string_agg(encode(code_hash, 'hex'), ' ') AS value FROM recovery_codes";
    assert!(!world.database.text(hashes).await.contains(&hex));
}
