use std::time::Duration;

use reqwest::Client;

use super::dice::Dice;

/// What a customer does when her bank wants to hear from her (3-D Secure).
#[derive(Debug)]
pub(super) struct Bank {
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
        Self {
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
            Wish::Complete => "complete",
            _ => "fail",
        };
        // The page is the provider's; ask it where it is now, not where it said it was.
        let path = url.splitn(4, '/').nth(3).unwrap_or_default();
        let page = format!("{}/{path}", self.provider);
        let sent = Client::new()
            .post(page)
            .timeout(Duration::from_secs(5))
            .form(&[("outcome", outcome)])
            .send()
            .await;
        self.heard = sent.is_ok_and(|answer| !answer.status().is_server_error());
    }
}
