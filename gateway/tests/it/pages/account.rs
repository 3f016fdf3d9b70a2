//! The account's pages, and those that links in e-mails lead to.

use std::collections::HashMap;

use contracts::user::v1::*;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use super::browser::{Browser, shop};
use crate::{
    samples::{ID, OTHER_ID, address, refusal, time, user},
    shop::{Answer, Shop},
};

async fn open() -> Shop {
    let shop = shop().await;
    shop.services
        .on(|_: GetMeRequest| Ok(GetMeResponse { user: user() }));
    shop
}

fn customer(shop: &Shop) -> Browser<'_> {
    Browser::new(shop).with("access", &shop.customer.1)
}

#[track_caller]
fn shows(answer: &Answer, status: u16, texts: &[&str]) {
    assert_eq!(answer.status, status, "{answer:?}");
    for text in texts {
        assert!(answer.text.contains(text), "no {text:?} in {}", answer.text);
    }
}

#[track_caller]
fn redirects(answer: &Answer, path: &str) {
    assert_eq!(answer.status, 303, "{answer:?}");
    assert_eq!(answer.header("location"), path, "{answer:?}");
}

fn invalid(field: &str, message: &str) -> Status {
    let reason = "VALIDATION_FAILED";
    let mut details = ErrorDetails::with_error_info(reason, "mercantile", HashMap::new());
    details.add_bad_request_violation(field, message);
    Status::with_error_details(Code::InvalidArgument, "invalid", details)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_the_account_needs_a_session() {
    let shop = open().await;
    for path in [
        "/account",
        "/account/addresses",
        "/account/addresses/new",
        "/account/sessions",
        "/account/password",
        "/account/email",
        "/orders",
    ] {
        let answer = Browser::new(&shop).open(path).await;
        let next = path.replace('/', "%2F");
        redirects(&answer, &format!("/sign-in?next={next}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_is_changed_and_an_invalid_one_is_explained() {
    let shop = open().await;
    shop.services
        .on(|_: UpdateProfileRequest| Ok(UpdateProfileResponse { user: user() }));
    let browser = customer(&shop);
    shows(
        &browser.open("/account").await,
        200,
        &["value=\"Ada\"", "ada@example.com", "Confirmed"],
    );
    let answer = browser
        .submit("/account", &[("display_name", "Ada L.")])
        .await;
    redirects(&answer, "/account?notice=profile-saved");
    shows(
        &browser.open("/account?notice=profile-saved").await,
        200,
        &["Your name is saved."],
    );
    shop.services.on(|_: UpdateProfileRequest| {
        let long = invalid("display_name", "must be 1 to 100 characters");
        Err::<UpdateProfileResponse, _>(long)
    });
    let answer = browser.submit("/account", &[("display_name", "<b>")]).await;
    shows(
        &answer,
        422,
        &[
            "Name must be 1 to 100 characters",
            "href=\"#display_name\"",
            "value=\"&#60;b&#62;\"",
        ],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unconfirmed_address_can_be_confirmed() {
    let shop = open().await;
    shop.services.on(|_: GetMeRequest| {
        let user = user().map(|mut user| {
            user.email_verified = false;
            user
        });
        Ok(GetMeResponse { user })
    });
    shop.services
        .on(|request: RequestEmailVerificationRequest| {
            assert_eq!(request.email, "ada@example.com");
            Ok(RequestEmailVerificationResponse {})
        });
    let browser = customer(&shop);
    shows(
        &browser.open("/account").await,
        200,
        &["not confirmed yet", "Send the e-mail again"],
    );
    let answer = browser.submit("/account/verification", &[]).await;
    redirects(&answer, "/account?notice=verification-requested");
}

#[tokio::test(flavor = "multi_thread")]
async fn passwords_are_never_shown_again() {
    let shop = open().await;
    shop.services.on(|request: ChangePasswordRequest| {
        assert_eq!(request.device_token, "a-device");
        assert_eq!(request.new_password, " with spaces ");
        match request.current_password.as_str() {
            "right" => Ok(ChangePasswordResponse {}),
            _ => Err(refusal(Code::PermissionDenied, "PASSWORD_WRONG", "wrong")),
        }
    });
    let browser = customer(&shop).with("device", "a-device");
    browser.open("/account/password").await;
    let wrong = [
        ("current_password", "hunter2-wrong"),
        ("new_password", " with spaces "),
    ];
    let answer = browser.submit("/account/password", &wrong).await;
    shows(&answer, 422, &["This is not your current password."]);
    assert!(!answer.text.contains("hunter2-wrong"), "{}", answer.text);
    assert!(!answer.text.contains("with spaces"), "{}", answer.text);
    let right = [
        ("current_password", "right"),
        ("new_password", " with spaces "),
    ];
    let answer = browser.submit("/account/password", &right).await;
    redirects(&answer, "/account/password?notice=password-changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_the_address_is_asked_for() {
    let shop = open().await;
    shop.services
        .on(|_: RequestEmailChangeRequest| Ok(RequestEmailChangeResponse {}));
    let browser = customer(&shop);
    browser.open("/account/email").await;
    let fields = [("email", "ada@example.org"), ("password", "right")];
    let answer = browser.submit("/account/email", &fields).await;
    redirects(&answer, "/account/email?notice=email-requested");
    shop.services.on(|_: RequestEmailChangeRequest| {
        let wrong = refusal(Code::PermissionDenied, "PASSWORD_WRONG", "wrong");
        Err::<RequestEmailChangeResponse, _>(wrong)
    });
    let answer = browser.submit("/account/email", &fields).await;
    shows(
        &answer,
        422,
        &["href=\"#password\"", "value=\"ada@example.org\""],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_listed_and_ended() {
    let shop = open().await;
    shop.services.on(|_: ListSessionsRequest| {
        let session = |id: &str, current| OpenSession {
            id: id.to_owned(),
            created_at: time(),
            last_used_at: time(),
            current,
            user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
                .to_owned(),
        };
        Ok(ListSessionsResponse {
            sessions: vec![session(ID, true), session(OTHER_ID, false)],
            next_page_token: String::new(),
        })
    });
    shop.services
        .on(|_: EndSessionRequest| Ok(EndSessionResponse {}));
    shop.services
        .on(|_: EndOtherSessionsRequest| Ok(EndOtherSessionsResponse {}));
    let browser = customer(&shop);
    let page = browser.open("/account/sessions").await;
    shows(
        &page,
        200,
        &["Firefox on Linux", "This one", "Sign out everywhere else"],
    );
    assert!(!page.text.contains(&format!("/account/sessions/{ID}/end")));
    let answer = browser
        .submit(&format!("/account/sessions/{OTHER_ID}/end"), &[])
        .await;
    redirects(&answer, "/account/sessions?notice=session-ended");
    let answer = browser.submit("/account/sessions/end", &[]).await;
    redirects(&answer, "/account/sessions?notice=sessions-ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_are_added_changed_and_removed() {
    let shop = open().await;
    shop.services.on(|_: ListAddressesRequest| {
        Ok(ListAddressesResponse {
            addresses: vec![address().unwrap()],
        })
    });
    shop.services
        .on(|_: CreateAddressRequest| Ok(CreateAddressResponse { address: address() }));
    shop.services.on(|request: UpdateAddressRequest| {
        assert_eq!(request.postal.unwrap().city, "Potsdam");
        Ok(UpdateAddressResponse { address: address() })
    });
    shop.services
        .on(|_: DeleteAddressRequest| Ok(DeleteAddressResponse {}));
    let browser = customer(&shop);
    shows(
        &browser.open("/account/addresses").await,
        200,
        &["Home", "Unter den Linden 1", "Germany"],
    );
    let own = format!("/account/addresses/{ID}");
    shows(
        &browser.open(&own).await,
        200,
        &["value=\"Berlin\"", "value=\"Home\"", "value=\"10117\""],
    );
    shows(
        &browser.open("/account/addresses/new?country=US").await,
        200,
        &["ZIP code", ">California</option>"],
    );
    let fields = [
        ("label", "Work"),
        ("recipient", "Ada"),
        ("line1", "Road 1"),
        ("city", "Potsdam"),
        ("postal_code", "14467"),
        ("country", "DE"),
    ];
    let saved = "/account/addresses?notice=address-saved";
    redirects(&browser.submit("/account/addresses", &fields).await, saved);
    redirects(&browser.submit(&own, &fields).await, saved);
    redirects(
        &browser.submit(&format!("{own}/removal"), &[]).await,
        "/account/addresses?notice=address-removed",
    );
    shop.services.on(|_: CreateAddressRequest| {
        let wrong = invalid("postal.postal_code", "must be a postal code of DE");
        Err::<CreateAddressResponse, _>(wrong)
    });
    shows(
        &browser.submit("/account/addresses", &fields).await,
        422,
        &["href=\"#postal_code\"", "value=\"Road 1\""],
    );
    let unknown = format!("/account/addresses/{OTHER_ID}");
    assert_eq!(browser.open(&unknown).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_of_an_e_mail_changes_nothing_until_its_button_is_pressed() {
    let shop = open().await;
    shop.services
        .on(|_: VerifyEmailRequest| Ok(VerifyEmailResponse {}));
    shop.services
        .on(|_: ConfirmEmailChangeRequest| Ok(ConfirmEmailChangeResponse {}));
    let browser = Browser::new(&shop);
    for (path, notice) in [
        ("/verify-email", "email-verified"),
        ("/confirm-email-change", "email-changed"),
    ] {
        let page = browser.open(&format!("{path}?token=a-token")).await;
        shows(&page, 200, &["value=\"a-token\""]);
        assert!(
            page.header("cache-control").contains("no-store"),
            "{page:?}"
        );
        let answer = browser.submit(path, &[("token", "a-token")]).await;
        redirects(&answer, &format!("/sign-in?notice={notice}"));
    }
    assert_eq!(shop.services.calls::<VerifyEmailRequest>().len(), 1);
    shop.services.on(|_: VerifyEmailRequest| {
        let old = refusal(Code::InvalidArgument, "VERIFICATION_INVALID", "old");
        Err::<VerifyEmailResponse, _>(old)
    });
    let answer = browser.submit("/verify-email", &[("token", "old")]).await;
    shows(&answer, 422, &["This link has expired or was used."]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_password_is_replaced() {
    let shop = open().await;
    shop.services
        .on(|_: RequestPasswordResetRequest| Ok(RequestPasswordResetResponse {}));
    shop.services.on(|request: ResetPasswordRequest| {
        match (request.token.as_str(), request.new_password.as_str()) {
            ("a-token", "quiet lantern orbit") => Ok(ResetPasswordResponse {}),
            ("a-token", _) => Err(invalid("new_password", "must not be a common password")),
            _ => Err(refusal(
                Code::InvalidArgument,
                "PASSWORD_RESET_INVALID",
                "old",
            )),
        }
    });
    let browser = Browser::new(&shop);
    browser.open("/forgot-password").await;
    let answer = browser
        .submit("/forgot-password", &[("email", "ada@example.com")])
        .await;
    redirects(&answer, "/sign-in?notice=reset-requested");
    let page = browser.open("/reset-password?token=a-token").await;
    shows(&page, 200, &["value=\"a-token\""]);
    assert!(
        page.header("cache-control").contains("no-store"),
        "{page:?}"
    );
    let reset = async |token: &str, password: &str| {
        let fields = [("token", token), ("new_password", password)];
        browser.submit("/reset-password", &fields).await
    };
    shows(
        &reset("a-token", "password").await,
        422,
        &["New password must not be a common password"],
    );
    shows(
        &reset("old", "quiet lantern orbit").await,
        422,
        &["This link has expired or was used."],
    );
    redirects(
        &reset("a-token", "quiet lantern orbit").await,
        "/sign-in?notice=password-reset",
    );
}
