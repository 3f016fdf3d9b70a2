use super::*;

fn refusal(url: &str, secret_key: &str) -> Option<String> {
    let config = ProviderConfig {
        url: url.to_owned(),
        secret_key: secret_key.into(),
        timeout_ms: 1_000,
        connect_timeout_ms: 1_000,
        return_url: "https://shop.example/orders/{order_id}".to_owned(),
        currencies: "EUR".to_owned(),
    };
    Provider::new(&config).err().map(|error| error.to_string())
}

#[test]
fn a_live_key_is_never_sent_over_plain_http() {
    // Restricted keys too.
    for key in ["sk_live_1", "rk_live_1"] {
        let refused = refusal("http://127.0.0.1:50055", key).expect("refused");
        assert!(refused.contains("https"), "{refused}");
        assert!(!refused.contains(key));
        assert_eq!(refusal("https://api.stripe.com", key), None);
    }
    assert_eq!(refusal("http://127.0.0.1:50055", "sk_test_1"), None);
}

#[test]
fn an_invalid_address_is_named() {
    for url in ["sandbox", "ftp://sandbox", ""] {
        let refused = refusal(url, "sk_test_1").expect("refused");
        assert!(refused.contains("provider.url"), "{refused}");
    }
}

#[test]
fn a_list_ends_only_at_a_page_without_has_more() {
    use super::object::List;
    let page = |text: &str| {
        let page = serde_json::from_str::<List>(text).ok()?;
        let after = page.next_cursor().ok()?;
        Some(after.map(str::to_owned))
    };
    let intent = r#"{"id": "pi_1", "amount": 1, "status": "canceled"}"#;
    let some = |more| format!(r#"{{"data": [{intent}], "has_more": {more}}}"#);
    assert_eq!(page(&some(false)), Some(None));
    assert_eq!(page(&some(true)), Some(Some("pi_1".to_owned())));
    assert_eq!(page(r#"{"data": [], "has_more": false}"#), Some(None));
    assert_eq!(page(r#"{"data": [], "has_more": true}"#), None);
    assert_eq!(page(r#"{"data": []}"#), None);
}
