use super::cookies::Cookies;
use crate::{edge::problem::Problem, model::RefreshToken, upstreams::Upstreams};

/// Ends the session of the cookies. The browser forgets it even if `user` does not answer.
///
/// # Errors
/// `INTERNAL` if there are no random numbers.
pub(crate) async fn end(upstreams: &Upstreams, cookies: &Cookies) -> Result<(), Problem> {
    if let Some(token) = cookies.refresh() {
        let refresh_token = token.to_owned();
        let ended = upstreams.user().sign_out(RefreshToken { refresh_token });
        if let Err(problem) = ended.await {
            let reason = problem.kind().reason;
            tracing::warn!(reason, "cannot end a session at sign-out");
        }
    }
    cookies.end_session()
}
