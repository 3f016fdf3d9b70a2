use chassis::auth::caller;
use chassis::status::{FORBIDDEN, Reject};
use contracts::convert::timestamp;
use contracts::user::v1::staff_service_server::StaffService;
use contracts::user::v1::{
    self, AcceptInvitationRequest, AcceptInvitationResponse, BeginSecondFactorRequest,
    BeginSecondFactorResponse, ChangeStaffGroupsRequest, ChangeStaffGroupsResponse,
    ConfirmSecondFactorRequest, ConfirmSecondFactorResponse, InviteStaffRequest,
    InviteStaffResponse, ListStaffRequest, ListStaffResponse, RemoveStaffRequest,
    RemoveStaffResponse, StepUpRequest, StepUpResponse,
};
use kernel::UserId;
use secrecy::ExposeSecret;
use tonic::{Request, Response, Status};

use super::{Answer, Rpc, convert, invalid};
use crate::app::ProvedSession;
use crate::domain::{self, Caller, Role, StaffMember};
use crate::failure::Failure;

#[tonic::async_trait]
impl StaffService for Rpc {
    async fn begin_second_factor(
        &self,
        request: Request<BeginSecondFactorRequest>,
    ) -> Answer<BeginSecondFactorResponse> {
        let caller = staff(&request)?;
        let enrollment = self.0.begin_second_factor(caller).await?;
        Ok(Response::new(BeginSecondFactorResponse {
            secret: enrollment.secret.expose_secret().to_owned(),
            uri: enrollment.uri.expose_secret().to_owned(),
        }))
    }

    async fn confirm_second_factor(
        &self,
        request: Request<ConfirmSecondFactorRequest>,
    ) -> Answer<ConfirmSecondFactorResponse> {
        let caller = staff(&request)?;
        let code = request.into_inner().code.into();
        let (codes, session) = self.0.confirm_second_factor(caller, code).await?;
        let codes = codes.iter().map(|code| code.expose_secret().to_owned());
        Ok(Response::new(ConfirmSecondFactorResponse {
            recovery_codes: codes.collect(),
            session: Some(session.into()),
        }))
    }

    async fn step_up(&self, request: Request<StepUpRequest>) -> Answer<StepUpResponse> {
        let caller = staff(&request)?;
        let code = request.into_inner().code.into();
        let session = self.0.step_up(caller, code).await?;
        Ok(Response::new(StepUpResponse {
            session: Some(session.into()),
        }))
    }

    async fn list_staff(&self, _: Request<ListStaffRequest>) -> Answer<ListStaffResponse> {
        let members = self.0.staff().await?;
        Ok(Response::new(ListStaffResponse {
            members: members.into_iter().map(Into::into).collect(),
        }))
    }

    async fn invite_staff(
        &self,
        request: Request<InviteStaffRequest>,
    ) -> Answer<InviteStaffResponse> {
        let by = caller(&request)?.user_id;
        let request = request.into_inner();
        let groups = domain::groups(&request.groups).map_err(invalid)?;
        let invited = self.0.invite_staff(&request.email, groups, by).await?;
        let token = match invited.is_mailed {
            true => String::new(),
            false => invited.token.expose_secret().to_owned(),
        };
        Ok(Response::new(InviteStaffResponse {
            id: invited.user.to_string(),
            expires_at: Some(timestamp(invited.expires_at)),
            token,
        }))
    }

    async fn accept_invitation(
        &self,
        request: Request<AcceptInvitationRequest>,
    ) -> Answer<AcceptInvitationResponse> {
        let AcceptInvitationRequest {
            token,
            password,
            display_name,
        } = request.into_inner();
        let token = token.into();
        let accept = self
            .0
            .accept_invitation(&token, password.into(), &display_name);
        let email = accept.await?.email;
        Ok(Response::new(AcceptInvitationResponse { email }))
    }

    async fn change_staff_groups(
        &self,
        request: Request<ChangeStaffGroupsRequest>,
    ) -> Answer<ChangeStaffGroupsResponse> {
        let by = caller(&request)?.user_id;
        let request = request.into_inner();
        let groups = domain::groups(&request.groups).map_err(invalid)?;
        let user = member_id(&request.id)?;
        self.0.change_staff_groups(user, groups, by).await?;
        Ok(Response::new(ChangeStaffGroupsResponse {}))
    }

    async fn remove_staff(
        &self,
        request: Request<RemoveStaffRequest>,
    ) -> Answer<RemoveStaffResponse> {
        let by = caller(&request)?.user_id;
        let user = member_id(&request.get_ref().id)?;
        self.0.remove_staff(user, by).await?;
        Ok(Response::new(RemoveStaffResponse {}))
    }
}

/// A malformed id is `StaffNotFound`.
fn member_id(text: &str) -> Result<UserId, Status> {
    text.parse()
        .map_err(|_| Failure::from(domain::Error::StaffNotFound).into())
}

impl From<StaffMember> for v1::StaffMember {
    fn from(member: StaffMember) -> Self {
        let groups = member.groups.iter().map(|group| group.name().to_owned());
        Self {
            id: member.id.to_string(),
            email: member.email,
            display_name: member.display_name,
            groups: groups.collect(),
            second_factor: member.second_factor,
            invited_until: member.invited_until.map(timestamp),
        }
    }
}

/// The caller, who must be staff. They need no groups yet: those come with the second factor.
fn staff<T>(request: &Request<T>) -> Result<Caller, Reject> {
    let caller = convert::caller(request)?;
    match caller.role {
        Role::Staff => Ok(caller),
        Role::Customer => {
            let message = "only staff have a second factor";
            Err(Reject::permission_denied(FORBIDDEN, message))
        }
    }
}

impl From<ProvedSession> for v1::ProvedSession {
    fn from(session: ProvedSession) -> Self {
        Self {
            access_token: session.access_token.expose_secret().to_owned(),
            access_expires_at: Some(timestamp(session.access_expires_at)),
        }
    }
}
