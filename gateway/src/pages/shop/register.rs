use actix_web::HttpRequest;
use askama::Template;
use url::form_urlencoded;

use crate::{
    model::Registration,
    pages::{
        Answer,
        field_errors::FieldErrors,
        form::Form,
        invalid,
        layout::Layout,
        local_path::{LocalPath, next_of_query},
        notice, page, see_other,
        visitor::Visitor,
    },
};

/// Names of the fields in the API, and their labels.
const LABELS: [(&str, &str); 3] = [
    ("display_name", "Name"),
    ("email", "E-mail"),
    ("password", "Password"),
];

#[derive(Template)]
#[template(path = "shop/register.html")]
struct RegisterPage {
    layout: Layout,
    errors: FieldErrors,
    display_name: String,
    email: String,
    next: String,
}

/// The form for a new account.
pub(crate) async fn show(visitor: Visitor, request: HttpRequest) -> Answer {
    let next = next_of_query(&request, "/");
    if visitor.is_signed_in() {
        return see_other(next.as_str());
    }
    page(&RegisterPage {
        layout: visitor.layout().await?,
        errors: FieldErrors::default(),
        display_name: String::new(),
        email: String::new(),
        next: next.to_string(),
    })
}

/// Creates the account. The answer is the same if the address has one already: its owner gets an e-mail about it.
pub(crate) async fn submit(visitor: Visitor, form: Form) -> Answer {
    let next = LocalPath::parse_or(&form.text("next"), "/");
    let (display_name, email) = (form.text("display_name"), form.text("email"));
    let registration = Registration {
        email: email.clone(),
        password: form.secret("password"),
        display_name: display_name.clone(),
    };
    match visitor.upstreams().user().register(registration).await {
        Ok(_) => {
            let next = form_urlencoded::byte_serialize(next.as_str().as_bytes());
            let path = format!("/sign-in?next={}", next.collect::<String>());
            see_other(&notice::path(&path, "registered"))
        }
        Err(problem) if problem.kind().status == 422 => invalid(&RegisterPage {
            layout: visitor.layout().await?,
            errors: FieldErrors::of(&problem, &LABELS),
            display_name,
            email,
            next: next.to_string(),
        }),
        Err(problem) => Err(problem),
    }
}
