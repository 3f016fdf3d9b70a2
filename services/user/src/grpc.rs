//! The RPCs: conversion between proto and domain. No rules.

use chassis::auth;
use chassis::call::ClientNetwork;
use contracts::convert::timestamp;
use contracts::user::v1::user_service_server::UserService;
use contracts::user::v1::{
    CreateAddressRequest, CreateAddressResponse, DeleteAddressRequest, DeleteAddressResponse,
    FindAccountRequest, FindAccountResponse, GetJwksRequest, GetJwksResponse, GetMeRequest,
    GetMeResponse, ListAddressesRequest, ListAddressesResponse, RefreshSessionRequest,
    RefreshSessionResponse, RegisterRequest, RegisterResponse, RevokeSigningKeyRequest,
    RevokeSigningKeyResponse, RotateSigningKeyRequest, RotateSigningKeyResponse, SignInRequest,
    SignInResponse, SignOutRequest, SignOutResponse, UpdateAddressRequest, UpdateAddressResponse,
    VerifyEmailRequest, VerifyEmailResponse,
};
use kernel::Violations;
use operations::Reason;
use tonic::{Request, Response, Status};

use crate::app::{App, Client};
use crate::domain::{
    self, Address, AddressEntry, Credentials, EmailAddress, Registration, UserAgent,
};
use crate::failure::Failure;

mod account;
mod convert;
mod customer;
mod policy;
mod reasons;
mod staff;

pub use policy::POLICY;
pub use reasons::REASONS;

/// The RPCs of `user`.
#[derive(Clone)]
pub(crate) struct Rpc(pub(crate) App);

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl UserService for Rpc {
    async fn register(&self, request: Request<RegisterRequest>) -> Answer<RegisterResponse> {
        let network = ClientNetwork::of(&request);
        let request = request.into_inner();
        let registration = Registration::new(
            &request.email,
            request.password.into(),
            &request.display_name,
        )
        .map_err(invalid)?;
        let email = registration.email.as_str().to_owned();
        let client = Client::new(network, String::new());
        Box::pin(self.0.register(registration, client)).await?;
        Ok(Response::new(RegisterResponse { email }))
    }

    async fn verify_email(
        &self,
        request: Request<VerifyEmailRequest>,
    ) -> Answer<VerifyEmailResponse> {
        let token = request.into_inner().token.into();
        self.0.verify_email(&token).await?;
        Ok(Response::new(VerifyEmailResponse {}))
    }

    async fn sign_in(&self, request: Request<SignInRequest>) -> Answer<SignInResponse> {
        let network = ClientNetwork::of(&request);
        let request = request.into_inner();
        let credentials =
            Credentials::new(&request.email, request.password.into()).map_err(invalid)?;
        let client = Client {
            user_agent: UserAgent::new(&request.user_agent),
            ..Client::new(network, request.device_token)
        };
        let session = self.0.sign_in(credentials, client).await?;
        Ok(Response::new(SignInResponse {
            session: Some(session.into()),
        }))
    }

    async fn refresh_session(
        &self,
        request: Request<RefreshSessionRequest>,
    ) -> Answer<RefreshSessionResponse> {
        let token = request.into_inner().refresh_token.into();
        let session = self.0.refresh(&token).await?;
        Ok(Response::new(RefreshSessionResponse {
            session: Some(session.into()),
        }))
    }

    async fn sign_out(&self, request: Request<SignOutRequest>) -> Answer<SignOutResponse> {
        let token = request.into_inner().refresh_token.into();
        self.0.sign_out(&token).await?;
        Ok(Response::new(SignOutResponse {}))
    }

    async fn get_me(&self, request: Request<GetMeRequest>) -> Answer<GetMeResponse> {
        let caller = auth::caller(&request)?;
        let user = self.0.account(caller.user_id).await?;
        Ok(Response::new(GetMeResponse {
            user: Some(user.into()),
        }))
    }

    async fn find_account(
        &self,
        request: Request<FindAccountRequest>,
    ) -> Answer<FindAccountResponse> {
        let email = EmailAddress::parse(&request.get_ref().email)
            .ok_or_else(|| invalid(Violations::one("email", "must be an e-mail address")))?;
        let account = self.0.account_of(email.as_str()).await?;
        let id = account.map(|account| account.id.to_string());
        Ok(Response::new(FindAccountResponse {
            id: id.unwrap_or_default(),
        }))
    }

    async fn list_addresses(
        &self,
        request: Request<ListAddressesRequest>,
    ) -> Answer<ListAddressesResponse> {
        let caller = auth::caller(&request)?;
        let addresses = self.0.addresses(caller.user_id).await?;
        Ok(Response::new(ListAddressesResponse {
            addresses: addresses.into_iter().map(Into::into).collect(),
        }))
    }

    async fn create_address(
        &self,
        request: Request<CreateAddressRequest>,
    ) -> Answer<CreateAddressResponse> {
        let owner = auth::caller(&request)?.user_id;
        let request = request.into_inner();
        let key = &request.idempotency_key;
        let once =
            idempotency::Request::new(owner, "CreateAddress", key, &request).map_err(invalid)?;
        let entry = AddressEntry::new(&request.label, request.postal.map(convert::postal_fields))
            .map_err(invalid)?;
        let address = self.0.create_address(owner, entry, once).await?;
        Ok(Response::new(CreateAddressResponse {
            address: Some(address.into()),
        }))
    }

    async fn update_address(
        &self,
        request: Request<UpdateAddressRequest>,
    ) -> Answer<UpdateAddressResponse> {
        let caller = auth::caller(&request)?;
        let request = request.into_inner();
        let entry = AddressEntry::new(&request.label, request.postal.map(convert::postal_fields))
            .map_err(invalid)?;
        let id = convert::address_id(&request.id)?;
        let address = Address { id, entry };
        let address = self.0.update_address(caller.user_id, address).await?;
        Ok(Response::new(UpdateAddressResponse {
            address: Some(address.into()),
        }))
    }

    async fn delete_address(
        &self,
        request: Request<DeleteAddressRequest>,
    ) -> Answer<DeleteAddressResponse> {
        let caller = auth::caller(&request)?;
        let id = convert::address_id(&request.into_inner().id)?;
        self.0.delete_address(caller.user_id, id).await?;
        Ok(Response::new(DeleteAddressResponse {}))
    }

    async fn get_jwks(&self, _: Request<GetJwksRequest>) -> Answer<GetJwksResponse> {
        let jwks_json = self.0.signing_keys.jwks().await?;
        Ok(Response::new(GetJwksResponse { jwks_json }))
    }

    async fn rotate_signing_key(
        &self,
        request: Request<RotateSigningKeyRequest>,
    ) -> Answer<RotateSigningKeyResponse> {
        let by = auth::caller(&request)?.user_id;
        let key = self.0.signing_keys.rotate(by).await?;
        Ok(Response::new(RotateSigningKeyResponse {
            kid: key.kid.to_string(),
            activates_at: Some(timestamp(key.activates_at)),
        }))
    }

    async fn revoke_signing_key(
        &self,
        request: Request<RevokeSigningKeyRequest>,
    ) -> Answer<RevokeSigningKeyResponse> {
        let caller = auth::caller(&request)?;
        let request = request.into_inner();
        let reason = Reason::parse(&request.reason).map_err(invalid)?;
        let kid = convert::kid(&request.kid)?;
        let key = self
            .0
            .signing_keys
            .revoke(kid, caller.user_id, reason)
            .await?;
        Ok(Response::new(RevokeSigningKeyResponse {
            kid: key.kid.to_string(),
            activates_at: Some(timestamp(key.activates_at)),
        }))
    }
}

fn invalid(violations: Violations) -> Status {
    Failure::from(domain::Error::from(violations)).into()
}
