//! Admins invite, change and remove staff, and replace signing keys.

use contracts::user::v1::*;
use kernel::{Clock, UserId};
use serde_json::json;
use tonic::Code;

use super::browser::{Browser, shop};
use crate::{
    samples::{ID, OTHER_ID, refusal, time},
    shop::Shop,
};

const KEY: &str = "01990000-0000-7000-8000-00000000000a";

fn member() -> StaffMember {
    StaffMember {
        id: ID.to_owned(),
        email: "grace@example.com".to_owned(),
        display_name: "Grace".to_owned(),
        groups: vec!["support".to_owned()],
        second_factor: true,
        invited_until: None,
    }
}

async fn shop_with_members() -> Shop {
    let shop = shop().await;
    shop.services.on(|_: ListStaffRequest| {
        let invited = StaffMember {
            id: OTHER_ID.to_owned(),
            email: "joan@example.com".to_owned(),
            invited_until: time(),
            ..member()
        };
        Ok(ListStaffResponse {
            members: vec![member(), invited],
        })
    });
    shop
}

#[tokio::test(flavor = "multi_thread")]
async fn admins_change_the_groups_of_a_member_and_remove_them() {
    let shop = shop_with_members().await;
    shop.services.on(|request: ChangeStaffGroupsRequest| {
        assert_eq!(request.id, ID);
        match request.groups.is_empty() {
            true => Err(refusal(Code::PermissionDenied, "OWN_GROUPS", "your own")),
            false => {
                assert_eq!(request.groups, ["warehouse", "finance"]);
                Ok(ChangeStaffGroupsResponse {})
            }
        }
    });
    shop.services.on(|request: RemoveStaffRequest| {
        assert_eq!(request.id, ID);
        Err::<RemoveStaffResponse, _>(refusal(Code::FailedPrecondition, "LAST_ADMIN", "last"))
    });
    let browser = Browser::new(&shop).with("staff-access", &shop.staff);
    let list = browser.open("/staff/members").await;
    for text in ["grace@example.com", "Active", "joan@example.com", "Invited"] {
        assert!(list.text.contains(text), "no {text:?} in {}", list.text);
    }
    let path = format!("/staff/members/{ID}");
    let page = browser.open(&path).await;
    assert_eq!(page.status, 200, "{page:?}");
    assert!(
        page.text.contains("value=\"support\" checked"),
        "{}",
        page.text
    );
    assert!(
        !page.text.contains("value=\"admin\" checked"),
        "{}",
        page.text
    );

    let groups = format!("{path}/groups");
    let fields = [("groups", "warehouse"), ("groups", "finance")];
    let changed = browser.submit(&groups, &fields).await;
    assert_eq!(changed.status, 303, "{changed:?}");
    assert_eq!(
        changed.header("location"),
        "/staff/members?notice=groups-changed"
    );
    let own = browser.submit(&groups, &[]).await;
    assert_eq!(own.status, 422, "{own:?}");
    assert!(
        own.text.contains("Nobody changes their own groups"),
        "{}",
        own.text
    );
    let last = browser.submit(&format!("{path}/removal"), &[]).await;
    assert_eq!(last.status, 422, "{last:?}");
    assert!(
        last.text.contains("This is the last admin"),
        "{}",
        last.text
    );
    // Their groups are still shown, so that nobody saves the form without them.
    assert!(
        last.text.contains("value=\"support\" checked"),
        "{}",
        last.text
    );

    let nobody = browser.open(&format!("/staff/members/{KEY}")).await;
    assert_eq!(nobody.status, 404, "{nobody:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_mailed_or_its_link_is_shown_once() {
    let shop = shop_with_members().await;
    shop.services.on(|request: InviteStaffRequest| {
        let token = match request.email.as_str() {
            "joan@example.com" => String::new(),
            "ida@example.com" => "a-token".to_owned(),
            _ => return Err(refusal(Code::AlreadyExists, "ALREADY_STAFF", "staff")),
        };
        assert_eq!(request.groups, ["support"]);
        Ok(InviteStaffResponse {
            id: OTHER_ID.to_owned(),
            expires_at: time(),
            token,
        })
    });
    let browser = Browser::new(&shop).with("staff-access", &shop.staff);
    let path = "/staff/members/invitation";
    browser.open(path).await;
    let fields = |email| [("email", email), ("groups", "support")];
    let mailed = browser.submit(path, &fields("joan@example.com")).await;
    assert_eq!(
        mailed.header("location"),
        "/staff/members?notice=invited",
        "{mailed:?}"
    );
    let staff = browser.submit(path, &fields("grace@example.com")).await;
    assert_eq!(staff.status, 422, "{staff:?}");
    for text in [
        "staff already",
        "value=\"grace@example.com\"",
        "value=\"support\" checked",
    ] {
        assert!(staff.text.contains(text), "no {text:?} in {}", staff.text);
    }
    let shown = browser.submit(path, &fields("ida@example.com")).await;
    assert_eq!(shown.status, 200, "{shown:?}");
    assert_eq!(shown.header("cache-control"), "private, no-store");
    assert!(
        shown.text.contains("/staff/invitation?token=a-token"),
        "{}",
        shown.text
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn anyone_with_the_link_accepts_an_invitation() {
    let shop = shop().await;
    shop.services.on(|request: AcceptInvitationRequest| {
        assert_eq!(request.token, "a-token");
        assert_eq!(request.display_name, "Grace");
        match request.password.as_str() {
            " correct horse battery" => Ok(AcceptInvitationResponse {
                email: "grace@example.com".to_owned(),
            }),
            _ => Err(refusal(Code::InvalidArgument, "INVITATION_INVALID", "used")),
        }
    });
    let browser = Browser::new(&shop);
    let page = browser.open("/staff/invitation?token=a-token").await;
    assert_eq!(page.status, 200, "{page:?}");
    assert_eq!(page.header("cache-control"), "private, no-store");
    assert!(
        page.text.contains("name=\"token\" value=\"a-token\""),
        "{}",
        page.text
    );
    let fields = |password| {
        [
            ("token", "a-token"),
            ("display_name", "Grace"),
            ("password", password),
        ]
    };
    let used = browser.submit("/staff/invitation", &fields("wrong")).await;
    assert_eq!(used.status, 422, "{used:?}");
    assert!(
        used.text.contains("has expired or was used"),
        "{}",
        used.text
    );
    assert!(used.text.contains("value=\"Grace\""), "{}", used.text);
    let joined = browser
        .submit("/staff/invitation", &fields(" correct horse battery"))
        .await;
    assert_eq!(
        joined.header("location"),
        "/staff/sign-in?notice=joined",
        "{joined:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn admins_publish_and_revoke_signing_keys() {
    let shop = shop().await;
    shop.services.on(|_: RotateSigningKeyRequest| {
        Ok(RotateSigningKeyResponse {
            kid: KEY.to_owned(),
            activates_at: time(),
        })
    });
    shop.services.on(|request: RevokeSigningKeyRequest| {
        assert_eq!(
            (request.kid.as_str(), request.reason.as_str()),
            (KEY, "leaked")
        );
        Ok(RevokeSigningKeyResponse {
            kid: OTHER_ID.to_owned(),
            activates_at: time(),
        })
    });
    let browser = Browser::new(&shop).with("staff-access", &shop.staff);
    let path = "/staff/members/keys";
    let page = browser.open(path).await;
    assert_eq!(page.status, 200, "{page:?}");
    let rotated = browser.submit(&format!("{path}/rotation"), &[]).await;
    assert_eq!(
        rotated.header("location"),
        "/staff/members/keys?notice=key-rotated"
    );
    let revocation = format!("{path}/revocation");
    let none = browser.submit(&revocation, &[("reason", "leaked")]).await;
    assert_eq!(none.status, 422, "{none:?}");
    assert!(none.text.contains("Choose a key"), "{}", none.text);
    let revoked = browser
        .submit(&revocation, &[("kid", KEY), ("reason", "leaked")])
        .await;
    assert_eq!(
        revoked.header("location"),
        "/staff/members/keys?notice=key-revoked"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_gives_power_needs_a_recent_second_factor() {
    let shop = shop_with_members().await;
    let an_hour_ago = Clock::system().now().timestamp() - 3_600;
    let old = json!({"auth_time": an_hour_ago});
    let old = shop.issuer.token_with(UserId::generate(), "staff", &old);
    let browser = Browser::new(&shop).with("staff-access", &old);
    assert_eq!(browser.open("/staff/members").await.status, 200);
    for page in ["invitation", "keys", ID] {
        let path = format!("/staff/members/{page}");
        let asked = browser.open(&path).await;
        assert_eq!(asked.status, 303, "{asked:?}");
        let next = path.replace('/', "%2F");
        let expected = format!("/staff/second-factor?next={next}");
        assert_eq!(asked.header("location"), expected);
    }
}
