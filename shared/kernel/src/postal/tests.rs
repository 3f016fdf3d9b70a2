use super::*;

fn fields(country: &str, region: &str, postal_code: &str) -> PostalFields {
    PostalFields {
        recipient: " Ada Lovelace ".to_owned(),
        line1: "Kastanienallee 1".to_owned(),
        city: "Berlin".to_owned(),
        region: region.to_owned(),
        postal_code: postal_code.to_owned(),
        country: country.to_owned(),
        ..PostalFields::default()
    }
}

fn errors(fields: PostalFields) -> String {
    let mut violations = Violations::new();
    fields.check("postal", &mut violations);
    violations.to_string()
}

#[test]
fn every_country_has_a_rule_and_its_example_follows_it() {
    let mut codes = 0;
    let all = (b'A'..=b'Z').flat_map(|a| (b'A'..=b'Z').map(move |b| [a, b].map(char::from)));
    for code in all.map(String::from_iter) {
        let Ok(country) = code.parse::<Country>() else {
            continue;
        };
        codes += 1;
        let rule = Rule::of(country).unwrap();
        if rule.example() != "-" {
            assert_eq!(rule.check_postal_code(&rule.example()), Ok(()), "{code}");
        }
        assert!(
            rule.check_postal_code(".").is_err() || code == "KP",
            "{code}"
        );
    }
    assert_eq!(codes, 249);
}

#[test]
fn a_postal_code_has_the_shape_of_its_country() {
    for (country, code) in [
        ("DE", "10435"),
        ("GB", "sw1a 1aa"),
        ("GB", "SW1A1AA"),
        ("NL", "1012 AB"),
        ("PL", "00-950"),
        ("PL", "00950"),
        ("SE", "111 22"),
        ("IE", "D02 AF30"),
        ("IE", ""),
        ("HK", ""),
        ("AQ", ""),
    ] {
        let region = if country == "HK" { "Kowloon" } else { "" };
        assert_eq!(
            errors(fields(country, region, code)),
            "",
            "{country} {code}"
        );
    }
    for (country, code, message) in [
        (
            "DE",
            ".",
            "postal.postal_code must be a postal code of DE, such as 26133",
        ),
        (
            "DE",
            "1043",
            "postal.postal_code must be a postal code of DE, such as 26133",
        ),
        (
            "DE",
            "",
            "postal.postal_code is required for DE, such as 26133",
        ),
        (
            "AQ",
            "1",
            "postal.postal_code must be empty: AQ has no postal codes",
        ),
    ] {
        assert_eq!(errors(fields(country, "", code)), message);
    }
}

#[test]
fn an_address_in_the_united_states_needs_a_state() {
    assert_eq!(errors(fields("US", "NY", "10001-1234")), "");
    assert_eq!(
        errors(fields("US", " ", "10001")),
        "postal.region is required for US: the state or province"
    );
}

#[test]
fn a_state_is_one_of_the_country() {
    let region = |country: &str, region: &str, code: &str| {
        let mut violations = Violations::new();
        let address = fields(country, region, code).check("postal", &mut violations);
        assert_eq!(violations.to_string(), "");
        address.unwrap().region
    };
    for (country, written, code, stored) in [
        ("US", "ca", "94105", "CA"),
        ("US", "New  York", "10001", "NY"),
        ("CA", "QUÉBEC", "H2X 1Y4", "QC"),
        ("CA", "Que\u{301}bec", "H2X 1Y4", "QC"),
        ("AU", "Victoria", "3000", "VIC"),
        ("BR", "são paulo", "01310-100", "SP"),
        ("DE", "Bavaria", "80331", "Bavaria"),
    ] {
        assert_eq!(region(country, written, code), stored, "{written}");
    }
    for (country, written, code) in [
        ("US", "Bavaria", "94105"),
        ("US", "12", "94105"),
        ("US", "ZZ", "94105"),
        ("CA", "CA", "H2X 1Y4"),
        ("AU", "NY", "3000"),
    ] {
        let message =
            format!("postal.region must be a state or province of {country}, by its code or name");
        assert_eq!(errors(fields(country, written, code)), message, "{written}");
    }
}

#[test]
fn a_city_is_optional_where_the_country_needs_none() {
    let without_city = |country: &str, code: &str| PostalFields {
        city: String::new(),
        ..fields(country, "", code)
    };
    assert_eq!(errors(without_city("SG", "546080")), "");
    assert_eq!(
        errors(without_city("DE", "10435")),
        "postal.city must be 1 to 100 characters"
    );
}

#[test]
fn an_invisible_recipient_is_refused() {
    for recipient in [
        "\u{200B}",
        "\u{3164}",
        "\u{2800}",
        "\u{202E}adA",
        "A\nB",
        ".",
    ] {
        let fields = PostalFields {
            recipient: recipient.to_owned(),
            ..fields("DE", "", "10435")
        };
        let errors = errors(fields);
        assert!(errors.starts_with("postal.recipient must"), "{errors}");
    }
}

#[test]
fn texts_are_stored_normalized() {
    let mut violations = Violations::new();
    let address = fields("GB", "", " sw1a 1aa\u{a0}").check("postal", &mut violations);
    let address = address.unwrap();
    assert_eq!(address.recipient, "Ada Lovelace");
    assert_eq!(address.postal_code, "SW1A 1AA");
    assert_eq!(address.country.code(), "GB");
}

#[test]
fn a_form_asks_for_what_the_country_needs() {
    let form = |code: &str| PostalForm::of(code.parse().unwrap()).unwrap();
    let germany = form("DE");
    assert!(germany.requires_city && germany.requires_postal_code && !germany.requires_region);
    assert!(germany.regions.is_empty());
    let example = germany.example_postal_code.unwrap();
    assert_eq!(example.len(), 5, "{example}");
    let states = form("US");
    assert!(states.requires_region && states.regions.contains(&("CA", "California")));
    let hong_kong = form("HK");
    assert!(!hong_kong.requires_postal_code && !hong_kong.requires_city);
    assert_eq!(hong_kong.example_postal_code, None);
    for country in Country::all() {
        assert!(PostalForm::of(country).is_some(), "{country}");
    }
}
