//! HTTP connections as a browser keeps them.

use std::time::Duration;

use reqwest::{Client, redirect::Policy};

/// Longer than the gateway takes for anything.
const TIMEOUT: Duration = Duration::from_secs(10);

/// One that keeps connections as a browser does, and goes nowhere but where it was sent.
pub(crate) fn client() -> reqwest::Result<Client> {
    builder().build()
}

pub(crate) fn builder() -> reqwest::ClientBuilder {
    Client::builder()
        .timeout(TIMEOUT)
        .redirect(Policy::none())
        .user_agent(concat!("mercantile-loadtests/", env!("CARGO_PKG_VERSION")))
}
