//! The pages that the links in e-mails lead to, and those that ask for such an e-mail. A link alone changes nothing: mail
//! scanners follow links, so each page has a button.

use askama::Template;

use crate::{
    edge::problem::{Problem, reasons},
    model::{EmailChangeConfirmation, EmailVerification, MailRequest, PasswordReset},
    pages::{
        Answer, field_errors::FieldErrors, form::Form, invalid, layout::Layout, notice, page,
        secret, see_other, visitor::Visitor,
    },
    rest::request::Query,
};

/// Names of the fields in the API, and their labels.
const LABELS: [(&str, &str); 3] = [
    ("email", "E-mail"),
    ("new_password", "New password"),
    ("token", "The link"),
];

/// A page with one button.
#[derive(Template)]
#[template(path = "shop/mail_link.html")]
struct LinkPage {
    layout: Layout,
    errors: FieldErrors,
    words: &'static Words,
    token: String,
}

/// What the pages say.
struct Words {
    path: &'static str,
    title: &'static str,
    text: &'static str,
    button: &'static str,
    /// Where a customer whose link has expired goes.
    help: (&'static str, &'static str),
}

const VERIFY: Words = Words {
    path: "/verify-email",
    title: "Confirm your e-mail address",
    text: "Then you get the e-mails about your orders, and can get back in if you forget your password.",
    button: "Confirm the address",
    help: ("/account", "Ask for a new link in your account"),
};

const CHANGE: Words = Words {
    path: "/confirm-email-change",
    title: "Confirm your new e-mail address",
    text: "From then on you sign in with it. Everywhere else, you are signed out.",
    button: "Use this address",
    help: ("/account/email", "Ask for a new link"),
};

#[derive(Template)]
#[template(path = "shop/forgot_password.html")]
struct ForgotPage {
    layout: Layout,
    errors: FieldErrors,
    email: String,
}

#[derive(Template)]
#[template(path = "shop/reset_password.html")]
struct ResetPage {
    layout: Layout,
    errors: FieldErrors,
    token: String,
}

/// The button that confirms an address.
pub(crate) async fn show_verification(visitor: Visitor, query: Query) -> Answer {
    show_link(&visitor, query, &VERIFY).await
}

/// Confirms an address.
pub(crate) async fn verify(visitor: Visitor, form: Form) -> Answer {
    let token = form.text("token");
    let verification = EmailVerification {
        token: token.clone(),
    };
    match visitor.upstreams().user().verify_email(verification).await {
        Ok(()) => see_other(&notice::path(home(&visitor), "email-verified")),
        Err(problem) => refused(&visitor, problem, token, &VERIFY).await,
    }
}

/// The button that confirms a change of the address.
pub(crate) async fn show_change(visitor: Visitor, query: Query) -> Answer {
    show_link(&visitor, query, &CHANGE).await
}

/// Changes the address.
pub(crate) async fn confirm_change(visitor: Visitor, form: Form) -> Answer {
    let token = form.text("token");
    let confirmation = EmailChangeConfirmation {
        token: token.clone(),
    };
    let account = visitor.upstreams().account();
    match account.confirm_email_change(confirmation).await {
        Ok(()) => see_other(&notice::path(home(&visitor), "email-changed")),
        Err(problem) => refused(&visitor, problem, token, &CHANGE).await,
    }
}

/// The form that asks for a link to a new password.
pub(crate) async fn show_forgot(visitor: Visitor) -> Answer {
    page(&ForgotPage {
        layout: visitor.layout().await?,
        errors: FieldErrors::default(),
        email: String::new(),
    })
}

/// Mails a link to a new password. The answer is the same whether or not the address has an account.
pub(crate) async fn request_reset(visitor: Visitor, form: Form) -> Answer {
    let email = form.text("email");
    let to = MailRequest {
        email: email.clone(),
    };
    let account = visitor.upstreams().account();
    match account.request_password_reset(to).await {
        Ok(()) => see_other(&notice::path(home(&visitor), "reset-requested")),
        Err(problem) if problem.kind() == &reasons::VALIDATION_FAILED => invalid(&ForgotPage {
            layout: visitor.layout().await?,
            errors: FieldErrors::of(&problem, &LABELS),
            email,
        }),
        Err(problem) => Err(problem),
    }
}

/// The form for a new password.
pub(crate) async fn show_reset(visitor: Visitor, mut query: Query) -> Answer {
    let token = query.text("token").unwrap_or_default();
    secret(page(&ResetPage {
        layout: visitor.layout().await?,
        errors: FieldErrors::default(),
        token,
    }))
}

/// Replaces the password.
pub(crate) async fn reset(visitor: Visitor, form: Form) -> Answer {
    let token = form.text("token");
    let reset = PasswordReset {
        token: token.clone(),
        new_password: form.secret("new_password"),
    };
    let problem = match visitor.upstreams().account().reset_password(reset).await {
        Ok(()) => {
            // It has ended all sessions of the account.
            visitor.cookies().end_session()?;
            return see_other(&notice::path("/sign-in", "password-reset"));
        }
        Err(problem) => problem,
    };
    let errors = match problem.kind().reason {
        "PASSWORD_RESET_INVALID" => FieldErrors::one(
            "",
            "This link has expired or was used. Ask for a new one on the page “Forgot your password?”.",
        ),
        "VALIDATION_FAILED" => FieldErrors::of(&problem, &LABELS),
        _ => return Err(problem),
    };
    invalid(&ResetPage {
        layout: visitor.layout().await?,
        errors,
        token,
    })
}

async fn show_link(visitor: &Visitor, mut query: Query, words: &'static Words) -> Answer {
    let token = query.text("token").unwrap_or_default();
    secret(page(&LinkPage {
        layout: visitor.layout().await?,
        errors: FieldErrors::default(),
        words,
        token,
    }))
}

async fn refused(
    visitor: &Visitor,
    problem: Problem,
    token: String,
    words: &'static Words,
) -> Answer {
    let text = match problem.kind().reason {
        "VERIFICATION_INVALID" | "EMAIL_CHANGE_INVALID" | "VALIDATION_FAILED" => {
            "This link has expired or was used."
        }
        "EMAIL_TAKEN" => "Another account has got this address in the meantime.",
        _ => return Err(problem),
    };
    invalid(&LinkPage {
        layout: visitor.layout().await?,
        errors: FieldErrors::one("", text),
        words,
        token,
    })
}

/// Where a visitor goes on.
fn home(visitor: &Visitor) -> &'static str {
    match visitor.is_signed_in() {
        true => "/account",
        false => "/sign-in",
    }
}
