use std::{
    future::{Ready, ready},
    rc::Rc,
};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, web::Data};
use chassis::auth::Caller;
use kernel::{Clock, Group, Groups, UserId};

use super::layout::Layout;
use crate::{
    edge::problem::{Problem, reasons},
    faults,
    pages::{assets, config::Config, cookies::Cookies, notice, notice::Notice, visitor},
    upstreams::Upstreams,
};

/// The member of staff who looks at a page. Also someone who has yet to sign in: then without groups.
///
/// ```ignore
/// pub(crate) async fn list(member: Member, mut query: Query) -> Answer {
///     let orders = member.upstreams().order().list(..).await?;
///     page(&OrdersPage { layout: member.layout()?, orders })
/// }
/// ```
pub(crate) struct Member {
    upstreams: Upstreams,
    cookies: Rc<Cookies>,
    config: Data<Config>,
    allows_faults: bool,
    caller: Option<Caller>,
    path: String,
    notice: Option<Notice>,
}

impl Member {
    /// The services, called with the member's access token.
    pub(crate) fn upstreams(&self) -> &Upstreams {
        &self.upstreams
    }

    /// The cookies; changes go out with the response.
    pub(crate) fn cookies(&self) -> &Cookies {
        &self.cookies
    }

    /// Whether there is an access token.
    pub(crate) fn is_signed_in(&self) -> bool {
        self.caller.is_some()
    }

    /// Whether they proved the second factor recently enough for what moves money, or cannot be undone.
    pub(crate) fn is_recent(&self) -> bool {
        let now = Clock::system().now().timestamp();
        self.caller.is_some_and(|caller| caller.is_recent(now))
    }

    /// The account, if they are signed in.
    pub(crate) fn id(&self) -> Option<UserId> {
        self.caller.map(|caller| caller.user_id)
    }

    /// Their groups; none before they proved the second factor.
    pub(crate) fn groups(&self) -> Groups {
        self.caller.map_or(Groups::NONE, |caller| caller.groups)
    }

    /// Whether they are in one of these groups: whether a page offers an action.
    pub(crate) fn is_in(&self, groups: &[Group]) -> bool {
        self.groups().intersects(Groups::of(groups))
    }

    /// The address of a page of the console for others.
    pub(crate) fn absolute(&self, path: &str) -> String {
        self.config.staff_url(path)
    }

    /// What surrounds the contents of every page.
    ///
    /// # Errors
    /// `INTERNAL` if there are no random numbers.
    pub(crate) fn layout(&self) -> Result<Layout, Problem> {
        Ok(Layout {
            config: self.config.clone(),
            assets: assets::urls(),
            groups: self.groups(),
            is_signed_in: self.is_signed_in(),
            allows_faults: self.allows_faults,
            form_token: self.cookies.form_token().masked()?,
            path: self.path.clone(),
            notice: self.notice,
        })
    }
}

impl FromRequest for Member {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let upstreams = Upstreams::from_request(request, payload).into_inner();
        let read = || {
            Ok(Self {
                upstreams: upstreams?,
                cookies: visitor::cookies(request)?,
                config: request
                    .app_data()
                    .cloned()
                    .ok_or_else(|| Problem::new(&reasons::INTERNAL))?,
                allows_faults: faults::are_allowed(request),
                caller: request.extensions().get().copied(),
                path: request.path().to_owned(),
                notice: notice::of_query(request.query_string()),
            })
        };
        ready(read())
    }
}
