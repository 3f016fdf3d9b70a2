//! The rule of passwords that somebody chooses: the same at a registration, a change and a reset.

use kernel::Violations;
use secrecy::{ExposeSecret, SecretString};

use super::Password;
use super::password_strength::is_guessable;

const MIN_PASSWORD: usize = 12;
/// Also of a password that somebody types.
pub(super) const MAX_PASSWORD: usize = 128;

/// Checks a chosen password. `known` is what others know of the account: the part of its address before the @, and its name.
pub(super) fn check_new_password(
    violations: &mut Violations,
    field: &str,
    password: SecretString,
    known: &[&str],
) -> Password {
    let is_typable = !password.expose_secret().contains(char::is_control);
    let password = Password::new(password);
    let is_of_length = (MIN_PASSWORD..=MAX_PASSWORD).contains(&password.length());
    violations.check(
        is_of_length,
        field,
        format_args!("must be {MIN_PASSWORD} to {MAX_PASSWORD} characters"),
    );
    violations.check(is_typable, field, "must not contain control characters");
    let chosen = password.normalized().expose_secret();
    violations.check(
        !is_of_length || !is_guessable(chosen, known),
        field,
        "must not be a common password, a repetition or a sequence, or made of your name or e-mail address",
    );
    password
}

/// Reads a password that somebody types. Only its length is checked, so that a rejection reveals nothing about the account.
pub(super) fn check_typed_password(
    violations: &mut Violations,
    field: &str,
    password: SecretString,
) -> Password {
    // Earlier releases counted before normalization, which can add characters.
    let typed_length = password.expose_secret().chars().count();
    let password = Password::new(password);
    let length = password.length().min(typed_length);
    violations.check(
        (1..=MAX_PASSWORD).contains(&length),
        field,
        format_args!("must be 1 to {MAX_PASSWORD} characters"),
    );
    password
}
