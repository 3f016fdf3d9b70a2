use kernel::Currency;

use super::*;

fn draft() -> DetailsDraft {
    DetailsDraft {
        slug: "espresso".to_owned(),
        name: "Espresso".to_owned(),
        price: Some((1_299, "EUR".to_owned())),
        category: "coffee".to_owned(),
        ..DetailsDraft::default()
    }
}

fn euros() -> Currencies {
    Currency::EUR.into()
}

fn fields(violations: Violations) -> Vec<String> {
    violations.into_vec().into_iter().map(|v| v.field).collect()
}

#[test]
fn a_minimal_product_is_valid() {
    let product = NewProduct::new("COFFEE-1", draft(), 3, &euros()).expect("valid");
    assert_eq!(product.details.price, Money::new(1_299, Currency::EUR));
    assert_eq!(product.on_hand, 3);
}

#[test]
fn every_invalid_field_is_reported() {
    let draft = DetailsDraft {
        slug: "Espresso!".to_owned(),
        name: String::new(),
        description: "x".repeat(5_001),
        price: Some((-1, "XQX".to_owned())),
        category: String::new(),
        attributes: BTreeMap::from([("roast".to_owned(), String::new())]),
        images: vec![Image {
            url: "javascript:alert(1)".to_owned(),
            alt: String::new(),
        }],
    };
    let violations =
        NewProduct::new("coffee", draft, 1_000_001, &euros()).expect_err("everything is invalid");
    assert_eq!(
        fields(violations),
        [
            "sku",
            "on_hand",
            "slug",
            "name",
            "description",
            "category",
            "attributes.roast",
            "images[0].url",
            "images[0].alt",
            "price.minor_units",
            "price.currency",
        ]
    );
}

#[test]
fn a_price_is_required() {
    let without = DetailsDraft {
        price: None,
        ..draft()
    };
    let violations = NewProduct::new("A", without, 0, &euros()).expect_err("no price");
    assert_eq!(fields(violations), ["price"]);
}

/// Sets a field to a text.
type Set = fn(&mut DetailsDraft, String);

#[test]
fn every_text_follows_the_rule_of_its_kind() {
    let set: [(&str, Set); 5] = [
        ("name", |draft, text| draft.name = text),
        ("description", |draft, text| draft.description = text),
        ("attributes.roast", |draft, text| {
            draft.attributes.insert("roast".to_owned(), text);
        }),
        ("attributes", |draft, text| {
            draft.attributes.insert(text, "dark".to_owned());
        }),
        ("images[0].alt", |draft, alt| {
            let url = "/a.png".to_owned();
            draft.images.push(Image { url, alt });
        }),
    ];
    for (field, set) in set {
        for text in ["a\u{0}b", "a\u{202E}b", "a\u{3164}b", "a\nb", "a\tb"] {
            let mut draft = draft();
            set(&mut draft, text.to_owned());
            let mut violations = Violations::new();
            draft.check(&mut violations, &euros());
            let is_allowed = field == "description" && text.contains(['\n', '\t']);
            let expected: &[&str] = if is_allowed { &[] } else { &[field] };
            assert_eq!(fields(violations), expected, "{text:?}");
        }
    }
}

#[test]
fn texts_are_stored_normalized() {
    let draft = DetailsDraft {
        name: " Cafe\u{301}  au lait".to_owned(),
        description: "one\r\n\ttwo\r\n".to_owned(),
        attributes: BTreeMap::from([("ro\u{302}st".to_owned(), " e\u{301} ".to_owned())]),
        ..draft()
    };
    let mut violations = Violations::new();
    let details = draft.check(&mut violations, &euros()).expect("a price");
    assert!(violations.is_empty(), "{violations}");
    assert_eq!(details.name, "Caf\u{e9} au lait");
    assert_eq!(details.description, "one\n\ttwo");
    let attribute = ("r\u{f4}st".to_owned(), "\u{e9}".to_owned());
    assert_eq!(details.attributes, BTreeMap::from([attribute]));
}

#[test]
fn two_attributes_with_the_same_normalized_name_are_refused() {
    let attributes = ["\u{e9}", "e\u{301}"].map(|key| (key.to_owned(), "a".to_owned()));
    let mut violations = Violations::new();
    check_attributes(&mut violations, &BTreeMap::from(attributes), 30);
    assert_eq!(fields(violations), ["attributes.\u{e9}"]);
}

#[test]
fn a_price_is_in_a_currency_of_the_shop() {
    let currencies: Currencies = "EUR,JPY".parse().expect("two currencies");
    for (code, is_sold) in [
        ("EUR", true),
        ("JPY", true),
        ("USD", false),
        ("XXX", false),
        ("XAU", false),
        ("eur", false),
        ("", false),
    ] {
        let draft = DetailsDraft {
            price: Some((100, code.to_owned())),
            ..draft()
        };
        let mut violations = Violations::new();
        let price = draft.check(&mut violations, &currencies);
        assert_eq!(price.is_some(), is_sold, "{code}");
        let expected: &[&str] = if is_sold { &[] } else { &["price.currency"] };
        assert_eq!(fields(violations), expected, "{code}");
    }
}

#[test]
fn the_texts_of_a_product_have_at_most_32_000_bytes() {
    // 5,000 characters of 4 bytes are as many bytes as a description can have.
    let description = "\u{1F600}".repeat(5_000);
    let attributes = |bytes: usize| {
        let value = |index: usize| (format!("{index:02}"), "x".repeat(200));
        let mut all: BTreeMap<_, _> = (0..bytes / 202).map(value).collect();
        all.insert("rest".to_owned(), "x".repeat(bytes % 202 + 1));
        all
    };
    let check = |extra: usize| {
        let draft = DetailsDraft {
            description: description.clone(),
            images: (0..10)
                .map(|index| Image {
                    url: format!("/{index}{}", "a".repeat(498)),
                    alt: "\u{e9}".repeat(100),
                })
                .collect(),
            attributes: attributes(4_900 + extra),
            ..draft()
        };
        let mut violations = Violations::new();
        let details = draft.check(&mut violations, &euros()).expect("a price");
        (details.text_bytes(), fields(violations))
    };
    let (bytes, found) = check(0);
    assert_eq!(found, Vec::<String>::new());
    let (most, found) = check(BYTES_MAX - bytes);
    assert_eq!((most, found), (BYTES_MAX, Vec::new()));
    let (_, found) = check(BYTES_MAX - bytes + 1);
    assert_eq!(found, ["product"]);
}
