use actix_web::HttpRequest;
use askama::Template;
use url::form_urlencoded;

use crate::{
    edge::problem::reasons,
    model::{Credentials, Session},
    pages::{
        Answer,
        field_errors::FieldErrors,
        form::Form,
        invalid,
        layout::Layout,
        local_path::{LocalPath, next_of_query},
        notice, page, see_other, session,
        visitor::Visitor,
    },
    rest::request::UserAgent,
};

/// Names of the fields in the API, and their labels.
const LABELS: [(&str, &str); 2] = [("email", "E-mail"), ("password", "Password")];

#[derive(Template)]
#[template(path = "shop/sign_in.html")]
struct SignInPage {
    layout: Layout,
    errors: FieldErrors,
    email: String,
    next: String,
    /// For the link to the page for new customers.
    encoded_next: String,
}

impl SignInPage {
    fn new(layout: Layout, errors: FieldErrors, email: String, next: &LocalPath) -> Self {
        let encoded = form_urlencoded::byte_serialize(next.as_str().as_bytes());
        Self {
            layout,
            errors,
            email,
            encoded_next: encoded.collect(),
            next: next.to_string(),
        }
    }
}

/// The form to sign in, or the next page for a visitor who is signed in.
pub(crate) async fn show(visitor: Visitor, request: HttpRequest) -> Answer {
    let next = next_of_query(&request, "/");
    if visitor.is_signed_in() {
        return see_other(next.as_str());
    }
    let layout = visitor.layout().await?;
    page(&SignInPage::new(
        layout,
        FieldErrors::default(),
        String::new(),
        &next,
    ))
}

/// Signs in, and moves what fits of the guest's cart into the account's.
pub(crate) async fn submit(visitor: Visitor, UserAgent(agent): UserAgent, form: Form) -> Answer {
    let next = LocalPath::parse_or(&form.text("next"), "/");
    let email = form.text("email");
    let credentials = Credentials {
        email: email.clone(),
        password: form.secret("password"),
    };
    let device = visitor.cookies().device().to_owned();
    let user = visitor.upstreams().user();
    let session = match user.sign_in(credentials, device, agent).await {
        Ok(session) => session,
        Err(problem) => {
            let errors = match problem.kind() {
                kind if *kind == reasons::CREDENTIALS_INVALID => FieldErrors::one(
                    "email",
                    "E-mail or password is wrong. Check both, or reset your password.",
                ),
                kind if *kind == reasons::VALIDATION_FAILED => FieldErrors::of(&problem, &LABELS),
                _ => return Err(problem),
            };
            let layout = visitor.layout().await?;
            return invalid(&SignInPage::new(layout, errors, email, &next));
        }
    };
    visitor.cookies().begin_session(&session)?;
    match merge(&visitor, &session).await {
        true => see_other(next.as_str()),
        false => see_other(&notice::path("/cart", "cart-partly-merged")),
    }
}

/// Moves the guest's cart. Returns false if something of it stays behind. A failed merge changes nothing: the guest's cart
/// is kept for the next sign-in.
async fn merge(visitor: &Visitor, session: &Session) -> bool {
    let Some(guest_token) = visitor.cookies().cart() else {
        return true;
    };
    let upstreams = visitor.upstreams().with_token(&session.access_token);
    match upstreams.cart().merge(guest_token.to_owned()).await {
        Ok(merged) if merged.left.is_empty() => {
            visitor.cookies().forget_cart();
            true
        }
        Ok(_) => false,
        Err(problem) => {
            tracing::warn!(
                reason = problem.kind().reason,
                "cannot merge a guest's cart at sign-in"
            );
            false
        }
    }
}

/// Ends the session.
pub(crate) async fn sign_out(visitor: Visitor, _form: Form) -> Answer {
    session::end(visitor.upstreams(), visitor.cookies()).await?;
    see_other(&notice::path("/", "signed-out"))
}
