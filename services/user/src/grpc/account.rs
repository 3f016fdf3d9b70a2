use chassis::auth;
use chassis::call::ClientNetwork;
use contracts::user::v1::account_service_server::AccountService;
use contracts::user::v1::{
    ChangePasswordRequest, ChangePasswordResponse, ConfirmEmailChangeRequest,
    ConfirmEmailChangeResponse, EndOtherSessionsRequest, EndOtherSessionsResponse,
    EndSessionRequest, EndSessionResponse, ListSessionsRequest, ListSessionsResponse,
    RequestEmailChangeRequest, RequestEmailChangeResponse, RequestEmailVerificationRequest,
    RequestEmailVerificationResponse, RequestPasswordResetRequest, RequestPasswordResetResponse,
    ResetPasswordRequest, ResetPasswordResponse, UpdateProfileRequest, UpdateProfileResponse,
};
use tonic::{Request, Response, Status};

use super::{Answer, Rpc, convert, invalid};
use crate::app::Client;
use crate::domain::{display_name, email_address};

#[tonic::async_trait]
impl AccountService for Rpc {
    async fn update_profile(
        &self,
        request: Request<UpdateProfileRequest>,
    ) -> Answer<UpdateProfileResponse> {
        let user = auth::caller(&request)?.user_id;
        let name = request.into_inner().display_name;
        let name = name.map(|name| display_name(&name)).transpose();
        let user = self.0.update_profile(user, name.map_err(invalid)?).await?;
        Ok(Response::new(UpdateProfileResponse {
            user: Some(user.into()),
        }))
    }

    async fn change_password(
        &self,
        request: Request<ChangePasswordRequest>,
    ) -> Answer<ChangePasswordResponse> {
        let caller = convert::caller(&request)?;
        let network = ClientNetwork::of(&request);
        let request = request.into_inner();
        let client = Client::new(network, request.device_token);
        let (current, new) = (request.current_password.into(), request.new_password.into());
        let change = self.0.change_password(caller, current, new, client);
        Box::pin(change).await?;
        Ok(Response::new(ChangePasswordResponse {}))
    }

    async fn request_password_reset(
        &self,
        request: Request<RequestPasswordResetRequest>,
    ) -> Answer<RequestPasswordResetResponse> {
        let network = ClientNetwork::of(&request);
        let email = address(&request.get_ref().email)?;
        self.0.request_password_reset(email, network).await?;
        Ok(Response::new(RequestPasswordResetResponse {}))
    }

    async fn reset_password(
        &self,
        request: Request<ResetPasswordRequest>,
    ) -> Answer<ResetPasswordResponse> {
        let network = ClientNetwork::of(&request);
        let ResetPasswordRequest {
            token,
            new_password,
        } = request.into_inner();
        let (token, new) = (token.into(), new_password.into());
        let reset = self.0.reset_password(&token, new, network);
        Box::pin(reset).await?;
        Ok(Response::new(ResetPasswordResponse {}))
    }

    async fn request_email_change(
        &self,
        request: Request<RequestEmailChangeRequest>,
    ) -> Answer<RequestEmailChangeResponse> {
        let caller = convert::caller(&request)?;
        let network = ClientNetwork::of(&request);
        let request = request.into_inner();
        let client = Client::new(network, request.device_token);
        let password = request.password.into();
        let change = self
            .0
            .request_email_change(caller, password, &request.email, client);
        Box::pin(change).await?;
        Ok(Response::new(RequestEmailChangeResponse {}))
    }

    async fn confirm_email_change(
        &self,
        request: Request<ConfirmEmailChangeRequest>,
    ) -> Answer<ConfirmEmailChangeResponse> {
        let token = request.into_inner().token.into();
        self.0.confirm_email_change(&token).await?;
        Ok(Response::new(ConfirmEmailChangeResponse {}))
    }

    async fn request_email_verification(
        &self,
        request: Request<RequestEmailVerificationRequest>,
    ) -> Answer<RequestEmailVerificationResponse> {
        let network = ClientNetwork::of(&request);
        let email = address(&request.get_ref().email)?;
        self.0.request_verification(email, network).await?;
        Ok(Response::new(RequestEmailVerificationResponse {}))
    }

    async fn list_sessions(
        &self,
        request: Request<ListSessionsRequest>,
    ) -> Answer<ListSessionsResponse> {
        let caller = convert::caller(&request)?;
        let ListSessionsRequest {
            page_size,
            page_token,
        } = request.into_inner();
        let page = self.0.open_sessions(caller, page_size, &page_token).await?;
        let (sessions, next) = page;
        let sessions = sessions.into_iter();
        Ok(Response::new(ListSessionsResponse {
            sessions: sessions
                .map(|session| convert::open_session(session, caller))
                .collect(),
            next_page_token: next.unwrap_or_default(),
        }))
    }

    async fn end_session(&self, request: Request<EndSessionRequest>) -> Answer<EndSessionResponse> {
        let caller = convert::caller(&request)?;
        let id = convert::session_id(&request.get_ref().id)?;
        self.0.end_own_session(caller, id).await?;
        Ok(Response::new(EndSessionResponse {}))
    }

    async fn end_other_sessions(
        &self,
        request: Request<EndOtherSessionsRequest>,
    ) -> Answer<EndOtherSessionsResponse> {
        let caller = convert::caller(&request)?;
        self.0.end_other_sessions(caller).await?;
        Ok(Response::new(EndOtherSessionsResponse {}))
    }
}

fn address(text: &str) -> Result<crate::domain::EmailAddress, Status> {
    let checked = email_address(text);
    checked.map_err(|message| invalid(kernel::Violations::one("email", message)))
}
