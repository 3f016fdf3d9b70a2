//! E-mails about an account. They go to the owner of the address, who may be a stranger to the shop. So they repeat
//! nothing that the registrant wrote.

use super::AccountEvent;

/// The subject, the paragraphs and the link. `token` confirms the address, `None` if it is confirmed; or it accepts the
/// invitation. Only the registration that made the account leads to the confirmation: the owner of the address may be
/// the second to register, and would confirm the account of a stranger.
pub(super) fn subject_paragraphs_and_link(
    event: AccountEvent,
    token: Option<&str>,
    url: Option<&str>,
) -> (&'static str, Vec<String>, Option<String>) {
    let (subject, mut paragraphs) = match event {
        AccountEvent::StaffInvited { .. } => return invitation(token),
        AccountEvent::Registered => (
            "please confirm your e-mail address",
            vec![
                "Hello,".to_owned(),
                "someone, we hope you, created an account with this e-mail address.".to_owned(),
            ],
        ),
        AccountEvent::RegisteredAgain => (
            "you have an account already",
            vec![
                "Hello,".to_owned(),
                "someone, we hope you, tried to create an account with this e-mail address. It has an account already, and \
                 nothing was changed: sign in with the password of that account."
                    .to_owned(),
            ],
        ),
    };
    let token = token.filter(|_| event == AccountEvent::Registered);
    let link = match (token, url) {
        (Some(token), Some(url)) => Some(url.replace("{token}", token)),
        _ => None,
    };
    match token {
        Some(_) if link.is_some() => {
            paragraphs.push(
                "If it was you, confirm that the address is yours with the link below.".to_owned(),
            );
        }
        Some(token) => {
            paragraphs.push(
                "If it was you, confirm that the address is yours with this code:".to_owned(),
            );
            paragraphs.push(token.to_owned());
        }
        None => {}
    }
    paragraphs.push(
        "If it was not you, ignore this e-mail. Confirm nothing that you did not ask for."
            .to_owned(),
    );
    (subject, paragraphs, link)
}

/// There is no page for it, so the token is in the text.
fn invitation(token: Option<&str>) -> (&'static str, Vec<String>, Option<String>) {
    let paragraphs = vec![
        "Hello,".to_owned(),
        "you are invited to work for this shop. Accept with this code, which works once, for three days:".to_owned(),
        token.unwrap_or_default().to_owned(),
        "Give it to nobody: who has it chooses the password of the account.".to_owned(),
    ];
    ("your invitation", paragraphs, None)
}
