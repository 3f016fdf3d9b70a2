//! Signing in to the console, and what each member may open there.

use contracts::user::v1::*;
use gateway::route::Access;
use kernel::{Clock, UserId};
use serde_json::json;
use tonic::Code;

use crate::{
    pages::browser::{Browser, live_session, shop, shop_with},
    samples::{ID, refusal, time},
    shop::Shop,
};

const CREDENTIALS: [(&str, &str); 2] =
    [("email", "staff@example.com"), ("password", "secret words")];

/// A shop with a staff account, whose code is `123456`.
async fn shop_with_staff() -> Shop {
    let shop = shop().await;
    let claims = json!({"groups": [], "amr": ["pwd"]});
    let member = UserId::generate();
    let password_only = shop.issuer.token_with(member, "staff", &claims);
    let proved = shop.staff.clone();
    shop.services.on(move |_: SignInRequest| {
        Ok(SignInResponse {
            session: live_session(&password_only),
        })
    });
    shop.services
        .on(move |request: StepUpRequest| match request.code.as_str() {
            "123456" => Ok(StepUpResponse {
                session: Some(ProvedSession {
                    access_token: proved.clone(),
                    access_expires_at: time(),
                }),
            }),
            _ => Err(refusal(Code::InvalidArgument, "CODE_INVALID", "wrong")),
        });
    shop
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_signs_in_with_both_factors_and_gets_where_they_wanted() {
    let shop = shop_with_staff().await;
    let browser = Browser::new(&shop);
    let answer = browser.open("/staff/orders").await;
    let sign_in = "/staff/sign-in?next=%2Fstaff%2Forders";
    assert_eq!((answer.status, answer.header("location")), (303, sign_in));

    let page = browser.open(sign_in).await;
    assert!(page.text.contains("value=\"/staff/orders\""), "{page:?}");
    let mut fields = CREDENTIALS.to_vec();
    fields.push(("next", "/staff/orders"));
    let answer = browser.submit("/staff/sign-in", &fields).await;
    let code_page = "/staff/second-factor?next=%2Fstaff%2Forders";
    assert_eq!((answer.status, answer.header("location")), (303, code_page));

    browser.open(code_page).await;
    let path = "/staff/second-factor";
    let wrong = [("code", "000000"), ("next", "/staff/orders")];
    let answer = browser.submit(path, &wrong).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text.contains("The code is wrong"), "{answer:?}");
    let right = [("code", "123456"), ("next", "/staff/orders")];
    let answer = browser.submit(path, &right).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, "/staff/orders")
    );
    assert_eq!(browser.cookie("staff-access").unwrap(), shop.staff);
    // The shop does not know this session.
    assert_eq!(browser.cookie("access"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_of_the_shop_is_none_of_the_console() {
    let shop = shop().await;
    let browser = Browser::new(&shop).with("access", &shop.staff);
    let answer = browser.open("/staff/orders").await;
    assert_eq!(answer.status, 303);
    assert!(answer.header("location").starts_with("/staff/sign-in"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_asks_guests_to_sign_in_and_staff_for_their_second_factor() {
    let shop = shop().await;
    let claims = json!({"groups": [], "amr": ["pwd"]});
    let password_only = shop.issuer.token_with(UserId::generate(), "staff", &claims);
    let rows = gateway::staff::routes::TABLE.iter();
    for row in rows.filter(|row| row.access.groups().is_some()) {
        let path = row.path.replace("{service}", "order").replace("{id}", ID);
        for (token, page) in [
            ("", "/staff/sign-in"),
            (&password_only, "/staff/second-factor"),
        ] {
            let browser = Browser::new(&shop).with("staff-access", token);
            let answer = browser.send(browser.request(row.method, &path)).await;
            assert_eq!(answer.status, 303, "{row:?}: {answer:?}");
            let location = answer.header("location");
            let expected = format!("{page}?next=%2Fstaff");
            assert!(location.starts_with(&expected), "{row:?}: {location}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_moves_money_asks_again_for_the_second_factor() {
    let shop = shop().await;
    let an_hour_ago = Clock::system().now().timestamp() - 3_600;
    let claims = json!({"auth_time": an_hour_ago});
    let token = shop.issuer.token_with(UserId::generate(), "staff", &claims);
    let rows = gateway::staff::routes::TABLE.iter();
    let recent = rows.filter(|row| matches!(row.access, Access::RecentStaff(_)));
    for row in recent {
        let path = row.path.replace("{service}", "order").replace("{id}", ID);
        let browser = Browser::new(&shop).with("staff-access", &token);
        let answer = browser.send(browser.request(row.method, &path)).await;
        assert_eq!(answer.status, 303, "{row:?}: {answer:?}");
        let location = answer.header("location");
        assert!(
            location.starts_with("/staff/second-factor?next="),
            "{location}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_permission_is_shown_with_the_groups_that_have_it() {
    let shop = shop().await;
    let token = shop.issuer.staff_token(UserId::generate(), &["catalog"]);
    let browser = Browser::new(&shop).with("staff-access", &token);
    let answer = browser.open("/staff/returns").await;
    assert_eq!(answer.status, 403);
    assert!(answer.text.contains("support, finance"), "{}", answer.text);
    // The navigation does not offer what they may not open.
    assert!(!answer.text.contains("href=\"/staff/returns\""));
    for link in ["href=\"/staff/products\"", "action=\"/staff/sign-out\""] {
        assert!(answer.text.contains(link), "no {link} in {}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_account_of_a_customer_gets_no_session_of_the_console() {
    let shop = shop_with_staff().await;
    shop.services.on(|_: StepUpRequest| {
        Err::<StepUpResponse, _>(refusal(Code::PermissionDenied, "FORBIDDEN", "not staff"))
    });
    let browser = Browser::new(&shop).with("staff-access", &shop.customer.1);
    browser.open("/staff/second-factor").await;
    let answer = browser
        .submit("/staff/second-factor", &[("code", "123456")])
        .await;
    assert_eq!(answer.status, 403);
    assert_eq!(browser.cookie("staff-access"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_member_sets_up_an_app_and_gets_recovery_codes() {
    let shop = shop_with_staff().await;
    let proved = shop.staff.clone();
    shop.services.on(|_: BeginSecondFactorRequest| {
        Ok(BeginSecondFactorResponse {
            secret: "GEZDGNBV".to_owned(),
            uri: "otpauth://totp/Mercantile?secret=GEZDGNBV".to_owned(),
        })
    });
    shop.services.on(
        move |request: ConfirmSecondFactorRequest| match request.code.as_str() {
            "123456" => Ok(ConfirmSecondFactorResponse {
                recovery_codes: vec!["mfrg-gzdf".to_owned()],
                session: Some(ProvedSession {
                    access_token: proved.clone(),
                    access_expires_at: time(),
                }),
            }),
            _ => Err(refusal(Code::InvalidArgument, "CODE_INVALID", "wrong")),
        },
    );
    let claims = json!({"groups": [], "amr": ["pwd"]});
    let token = shop.issuer.token_with(UserId::generate(), "staff", &claims);
    let browser = Browser::new(&shop).with("staff-access", &token);
    browser.open("/staff/second-factor/enrollment").await;
    let page = browser.submit("/staff/second-factor/enrollment", &[]).await;
    assert!(page.text.contains("<code>GEZDGNBV</code>"), "{}", page.text);
    let path = "/staff/second-factor/confirmation";
    let wrong = [
        ("code", "0"),
        ("secret", "GEZDGNBV"),
        ("uri", "otpauth://x"),
    ];
    let page = browser.submit(path, &wrong).await;
    assert_eq!(page.status, 422);
    assert!(page.text.contains("<code>GEZDGNBV</code>"), "{}", page.text);
    let page = browser.submit(path, &[("code", "123456")]).await;
    assert!(page.text.contains("mfrg-gzdf"), "{}", page.text);
    assert_eq!(browser.cookie("staff-access").unwrap(), shop.staff);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_configured_host_serves_the_console() {
    let shop = shop_with(|source| source.set("pages.staff_host", "staff.shop.example")).await;
    let browser = Browser::new(&shop);
    for (host, path, status) in [
        ("shop.example", "/staff/sign-in", 404),
        ("shop.example", "/sign-in", 200),
        ("Staff.Shop.Example", "/staff/sign-in", 200),
    ] {
        let request = browser.request("GET", path).header("host", host);
        let answer = browser.send(request).await;
        assert_eq!(answer.status, status, "{host} {path}");
    }
}
