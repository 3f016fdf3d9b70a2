//! Subject and text of e-mails.

use std::fmt::Write;

use kernel::OrderId;

use super::{About, AccountEvent, Notification, OrderEvent};

mod account;

const MAX_NAME_LENGTH: usize = 60;
/// In the element, because mail programs drop style sheets.
const STYLE: &str = "max-width:36em;margin:2em auto;padding:0 1em;font:16px/1.5 sans-serif;color:#222;overflow-wrap:anywhere";

/// An e-mail as plain text and as HTML. No `Debug`, because it holds a customer's name.
pub(crate) struct EmailContent {
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

/// The parts that all e-mails share.
#[derive(Debug, Clone)]
pub(crate) struct EmailTemplate {
    /// The name of the shop.
    pub(crate) shop: String,
    /// URL of an order's page, with `{order_id}`.
    pub(crate) order_url: Option<String>,
    /// The pages that links about an account lead to.
    pub(crate) account_pages: AccountPages,
}

/// URLs of pages, each with `{token}`. `None`: the e-mail has the token itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct AccountPages {
    /// Confirms an address.
    pub(crate) verification: Option<String>,
    /// Replaces the password.
    pub(crate) password_reset: Option<String>,
    /// Confirms the change of an address.
    pub(crate) email_change: Option<String>,
    /// Accepts an invitation of staff.
    pub(crate) invitation: Option<String>,
}

/// The recipient of an e-mail. No `Debug`, because it holds personal data.
pub(crate) struct Recipient<'a> {
    /// The display name of the account.
    pub(crate) name: &'a str,
    /// The token that the e-mail is for; `None` if it is for none, or the address is confirmed already.
    pub(crate) token: Option<&'a str>,
}

impl EmailTemplate {
    /// The e-mail of a notification.
    pub(crate) fn render(&self, notification: &Notification, to: &Recipient<'_>) -> EmailContent {
        let (subject, paragraphs, link) = match &notification.about {
            About::Order(order, event) => {
                let (subject, mut paragraphs) = subject_and_paragraphs(event);
                let hello = match printable_name(to.name) {
                    Some(name) => format!("Hello {name},"),
                    None => "Hello,".to_owned(),
                };
                paragraphs.insert(0, hello);
                paragraphs.push(format!("Order {order}"));
                (subject, paragraphs, self.link(*order))
            }
            About::Account(event) => {
                let draft = account::draft(*event, to.token, &self.account_pages);
                (draft.subject, draft.paragraphs, draft.link)
            }
        };
        let subject = format!("{}: {subject}", self.shop);
        EmailContent {
            text: text(&paragraphs, link.as_deref(), &self.shop),
            html: html(&subject, &paragraphs, link.as_deref(), &self.shop),
            subject,
        }
    }

    fn link(&self, order: OrderId) -> Option<String> {
        let url = self.order_url.as_ref()?;
        Some(url.replace("{order_id}", &order.to_string()))
    }
}

/// The display name, if it is safe to print in an e-mail. E-mail addresses are not verified, so a name
/// must not carry a message, a link or a header to a third party.
pub(crate) fn printable_name(name: &str) -> Option<&str> {
    let name = name.trim();
    let mut after_dot = name.split('.').skip(1);
    let has_host =
        after_dot.any(|rest| rest.chars().take(2).filter(|c| c.is_alphanumeric()).count() == 2);
    let is_suspicious = |c: char| {
        c.is_control() || "@/\\<>\":;[](){}|\u{2028}\u{2029}".contains(c) || is_invisible(c)
    };
    let fits = (1..=MAX_NAME_LENGTH).contains(&name.chars().count());
    (fits && !has_host && !name.chars().any(is_suspicious)).then_some(name)
}

/// Characters that reverse or hide text. Joiners are allowed, because some scripts need them.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

/// The subject, and the paragraphs of the body.
fn subject_and_paragraphs(event: &OrderEvent) -> (&'static str, Vec<String>) {
    match event {
        OrderEvent::ActionRequired { expires_at } => (
            "please confirm your payment",
            vec![
                "your bank requires you to confirm the payment before we can process your order. \
                 Please sign in and open the order to do so."
                    .to_owned(),
                format!(
                    "You have until {} UTC. After that, the order is canceled and nothing is charged.",
                    expires_at.format("%Y-%m-%d %H:%M")
                ),
            ],
        ),
        OrderEvent::Confirmed { total } => (
            "your order is confirmed",
            vec![format!(
                "thank you: your order is confirmed. {total} is authorized on your card and charged when it ships."
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
            "your order is canceled",
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
        OrderEvent::ReturnRequested => (
            "we have received your return request",
            vec![
                "we have received your request to return something, and will decide about it soon."
                    .to_owned(),
            ],
        ),
        OrderEvent::ReturnApproved { amount } if amount.is_zero() => (
            "your return is accepted",
            vec!["we have accepted your return.".to_owned()],
        ),
        OrderEvent::ReturnApproved { amount } => (
            "your return is accepted",
            vec![format!(
                "we have accepted your return, and will send {amount} back to you."
            )],
        ),
        OrderEvent::ReturnRefused => (
            "your return is not accepted",
            vec![
                "we are sorry: we could not accept your return. Please sign in and open the order to read why."
                    .to_owned(),
            ],
        ),
    }
}

/// New reasons may be added; an unknown one gets a general text.
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
        "by_customer" => "your order is canceled, as you requested.",
        "payment_expired" => {
            "we had to cancel your order: the authorization of your payment expired before it could ship."
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

/// A page without anything that is loaded from elsewhere: it works offline, and nobody learns when it is read.
fn html(subject: &str, paragraphs: &[String], link: Option<&str>, shop: &str) -> String {
    let title = escaped(subject);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n</head>\n\
         <body style=\"{STYLE}\">\n"
    );
    for paragraph in paragraphs {
        write_paragraph(&mut page, &escaped(paragraph));
    }
    if let Some(link) = link {
        let link = escaped(link);
        write_paragraph(&mut page, &format!("<a href=\"{link}\">{link}</a>"));
    }
    write_paragraph(&mut page, &escaped(shop));
    page + "</body>\n</html>\n"
}

fn write_paragraph(page: &mut String, inner: &str) {
    // Writing to a `String` never fails.
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
