//! What an e-mail says.

use std::fmt::Write;

use kernel::OrderId;

use super::{Notification, OrderEvent};

const LONGEST_NAME: usize = 60;

/// An e-mail as plain text and as HTML. Holds a customer's name, so it has no `Debug`.
pub(crate) struct EmailContent {
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

/// What all e-mails have in common.
#[derive(Debug, Clone)]
pub(crate) struct EmailTemplate {
    /// The name of the shop.
    pub(crate) shop: String,
    /// The URL of an order's page, with `{order_id}`.
    pub(crate) order_url: Option<String>,
}

impl EmailTemplate {
    /// The e-mail to a customer with this display name.
    pub(crate) fn render(&self, notification: &Notification, name: &str) -> EmailContent {
        let (subject, mut paragraphs) = words(&notification.event);
        let hello = match printable_name(name) {
            Some(name) => format!("Hello {name},"),
            None => "Hello,".to_owned(),
        };
        paragraphs.insert(0, hello);
        paragraphs.push(format!("Order {}", notification.order));
        let link = self.link(notification.order);
        EmailContent {
            subject: format!("{}: {subject}", self.shop),
            text: text(&paragraphs, link.as_deref(), &self.shop),
            html: html(&paragraphs, link.as_deref(), &self.shop),
        }
    }

    fn link(&self, order: OrderId) -> Option<String> {
        let url = self.order_url.as_ref()?;
        Some(url.replace("{order_id}", &order.to_string()))
    }
}

/// A display name that may be printed in an e-mail; `None` if it does not look like a name. Addresses
/// are not verified, so a display name must not carry a message, a link or a header to a stranger.
pub(crate) fn printable_name(name: &str) -> Option<&str> {
    let name = name.trim();
    let mut after_dot = name.split('.').skip(1);
    let looks_like_a_host =
        after_dot.any(|rest| rest.chars().take(2).filter(|c| c.is_alphanumeric()).count() == 2);
    let odd = |c: char| {
        c.is_control() || "@/\\<>\":;[](){}|\u{2028}\u{2029}".contains(c) || is_invisible(c)
    };
    let fits = (1..=LONGEST_NAME).contains(&name.chars().count());
    (fits && !looks_like_a_host && !name.chars().any(odd)).then_some(name)
}

/// Characters that turn or hide the text around them. Joiners stay: scripts need them.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

/// Subject and paragraphs.
fn words(event: &OrderEvent) -> (&'static str, Vec<String>) {
    match event {
        OrderEvent::ActionRequired { expires_at } => (
            "please confirm your payment",
            vec![
                "your bank asks you to confirm the payment before we can go on with your order. \
                 Please sign in and open the order to do so."
                    .to_owned(),
                format!(
                    "You have until {} UTC. After that the order is called off and nothing is charged.",
                    expires_at.format("%Y-%m-%d %H:%M")
                ),
            ],
        ),
        OrderEvent::Confirmed { total } => (
            "your order is confirmed",
            vec![format!(
                "thank you: your order is confirmed. {total} are held on your card and taken when it ships."
            )],
        ),
        OrderEvent::Rejected { reason } => (
            "your order could not be completed",
            vec![format!(
                "we are sorry: your order could not be completed. {} Nothing is charged.",
                rejection(reason)
            )],
        ),
        OrderEvent::Cancelled { reason } => (
            "your order is cancelled",
            vec![format!("{} Nothing is charged.", cancellation(reason))],
        ),
        OrderEvent::Shipped { tracking_number } => {
            let mut paragraphs = vec!["your order is paid and on its way to you.".to_owned()];
            if !tracking_number.is_empty() {
                paragraphs.push(format!("The carrier's number is {tracking_number}."));
            }
            ("your order is on its way", paragraphs)
        }
        OrderEvent::Delivered => (
            "your order has arrived",
            vec!["your order has arrived. We hope you like it.".to_owned()],
        ),
        OrderEvent::Refunded { amount } => (
            "your refund is on its way",
            vec![format!(
                "we have sent {amount} back to you. It can take your bank some days to show it."
            )],
        ),
    }
}

/// Reasons may grow; what is new is said in general.
fn rejection(reason: &str) -> &'static str {
    match reason {
        "out_of_stock" => "Something in it was sold out.",
        "payment_declined" => "Your payment was declined.",
        "payment_expired" => "The payment was not confirmed in time.",
        _ => "Something on our side took too long; please try again.",
    }
}

fn cancellation(reason: &str) -> &'static str {
    match reason {
        "by_customer" => "your order is cancelled, as you asked.",
        "payment_expired" => {
            "we had to cancel your order: your bank let the held amount go before it could ship."
        }
        _ => "we are sorry: we had to cancel your order.",
    }
}

fn text(paragraphs: &[String], link: Option<&str>, shop: &str) -> String {
    let mut all: Vec<&str> = paragraphs.iter().map(String::as_str).collect();
    all.extend(link);
    all.push(shop);
    all.join("\n\n") + "\n"
}

fn html(paragraphs: &[String], link: Option<&str>, shop: &str) -> String {
    let mut page = "<!doctype html>\n<html lang=\"en\">\n<body>\n".to_owned();
    for paragraph in paragraphs {
        paragraph_of(&mut page, &escaped(paragraph));
    }
    if let Some(link) = link {
        let link = escaped(link);
        paragraph_of(&mut page, &format!("<a href=\"{link}\">{link}</a>"));
    }
    paragraph_of(&mut page, &escaped(shop));
    page + "</body>\n</html>\n"
}

fn paragraph_of(page: &mut String, inner: &str) {
    // Writing to a text never fails.
    let _ = writeln!(page, "<p>{inner}</p>");
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests;
