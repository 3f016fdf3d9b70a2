//! Staff accounts: invited, accepted, changed, removed.

mod world;

use chrono::Duration;
use contracts::user::v1::{AcceptInvitationRequest, Role};
use tonic::Code;

use crate::support::{
    EMAIL, PASSWORD, database, named_fields, refresh, refusal, register_and_sign_in,
};
use world::World;

const GRACE: &str = "grace@example.com";
const NEW_PASSWORD: &str = "quiet-lantern-orbit-42";

fn invalid_invitation() -> (Code, String) {
    (Code::InvalidArgument, "INVITATION_INVALID".to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invited_person_becomes_staff_with_a_password_of_their_own() {
    let world = World::open().await;
    let (id, token) = world.invite(GRACE, &["support", "finance"]).await.unwrap();
    let members = world.members().await;
    assert_eq!(members.len(), 2);
    assert_eq!(members[1].email, GRACE);
    assert_eq!(members[1].groups, ["support", "finance"]);
    assert!(members[1].invited_until.is_some() && !members[1].second_factor);

    assert_eq!(world.accept(&token).await.unwrap(), GRACE);
    let members = world.members().await;
    assert_eq!(members[1].id, id);
    assert_eq!(members[1].display_name, "Grace");
    assert!(members[1].invited_until.is_none());
    let session = world.sign_in(GRACE, NEW_PASSWORD).await.unwrap();
    assert_eq!(session.user.as_ref().unwrap().role(), Role::Staff);
    let groups = world.proved(&session).await.groups;
    assert_eq!(groups.to_string(), "support, finance");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_accepted_once_and_expires_and_the_next_one_replaces_it() {
    let world = World::open().await;
    let (_, replaced) = world.invite(GRACE, &["support"]).await.unwrap();
    let (_, token) = world.invite(GRACE, &["catalog"]).await.unwrap();
    for wrong in [replaced.as_str(), "", "no token", &token[1..]] {
        assert_eq!(refusal(world.accept(wrong).await), invalid_invitation());
    }
    world.accept(&token).await.unwrap();
    assert_eq!(refusal(world.accept(&token).await), invalid_invitation());

    let (_, late) = world
        .invite("late@example.com", &["support"])
        .await
        .unwrap();
    world.clock.advance(Duration::days(3));
    assert_eq!(refusal(world.accept(&late).await), invalid_invitation());
}

#[tokio::test(flavor = "multi_thread")]
async fn accepting_an_invitation_ends_what_the_account_had_before() {
    let world = World::open().await;
    let before = register_and_sign_in(&world.service.client).await;
    // Mail is off, and the test needs the token.
    let unset = "UPDATE users SET password_unset = true WHERE role = 'customer'";
    world.database.execute(unset).await.unwrap();
    let (_, token) = world.invite(EMAIL, &["support"]).await.unwrap();
    // Until then, the customer is a customer.
    let customer = world.sign_in(EMAIL, PASSWORD).await.unwrap();
    assert_eq!(customer.user.unwrap().role(), Role::Customer);
    world.accept(&token).await.unwrap();
    assert!(
        refresh(&world.service.client, &before.refresh_token)
            .await
            .is_err()
    );
    assert!(world.sign_in(EMAIL, PASSWORD).await.is_err());
    world.sign_in(EMAIL, NEW_PASSWORD).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_member_loses_all_sessions_and_the_password() {
    let world = World::open().await;
    let (id, token) = world.invite(GRACE, &["admin"]).await.unwrap();
    world.accept(&token).await.unwrap();
    let session = world.sign_in(GRACE, NEW_PASSWORD).await.unwrap();
    world.remove(&id).await.unwrap();
    assert_eq!(
        refusal(refresh(&world.service.client, &session.refresh_token).await),
        (Code::Unauthenticated, "SESSION_INVALID".to_owned())
    );
    assert!(world.sign_in(GRACE, NEW_PASSWORD).await.is_err());
    assert_eq!(world.members().await.len(), 1);
    assert_eq!(
        refusal(world.remove(&id).await),
        (Code::NotFound, "STAFF_NOT_FOUND".to_owned())
    );
    // They can be invited again.
    let (again, token) = world.invite(GRACE, &["support"]).await.unwrap();
    assert_eq!(again, id);
    world.accept(&token).await.unwrap();
    world.sign_in(GRACE, NEW_PASSWORD).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_who_left_the_group_changes_nothing_with_an_earlier_token() {
    let world = World::open().await;
    let boss = world.boss_id().await;
    let (other, token) = world.invite(GRACE, &["admin"]).await.unwrap();
    world.accept(&token).await.unwrap();
    let leave = "UPDATE users SET staff_groups = '{support}' WHERE email = 'boss@example.com'";
    world.database.execute(leave).await.unwrap();
    let forbidden = (Code::PermissionDenied, "FORBIDDEN".to_owned());
    assert_eq!(refusal(world.change(&boss, &["admin"]).await), forbidden);
    assert_eq!(refusal(world.remove(&other).await), forbidden);
    let invited = world.invite("eve@example.com", &["admin"]).await;
    assert_eq!(refusal(invited), forbidden);
    let unknown = "users WHERE email = 'eve@example.com'";
    assert_eq!(world.database.count(unknown).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_admin_can_neither_be_removed_nor_leave_the_group() {
    let world = World::open().await;
    let boss = world.boss_id().await;
    let last = (Code::FailedPrecondition, "LAST_ADMIN".to_owned());
    assert_eq!(refusal(world.remove(&boss).await), last);
    let config = crate::support::config(&world.database.url, &[]);
    let arguments = vec!["boss@example.com".to_owned(), "support".to_owned()];
    let left = user::set_staff_groups(config, arguments).await;
    assert!(left.unwrap_err().to_string().contains("last admin"));

    let (other, token) = world.invite(GRACE, &["admin"]).await.unwrap();
    // An invited admin is none yet.
    assert_eq!(refusal(world.remove(&boss).await), last);
    world.accept(&token).await.unwrap();
    // Of two removals at once, one leaves the last admin.
    let (one, two) = tokio::join!(world.remove(&boss), world.remove(&other));
    assert_eq!(i32::from(one.is_ok()) + i32::from(two.is_ok()), 1);
    let admins = "users WHERE staff_groups @> ARRAY['admin']";
    assert_eq!(world.database.count(admins).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_changes_the_groups_of_their_own_account() {
    let world = World::open().await;
    let boss = world.boss_id().await;
    let (_, token) = world.invite(GRACE, &["admin"]).await.unwrap();
    world.accept(&token).await.unwrap();
    for groups in [&["admin"][..], &["support"], &["admin", "finance"]] {
        assert_eq!(
            refusal(world.change(&boss, groups).await),
            (Code::PermissionDenied, "OWN_GROUPS".to_owned())
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_mail_off_an_admin_gets_no_token_of_an_account_that_has_an_owner() {
    let world = World::open().await;
    let owner = register_and_sign_in(&world.service.client).await;
    assert_eq!(
        refusal(world.invite(EMAIL, &["support"]).await),
        (Code::FailedPrecondition, "INVITATION_NEEDS_MAIL".to_owned())
    );
    assert_eq!(world.database.count("staff_invitations").await, 0);
    world.sign_in(EMAIL, PASSWORD).await.unwrap();
    let again = refresh(&world.service.client, &owner.refresh_token).await;
    again.unwrap();
    // An account that an invitation made, and a member who joined and was removed, have no owner.
    let (id, _) = world.invite(GRACE, &["support"]).await.unwrap();
    let (_, token) = world.invite(GRACE, &["support"]).await.unwrap();
    world.accept(&token).await.unwrap();
    world.remove(&id).await.unwrap();
    world.invite(GRACE, &["support"]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_groups_are_in_the_next_token() {
    let world = World::open().await;
    let (id, token) = world.invite(GRACE, &["support"]).await.unwrap();
    world.accept(&token).await.unwrap();
    world.change(&id, &["catalog"]).await.unwrap();
    let session = world.sign_in(GRACE, NEW_PASSWORD).await.unwrap();
    assert_eq!(world.proved(&session).await.groups.to_string(), "catalog");
    let record = "SELECT (before ->> 'groups') || ' ' || (after ->> 'groups') AS value
                  FROM operator_actions WHERE kind = 'staff.change_groups'";
    assert_eq!(
        world.database.text(record).await,
        r#"["support"] ["catalog"]"#
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_withdrawn() {
    let world = World::open().await;
    let (id, token) = world.invite(GRACE, &["support"]).await.unwrap();
    world.remove(&id).await.unwrap();
    assert_eq!(refusal(world.accept(&token).await), invalid_invitation());
    assert_eq!(world.members().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_invitations_are_refused() {
    let world = World::open().await;
    let groups = world.invite(GRACE, &["support", "owner"]).await;
    assert_eq!(named_fields(groups), ["groups"]);
    assert_eq!(named_fields(world.invite(GRACE, &[]).await), ["groups"]);
    assert_eq!(
        named_fields(world.invite("grace", &["support"]).await),
        ["email"]
    );
    assert_eq!(
        refusal(world.invite("boss@example.com", &["support"]).await),
        (Code::AlreadyExists, "ALREADY_STAFF".to_owned())
    );
    let (_, token) = world.invite(GRACE, &["support"]).await.unwrap();
    let request = AcceptInvitationRequest {
        token,
        password: "short".to_owned(),
        display_name: String::new(),
    };
    let answer = world.staff().accept_invitation(request).await;
    assert_eq!(named_fields(answer), ["password", "display_name"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_admin_is_invited_by_command_and_the_database_has_no_token() {
    let database = database().await;
    let config = || crate::support::config(&database.url, &[]);
    let arguments = vec![GRACE.to_owned(), "admin,finance".to_owned()];
    user::invite_staff(config(), arguments).await.unwrap();
    let invited = "SELECT staff_groups::text AS value FROM staff_invitations";
    assert_eq!(database.text(invited).await, "{finance,admin}");
    let record = "SELECT actor_id::text AS value FROM operator_actions WHERE kind = 'staff.invite'";
    assert_eq!(
        database.text(record).await,
        "00000000-0000-0000-0000-000000000000"
    );
    assert!(user::invite_staff(config(), vec![]).await.is_err());
    let unknown = vec![GRACE.to_owned(), "owner".to_owned()];
    assert!(user::invite_staff(config(), unknown).await.is_err());
    user::remove_staff(config(), vec![GRACE.to_owned()])
        .await
        .unwrap();
    assert_eq!(database.count("staff_invitations").await, 0);
}
