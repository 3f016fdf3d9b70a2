//! The HTTP client of a user.

use std::time::Duration;

use reqwest::{Client, redirect::Policy};

/// Longer than any deadline of the gateway.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A client that keeps connections as a browser does, and follows no redirect.
pub(crate) fn build() -> reqwest::Result<Client> {
    builder().build()
}

pub(crate) fn builder() -> reqwest::ClientBuilder {
    Client::builder()
        .timeout(TIMEOUT)
        .redirect(Policy::none())
        .user_agent(concat!("mercantile-loadtests/", env!("CARGO_PKG_VERSION")))
}
