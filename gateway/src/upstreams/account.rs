use contracts::user::v1::{
    ChangePasswordRequest, ConfirmEmailChangeRequest, EndOtherSessionsRequest, EndSessionRequest,
    ListSessionsRequest, RequestEmailChangeRequest, RequestEmailVerificationRequest,
    RequestPasswordResetRequest, ResetPasswordRequest, UpdateProfileRequest,
    account_service_client::AccountServiceClient,
};
use upstream::Upstream;
use uuid::Uuid;

use super::client::Client;
use crate::{
    edge::problem::Problem,
    model::{
        EmailChange, EmailChangeConfirmation, MailRequest, OpenSessions, PageRequest,
        PasswordChange, PasswordReset, ProfilePatch, User, required,
    },
};

/// What the owner of an account changes, and the ways back into it by e-mail.
pub(crate) type AccountClient<'a> = Client<'a, AccountServiceClient<Upstream>>;

impl AccountClient<'_> {
    /// Changes the given members of the caller's profile.
    pub(crate) async fn update_profile(mut self, patch: ProfilePatch) -> Result<User, Problem> {
        let request = UpdateProfileRequest {
            display_name: patch.display_name,
        };
        let reply = self.call.run(self.rpc.update_profile(request)).await?;
        required(reply.user, "UpdateProfileResponse.user")?.try_into()
    }

    /// Replaces the caller's password.
    pub(crate) async fn change_password(
        mut self,
        change: PasswordChange,
        device_token: String,
    ) -> Result<(), Problem> {
        let request = ChangePasswordRequest {
            current_password: change.current_password,
            new_password: change.new_password,
            device_token,
        };
        self.call.run(self.rpc.change_password(request)).await?;
        Ok(())
    }

    /// Mails the owner of an address a token that replaces the password.
    pub(crate) async fn request_password_reset(mut self, to: MailRequest) -> Result<(), Problem> {
        let request = RequestPasswordResetRequest { email: to.email };
        let rpc = self.rpc.request_password_reset(request);
        self.call.run(rpc).await?;
        Ok(())
    }

    /// Replaces the password of the account that a token is for.
    pub(crate) async fn reset_password(mut self, reset: PasswordReset) -> Result<(), Problem> {
        let request = ResetPasswordRequest {
            token: reset.token,
            new_password: reset.new_password,
        };
        self.call.run(self.rpc.reset_password(request)).await?;
        Ok(())
    }

    /// Mails the new address a token that makes it the caller's.
    pub(crate) async fn request_email_change(
        mut self,
        change: EmailChange,
        device_token: String,
    ) -> Result<(), Problem> {
        let request = RequestEmailChangeRequest {
            password: change.password,
            email: change.email,
            device_token,
        };
        let rpc = self.rpc.request_email_change(request);
        self.call.run(rpc).await?;
        Ok(())
    }

    /// Gives the account that a token is for the address that it is for.
    pub(crate) async fn confirm_email_change(
        mut self,
        token: EmailChangeConfirmation,
    ) -> Result<(), Problem> {
        let request = ConfirmEmailChangeRequest { token: token.token };
        let rpc = self.rpc.confirm_email_change(request);
        self.call.run(rpc).await?;
        Ok(())
    }

    /// Mails the confirmation of an address again.
    pub(crate) async fn request_email_verification(
        mut self,
        to: MailRequest,
    ) -> Result<(), Problem> {
        let request = RequestEmailVerificationRequest { email: to.email };
        let rpc = self.rpc.request_email_verification(request);
        self.call.run(rpc).await?;
        Ok(())
    }

    /// One page of the caller's sessions.
    pub(crate) async fn sessions(mut self, page: PageRequest) -> Result<OpenSessions, Problem> {
        let request = ListSessionsRequest {
            page_size: page.size,
            page_token: page.token.unwrap_or_default(),
        };
        let reply = self.call.run(self.rpc.list_sessions(request)).await?;
        reply.try_into()
    }

    /// Ends one of the caller's sessions.
    pub(crate) async fn end_session(mut self, id: Uuid) -> Result<(), Problem> {
        let request = EndSessionRequest { id: id.to_string() };
        self.call.run(self.rpc.end_session(request)).await?;
        Ok(())
    }

    /// Ends all sessions of the caller but this one.
    pub(crate) async fn end_other_sessions(mut self) -> Result<(), Problem> {
        let request = EndOtherSessionsRequest {};
        self.call.run(self.rpc.end_other_sessions(request)).await?;
        Ok(())
    }
}
