//! What a service is made of.

use actix_web::web::Data;
use askama::Template;

use super::figures;
use crate::{
    edge::problem::{Problem, reasons},
    model::{DescribedMessage, ServiceDescription},
    pages::{
        Answer, page,
        staff::{layout::Layout, member::Member},
    },
    rest::request::Segment,
    system::System,
};

#[derive(Template)]
#[template(path = "system/service.html")]
struct ServicePage {
    layout: Layout,
    name: String,
    description: ServiceDescription,
}

/// Shows a service, or the gateway.
pub(crate) async fn show(
    member: Member,
    system: Data<System>,
    Segment(name): Segment<String>,
) -> Answer {
    let description = system.describe(member.upstreams(), &name).await?;
    page(&ServicePage {
        description: description.ok_or_else(|| Problem::new(&reasons::NOT_FOUND))?,
        layout: member.layout()?,
        name,
    })
}

impl ServicePage {
    /// The two tables of messages.
    fn messages(&self) -> [(&'static str, &'static str, &[DescribedMessage]); 2] {
        let description = &self.description;
        [
            ("published", "Publishes", &description.published),
            ("consumed", "Consumes", &description.consumed),
        ]
    }
}
