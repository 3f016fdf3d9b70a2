//! The second factor: its code at sign-in, and again before what moves money or cannot be undone; and its enrollment.

use actix_web::HttpRequest;
use askama::Template;

use super::{layout::Layout, member::Member};
use crate::{
    edge::problem::{Problem, reasons},
    model::{Enrollment, SecondFactorCode},
    pages::{
        Answer,
        field_errors::FieldErrors,
        form::Form,
        invalid,
        local_path::{LocalPath, next_of_query},
        page, see_other, session,
    },
};

#[derive(Template)]
#[template(path = "staff/second_factor.html")]
struct SecondFactorPage {
    layout: Layout,
    errors: FieldErrors,
    next: String,
    /// Whether they signed in completely, and prove it again.
    is_repeated: bool,
}

#[derive(Template)]
#[template(path = "staff/enrollment.html")]
struct EnrollmentPage {
    layout: Layout,
    errors: FieldErrors,
    /// After it was begun.
    enrollment: Option<Enrollment>,
}

#[derive(Template)]
#[template(path = "staff/recovery_codes.html")]
struct RecoveryCodesPage {
    layout: Layout,
    codes: Vec<String>,
}

/// The form for the code of the authenticator app.
pub(crate) async fn show(member: Member, request: HttpRequest) -> Answer {
    let next = next_of_query(&request, "/staff");
    if member.is_recent() {
        return see_other(next.as_str());
    }
    page(&code_page(&member, FieldErrors::default(), &next)?)
}

/// Proves the second factor in this session, and continues.
pub(crate) async fn prove(member: Member, form: Form) -> Answer {
    let next = LocalPath::parse_or(&form.text("next"), "/staff");
    let code = SecondFactorCode {
        code: form.text("code"),
    };
    match member.upstreams().staff().step_up(code).await {
        Ok(session) => {
            member.cookies().keep_access(&session.access_token);
            see_other(next.as_str())
        }
        Err(problem) if *problem.kind() == reasons::SECOND_FACTOR_MISSING => {
            see_other("/staff/second-factor/enrollment")
        }
        Err(problem) if *problem.kind() == reasons::FORBIDDEN => {
            // An account of a customer: nothing here is for it.
            session::end(member.upstreams(), member.cookies()).await?;
            Err(problem)
        }
        Err(problem) => {
            let errors = code_errors(problem)?;
            invalid(&code_page(&member, errors, &next)?)
        }
    }
}

fn code_page(
    member: &Member,
    errors: FieldErrors,
    next: &LocalPath,
) -> Result<SecondFactorPage, Problem> {
    Ok(SecondFactorPage {
        layout: member.layout()?,
        errors,
        next: next.to_string(),
        is_repeated: !member.groups().is_empty(),
    })
}

/// What is wrong with a code; other problems stay problems.
fn code_errors(problem: Problem) -> Result<FieldErrors, Problem> {
    match problem.kind() {
        kind if *kind == reasons::CODE_INVALID => Ok(FieldErrors::one(
            "code",
            "The code is wrong, or was used already. Wait for the next one.",
        )),
        kind if *kind == reasons::VALIDATION_FAILED => {
            Ok(FieldErrors::of(&problem, &[("code", "Code")]))
        }
        _ => Err(problem),
    }
}

/// What an enrollment is, and the button that begins it.
pub(crate) async fn show_enrollment(member: Member) -> Answer {
    page(&EnrollmentPage {
        layout: member.layout()?,
        errors: FieldErrors::default(),
        enrollment: None,
    })
}

/// Makes a new secret and shows it, with the form to confirm it.
pub(crate) async fn begin(member: Member, _form: Form) -> Answer {
    let enrollment = member.upstreams().staff().begin_second_factor().await?;
    page(&EnrollmentPage {
        layout: member.layout()?,
        errors: FieldErrors::default(),
        enrollment: Some(enrollment),
    })
}

/// Makes the new secret count, and shows the recovery codes.
pub(crate) async fn confirm(member: Member, form: Form) -> Answer {
    let code = SecondFactorCode {
        code: form.text("code"),
    };
    let enrolled = match member.upstreams().staff().confirm_second_factor(code).await {
        Ok(enrolled) => enrolled,
        Err(problem) if *problem.kind() == reasons::SECOND_FACTOR_NOT_BEGUN => {
            return see_other("/staff/second-factor/enrollment");
        }
        Err(problem) => {
            let errors = code_errors(problem)?;
            // The secret is shown once, so it comes back with the form.
            let enrollment = Enrollment {
                secret: form.text("secret"),
                uri: form.text("uri"),
            };
            return invalid(&EnrollmentPage {
                layout: member.layout()?,
                errors,
                enrollment: Some(enrollment),
            });
        }
    };
    member.cookies().keep_access(&enrolled.session.access_token);
    page(&RecoveryCodesPage {
        layout: member.layout()?,
        codes: enrolled.recovery_codes,
    })
}
