use chrono::DateTime;
use kernel::{Money, OrderId, UserId};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn head(order_url: Option<&str>) -> Letterhead {
    Letterhead {
        shop: "Tea & Søn".to_owned(),
        order_url: order_url.map(ToOwned::to_owned),
    }
}

fn notice(news: News) -> Notice {
    Notice {
        id: Uuid::nil(),
        customer: UserId::from(Uuid::nil()),
        order: OrderId::from(Uuid::nil()),
        news,
        happened_at: DateTime::UNIX_EPOCH,
    }
}

fn money(minor_units: i64, currency: &str) -> Money {
    Money::new(minor_units, currency.parse().unwrap())
}

#[test]
fn a_letter_says_it_in_text_and_in_html() {
    let url = "https://shop.example/orders/{order_id}?a=1&b=2";
    let confirmed = News::Confirmed {
        total: money(4_597, "EUR"),
    };
    let letter = head(Some(url)).letter(&notice(confirmed), "Zoë O'Neil");
    assert_eq!(letter.subject, "Tea & Søn: your order is confirmed");
    assert_eq!(
        letter.text,
        "Hello Zoë O'Neil,\n\n\
         thank you: your order is confirmed. 45.97 EUR are held on your card and taken when it ships.\n\n\
         Order 00000000-0000-0000-0000-000000000000\n\n\
         https://shop.example/orders/00000000-0000-0000-0000-000000000000?a=1&b=2\n\n\
         Tea & Søn\n"
    );
    for part in [
        "<p>Hello Zoë O&#39;Neil,</p>",
        "<p>Tea &amp; Søn</p>",
        "<a href=\"https://shop.example/orders/00000000-0000-0000-0000-000000000000?a=1&amp;b=2\">",
    ] {
        assert!(letter.html.contains(part), "{}", letter.html);
    }
}

#[test]
fn without_a_page_to_show_there_is_no_link() {
    let letter = head(None).letter(&notice(News::Delivered), "Ada");
    assert!(!letter.text.contains("http") && !letter.html.contains("href"));
}

#[test]
fn amounts_have_the_places_of_their_currency() {
    for (minor_units, currency, says) in [
        (4_597, "EUR", "45.97 EUR"),
        (5, "USD", "0.05 USD"),
        (1_200, "JPY", "1200 JPY"),
        (12_345, "KWD", "12.345 KWD"),
    ] {
        let amount = money(minor_units, currency);
        let letter = head(None).letter(&notice(News::Refunded { amount }), "Ada");
        assert!(letter.text.contains(says), "{}", letter.text);
    }
}

#[test]
fn every_reason_has_words_and_an_unknown_one_too() {
    for reason in [
        "out_of_stock",
        "payment_declined",
        "payment_expired",
        "of_the_future",
    ] {
        let reason = reason.to_owned();
        let letter = head(None).letter(&notice(News::Rejected { reason }), "Ada");
        assert!(letter.text.contains("Nothing is charged."));
        assert!(!letter.text.contains('_'), "{}", letter.text);
    }
}

#[test]
fn what_staff_typed_is_text_and_not_markup() {
    let tracking_number = "<b>1</b>".to_owned();
    let letter = head(None).letter(&notice(News::Shipped { tracking_number }), "Ada");
    assert!(letter.html.contains("&lt;b&gt;1&lt;/b&gt;"));
}

#[test]
fn a_name_is_spoken_when_it_looks_like_one() {
    for name in [
        "Ada Lovelace",
        " Zoë ",
        "J.R.R. Tolkien",
        "Dr. Who",
        "O'Neil-Smith, Jr.",
        "निर्मला",
        "李小龍",
    ] {
        assert_eq!(speakable(name), Some(name.trim()));
    }
}

#[test]
fn a_name_that_carries_something_is_left_out() {
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
        assert_eq!(speakable(name), None, "{name:?}");
    }
    let letter = head(None).letter(&notice(News::Delivered), "evil.example");
    assert!(letter.text.starts_with("Hello,\n"));
}

proptest! {
    #[test]
    fn no_name_makes_a_new_line(name in any::<String>()) {
        let letter = head(None).letter(&notice(News::Delivered), &name);
        prop_assert!(!letter.subject.chars().any(char::is_control));
        let plain = head(None).letter(&notice(News::Delivered), "");
        prop_assert_eq!(letter.text.lines().count(), plain.text.lines().count());
    }
}
