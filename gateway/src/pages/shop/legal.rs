//! Who sells, how data is used, and on which terms: from the configuration.

use askama::Template;

use crate::pages::{Answer, layout::Layout, page, visitor::Visitor};

#[derive(Template)]
#[template(path = "shop/legal/imprint.html")]
struct ImprintPage {
    layout: Layout,
}

#[derive(Template)]
#[template(path = "shop/legal/privacy.html")]
struct PrivacyPage {
    layout: Layout,
    /// The seller's own text.
    paragraphs: Vec<String>,
}

#[derive(Template)]
#[template(path = "shop/legal/terms.html")]
struct TermsPage {
    layout: Layout,
    /// The seller's own text.
    paragraphs: Vec<String>,
}

/// Who sells.
pub(crate) async fn imprint(visitor: Visitor) -> Answer {
    let layout = visitor.layout().await?;
    page(&ImprintPage { layout })
}

/// How data is used.
pub(crate) async fn privacy(visitor: Visitor) -> Answer {
    let layout = visitor.layout().await?;
    let paragraphs = paragraphs(&layout.config.privacy);
    page(&PrivacyPage { layout, paragraphs })
}

/// The terms of a sale.
pub(crate) async fn terms(visitor: Visitor) -> Answer {
    let layout = visitor.layout().await?;
    let paragraphs = paragraphs(&layout.config.terms);
    page(&TermsPage { layout, paragraphs })
}

fn paragraphs(text: &str) -> Vec<String> {
    let paragraphs = text.split("\n\n").map(str::trim);
    let paragraphs = paragraphs.filter(|paragraph| !paragraph.is_empty());
    paragraphs.map(str::to_owned).collect()
}
