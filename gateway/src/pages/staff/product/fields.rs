//! What staff change of a product as the fields of a form.

use std::collections::BTreeMap;

use url::Url;

use crate::{
    edge::problem::Problem,
    model::{Image, Product, ProductFields},
    pages::{amount, art, field_errors::FieldErrors, format, staff::draft::Draft},
};

/// Names of the fields, and their labels.
pub(super) const LABELS: [(&str, &str); 8] = [
    ("name", "Name"),
    ("slug", "Slug"),
    ("description", "Description"),
    ("price", "Price"),
    ("currency", "Currency"),
    ("category", "Category"),
    ("attributes", "Attributes"),
    ("images", "Pictures"),
];

/// The form of a product that is saved.
pub(super) fn draft(product: &Product) -> Draft {
    let attributes = product.attributes.iter();
    let attributes: Vec<_> = attributes
        .map(|(name, value)| format!("{}: {value}", escaped(name)))
        .collect();
    let images = product.images.iter();
    let images: Vec<_> = images
        .map(|image| format!("{} {}", image.url, image.alt))
        .collect();
    let values = [
        product.name.clone(),
        product.slug.clone(),
        product.description.clone(),
        format::decimal(&product.price),
        product.price.currency.clone(),
        product.category.clone(),
        attributes.join("\n"),
        images.join("\n"),
    ];
    Draft::saved(&LABELS, values)
}

/// What was typed. Of pictures that are no https URL, only those that are saved already and the built-in set are taken.
pub(super) fn read(typed: &Draft, saved: &[Image]) -> Result<ProductFields, FieldErrors> {
    let mut errors = FieldErrors::default();
    let mut wrong = |field: &str, text: String| {
        let known = std::mem::take(&mut errors);
        errors = known.and(field, text);
    };
    let currency = typed.get("currency").to_uppercase();
    let price = amount::parse(typed.get("price"), &currency);
    if price.is_none() {
        match currency.parse::<kernel::Currency>() {
            Err(_unknown) => wrong("currency", "Currency must be a code such as EUR".to_owned()),
            Ok(currency) => wrong("price", expected(currency)),
        }
    }
    let mut attributes = BTreeMap::new();
    for line in lines(typed.get("attributes")) {
        match attribute(line) {
            Some((name, value)) => {
                if attributes.contains_key(&name) {
                    wrong("attributes", format!("Attributes have {name} twice"));
                }
                attributes.insert(name, value);
            }
            None => {
                let text = "Attributes must have a colon in each line, such as roast: dark";
                wrong("attributes", text.to_owned());
            }
        }
    }
    let mut images = Vec::new();
    for (index, line) in lines(typed.get("images")).enumerate() {
        let (url, alt) = line.split_once(' ').unwrap_or((line, ""));
        let image = Image {
            url: url.to_owned(),
            alt: alt.trim().to_owned(),
        };
        let number = index + 1;
        match (is_allowed(url, saved), image.alt.is_empty()) {
            (false, _) => wrong(
                "images",
                format!(
                    "Picture {number} must have a URL that starts with https://, or be a drawing of the built-in set"
                ),
            ),
            (true, true) => wrong(
                "images",
                format!("Picture {number} must have a text after its URL: what it shows"),
            ),
            (true, false) => {}
        }
        images.push(image);
    }
    match price {
        Some(price) if errors.is_empty() => Ok(ProductFields {
            slug: typed.get("slug").to_owned(),
            name: typed.get("name").to_owned(),
            description: typed.get("description").to_owned(),
            price,
            category: typed.get("category").to_owned(),
            attributes,
            images,
        }),
        _ => Err(errors),
    }
}

/// The name of an attribute before its colon: a colon in the name is written as `\:`, a backslash as `\\`.
fn escaped(name: &str) -> String {
    name.replace('\\', r"\\").replace(':', r"\:")
}

/// Name and value of a line: reads what [`escaped`] writes.
fn attribute(line: &str) -> Option<(String, String)> {
    let mut name = String::new();
    let mut rest = line.chars();
    loop {
        match rest.next()? {
            ':' => return Some((name.trim().to_owned(), rest.as_str().trim().to_owned())),
            '\\' if rest.as_str().starts_with([':', '\\']) => name.extend(rest.next()),
            other => name.push(other),
        }
    }
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().map(str::trim);
    lines.filter(|line| !line.is_empty())
}

/// What a price must be in a currency.
fn expected(currency: kernel::Currency) -> String {
    let code = currency.code();
    match currency.exponent() {
        0 => format!("Price must be a whole number of {code} such as 1299"),
        places => format!(
            "Price must be an amount in {code} such as 12.99, with at most {places} decimal places"
        ),
    }
}

fn is_allowed(url: &str, saved: &[Image]) -> bool {
    let is_https = || {
        let url = Url::parse(url);
        url.is_ok_and(|url| url.scheme() == "https" && url.has_host())
    };
    let is_saved = || saved.iter().any(|image| image.url == url);
    is_https() || art::current(url).is_some() || is_saved()
}

/// What the service says is wrong with the fields. It counts pictures from 0.
pub(super) fn explained(problem: &Problem) -> FieldErrors {
    let others = [
        ("sku", "SKU"),
        ("on_hand", "Units on hand"),
        ("", "The product"),
    ];
    let labels = LABELS.iter().chain(&others);
    let mut errors = FieldErrors::default();
    for error in problem.errors() {
        let (name, rest) = match error.field.find(['.', '[']) {
            Some(end) => error.field.split_at(end),
            None => (error.field.as_str(), ""),
        };
        let name = match (name, rest) {
            ("price", ".currency") => "currency",
            // All texts together.
            ("product", _) => "",
            _ => name,
        };
        let label = labels.clone().find(|(field, _)| *field == name);
        let Some((field, label)) = label else {
            continue;
        };
        let part = match name {
            "images" => picture(rest),
            "attributes" => rest
                .strip_prefix('.')
                .map(|name| format!("Attribute {name}")),
            _ => None,
        };
        let part = part.unwrap_or_else(|| (*label).to_owned());
        errors = errors.and(field, format!("{part} {}", error.message));
    }
    match errors.is_empty() {
        true => errors.and("", format!("{}.", problem.kind().title)),
        false => errors,
    }
}

/// `[0].alt` is the text of the first picture.
fn picture(place: &str) -> Option<String> {
    let (index, member) = place.strip_prefix('[')?.split_once(']')?;
    let number = index.parse::<usize>().ok()?.checked_add(1)?;
    let part = if member == ".alt" { "text" } else { "URL" };
    Some(format!("Picture {number}: its {part}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use crate::edge::problem::reasons;

    fn filled() -> Draft {
        let values = [
            "Coffee One",
            "coffee-one",
            "The first coffee.",
            "12.99",
            "eur",
            "coffee",
            "roast: dark\n\norigin : Kenya: AA",
            "https://example.com/a.webp A bag\n/images/old.svg An old bag",
        ];
        Draft::saved(&LABELS, values.map(str::to_owned))
    }

    fn saved() -> Vec<Image> {
        vec![Image {
            url: "/images/old.svg".to_owned(),
            alt: "An old bag".to_owned(),
        }]
    }

    #[test]
    fn a_form_is_read_exactly() {
        let fields = read(&filled(), &saved()).unwrap();
        assert_eq!(
            (fields.price.minor_units, fields.price.currency.as_str()),
            (1_299, "EUR")
        );
        assert_eq!(fields.attributes["origin"], "Kenya: AA");
        let urls: Vec<_> = fields
            .images
            .iter()
            .map(|image| image.url.as_str())
            .collect();
        assert_eq!(urls, ["https://example.com/a.webp", "/images/old.svg"]);
    }

    #[test]
    fn the_name_of_an_attribute_may_have_a_colon() {
        for name in ["ratio 1:2", ": ", r"a\", r"\:", r"C:\b", "roast"] {
            let line = format!("{}: x: y", escaped(name));
            let read = (name.trim().to_owned(), "x: y".to_owned());
            assert_eq!(attribute(&line), Some(read), "{line}");
        }
        assert_eq!(attribute(r"roast\: dark"), None);
    }

    #[test]
    fn each_wrong_field_is_named() {
        let drawing = art::path("audio", art::cover("audio"));
        for (field, value, text) in [
            (
                "price",
                "12.999",
                "such as 12.99, with at most 2 decimal places",
            ),
            ("price", "", "Price must be an amount"),
            ("currency", "EURO", "Currency must be a code"),
            ("attributes", "roast dark", "a colon in each line"),
            ("attributes", "a: 1\na: 2", "have a twice"),
            (
                "images",
                "http://example.com/a.png A bag",
                "Picture 1 must have a URL",
            ),
            ("images", "https:///a.png", "Picture 1 must have a"),
            (
                "images",
                "/images/new.svg A bag",
                "Picture 1 must have a URL",
            ),
            ("images", drawing.as_str(), "Picture 1 must have a text"),
        ] {
            let mut typed = filled();
            typed.set(field, value.to_owned());
            let errors = read(&typed, &saved()).err().unwrap();
            let found = errors.get(field).unwrap_or_default();
            assert!(found.contains(text), "{field} {value}: {errors:?}");
        }
    }

    #[test]
    fn the_fields_of_the_service_are_those_of_the_form() {
        let problem = Problem::new(&reasons::VALIDATION_FAILED)
            .field("price.minor_units", "must be at most 1000000000")
            .field("price.currency", "must be sold in")
            .field("images[1].alt", "must be 1 to 200 characters")
            .field("attributes.roast", "must be 1 to 200 characters");
        let errors = explained(&problem);
        assert_eq!(
            errors.get("price"),
            Some("Price must be at most 1000000000")
        );
        assert_eq!(errors.get("currency"), Some("Currency must be sold in"));
        let picture = errors.get("images");
        assert_eq!(
            picture,
            Some("Picture 2: its text must be 1 to 200 characters")
        );
        let attribute = errors.get("attributes");
        assert_eq!(
            attribute,
            Some("Attribute roast must be 1 to 200 characters")
        );
    }
}
