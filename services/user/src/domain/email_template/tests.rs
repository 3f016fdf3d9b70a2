use chrono::DateTime;
use kernel::{Money, OrderId, UserId};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn template(order_url: Option<&str>) -> EmailTemplate {
    EmailTemplate {
        shop: "Tea & Søn".to_owned(),
        order_url: order_url.map(ToOwned::to_owned),
        account_pages: AccountPages::default(),
    }
}

fn notification(event: OrderEvent) -> Notification {
    Notification {
        id: Uuid::nil(),
        customer: UserId::from(Uuid::nil()),
        about: About::Order(OrderId::from(Uuid::nil()), event),
        happened_at: DateTime::UNIX_EPOCH,
    }
}

fn to(name: &str) -> Recipient<'_> {
    Recipient { name, token: None }
}

fn money(minor_units: i64, currency: &str) -> Money {
    Money::new(minor_units, currency.parse().unwrap())
}

#[test]
fn an_email_has_a_text_and_an_html_part() {
    let url = "https://shop.example/orders/{order_id}?a=1&b=2";
    let confirmed = OrderEvent::Confirmed {
        total: money(4_597, "EUR"),
    };
    let email = template(Some(url)).render(&notification(confirmed), &to("Zoë O'Neil"));
    assert_eq!(email.subject, "Tea & Søn: your order is confirmed");
    assert_eq!(
        email.text,
        "Hello Zoë O'Neil,\n\n\
         thank you: your order is confirmed. 45.97 EUR is authorized on your card and charged when it ships.\n\n\
         Order 00000000-0000-0000-0000-000000000000\n\n\
         https://shop.example/orders/00000000-0000-0000-0000-000000000000?a=1&b=2\n\n\
         Tea & Søn\n"
    );
    for part in [
        "<p>Hello Zoë O&#39;Neil,</p>",
        "<p>Tea &amp; Søn</p>",
        "<a href=\"https://shop.example/orders/00000000-0000-0000-0000-000000000000?a=1&amp;b=2\">",
    ] {
        assert!(email.html.contains(part), "{}", email.html);
    }
}

#[test]
fn without_an_order_url_there_is_no_link() {
    let email = template(None).render(&notification(OrderEvent::Delivered), &to("Ada"));
    assert!(!email.text.contains("http") && !email.html.contains("href"));
}

#[test]
fn amounts_have_the_decimals_of_their_currency() {
    for (minor_units, currency, expected) in [
        (4_597, "EUR", "45.97 EUR"),
        (5, "USD", "0.05 USD"),
        (1_200, "JPY", "1200 JPY"),
        (12_345, "KWD", "12.345 KWD"),
    ] {
        let amount = money(minor_units, currency);
        let email =
            template(None).render(&notification(OrderEvent::Refunded { amount }), &to("Ada"));
        assert!(email.text.contains(expected), "{}", email.text);
    }
}

#[test]
fn every_reason_has_a_text_even_an_unknown_one() {
    for reason in [
        "out_of_stock",
        "payment_declined",
        "payment_expired",
        "of_the_future",
    ] {
        let reason = reason.to_owned();
        let email =
            template(None).render(&notification(OrderEvent::Rejected { reason }), &to("Ada"));
        assert!(email.text.contains("Nothing is charged."));
        assert!(!email.text.contains('_'), "{}", email.text);
    }
}

#[test]
fn a_tracking_number_is_escaped() {
    let tracking_number = "<b>1</b>".to_owned();
    let email = template(None).render(
        &notification(OrderEvent::Shipped { tracking_number }),
        &to("Ada"),
    );
    assert!(email.html.contains("&lt;b&gt;1&lt;/b&gt;"));
}

#[test]
fn an_email_about_an_account_names_nobody_and_confirms_an_unconfirmed_address() {
    let render = |event, token, url: Option<&str>| {
        let template = EmailTemplate {
            account_pages: AccountPages {
                verification: url.map(ToOwned::to_owned),
                ..AccountPages::default()
            },
            ..template(None)
        };
        let notification = Notification {
            about: About::Account(event),
            ..notification(OrderEvent::Delivered)
        };
        let to = Recipient { name: "Ada", token };
        template.render(&notification, &to)
    };
    let url = Some("https://shop.example/?t={token}");
    let with_link = render(AccountEvent::Registered, Some("t0ken"), url);
    assert!(with_link.text.contains("https://shop.example/?t=t0ken\n"));
    let with_code = render(AccountEvent::Registered, Some("t0ken"), None);
    assert!(with_code.text.contains("\n\nt0ken\n\n"));
    let confirmed = render(AccountEvent::Registered, None, url);
    let again = render(AccountEvent::RegisteredAgain, Some("t0ken"), url);
    for email in [&confirmed, &again] {
        assert!(!email.text.contains("t0ken") && !email.text.contains("http"));
        assert!(!email.text.contains("confirm that"), "{}", email.text);
    }
    let invitation = Uuid::nil();
    let invited = render(
        AccountEvent::StaffInvited { invitation },
        Some("t0ken"),
        url,
    );
    assert!(invited.text.contains("\n\nt0ken\n\n"), "{}", invited.text);
    assert!(invited.text.contains("Give it to nobody"));
    for email in [with_link, with_code, confirmed, again, invited] {
        assert!(email.text.starts_with("Hello,\n"), "{}", email.text);
    }
}

#[test]
fn a_link_of_an_account_leads_to_its_page_and_is_escaped() {
    let page = |name: &str| Some(format!("https://shop.example/{name}?a=1&t={{token}}"));
    let template = EmailTemplate {
        account_pages: AccountPages {
            verification: page("confirm"),
            password_reset: page("reset"),
            email_change: page("change"),
            invitation: page("join"),
        },
        ..template(None)
    };
    let (credentials, session) = (1, Uuid::nil());
    let requested = AccountEvent::EmailChangeRequested {
        credentials,
        session,
    };
    let invited = AccountEvent::StaffInvited {
        invitation: Uuid::nil(),
    };
    for (event, name) in [
        (AccountEvent::VerificationRequested, "confirm"),
        (
            AccountEvent::PasswordResetRequested { credentials },
            "reset",
        ),
        (requested, "change"),
        (invited, "join"),
    ] {
        let notification = Notification {
            about: About::Account(event),
            ..notification(OrderEvent::Delivered)
        };
        let to = Recipient {
            name: "Ada",
            token: Some("t0ken"),
        };
        let email = template.render(&notification, &to);
        let link = format!("https://shop.example/{name}?a=1&t=t0ken");
        assert!(email.text.contains(&link), "{}", email.text);
        let link = format!("<a href=\"https://shop.example/{name}?a=1&amp;t=t0ken\">");
        assert!(email.html.contains(&link), "{}", email.html);
    }
}

#[test]
fn a_notice_has_no_link_and_no_token() {
    for event in [
        AccountEvent::PasswordChanged,
        AccountEvent::PasswordReset,
        AccountEvent::EmailChanged,
        AccountEvent::SessionsEnded,
        AccountEvent::SecondFactorEnrolled,
        AccountEvent::AddressClaimed,
    ] {
        let notification = Notification {
            about: About::Account(event),
            ..notification(OrderEvent::Delivered)
        };
        let to = Recipient {
            name: "Ada",
            token: Some("t0ken"),
        };
        let email = template(None).render(&notification, &to);
        assert!(!email.text.contains("t0ken"), "{}", email.text);
        assert!(!email.html.contains("href"), "{}", email.html);
        assert!(email.text.starts_with("Hello,\n"), "{}", email.text);
    }
}

#[test]
fn a_plain_name_is_printed() {
    for name in [
        "Ada Lovelace",
        " Zoë ",
        "J.R.R. Tolkien",
        "Dr. Who",
        "O'Neil-Smith, Jr.",
        "निर्मला",
        "李小龍",
    ] {
        assert_eq!(printable_name(name), Some(name.trim()));
    }
}

#[test]
fn a_name_with_a_link_or_control_character_is_omitted() {
    for name in [
        "",
        "   ",
        "Ada\r\nBcc: everybody@example.com",
        "Ada\nLovelace",
        "Win money at evil.example",
        "https://evil.example",
        "www.evil.example",
        "ada@evil.example",
        "<script>",
        "Ada\u{202E}ecalevoL",
        "Ada\u{2028}Bcc",
        &"a".repeat(61),
    ] {
        assert_eq!(printable_name(name), None, "{name:?}");
    }
    let email = template(None).render(&notification(OrderEvent::Delivered), &to("evil.example"));
    assert!(email.text.starts_with("Hello,\n"));
}

proptest! {
    #[test]
    fn no_name_adds_a_line(name in any::<String>()) {
        let email = template(None).render(&notification(OrderEvent::Delivered), &to(&name));
        prop_assert!(!email.subject.chars().any(char::is_control));
        let plain = template(None).render(&notification(OrderEvent::Delivered), &to(""));
        prop_assert_eq!(email.text.lines().count(), plain.text.lines().count());
    }
}
