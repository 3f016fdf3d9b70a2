//! E-mails about an account. They go to the owner of the address, who may be a stranger to the shop. So they repeat
//! nothing that somebody wrote.

use super::{AccountEvent, AccountPages};

/// An e-mail about an account, without what all e-mails share.
pub(super) struct Draft {
    pub(super) subject: &'static str,
    pub(super) paragraphs: Vec<String>,
    pub(super) link: Option<String>,
}

/// What an owner does who caused nothing.
const IGNORE: &str =
    "If it was not you, ignore this e-mail. Confirm nothing that you did not ask for.";
const RESET_IF_NOT_YOU: &str =
    "If it was not you, reset the password at once, and check your orders and addresses.";

/// `token` is the one that the e-mail is for, if it is for one. Only the registration that made the account, and an owner who
/// asks for it, lead to the confirmation of an address: the owner of the address may be the second to register, and would
/// confirm the account of a stranger.
pub(super) fn draft(event: AccountEvent, token: Option<&str>, pages: &AccountPages) -> Draft {
    match event {
        AccountEvent::StaffInvited { .. } => invitation(token, pages.invitation.as_deref()),
        AccountEvent::Registered => with_token(
            "please confirm your e-mail address",
            "someone, we hope you, created an account with this e-mail address.",
            "If it was you, confirm that the address is yours with",
            token,
            pages.verification.as_deref(),
        ),
        AccountEvent::VerificationRequested => with_token(
            "please confirm your e-mail address",
            "someone, we hope you, asked to confirm the e-mail address of an account.",
            "If it was you, and you created the account, confirm that the address is yours with",
            token,
            pages.verification.as_deref(),
        ),
        AccountEvent::RegisteredAgain => plain(
            "you have an account already",
            &[
                "someone, we hope you, tried to create an account with this e-mail address. It has an account already, and \
                 nothing was changed: sign in with the password of that account.",
                IGNORE,
            ],
        ),
        AccountEvent::AddressClaimed => plain(
            "you have an account already",
            &[
                "someone, we hope you, tried to change the e-mail address of another account to this one. It has an account \
                 already, and nothing was changed.",
                IGNORE,
            ],
        ),
        AccountEvent::PasswordResetRequested { .. } => with_token(
            "reset your password",
            "someone, we hope you, forgot the password of the account with this e-mail address.",
            "If it was you, choose a new password within an hour with",
            token,
            pages.password_reset.as_deref(),
        ),
        AccountEvent::EmailChangeRequested { .. } => with_token(
            "please confirm your new e-mail address",
            "someone, we hope you, asked to use this e-mail address for their account.",
            "If it was you, confirm the change within an hour with",
            token,
            pages.email_change.as_deref(),
        ),
        AccountEvent::PasswordChanged => plain(
            "your password was changed",
            &[
                "the password of your account was changed. All other sessions have ended.",
                RESET_IF_NOT_YOU,
            ],
        ),
        AccountEvent::PasswordReset => plain(
            "your password was reset",
            &[
                "the password of your account was replaced with the help of an e-mail to this address. All sessions have \
                 ended.",
                "If it was not you, somebody else reads your e-mails: secure your mailbox, then reset the password again.",
            ],
        ),
        AccountEvent::EmailChanged => plain(
            "your e-mail address was changed",
            &[
                "your account has another e-mail address now, so this is the last e-mail to this one. All other sessions \
                 have ended.",
                "If it was not you, contact us at once.",
            ],
        ),
        AccountEvent::SessionsEnded => plain(
            "you were signed out elsewhere",
            &[
                "one or more sessions of your account were ended from another one.",
                RESET_IF_NOT_YOU,
            ],
        ),
        AccountEvent::SecondFactorEnrolled => plain(
            "your second factor was changed",
            &[
                "an authenticator app was enrolled for your staff account, and there are new recovery codes.",
                "If it was not you, notify an admin at once.",
            ],
        ),
    }
}

fn plain(subject: &'static str, paragraphs: &[&str]) -> Draft {
    let all = std::iter::once("Hello,").chain(paragraphs.iter().copied());
    Draft {
        subject,
        paragraphs: all.map(ToOwned::to_owned).collect(),
        link: None,
    }
}

/// The token in a link, or as it is where no page is configured. Without a token there is nothing to do any more.
fn with_token(
    subject: &'static str,
    what: &str,
    then: &str,
    token: Option<&str>,
    page: Option<&str>,
) -> Draft {
    let mut draft = plain(subject, &[what]);
    match (token, page) {
        (Some(token), Some(page)) => {
            draft.paragraphs.push(format!("{then} the link below."));
            draft.link = Some(page.replace("{token}", token));
        }
        (Some(token), None) => {
            draft.paragraphs.push(format!("{then} this code:"));
            draft.paragraphs.push(token.to_owned());
        }
        (None, _) => {}
    }
    draft.paragraphs.push(IGNORE.to_owned());
    draft
}

/// Nobody but the owner of the address may have the token, so the e-mail says so.
fn invitation(token: Option<&str>, page: Option<&str>) -> Draft {
    let what = "you are invited to work for this shop.";
    let mut draft = with_token(
        "your invitation",
        what,
        "Accept within three days with",
        token,
        page,
    );
    draft.paragraphs.pop();
    draft.paragraphs.push(
        "It works once. Give it to nobody: who has it chooses the password of the account."
            .to_owned(),
    );
    draft
}
