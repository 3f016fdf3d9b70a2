use actix_web::HttpRequest;
use askama::Template;

use super::{layout::Layout, member::Member, second_factor_path};
use crate::{
    edge::problem::reasons,
    model::Credentials,
    pages::{
        Answer,
        field_errors::FieldErrors,
        form::Form,
        invalid,
        local_path::{LocalPath, next_of_query},
        notice, page, see_other, session,
    },
    rest::request::UserAgent,
};

/// Names of the fields in the API, and their labels.
const LABELS: [(&str, &str); 2] = [("email", "E-mail"), ("password", "Password")];

#[derive(Template)]
#[template(path = "staff/sign_in.html")]
struct SignInPage {
    layout: Layout,
    errors: FieldErrors,
    email: String,
    next: String,
}

/// The form to sign in.
pub(crate) async fn show(member: Member, request: HttpRequest) -> Answer {
    let next = next_of_query(&request, "/staff");
    if member.is_signed_in() {
        return see_other(next.as_str());
    }
    page(&SignInPage {
        layout: member.layout()?,
        errors: FieldErrors::default(),
        email: String::new(),
        next: next.to_string(),
    })
}

/// Signs in with the password. The second factor follows on its own page.
pub(crate) async fn submit(member: Member, UserAgent(agent): UserAgent, form: Form) -> Answer {
    let next = LocalPath::parse_or(&form.text("next"), "/staff");
    let email = form.text("email");
    let credentials = Credentials {
        email: email.clone(),
        password: form.secret("password"),
    };
    let device = member.cookies().device().to_owned();
    let user = member.upstreams().user();
    let session = match user.sign_in(credentials, device, agent).await {
        Ok(session) => session,
        Err(problem) => {
            let errors = match problem.kind() {
                kind if *kind == reasons::CREDENTIALS_INVALID => {
                    FieldErrors::one("email", "E-mail or password is wrong.")
                }
                kind if *kind == reasons::VALIDATION_FAILED => FieldErrors::of(&problem, &LABELS),
                _ => return Err(problem),
            };
            return invalid(&SignInPage {
                layout: member.layout()?,
                errors,
                email,
                next: next.to_string(),
            });
        }
    };
    member.cookies().begin_session(&session)?;
    see_other(&second_factor_path(next.as_str()))
}

/// Ends the session.
pub(crate) async fn sign_out(member: Member, _form: Form) -> Answer {
    session::end(member.upstreams(), member.cookies()).await?;
    see_other(&notice::path("/staff/sign-in", "signed-out"))
}
