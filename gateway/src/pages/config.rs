use garde::Validate;
use kernel::Country;
use kernel::Currency;
use serde::Deserialize;
use url::Url;

/// The `[pages]` section: what the pages say about the shop.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Config {
    /// Where customers reach the shop: scheme, host and port.
    #[garde(custom(is_origin))]
    pub public_url: String,
    /// The only host that serves the console of staff; the API has the same powers on every host: `staff.shop.example`, with the port unless
    /// it is the scheme's own. Empty: every host does.
    #[garde(length(max = 253))]
    pub staff_host: String,
    /// The shop's name.
    #[garde(length(min = 1, max = 60))]
    pub shop_name: String,
    /// The currency of the price filter, ISO 4217.
    #[garde(custom(is_currency))]
    pub currency: String,
    /// Countries that address forms offer, ISO 3166-1 alpha-2, separated by commas; the first is chosen at first.
    #[garde(custom(are_countries))]
    pub destinations: String,
    /// The company that sells.
    #[garde(length(min = 1, max = 200))]
    pub seller_name: String,
    /// Its address, the lines separated by commas.
    #[garde(length(min = 1, max = 500))]
    pub seller_address: String,
    /// Where customers write to.
    #[garde(length(min = 1, max = 254))]
    pub seller_email: String,
    /// Paragraphs of the privacy notice, separated by empty lines; empty shows a sample.
    #[garde(length(max = 60_000))]
    pub privacy: String,
    /// Paragraphs of the terms, separated by empty lines; empty shows a sample.
    #[garde(length(max = 60_000))]
    pub terms: String,
    /// Whether pages explain the demo accounts, the demo code and the provider's test cards.
    pub demo: bool,
}

impl Config {
    /// The address of a page for others: `https://shop.example/products/x`.
    pub(crate) fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.public_url.trim_end_matches('/'))
    }

    /// The address of a page of the console for others.
    pub(crate) fn staff_url(&self, path: &str) -> String {
        match (self.staff_host.as_str(), self.is_https()) {
            ("", _) => self.absolute(path),
            (host, true) => format!("https://{host}{path}"),
            (host, false) => format!("http://{host}{path}"),
        }
    }

    /// Whether this host serves the console of staff.
    pub(crate) fn serves_staff(&self, host: &str) -> bool {
        self.staff_host.is_empty() || self.staff_host.eq_ignore_ascii_case(host)
    }

    /// Whether browsers reach the shop by TLS.
    pub(crate) fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// Countries that address forms offer.
    pub(crate) fn destinations(&self) -> impl Iterator<Item = &str> + Clone {
        self.destinations.split(',').map(str::trim)
    }

    /// Lines of the seller's address.
    pub(crate) fn seller_lines(&self) -> impl Iterator<Item = &str> {
        self.seller_address.split(',').map(str::trim)
    }
}

fn is_currency<Context>(code: &str, _: &Context) -> garde::Result {
    let known = code.parse::<Currency>();
    known.map(|_| ()).map_err(garde::Error::new)
}

fn are_countries<Context>(text: &str, _: &Context) -> garde::Result {
    let is_country = |code: &str| code.trim().parse::<Country>().is_ok();
    match text.split(',').all(is_country) {
        true => Ok(()),
        false => Err(garde::Error::new(
            "must be ISO 3166-1 alpha-2 codes separated by commas: DE, FR",
        )),
    }
}

fn is_origin<Context>(text: &str, _: &Context) -> garde::Result {
    let is_origin = Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
    });
    match is_origin {
        true => Ok(()),
        false => Err(garde::Error::new(
            "must be scheme, host and port: https://shop.example",
        )),
    }
}
