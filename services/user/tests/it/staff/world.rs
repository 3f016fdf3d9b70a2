use chassis::auth::{Caller, Keys};
use contracts::user::v1::staff_service_client::StaffServiceClient;
use contracts::user::v1::{
    AcceptInvitationRequest, ChangeStaffGroupsRequest, GetJwksRequest, InviteStaffRequest,
    ListStaffRequest, RemoveStaffRequest, Session, StaffMember,
};
use kernel::Clock;
use testkit::{TestDatabase, with_token};
use tonic::Status;
use tonic::transport::Channel;

use super::NEW_PASSWORD;
use crate::support::{
    Service, credentials, database, manual_clock, refresh, staff_token, start_with,
};

/// A shop whose first admin is `boss@example.com`.
pub(super) struct World {
    pub(super) service: Service,
    pub(super) admin: String,
    pub(super) clock: Clock,
    pub(super) database: TestDatabase,
}

impl World {
    pub(super) async fn open() -> Self {
        let database = database().await;
        let clock = manual_clock();
        let service = start_with(&database, clock.clone(), &[]).await;
        let admin = staff_token(&database, &service.client).await;
        Self {
            service,
            admin,
            clock,
            database,
        }
    }

    pub(super) fn staff(&self) -> StaffServiceClient<Channel> {
        StaffServiceClient::new(self.service.channel.clone())
    }

    /// Mail is off, so the answer has the token. Returns the account's id, too.
    pub(super) async fn invite(
        &self,
        email: &str,
        groups: &[&str],
    ) -> Result<(String, String), Status> {
        let request = InviteStaffRequest {
            email: email.to_owned(),
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        };
        let request = with_token(&self.admin, request);
        let invited = self.staff().invite_staff(request).await?.into_inner();
        Ok((invited.id, invited.token))
    }

    pub(super) async fn accept(&self, token: &str) -> Result<String, Status> {
        let request = AcceptInvitationRequest {
            token: token.to_owned(),
            password: NEW_PASSWORD.to_owned(),
            display_name: "Grace".to_owned(),
        };
        let joined = self.staff().accept_invitation(request).await?;
        Ok(joined.into_inner().email)
    }

    pub(super) async fn change(&self, id: &str, groups: &[&str]) -> Result<(), Status> {
        let request = ChangeStaffGroupsRequest {
            id: id.to_owned(),
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        };
        let request = with_token(&self.admin, request);
        self.staff().change_staff_groups(request).await.map(drop)
    }

    pub(super) async fn remove(&self, id: &str) -> Result<(), Status> {
        let request = with_token(&self.admin, RemoveStaffRequest { id: id.to_owned() });
        self.staff().remove_staff(request).await.map(drop)
    }

    pub(super) async fn members(&self) -> Vec<StaffMember> {
        let request = with_token(&self.admin, ListStaffRequest {});
        let listed = self.staff().list_staff(request).await.unwrap();
        listed.into_inner().members
    }

    pub(super) async fn sign_in(&self, email: &str, password: &str) -> Result<Session, Status> {
        let request = credentials(email, password);
        let answer = self.service.client.clone().sign_in(request).await?;
        Ok(answer.into_inner().session.unwrap())
    }

    /// The token of a member after their second factor; `second_factor.rs` tests how it is proved.
    pub(super) async fn proved(&self, session: &Session) -> Caller {
        self.database
            .execute("UPDATE sessions SET second_factor_at = now() WHERE revoked_at IS NULL")
            .await
            .unwrap();
        let session = refresh(&self.service.client, &session.refresh_token).await;
        let mut client = self.service.client.clone();
        let jwks = client.get_jwks(GetJwksRequest {}).await.unwrap();
        let jwks = jwks.into_inner().jwks_json;
        let keys = Keys::fixed(&chassis::auth::Config::default(), &jwks).unwrap();
        keys.verify(&session.unwrap().access_token).await.unwrap()
    }

    pub(super) async fn boss_id(&self) -> String {
        let members = self.members().await;
        let boss = members
            .iter()
            .find(|member| member.email == "boss@example.com");
        boss.unwrap().id.clone()
    }
}
