use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{Duration, Utc};
use contracts::user::v1::{
    user_service_server::{UserService, UserServiceServer},
    *,
};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kernel::UserId;
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport::Server};

/// A stand-in for `user` that signs tokens and serves `GetJwks`.
pub struct Issuer {
    url: String,
    key: EncodingKey,
    task: JoinHandle<()>,
}

/// The id of the only key.
const KID: &str = "test";
/// Every group of staff: `chassis::auth::Group`.
const ALL_GROUPS: [&str; 5] = ["support", "warehouse", "catalog", "finance", "admin"];

impl Issuer {
    /// A new key, and a gRPC server on a free loopback port that publishes it.
    ///
    /// # Panics
    /// No port is free.
    pub async fn start() -> Self {
        let pair = Ed25519KeyPair::generate().expect("randomness");
        let x = BASE64_URL_SAFE_NO_PAD.encode(pair.public_key());
        let jwks = json!({"keys": [
            {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": KID, "x": x}
        ]});
        let der = pair
            .to_pkcs8v1()
            .expect("an Ed25519 key has a PKCS #8 form");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let server = Server::builder()
            .add_service(UserServiceServer::new(Keys(jwks.to_string())))
            .serve_with_incoming(TcpListenerStream::new(listener));
        let task = tokio::spawn(async move { server.await.expect("serves until aborted") });
        Self {
            url,
            key: EncodingKey::from_ed_der(der.as_ref()),
            task,
        }
    }

    /// The URL of its gRPC server.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A valid access token for `user` with `role` ("customer" or "staff"). Staff are in all groups and proved
    /// their second factor now.
    pub fn token(&self, user: UserId, role: &str) -> String {
        self.sign(user, role, Duration::minutes(15), &json!({}))
    }

    /// As [`Self::token`], with other claims: `{"groups": ["support"]}`, `{"auth_time": 0}`, `{"amr": ["pwd"]}`.
    pub fn token_with(&self, user: UserId, role: &str, claims: &Value) -> String {
        self.sign(user, role, Duration::minutes(15), claims)
    }

    /// A valid access token of staff in these groups only, who proved their second factor now.
    pub fn staff_token(&self, user: UserId, groups: &[&str]) -> String {
        self.token_with(user, "staff", &json!({ "groups": groups }))
    }

    /// An access token that expired an hour ago.
    pub fn expired_token(&self, user: UserId, role: &str) -> String {
        self.sign(user, role, Duration::hours(-1), &json!({}))
    }

    /// An access token that is issued `issued_in` from now and expires `ends_in` from now: what someone with a
    /// stolen key would sign.
    pub fn forged_token(&self, user: UserId, issued_in: Duration, ends_in: Duration) -> String {
        let issued_at = (Utc::now() + issued_in).timestamp();
        self.sign(user, "staff", ends_in, &json!({ "iat": issued_at }))
    }

    fn sign(&self, user: UserId, role: &str, ends_in: Duration, other: &Value) -> String {
        let (groups, amr): (&[&str], &[&str]) = match role {
            "staff" => (&ALL_GROUPS, &["pwd", "mfa"]),
            _ => (&[], &["pwd"]),
        };
        let now = Utc::now();
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(KID.to_owned());
        let mut claims = json!({
            "iss": "mercantile", "aud": "mercantile", "sub": user, "role": role,
            "sid": uuid::Uuid::now_v7(), "jti": uuid::Uuid::now_v7(),
            "iat": now.timestamp(), "exp": (now + ends_in).timestamp(),
            "groups": groups, "amr": amr, "auth_time": now.timestamp(),
        });
        for (name, value) in other.as_object().expect("an object of claims") {
            claims[name] = value.clone();
        }
        jsonwebtoken::encode(&header, &claims, &self.key).expect("claims serialize")
    }
}

/// A request with `message` and this access token.
///
/// # Panics
/// The token has characters that are not valid in a header.
pub fn with_token<T>(token: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    let value = format!("Bearer {token}").parse().expect("ASCII");
    request.metadata_mut().insert("authorization", value);
    request
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Keys(String);

macro_rules! keys_only {
    ($($rpc:ident: $request:ident -> $response:ident),* $(,)?) => {
        #[tonic::async_trait]
        impl UserService for Keys {
            async fn get_jwks(
                &self,
                _: Request<GetJwksRequest>,
            ) -> Result<Response<GetJwksResponse>, Status> {
                Ok(Response::new(GetJwksResponse { jwks_json: self.0.clone() }))
            }

            $(async fn $rpc(&self, _: Request<$request>) -> Result<Response<$response>, Status> {
                Err(Status::unimplemented("this server only publishes keys"))
            })*
        }
    };
}

keys_only!(
    register: RegisterRequest -> RegisterResponse,
    verify_email: VerifyEmailRequest -> VerifyEmailResponse,
    sign_in: SignInRequest -> SignInResponse,
    refresh_session: RefreshSessionRequest -> RefreshSessionResponse,
    sign_out: SignOutRequest -> SignOutResponse,
    get_me: GetMeRequest -> GetMeResponse,
    list_addresses: ListAddressesRequest -> ListAddressesResponse,
    create_address: CreateAddressRequest -> CreateAddressResponse,
    update_address: UpdateAddressRequest -> UpdateAddressResponse,
    delete_address: DeleteAddressRequest -> DeleteAddressResponse,
    rotate_signing_key: RotateSigningKeyRequest -> RotateSigningKeyResponse,
    find_account: FindAccountRequest -> FindAccountResponse,
    revoke_signing_key: RevokeSigningKeyRequest -> RevokeSigningKeyResponse,
);
