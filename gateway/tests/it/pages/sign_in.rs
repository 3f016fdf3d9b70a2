//! Signing in, registering and signing out.

use contracts::{order::v1::*, user::v1::*};
use tonic::Code;
use url::form_urlencoded;

use crate::{
    pages::browser::{Browser, live_session, shop},
    samples::{cart, excluded, refusal},
    shop::{Answer, Shop},
};

const CREDENTIALS: [(&str, &str); 2] = [("email", "ada@example.com"), ("password", "secret words")];

async fn shop_with_accounts() -> Shop {
    let shop = shop().await;
    let token = shop.customer.1.clone();
    shop.services.on(
        move |request: SignInRequest| match request.password == "secret words" {
            true => Ok(SignInResponse {
                session: live_session(&token),
            }),
            false => Err(refusal(
                Code::Unauthenticated,
                "CREDENTIALS_INVALID",
                "wrong",
            )),
        },
    );
    shop
}

async fn sign_in(browser: &Browser<'_>, path: &str, next: &str) -> Answer {
    browser.open(path).await;
    let mut fields = CREDENTIALS.to_vec();
    fields.push(("next", next));
    browser.submit("/sign-in", &fields).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_keeps_the_session_in_cookies_and_renews_the_form_token() {
    let shop = shop_with_accounts().await;
    let browser = Browser::new(&shop);
    browser.open("/sign-in?next=%2Fcheckout").await;
    let before = browser.cookie("form").unwrap();
    let answer = sign_in(&browser, "/sign-in", "/checkout").await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, "/checkout")
    );
    assert_eq!(browser.cookie("access").unwrap(), shop.customer.1);
    assert_eq!(browser.cookie("refresh").unwrap(), "refresh");
    assert_eq!(browser.cookie("device").unwrap(), "device");
    assert_ne!(browser.cookie("form").unwrap(), before);
    assert!(!answer.text.contains("refresh"), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_leads_only_to_a_page_of_the_shop() {
    let shop = shop_with_accounts().await;
    for next in [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "",
    ] {
        let browser = Browser::new(&shop);
        let answer = sign_in(&browser, "/sign-in", next).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, "/"),
            "{next}"
        );
        let signed_in = Browser::new(&shop).with("access", &shop.customer.1);
        let encoded: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
        let request = signed_in.request("GET", &format!("/sign-in?next={encoded}"));
        let answer = signed_in.send(request).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, "/"),
            "{next}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_shows_the_form_again_without_it() {
    let shop = shop_with_accounts().await;
    let browser = Browser::new(&shop);
    browser.open("/sign-in").await;
    let fields = [
        ("email", "\"><b>ada"),
        ("password", "hunter2 hunter2"),
        ("next", "/cart"),
    ];
    let answer = browser.submit("/sign-in", &fields).await;
    assert_eq!(answer.status, 422, "{answer:?}");
    assert!(
        answer.text.contains("E-mail or password is wrong"),
        "{answer:?}"
    );
    assert!(answer.text.contains("href=\"#email\""), "{answer:?}");
    assert!(answer.text.contains("value=\"/cart\""), "{answer:?}");
    assert!(!answer.text.contains("hunter2"), "{answer:?}");
    assert!(!answer.text.contains("<b>ada"), "{answer:?}");
    assert_eq!(browser.cookie("access"), None);
    // The form can be sent at once.
    let answer = browser.submit("/sign-in", &CREDENTIALS).await;
    assert_eq!(answer.status, 303, "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guests_cart_moves_into_the_account() {
    let shop = shop_with_accounts().await;
    shop.services.on(|request: MergeCartRequest| {
        assert_eq!(request.guest_token, "guest");
        Ok(MergeCartResponse {
            cart: cart(""),
            moved_units: 2,
            left: Vec::new(),
        })
    });
    let browser = Browser::new(&shop).with("cart", "guest");
    let answer = sign_in(&browser, "/sign-in", "/checkout").await;
    assert_eq!(answer.header("location"), "/checkout", "{answer:?}");
    assert_eq!(browser.cookie("cart"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stays_in_a_guests_cart_is_said() {
    let shop = shop_with_accounts().await;
    shop.services.on(|_: MergeCartRequest| {
        Ok(MergeCartResponse {
            cart: cart(""),
            moved_units: 0,
            left: vec![excluded("COFFEE-1", 2, LineReason::CartFull)],
        })
    });
    let browser = Browser::new(&shop).with("cart", "guest");
    let answer = sign_in(&browser, "/sign-in", "/checkout").await;
    assert_eq!(answer.header("location"), "/cart?notice=cart-partly-merged");
    assert_eq!(browser.cookie("cart").unwrap(), "guest");
    let page = browser.open("/cart?notice=cart-partly-merged").await;
    assert!(page.text.contains("could not be moved"), "{page:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_out_ends_the_session_everywhere() {
    let shop = shop_with_accounts().await;
    shop.services.on(|request: SignOutRequest| {
        assert_eq!(request.refresh_token, "refresh");
        Ok(SignOutResponse {})
    });
    let browser = Browser::new(&shop)
        .with("access", &shop.customer.1)
        .with("refresh", "refresh");
    browser.open("/").await;
    let before = browser.cookie("form").unwrap();
    let answer = browser.submit("/sign-out", &[]).await;
    assert_eq!(
        answer.header("location"),
        "/?notice=signed-out",
        "{answer:?}"
    );
    assert_eq!(
        (browser.cookie("access"), browser.cookie("refresh")),
        (None, None)
    );
    assert_ne!(browser.cookie("form").unwrap(), before);
    assert_eq!(shop.services.calls::<SignOutRequest>().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_out_works_without_the_service_of_accounts() {
    let shop = shop_with_accounts().await;
    shop.services
        .on(|_: SignOutRequest| Err::<SignOutResponse, _>(tonic::Status::unavailable("stopped")));
    let browser = Browser::new(&shop)
        .with("access", &shop.customer.1)
        .with("refresh", "refresh");
    browser.open("/").await;
    assert_eq!(browser.submit("/sign-out", &[]).await.status, 303);
    assert_eq!(browser.cookie("access"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_customer_is_sent_to_sign_in() {
    let shop = shop_with_accounts().await;
    shop.services.on(|request: RegisterRequest| {
        assert_eq!(request.display_name, "Ada");
        Ok(RegisterResponse {
            email: request.email,
        })
    });
    let browser = Browser::new(&shop);
    browser.open("/register?next=/checkout").await;
    let mut fields = CREDENTIALS.to_vec();
    fields.extend([("display_name", " Ada "), ("next", "/checkout")]);
    let answer = browser.submit("/register", &fields).await;
    let expected = "/sign-in?next=%2Fcheckout&notice=registered";
    assert_eq!((answer.status, answer.header("location")), (303, expected));
}
