use contracts::user::v1::*;
use serde_json::{Value, json};
use tonic::Code;

use crate::{
    samples::{ID, refusal, time},
    shop::Shop,
};

#[tokio::test(flavor = "multi_thread")]
async fn admins_invite_list_change_and_remove_staff() {
    let shop = Shop::open().await;
    shop.services.on(|request: InviteStaffRequest| {
        assert_eq!(request.email, "grace@example.com");
        assert_eq!(request.groups, ["support"]);
        Ok(InviteStaffResponse {
            id: ID.to_owned(),
            expires_at: time(),
            token: String::new(),
        })
    });
    shop.services.on(|_: ListStaffRequest| {
        let member = StaffMember {
            id: ID.to_owned(),
            email: "grace@example.com".to_owned(),
            display_name: "Grace".to_owned(),
            groups: vec!["support".to_owned()],
            second_factor: true,
            invited_until: None,
        };
        Ok(ListStaffResponse {
            members: vec![member],
        })
    });
    shop.services.on(|request: ChangeStaffGroupsRequest| {
        assert_eq!((request.id.as_str(), request.groups.len()), (ID, 2));
        Ok(ChangeStaffGroupsResponse {})
    });
    shop.services.on(|request: RemoveStaffRequest| {
        assert_eq!(request.id, ID);
        let message = "this is the last admin; make another one first";
        Err::<RemoveStaffResponse, _>(refusal(Code::FailedPrecondition, "LAST_ADMIN", message))
    });
    let new = json!({"email": "grace@example.com", "groups": ["support"]});
    let invited = shop
        .as_staff("POST", "/api/v1/staff/invitations", new)
        .await;
    let expected = json!({"id": ID, "expires_at": "2026-11-18T11:06:40.500Z"});
    assert_eq!(invited.expect(201), expected);
    let listed = shop
        .as_staff("GET", "/api/v1/staff/members", Value::Null)
        .await;
    let expected = json!({
        "id": ID, "email": "grace@example.com", "display_name": "Grace", "groups": ["support"],
        "second_factor": true,
    });
    assert_eq!(listed.expect(200)["items"], json!([expected]));
    let groups = json!({"groups": ["support", "finance"]});
    let path = format!("/api/v1/staff/members/{ID}/groups");
    shop.as_staff("PUT", &path, groups).await.expect(204);
    let path = format!("/api/v1/staff/members/{ID}");
    let removed = shop.as_staff("DELETE", &path, Value::Null).await;
    removed.problem(409, "last-admin");
}

#[tokio::test(flavor = "multi_thread")]
async fn anyone_with_the_token_accepts_an_invitation() {
    let shop = Shop::open().await;
    shop.services.on(|request: AcceptInvitationRequest| {
        assert_eq!(request.token, "token");
        assert_eq!(request.password, "correct horse battery");
        assert_eq!(request.display_name, "Grace");
        let email = "grace@example.com".to_owned();
        Ok(AcceptInvitationResponse { email })
    });
    let body = json!({
        "token": "token", "password": "correct horse battery", "display_name": "Grace",
    });
    let path = "/api/v1/staff/invitations/acceptance";
    let joined = shop.send("POST", path, body).await;
    assert_eq!(joined.expect(200), json!({"email": "grace@example.com"}));
}
