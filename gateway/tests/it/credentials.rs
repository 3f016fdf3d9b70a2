use contracts::user::v1::*;
use insta::assert_json_snapshot;
use serde_json::{Value, json};
use tonic::Code;

use crate::{
    samples::{ID, OTHER_ID, refusal, time, user},
    shop::{Answer, Shop},
};

/// What a request gets that may cause an e-mail.
const RECEIVED: &str = "if there is something to confirm, an e-mail is on its way";

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_changed_by_a_merge_patch() {
    let shop = Shop::open().await;
    shop.services.on(|request: UpdateProfileRequest| {
        assert_ne!(request.display_name.as_deref(), Some(""));
        Ok(UpdateProfileResponse { user: user() })
    });
    let patch = async |kind: &str, body: &str| {
        let request = shop.request("PATCH", "/api/v1/me");
        let request = request.bearer_auth(&shop.customer.1);
        let request = request.header("Content-Type", kind).body(body.to_owned());
        Answer::of(request).await
    };
    let merge = "application/merge-patch+json";
    for kind in [merge, "application/json; charset=utf-8"] {
        for body in ["{}", r#"{"display_name": "Ada"}"#] {
            assert_eq!(patch(kind, body).await.expect(200)["display_name"], "Ada");
        }
    }
    for (body, field) in [
        (r#"{"email": "eve@example.com"}"#, "email"),
        (r#"{"display_name": null}"#, "display_name"),
        (r#"{"display_name": 7}"#, "display_name"),
    ] {
        let problem = patch(merge, body).await.problem(422, "validation-failed");
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    patch(merge, "[]").await.problem(400, "json-invalid");
    patch(merge, "{").await.problem(400, "json-invalid");
    let other = patch("application/json-patch+json", "{}").await;
    other.problem(415, "body-type-unsupported");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_changed_with_the_current_one_and_the_device() {
    let shop = Shop::open().await;
    shop.services.on(|request: ChangePasswordRequest| {
        assert_eq!(request.new_password, "quiet lantern orbit");
        assert_eq!(request.device_token, "device-1");
        match request.current_password.as_str() {
            "right" => Ok(ChangePasswordResponse {}),
            _ => Err(refusal(
                Code::PermissionDenied,
                "PASSWORD_WRONG",
                "the password is wrong",
            )),
        }
    });
    let change = async |current: &str| {
        let request = shop.request("POST", "/api/v1/me/password");
        let request = request.bearer_auth(&shop.customer.1);
        let request = request.header("Device-Token", "device-1");
        let body = json!({"current_password": current, "new_password": "quiet lantern orbit"});
        Answer::of(request.json(&body)).await
    };
    assert_eq!(change("right").await.expect(204), Value::Null);
    change("wrong").await.problem(403, "password-wrong");
    let calls = shop.services.calls::<ChangePasswordRequest>();
    assert_eq!(calls[0].get("x-client-network").unwrap(), "127.0.0.1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_reset_with_the_token_of_an_email() {
    let shop = Shop::open().await;
    shop.services.on(|request: RequestPasswordResetRequest| {
        assert_eq!(request.email, "ada@example.com");
        Ok(RequestPasswordResetResponse {})
    });
    shop.services.on(|request: ResetPasswordRequest| {
        assert_eq!(request.new_password, "quiet lantern orbit");
        match request.token.as_str() {
            "good" => Ok(ResetPasswordResponse {}),
            _ => Err(refusal(
                Code::InvalidArgument,
                "PASSWORD_RESET_INVALID",
                "no",
            )),
        }
    });
    let to = json!({"email": "ada@example.com"});
    let asked = shop.send("POST", "/api/v1/password-resets", to).await;
    assert_eq!(asked.expect(202), json!({"detail": RECEIVED}));
    let reset = async |token: &str| {
        let body = json!({"token": token, "new_password": "quiet lantern orbit"});
        let url = "/api/v1/password-resets/confirmation";
        shop.send("POST", url, body).await
    };
    assert_eq!(reset("good").await.expect(204), Value::Null);
    reset("bad").await.problem(422, "password-reset-invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_changed_with_the_token_of_an_email() {
    let shop = Shop::open().await;
    shop.services.on(|request: RequestEmailChangeRequest| {
        assert_eq!(request.password, "correct horse battery");
        assert_eq!(request.email, "ada@example.org");
        Ok(RequestEmailChangeResponse {})
    });
    shop.services.on(
        |request: ConfirmEmailChangeRequest| match request.token.as_str() {
            "good" => Ok(ConfirmEmailChangeResponse {}),
            "late" => Err(refusal(Code::AlreadyExists, "EMAIL_TAKEN", "taken")),
            _ => Err(refusal(Code::InvalidArgument, "EMAIL_CHANGE_INVALID", "no")),
        },
    );
    let change = json!({"password": "correct horse battery", "email": "ada@example.org"});
    let asked = shop.as_customer("POST", "/api/v1/me/email", change).await;
    assert_eq!(asked.expect(202), json!({"detail": RECEIVED}));
    let confirm = async |token: &str| {
        let url = "/api/v1/email-changes/confirmation";
        shop.send("POST", url, json!({ "token": token })).await
    };
    assert_eq!(confirm("good").await.expect(204), Value::Null);
    confirm("late").await.problem(409, "email-taken");
    confirm("bad").await.problem(422, "email-change-invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmation_is_asked_for_again() {
    let shop = Shop::open().await;
    shop.services
        .on(|request: RequestEmailVerificationRequest| {
            assert_eq!(request.email, "ada@example.com");
            Ok(RequestEmailVerificationResponse {})
        });
    let to = json!({"email": "ada@example.com"});
    let url = "/api/v1/email-verifications/requests";
    let asked = shop.send("POST", url, to).await;
    assert_eq!(asked.expect(202), json!({"detail": RECEIVED}));
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_listed_and_ended() {
    let shop = Shop::open().await;
    shop.services.on(|request: ListSessionsRequest| {
        assert_eq!(
            (request.page_size, request.page_token.as_str()),
            (2, "page-2")
        );
        let session = |id: &str, current, user_agent: &str| OpenSession {
            id: id.to_owned(),
            created_at: time(),
            last_used_at: time(),
            current,
            user_agent: user_agent.to_owned(),
        };
        Ok(ListSessionsResponse {
            sessions: vec![session(OTHER_ID, true, "curl/8.5"), session(ID, false, "")],
            next_page_token: "page-3".to_owned(),
        })
    });
    shop.services.on(|request: EndSessionRequest| {
        assert_eq!(request.id, ID);
        Err::<EndSessionResponse, _>(refusal(Code::NotFound, "SESSION_NOT_FOUND", "none"))
    });
    shop.services
        .on(|_: EndOtherSessionsRequest| Ok(EndOtherSessionsResponse {}));
    let url = "/api/v1/me/sessions";
    let query = format!("{url}?page_size=2&page_token=page-2");
    let listed = shop.as_customer("GET", &query, Value::Null).await;
    assert_json_snapshot!(listed.expect(200));
    let one = format!("{url}/{ID}");
    let ended = shop.as_customer("DELETE", &one, Value::Null).await;
    ended.problem(404, "session-not-found");
    let ended = shop.as_customer("DELETE", url, Value::Null).await;
    assert_eq!(ended.expect(204), Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_passes_on_what_the_client_says_it_is() {
    let shop = Shop::open().await;
    shop.services.on(|request: SignInRequest| {
        assert!(request.user_agent.len() <= 255, "{}", request.user_agent);
        Ok(SignInResponse {
            session: crate::samples::session(&request.user_agent),
        })
    });
    let credentials = json!({"email": "ada@example.com", "password": "secret"});
    for (agent, expected) in [
        ("curl/8.5".to_owned(), "curl/8.5".to_owned()),
        ("x".repeat(3_000), "x".repeat(255)),
    ] {
        let request = shop.request("POST", "/api/v1/sessions");
        let request = request.header("User-Agent", agent);
        let session = Answer::of(request.json(&credentials)).await.expect(201);
        assert_eq!(session["access_token"], expected);
    }
}
