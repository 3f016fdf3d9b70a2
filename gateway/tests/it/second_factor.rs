use contracts::user::v1::*;
use serde_json::{Value, json};

use crate::{
    samples::{refusal, time},
    shop::Shop,
};

fn proved() -> Option<ProvedSession> {
    Some(ProvedSession {
        access_token: "proved".to_owned(),
        access_expires_at: time(),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_enrolls_and_confirms_a_second_factor() {
    let shop = Shop::open().await;
    shop.services.on(|_: BeginSecondFactorRequest| {
        Ok(BeginSecondFactorResponse {
            secret: "GEZDGNBV".to_owned(),
            uri: "otpauth://totp/shop".to_owned(),
        })
    });
    shop.services.on(|request: ConfirmSecondFactorRequest| {
        assert_eq!(request.code, "287082");
        Ok(ConfirmSecondFactorResponse {
            recovery_codes: vec!["mfrg-gzdf-mztw-q2lk".to_owned()],
            session: proved(),
        })
    });
    let path = "/api/v1/me/second-factor";
    let begun = shop.as_staff("POST", path, Value::Null).await;
    assert_eq!(
        begun.expect(200),
        json!({"secret": "GEZDGNBV", "uri": "otpauth://totp/shop"})
    );
    assert_eq!(begun.header("cache-control"), "no-store");
    let path = "/api/v1/me/second-factor/confirmation";
    let code = json!({"code": "287082"});
    let confirmed = shop.as_staff("POST", path, code).await.expect(200);
    assert_eq!(confirmed["recovery_codes"], json!(["mfrg-gzdf-mztw-q2lk"]));
    assert_eq!(confirmed["session"]["access_token"], "proved");
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_steps_up_and_a_wrong_code_is_a_problem() {
    let shop = Shop::open().await;
    shop.services.on(|request: StepUpRequest| {
        if request.code == "287082" {
            Ok(StepUpResponse { session: proved() })
        } else {
            Err(refusal(
                tonic::Code::InvalidArgument,
                "CODE_INVALID",
                "the code is wrong or was used before; wait for the next one",
            ))
        }
    });
    let step_up = async |code: &str| {
        let body = json!({ "code": code });
        shop.as_staff("POST", "/api/v1/sessions/step-up", body)
            .await
    };
    let session = step_up("287082").await.expect(200);
    assert_eq!(session["access_token"], "proved");
    step_up("000000").await.problem(422, "code-invalid");
}
