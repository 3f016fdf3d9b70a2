use contracts::{order::v1::*, user::v1::*};
use insta::assert_json_snapshot;
use serde_json::{Value, json};
use tonic::Code;

use crate::{
    samples::{ID, address, cart, excluded, postal, postal_json, refusal, session, time, user},
    shop::{Answer, Shop},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_is_received_and_says_nothing_about_accounts() {
    let shop = Shop::open().await;
    shop.services.on(|request: RegisterRequest| {
        assert_eq!(request.email, "ada@example.com");
        assert_eq!(request.password, "correct horse battery");
        assert_eq!(request.display_name, "Ada");
        Ok(RegisterResponse {
            email: request.email,
        })
    });
    let new = json!({"email": "ada@example.com", "password": "correct horse battery", "display_name": "Ada"});
    let answer = shop.send("POST", "/api/v1/users", new).await;
    assert_eq!(answer.header("location"), "");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.expect(202), json!({"email": "ada@example.com"}));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_email_address_is_confirmed_with_a_token() {
    let shop = Shop::open().await;
    shop.services.on(|request: VerifyEmailRequest| {
        if request.token == "good" {
            return Ok(VerifyEmailResponse {});
        }
        Err(refusal(Code::InvalidArgument, "VERIFICATION_INVALID", "no"))
    });
    let url = "/api/v1/email-verifications";
    let good = shop.send("POST", url, json!({"token": "good"})).await;
    assert_eq!(good.expect(204), Value::Null);
    let bad = shop.send("POST", url, json!({"token": "bad"})).await;
    bad.problem(422, "verification-invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_token_is_forwarded_and_a_throttled_sign_in_says_when_to_retry() {
    let shop = Shop::open().await;
    shop.services.on(|request: SignInRequest| {
        if request.device_token == "device-1" {
            return Ok(SignInResponse {
                session: session("access"),
            });
        }
        assert_eq!(request.device_token, "");
        Err(refusal(
            Code::ResourceExhausted,
            "SIGN_IN_THROTTLED",
            "wait",
        ))
    });
    let credentials = json!({"email": "ada@example.com", "password": "secret"});
    let from = |device: &str| {
        let request = shop.request("POST", "/api/v1/sessions");
        let request = request.header("Device-Token", device);
        Answer::of(request.json(&credentials))
    };
    assert_eq!(from("device-1").await.expect(201)["device_token"], "device");
    for none in ["", "two words"] {
        let answer = from(none).await;
        assert_eq!(answer.header("retry-after"), "60");
        answer.problem(429, "sign-in-throttled");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_starts_a_session() {
    let shop = Shop::open().await;
    shop.services.on(|request: SignInRequest| {
        assert_eq!(
            (request.email.as_str(), request.password.as_str()),
            ("ada@example.com", "secret")
        );
        Ok(SignInResponse {
            session: session("access"),
        })
    });
    let credentials = json!({"email": "ada@example.com", "password": "secret"});
    let answer = shop.send("POST", "/api/v1/sessions", credentials).await;
    assert_json_snapshot!(answer.expect(201));
    assert!(shop.services.calls::<MergeCartRequest>().is_empty());
    // For the limits of failed sign-ins.
    let calls = shop.services.calls::<SignInRequest>();
    assert_eq!(calls[0].get("x-client-network").unwrap(), "127.0.0.1");
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_merges_the_guests_cart_with_the_new_token() {
    let shop = Shop::open().await;
    shop.services.on(|_: SignInRequest| {
        Ok(SignInResponse {
            session: session("fresh"),
        })
    });
    shop.services.on(|request: MergeCartRequest| {
        assert_eq!(request.guest_token, "guest-1");
        Ok(MergeCartResponse {
            cart: cart(""),
            moved_units: 2,
            left: vec![excluded("TEA-1", 201, LineReason::LineFull)],
        })
    });
    let answer = sign_in_as_guest(&shop).await;
    let session = answer.expect(201);
    assert_eq!(session["cart_merged"], true);
    let left = json!([{"sku": "TEA-1", "quantity": 201, "reason": "line_full"}]);
    assert_eq!(session["cart_left"], left);
    let calls = shop.services.calls::<MergeCartRequest>();
    assert_eq!(calls[0].get("authorization").unwrap(), "Bearer fresh");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cart_is_merged_only_if_something_moved() {
    let shop = Shop::open().await;
    shop.services.on(|_: SignInRequest| {
        Ok(SignInResponse {
            session: session("fresh"),
        })
    });
    shop.services.on(|_: MergeCartRequest| {
        Ok(MergeCartResponse {
            cart: cart(""),
            moved_units: 0,
            left: vec![excluded("SAKE-1", 1, LineReason::OtherCurrency)],
        })
    });
    let answer = sign_in_as_guest(&shop).await;
    let session = answer.expect(201);
    assert_eq!(session["cart_merged"], false);
    assert_eq!(session["cart_left"][0]["reason"], "other_currency");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_merge_does_not_fail_the_sign_in() {
    let shop = Shop::open().await;
    shop.services.on(|_: SignInRequest| {
        Ok(SignInResponse {
            session: session("fresh"),
        })
    });
    shop.services.on(|_: MergeCartRequest| {
        Err::<MergeCartResponse, _>(refusal(Code::Internal, "INTERNAL", ""))
    });
    let answer = sign_in_as_guest(&shop).await;
    assert_eq!(answer.expect(201)["cart_merged"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_cart_token_does_not_fail_the_sign_in() {
    let shop = Shop::open().await;
    shop.services.on(|_: SignInRequest| {
        Ok(SignInResponse {
            session: session("fresh"),
        })
    });
    for token in ["two words", &"x".repeat(256)] {
        let answer = sign_in_with_cart(&shop, token).await;
        assert_eq!(answer.expect(201)["cart_merged"], false);
    }
}

async fn sign_in_as_guest(shop: &Shop) -> Answer {
    sign_in_with_cart(shop, "guest-1").await
}

async fn sign_in_with_cart(shop: &Shop, token: &str) -> Answer {
    let credentials = json!({"email": "ada@example.com", "password": "secret"});
    let request = shop
        .request("POST", "/api/v1/sessions")
        .header("Cart-Token", token);
    Answer::of(request.json(&credentials)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_refreshes_and_ends_its_session() {
    let shop = Shop::open().await;
    shop.services.on(|request: RefreshSessionRequest| {
        assert_eq!(request.refresh_token, "old");
        Ok(RefreshSessionResponse {
            session: session("access"),
        })
    });
    shop.services.on(|request: SignOutRequest| {
        assert_eq!(request.refresh_token, "old");
        Ok(SignOutResponse {})
    });
    let token = json!({"refresh_token": "old"});
    let refreshed = shop
        .send("POST", "/api/v1/sessions/refresh", token.clone())
        .await;
    assert_eq!(refreshed.expect(200)["refresh_token"], "refresh");
    let ended = shop
        .send("POST", "/api/v1/sessions/revocation", token)
        .await;
    assert_eq!(ended.expect(204), Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn me_is_the_callers_account() {
    let shop = Shop::open().await;
    shop.services
        .on(|_: GetMeRequest| Ok(GetMeResponse { user: user() }));
    let answer = shop.as_customer("GET", "/api/v1/me", Value::Null).await;
    assert_eq!(answer.expect(200)["email"], "ada@example.com");
    let token = format!("Bearer {}", shop.customer.1);
    let calls = shop.services.calls::<GetMeRequest>();
    assert_eq!(calls[0].get("authorization").unwrap(), token.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_are_listed_added_replaced_and_removed() {
    let shop = Shop::open().await;
    shop.services.on(|_: ListAddressesRequest| {
        Ok(ListAddressesResponse {
            addresses: vec![address().unwrap()],
        })
    });
    shop.services.on(|request: CreateAddressRequest| {
        assert_eq!((request.label.as_str(), request.postal), ("Home", postal()));
        Ok(CreateAddressResponse { address: address() })
    });
    shop.services.on(|request: UpdateAddressRequest| {
        assert_eq!((request.id.as_str(), request.postal), (ID, postal()));
        Ok(UpdateAddressResponse { address: address() })
    });
    shop.services.on(|request: DeleteAddressRequest| {
        assert_eq!(request.id, ID);
        Ok(DeleteAddressResponse {})
    });
    let book = "/api/v1/me/addresses";
    let one = format!("{book}/{ID}");
    let new = json!({"label": "Home", "postal": postal_json()});
    let listed = shop.as_customer("GET", book, Value::Null).await;
    assert_json_snapshot!(listed.expect(200));
    let added = shop.as_customer("POST", book, new.clone()).await;
    assert_eq!(added.expect(201)["id"], ID);
    assert_eq!(added.header("location"), one);
    shop.as_customer("PUT", &one, new).await.expect(200);
    shop.as_customer("DELETE", &one, Value::Null)
        .await
        .expect(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn anyone_reads_the_public_keys_and_staff_rotates_them() {
    let shop = Shop::open().await;
    let keys = shop.get("/.well-known/jwks.json").await;
    assert_eq!(keys.expect(200)["keys"][0]["kty"], "OKP");
    assert_eq!(keys.header("cache-control"), "public, max-age=10");
    shop.services.on(|_: RotateSigningKeyRequest| {
        Ok(RotateSigningKeyResponse {
            kid: "next".to_owned(),
            activates_at: time(),
        })
    });
    let rotated = shop
        .as_staff("POST", "/api/v1/staff/signing-keys", Value::Null)
        .await;
    assert_json_snapshot!(rotated.expect(200));
    shop.services.on(|request: RevokeSigningKeyRequest| {
        assert_eq!(request.kid, ID);
        assert_eq!(request.reason, "it leaked");
        Ok(RevokeSigningKeyResponse {
            kid: "next".to_owned(),
            activates_at: time(),
        })
    });
    let url = format!("/api/v1/staff/signing-keys/{ID}/revocation");
    let reason = json!({"reason": "it leaked"});
    let revoked = shop.as_staff("POST", &url, reason.clone()).await;
    assert_eq!(revoked.expect(200)["kid"], "next");
    let answer = shop.as_customer("POST", &url, reason).await;
    answer.problem(403, "forbidden");
}
