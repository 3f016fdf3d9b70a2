//! Password and e-mail address of the signed-in customer.

use askama::Template;

use super::is_correctable;
use crate::{
    edge::problem::{Problem, reasons},
    model::{EmailChange, PasswordChange},
    pages::{
        Answer, field_errors::FieldErrors, form::Form, invalid, layout::Layout, notice, page,
        see_other, visitor::Visitor,
    },
};

/// Names of the fields in the API, and their labels.
const LABELS: [(&str, &str); 4] = [
    ("current_password", "Current password"),
    ("new_password", "New password"),
    ("password", "Password"),
    ("email", "E-mail"),
];

#[derive(Template)]
#[template(path = "shop/account/password.html")]
struct PasswordPage {
    layout: Layout,
    errors: FieldErrors,
}

#[derive(Template)]
#[template(path = "shop/account/email.html")]
struct EmailPage {
    layout: Layout,
    errors: FieldErrors,
    email: String,
}

/// The form that changes the password.
pub(crate) async fn show_password(visitor: Visitor) -> Answer {
    page(&PasswordPage {
        layout: visitor.layout().await?,
        errors: FieldErrors::default(),
    })
}

/// Changes the password, which ends all other sessions.
pub(crate) async fn change_password(visitor: Visitor, form: Form) -> Answer {
    let change = PasswordChange {
        current_password: form.secret("current_password"),
        new_password: form.secret("new_password"),
    };
    let device = visitor.cookies().device().to_owned();
    let account = visitor.upstreams().account();
    match account.change_password(change, device).await {
        Ok(()) => see_other(&notice::path("/account/password", "password-changed")),
        Err(problem) if is_correctable(&problem) => invalid(&PasswordPage {
            layout: visitor.layout().await?,
            errors: explained(&problem, "current_password"),
        }),
        Err(problem) => Err(problem),
    }
}

/// The form that asks for another e-mail address.
pub(crate) async fn show_email(visitor: Visitor) -> Answer {
    page(&EmailPage {
        layout: visitor.layout().await?,
        errors: FieldErrors::default(),
        email: String::new(),
    })
}

/// Mails the new address a link that confirms it.
pub(crate) async fn request_email(visitor: Visitor, form: Form) -> Answer {
    let email = form.text("email");
    let change = EmailChange {
        password: form.secret("password"),
        email: email.clone(),
    };
    let device = visitor.cookies().device().to_owned();
    let account = visitor.upstreams().account();
    match account.request_email_change(change, device).await {
        Ok(()) => see_other(&notice::path("/account/email", "email-requested")),
        Err(problem) if is_correctable(&problem) => invalid(&EmailPage {
            layout: visitor.layout().await?,
            errors: explained(&problem, "password"),
            email,
        }),
        Err(problem) => Err(problem),
    }
}

/// `password` is the field with the current password.
fn explained(problem: &Problem, password: &str) -> FieldErrors {
    match problem.kind() == &reasons::PASSWORD_WRONG {
        true => FieldErrors::one(password, "This is not your current password."),
        false => FieldErrors::of(problem, &LABELS),
    }
}
