use std::time::Duration;

use reqwest::{Client, redirect::Policy};

use super::dice::Dice;

/// What a customer does when her bank wants to hear from her (3-D Secure).
#[derive(Debug)]
pub(super) struct Bank {
    browser: Client,
    provider: String,
    wish: Wish,
    heard: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Complete,
    Fail,
    Abandon,
}

impl Bank {
    pub(super) fn draw(dice: &Dice, provider: &str) -> Self {
        let wish = match dice.between(0, 9) {
            0..=5 => Wish::Complete,
            6..=7 => Wish::Fail,
            _ => Wish::Abandon,
        };
        // The bank sends the customer back to the shop; nobody needs to go there.
        let browser = Client::builder()
            .redirect(Policy::none())
            .timeout(Duration::from_secs(5))
            .build();
        Self {
            browser: browser.unwrap_or_default(),
            provider: provider.to_owned(),
            wish,
            heard: false,
        }
    }

    /// Answers the bank at the page that the order names; again when that was not heard.
    pub(super) async fn hear(&mut self, url: &str) {
        if self.heard || self.wish == Wish::Abandon {
            return;
        }
        let outcome = match self.wish {
            Wish::Complete => "succeed",
            _ => "fail",
        };
        // The page is the provider's; ask it where it is now, not where it said it was.
        let path = url.splitn(4, '/').nth(3).unwrap_or_default();
        let page = format!("{}/{path}", self.provider);
        let form = [("outcome", outcome)];
        let sent = self.browser.post(page).form(&form).send().await;
        self.heard = sent.is_ok_and(|answer| !answer.status().is_server_error());
    }
}
