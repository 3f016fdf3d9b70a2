//! Where the customer is signed in.

use askama::Template;
use futures_util::future::join;
use url::form_urlencoded;
use uuid::Uuid;

use crate::{
    edge::problem::reasons,
    model::OpenSession,
    pages::{
        Answer, filters, form::Form, layout::Layout, notice, page, see_other, visitor::Visitor,
    },
    rest::request::{Query, Segment},
};

#[derive(Template)]
#[template(path = "shop/account/sessions.html")]
struct SessionsPage {
    layout: Layout,
    sessions: Vec<(String, OpenSession)>,
    has_others: bool,
    next: Option<String>,
}

/// Lists the sessions, newest first.
pub(crate) async fn list(visitor: Visitor, mut query: Query) -> Answer {
    let sessions = visitor.upstreams().account().sessions(query.page());
    let (layout, sessions) = join(visitor.layout(), sessions).await;
    let listed = sessions?;
    let named = |session: OpenSession| {
        let name = device(session.user_agent.as_deref().unwrap_or_default());
        (name, session)
    };
    page(&SessionsPage {
        layout: layout?,
        has_others: listed.sessions.iter().any(|session| !session.current),
        next: listed.next_page_token.map(|token| {
            let token: String = form_urlencoded::byte_serialize(token.as_bytes()).collect();
            format!("/account/sessions?page_token={token}")
        }),
        sessions: listed.sessions.into_iter().map(named).collect(),
    })
}

/// Ends a session.
pub(crate) async fn end(visitor: Visitor, Segment(id): Segment<Uuid>, _: Form) -> Answer {
    match visitor.upstreams().account().end_session(id).await {
        // It has ended in the meantime.
        Err(problem) if problem.kind() != &reasons::SESSION_NOT_FOUND => Err(problem),
        _ => see_other(&notice::path("/account/sessions", "session-ended")),
    }
}

/// Ends all sessions but this one.
pub(crate) async fn end_others(visitor: Visitor, _: Form) -> Answer {
    visitor.upstreams().account().end_other_sessions().await?;
    see_other(&notice::path("/account/sessions", "sessions-ended"))
}

/// What a browser says it is, in short: `Firefox on Linux`. The first match counts: most browsers name others, too.
fn device(user_agent: &str) -> String {
    const BROWSERS: [(&str, &str); 6] = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ];
    const SYSTEMS: [(&str, &str); 6] = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "Mac"),
        ("Linux", "Linux"),
    ];
    let find = |known: &[(&str, &'static str)]| {
        let mut known = known.iter();
        let found = known.find(|(mark, _)| user_agent.contains(mark));
        found.map(|(_, name)| *name)
    };
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, Some(system)) => system.to_owned(),
        (None, None) => "Unknown device".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_has_a_short_name() {
        for (user_agent, name) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 \
                 Safari/537.36 Edg/140.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 Version/18.0 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            ("curl/8.5.0", "curl"),
            ("", "Unknown device"),
        ] {
            assert_eq!(device(user_agent), name);
        }
    }
}
