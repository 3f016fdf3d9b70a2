use std::time::Duration;

use reqwest::{Client, redirect::Policy};

use super::rng::Rng;

/// A client's reaction to the 3-D Secure challenge of one order.
#[derive(Debug)]
pub(super) struct Challenge {
    browser: Client,
    provider: String,
    reaction: Reaction,
    is_done: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reaction {
    Complete,
    Fail,
    Abandon,
}

impl Challenge {
    pub(super) fn draw(rng: &Rng, provider: &str) -> Self {
        let reaction = match rng.between(0, 9) {
            0..=5 => Reaction::Complete,
            6..=7 => Reaction::Fail,
            _ => Reaction::Abandon,
        };
        // The page redirects to the shop's web site, which the cluster does not have.
        let browser = Client::builder()
            .redirect(Policy::none())
            .timeout(Duration::from_secs(5))
            .build();
        Self {
            browser: browser.unwrap_or_default(),
            provider: provider.to_owned(),
            reaction,
            is_done: false,
        }
    }

    /// Submits the form of the challenge page. Call it again until the provider accepted the form.
    pub(super) async fn submit(&mut self, url: &str) {
        if self.is_done || self.reaction == Reaction::Abandon {
            return;
        }
        let outcome = match self.reaction {
            Reaction::Complete => "succeed",
            _ => "fail",
        };
        // Only the path is used: the host of `url` depends on how the sandbox is configured.
        let path = url.splitn(4, '/').nth(3).unwrap_or_default();
        let page = format!("{}/{path}", self.provider);
        let form = [("outcome", outcome)];
        let sent = self.browser.post(page).form(&form).send().await;
        self.is_done = sent.is_ok_and(|answer| !answer.status().is_server_error());
    }
}
