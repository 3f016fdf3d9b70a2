use clap::ValueEnum;
use reqwest::{Client, RequestBuilder, Url};
use serde_json::json;

use crate::rng::Rng;

/// What a flood sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Sign-ins with random addresses and passwords: each one costs the shop a password hash
    SignIn,
    /// Pages of products that do not exist: no cache has them
    Browse,
    /// Searches for random words: each one costs a search with typo correction
    Search,
}

impl Kind {
    /// Its name in the report.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in flood",
            Self::Browse => "browse flood, unknown slugs",
            Self::Search => "search flood",
        }
    }

    /// One request. No two are equal, so no cache helps the shop.
    pub(super) fn request(self, client: &Client, base: &Url, rng: &mut Rng) -> RequestBuilder {
        match self {
            Self::SignIn => {
                let credentials = json!({
                    "email": format!("{}@example.com", word(rng, 12)),
                    "password": word(rng, 16),
                });
                client
                    .post(format!("{base}api/v1/sessions"))
                    .json(&credentials)
            }
            Self::Browse => {
                let slug = word(rng, 14);
                client.get(format!("{base}api/v1/products/{slug}"))
            }
            Self::Search => {
                let (one, other) = (word(rng, 6), word(rng, 7));
                client.get(format!("{base}api/v1/products?q={one}+{other}"))
            }
        }
    }
}

/// Random letters.
fn word(rng: &mut Rng, letters: usize) -> String {
    const ALPHABET: [char; 20] = [
        'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'k', 'l', 'm', 'n', 'o', 'p', 'r', 's', 't',
        'u', 'v',
    ];
    (0..letters)
        .filter_map(|_| rng.pick(&ALPHABET).copied())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_request_is_another_one() {
        let base = Url::parse("http://127.0.0.1:8080").unwrap();
        let client = Client::new();
        let mut rng = Rng::new(1, 0);
        for (kind, beginning) in [
            (Kind::Browse, "http://127.0.0.1:8080/api/v1/products/"),
            (Kind::Search, "http://127.0.0.1:8080/api/v1/products?q="),
        ] {
            let mut url = || {
                let request = kind.request(&client, &base, &mut rng).build().unwrap();
                request.url().to_string()
            };
            let (one, other) = (url(), url());
            assert!(one.starts_with(beginning), "{one}");
            assert_ne!(one, other);
        }
    }
}
