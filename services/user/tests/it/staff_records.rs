//! Every RPC with which staff change something leaves a record.

use contracts::user::v1::staff_service_client::StaffServiceClient;
use contracts::user::v1::{
    ChangeStaffGroupsRequest, GetJwksRequest, InviteStaffRequest, RemoveStaffRequest,
    RevokeSigningKeyRequest, RotateSigningKeyRequest,
};
use serde_json::Value;
use testkit::{TestDatabase, with_token};

use crate::support::{Service, database, registration, staff_token, start};

/// Calls an RPC successfully as staff; returns the kind of its record. A new RPC of staff needs a call here.
async fn call(service: &Service, database: &TestDatabase, token: &str, rpc: &str) -> &'static str {
    let mut staff = StaffServiceClient::new(service.channel.clone());
    match rpc {
        "RotateSigningKey" => {
            let request = with_token(token, RotateSigningKeyRequest {});
            let mut client = service.client.clone();
            client.rotate_signing_key(request).await.unwrap();
            "signing_key.rotate"
        }
        "RevokeSigningKey" => {
            let mut client = service.client.clone();
            let jwks = client.get_jwks(GetJwksRequest {}).await.unwrap();
            let jwks: Value = serde_json::from_str(&jwks.into_inner().jwks_json).unwrap();
            let request = RevokeSigningKeyRequest {
                kid: jwks["keys"][0]["kid"].as_str().unwrap().to_owned(),
                reason: "leaked".to_owned(),
            };
            let request = with_token(token, request);
            client.revoke_signing_key(request).await.unwrap();
            "signing_key.revoke"
        }
        "InviteStaff" => {
            let request = InviteStaffRequest {
                email: "grace@example.com".to_owned(),
                groups: vec!["support".to_owned()],
            };
            staff
                .invite_staff(with_token(token, request))
                .await
                .unwrap();
            "staff.invite"
        }
        "ChangeStaffGroups" => {
            let request = ChangeStaffGroupsRequest {
                id: member(service, database).await,
                groups: vec!["catalog".to_owned()],
            };
            let request = with_token(token, request);
            staff.change_staff_groups(request).await.unwrap();
            "staff.change_groups"
        }
        "RemoveStaff" => {
            let id = member(service, database).await;
            let request = with_token(token, RemoveStaffRequest { id });
            staff.remove_staff(request).await.unwrap();
            "staff.remove"
        }
        other => panic!("{other} has no call in this test"),
    }
}

/// The id of another staff member.
async fn member(service: &Service, database: &TestDatabase) -> String {
    let request = registration("member@example.com");
    service.client.clone().register(request).await.unwrap();
    let make = "UPDATE users SET role = 'staff', staff_groups = '{support}' WHERE email = 'member@example.com'";
    database.execute(make).await.unwrap();
    let id = "SELECT id::text AS value FROM users WHERE email = 'member@example.com'";
    database.text(id).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_write_of_staff_leaves_a_record() {
    for path in user::POLICY.staff_writes(contracts::DESCRIPTOR_SET) {
        let database = database().await;
        let service = start(&database).await;
        let token = staff_token(&database, &service.client).await;
        let rpc = path.rsplit('/').next().unwrap();
        let kind = call(&service, &database, &token, rpc).await;
        let records = format!(
            "operator_actions WHERE kind = '{kind}'
                 AND actor_id = (SELECT id FROM users WHERE email = 'boss@example.com')"
        );
        assert_eq!(database.count(&records).await, 1, "{path}");
    }
}
