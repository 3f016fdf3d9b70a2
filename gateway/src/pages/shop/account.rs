//! The customer's account: profile, credentials, sessions and addresses.

use askama::Template;
use futures_util::future::join;

use crate::{
    edge::problem::{Problem, reasons},
    model::{MailRequest, ProfilePatch, User},
    pages::{
        Answer, field_errors::FieldErrors, filters, form::Form, invalid, layout::Layout, notice,
        page, see_other, visitor::Visitor,
    },
};

pub(super) mod addresses;
pub(super) mod credentials;
pub(super) mod sessions;

/// Names of the fields in the API, and their labels.
const LABELS: [(&str, &str); 1] = [("display_name", "Name")];

#[derive(Template)]
#[template(path = "shop/account/profile.html")]
struct ProfilePage {
    layout: Layout,
    errors: FieldErrors,
    user: User,
    display_name: String,
}

/// The profile.
pub(crate) async fn show(visitor: Visitor) -> Answer {
    let user = visitor.upstreams().user().me();
    let (layout, user) = join(visitor.layout(), user).await;
    let user = user?;
    page(&ProfilePage {
        layout: layout?,
        errors: FieldErrors::default(),
        display_name: user.display_name.clone(),
        user,
    })
}

/// Changes the name.
pub(crate) async fn save(visitor: Visitor, form: Form) -> Answer {
    let display_name = form.text("display_name");
    let patch = ProfilePatch {
        display_name: Some(display_name.clone()),
    };
    match visitor.upstreams().account().update_profile(patch).await {
        Ok(_) => see_other(&notice::path("/account", "profile-saved")),
        Err(problem) if problem.kind() == &reasons::VALIDATION_FAILED => {
            let errors = FieldErrors::of(&problem, &LABELS);
            let user = visitor.upstreams().user().me();
            let (layout, user) = join(visitor.layout(), user).await;
            invalid(&ProfilePage {
                layout: layout?,
                errors,
                user: user?,
                display_name,
            })
        }
        Err(problem) => Err(problem),
    }
}

/// Mails the confirmation of the address again.
pub(crate) async fn request_verification(visitor: Visitor, _: Form) -> Answer {
    let email = visitor.upstreams().user().me().await?.email;
    let to = MailRequest { email };
    let account = visitor.upstreams().account();
    account.request_email_verification(to).await?;
    see_other(&notice::path("/account", "verification-requested"))
}

/// Whether a customer can correct what a problem is about.
fn is_correctable(problem: &Problem) -> bool {
    let kinds = [
        &reasons::VALIDATION_FAILED,
        &reasons::PASSWORD_WRONG,
        &reasons::ADDRESS_LIMIT_REACHED,
    ];
    kinds.contains(&problem.kind())
}
