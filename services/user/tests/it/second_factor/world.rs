use chassis::auth::{Caller, Keys};
use contracts::user::v1::staff_service_client::StaffServiceClient;
use contracts::user::v1::{
    BeginSecondFactorRequest, ConfirmSecondFactorRequest, GetJwksRequest, RotateSigningKeyRequest,
    Session, StepUpRequest,
};
use kernel::Clock;
use testkit::{TestDatabase, with_token};
use tonic::Status;
use tonic::transport::Channel;

use crate::support::{
    EMAIL, PASSWORD, Service, credentials, database, manual_clock, named_code, refresh,
    register_and_sign_in, start_with,
};

/// A staff member with all groups who has signed in with the password, and the clock of the service.
pub(super) struct World {
    pub(super) service: Service,
    pub(super) session: Session,
    pub(super) clock: Clock,
    pub(super) database: TestDatabase,
}

impl World {
    pub(super) async fn open() -> Self {
        let database = database().await;
        let clock = manual_clock();
        let service = start_with(&database, clock.clone(), &[]).await;
        let session = register_and_sign_in(&service.client).await;
        database
            .execute(
                "UPDATE users SET role = 'staff',
                     staff_groups = '{support,warehouse,catalog,finance,admin}'",
            )
            .await
            .unwrap();
        let session = refresh(&service.client, &session.refresh_token).await;
        Self {
            service,
            session: session.unwrap(),
            clock,
            database,
        }
    }

    pub(super) fn staff(&self) -> StaffServiceClient<Channel> {
        StaffServiceClient::new(self.service.channel.clone())
    }

    pub(super) async fn begin(&self, token: &str) -> Result<Vec<u8>, Status> {
        let request = with_token(token, BeginSecondFactorRequest {});
        let enrollment = self.staff().begin_second_factor(request).await?;
        let enrollment = enrollment.into_inner();
        let issuer = "otpauth://totp/mercantile:ada%40example.com?secret=";
        assert!(enrollment.uri.starts_with(issuer), "{}", enrollment.uri);
        let secret = data_encoding::BASE32_NOPAD.decode(enrollment.secret.as_bytes());
        Ok(secret.unwrap())
    }

    pub(super) async fn confirm(
        &self,
        token: &str,
        code: &str,
    ) -> Result<(Vec<String>, String), Status> {
        let code = code.to_owned();
        let request = with_token(token, ConfirmSecondFactorRequest { code });
        let enrolled = self.staff().confirm_second_factor(request).await?;
        let enrolled = enrolled.into_inner();
        Ok((
            enrolled.recovery_codes,
            enrolled.session.unwrap().access_token,
        ))
    }

    pub(super) async fn step_up(&self, token: &str, code: &str) -> Result<String, Status> {
        let code = code.to_owned();
        let request = with_token(token, StepUpRequest { code });
        let answer = self.staff().step_up(request).await?;
        Ok(answer.into_inner().session.unwrap().access_token)
    }

    /// Enrolls; returns the secret, the recovery codes and the token of the proved session.
    pub(super) async fn enroll(&self) -> (Vec<u8>, Vec<String>, String) {
        let token = &self.session.access_token;
        let secret = self.begin(token).await.unwrap();
        let code = self.code(&secret);
        let (codes, proved) = self.confirm(token, &code).await.unwrap();
        (secret, codes, proved)
    }

    pub(super) fn code(&self, secret: &[u8]) -> String {
        named_code(secret, self.clock.now())
    }

    pub(super) async fn sign_in(&self) -> Session {
        let request = credentials(EMAIL, PASSWORD);
        let answer = self.service.client.clone().sign_in(request).await.unwrap();
        answer.into_inner().session.unwrap()
    }

    pub(super) async fn caller(&self, token: &str) -> Caller {
        let mut client = self.service.client.clone();
        let jwks = client.get_jwks(GetJwksRequest {}).await.unwrap();
        let jwks = jwks.into_inner().jwks_json;
        let keys = Keys::fixed(&chassis::auth::Config::default(), &jwks).unwrap();
        keys.verify(token).await.unwrap()
    }

    pub(super) async fn rotate(&self, token: &str) -> Result<(), Status> {
        let request = with_token(token, RotateSigningKeyRequest {});
        let mut client = self.service.client.clone();
        client.rotate_signing_key(request).await.map(drop)
    }
}
