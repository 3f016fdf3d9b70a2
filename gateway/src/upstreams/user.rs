use contracts::user::v1::{
    CreateAddressRequest, DeleteAddressRequest, FindAccountRequest, GetJwksRequest, GetMeRequest,
    ListAddressesRequest, RefreshSessionRequest, RegisterRequest, RevokeSigningKeyRequest,
    RotateSigningKeyRequest, SignInRequest, SignOutRequest, UpdateAddressRequest,
    VerifyEmailRequest, user_service_client::UserServiceClient,
};
use kernel::AddressId;
use upstream::Upstream;
use uuid::Uuid;

use super::client::Client;
use crate::{
    edge::problem::Problem,
    model::{
        Address, Addresses, Credentials, EmailVerification, NewAddress, RefreshToken, Registered,
        Registration, Session, SigningKey, User, optional_id, required,
    },
};

/// Accounts, sessions, addresses and signing keys.
pub(crate) type UserClient<'a> = Client<'a, UserServiceClient<Upstream>>;

impl UserClient<'_> {
    /// Creates a customer account, unless the address has one.
    pub(crate) async fn register(mut self, new: Registration) -> Result<Registered, Problem> {
        let request = RegisterRequest {
            email: new.email,
            password: new.password,
            display_name: new.display_name,
        };
        let reply = self.call.run(self.rpc.register(request)).await?;
        Ok(Registered { email: reply.email })
    }

    /// Confirms an e-mail address.
    pub(crate) async fn verify_email(mut self, token: EmailVerification) -> Result<(), Problem> {
        let request = VerifyEmailRequest { token: token.token };
        self.call.run(self.rpc.verify_email(request)).await?;
        Ok(())
    }

    /// The caller's account.
    pub(crate) async fn me(mut self) -> Result<User, Problem> {
        let reply = self.call.run(self.rpc.get_me(GetMeRequest {})).await?;
        required(reply.user, "GetMeResponse.user")?.try_into()
    }

    /// The account with an e-mail address.
    pub(crate) async fn find_account(mut self, email: String) -> Result<Option<Uuid>, Problem> {
        let request = FindAccountRequest { email };
        let reply = self.call.run(self.rpc.find_account(request)).await?;
        optional_id(&reply.id, "FindAccountResponse.id")
    }

    /// Starts a session.
    pub(crate) async fn sign_in(
        mut self,
        credentials: Credentials,
        device_token: String,
        user_agent: String,
    ) -> Result<Session, Problem> {
        let request = SignInRequest {
            email: credentials.email,
            password: credentials.password,
            device_token,
            user_agent,
        };
        let reply = self.call.run(self.rpc.sign_in(request)).await?;
        required(reply.session, "SignInResponse.session")?.try_into()
    }

    /// Exchanges a refresh token for new tokens.
    pub(crate) async fn refresh(mut self, token: RefreshToken) -> Result<Session, Problem> {
        let request = RefreshSessionRequest {
            refresh_token: token.refresh_token,
        };
        let reply = self.call.run(self.rpc.refresh_session(request)).await?;
        required(reply.session, "RefreshSessionResponse.session")?.try_into()
    }

    /// Ends the session of a refresh token.
    pub(crate) async fn sign_out(mut self, token: RefreshToken) -> Result<(), Problem> {
        let request = SignOutRequest {
            refresh_token: token.refresh_token,
        };
        self.call.run(self.rpc.sign_out(request)).await?;
        Ok(())
    }

    /// The caller's addresses.
    pub(crate) async fn addresses(mut self) -> Result<Addresses, Problem> {
        let request = ListAddressesRequest {};
        let reply = self.call.run(self.rpc.list_addresses(request)).await?;
        reply.try_into()
    }

    /// Adds an address.
    pub(crate) async fn create_address(
        mut self,
        idempotency_key: String,
        new: NewAddress,
    ) -> Result<Address, Problem> {
        let request = CreateAddressRequest {
            label: new.label,
            postal: Some(new.postal.into()),
            idempotency_key,
        };
        let reply = self.call.run(self.rpc.create_address(request)).await?;
        required(reply.address, "CreateAddressResponse.address")?.try_into()
    }

    /// Replaces an address.
    pub(crate) async fn replace_address(
        mut self,
        id: AddressId,
        new: NewAddress,
    ) -> Result<Address, Problem> {
        let request = UpdateAddressRequest {
            id: id.to_string(),
            label: new.label,
            postal: Some(new.postal.into()),
        };
        let reply = self.call.run(self.rpc.update_address(request)).await?;
        required(reply.address, "UpdateAddressResponse.address")?.try_into()
    }

    /// Removes an address.
    pub(crate) async fn delete_address(mut self, id: AddressId) -> Result<(), Problem> {
        let request = DeleteAddressRequest { id: id.to_string() };
        self.call.run(self.rpc.delete_address(request)).await?;
        Ok(())
    }

    /// The keys that verify access tokens, as a JSON Web Key Set.
    pub(crate) async fn jwks(mut self) -> Result<String, Problem> {
        let reply = self.call.run(self.rpc.get_jwks(GetJwksRequest {})).await?;
        Ok(reply.jwks_json)
    }

    /// Publishes a new signing key.
    pub(crate) async fn rotate_signing_key(mut self) -> Result<SigningKey, Problem> {
        let request = RotateSigningKeyRequest {};
        let reply = self.call.run(self.rpc.rotate_signing_key(request)).await?;
        reply.try_into()
    }

    /// Revokes a signing key; returns the one that signs now.
    pub(crate) async fn revoke_signing_key(
        mut self,
        kid: Uuid,
        reason: String,
    ) -> Result<SigningKey, Problem> {
        let kid = kid.to_string();
        let request = RevokeSigningKeyRequest { kid, reason };
        let reply = self.call.run(self.rpc.revoke_signing_key(request)).await?;
        reply.try_into()
    }
}
