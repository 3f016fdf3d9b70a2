//! Changes that the owner of an account asks for with their password.

use kernel::Violations;
use secrecy::SecretString;

use super::account::email_address;
use super::new_password::{check_new_password, check_typed_password};
use super::{EmailAddress, Password, User};

/// A valid change of the password. Whether `current` is right is not checked yet.
pub(crate) struct PasswordChange {
    pub(crate) current: Password,
    pub(crate) new: Password,
}

impl PasswordChange {
    /// # Errors
    /// All violations.
    pub(crate) fn new(
        current: SecretString,
        new: SecretString,
        user: &User,
    ) -> Result<Self, Violations> {
        let mut violations = Violations::new();
        let current = check_typed_password(&mut violations, "current_password", current);
        let new = check_chosen(&mut violations, new, user);
        violations.or(Self { current, new })
    }
}

/// A valid change of the e-mail address. Whether the password is right, and the address free, is not checked yet.
pub(crate) struct EmailChangeRequest {
    pub(crate) password: Password,
    pub(crate) email: EmailAddress,
}

impl EmailChangeRequest {
    /// # Errors
    /// All violations.
    pub(crate) fn new(
        password: SecretString,
        email: &str,
        user: &User,
    ) -> Result<Self, Violations> {
        let mut violations = Violations::new();
        let password = check_typed_password(&mut violations, "password", password);
        let email = violations.take("email", email_address(email));
        let is_other = email
            .as_ref()
            .is_none_or(|email| email.as_str() != user.email);
        violations.check(
            is_other,
            "email",
            "must be another address than the present one",
        );
        match email {
            Some(email) => violations.or(Self { password, email }),
            None => Err(violations),
        }
    }
}

/// A valid new password of an account, without the present one.
///
/// # Errors
/// All violations of `new_password`.
pub(crate) fn new_password(password: SecretString, user: &User) -> Result<Password, Violations> {
    let mut violations = Violations::new();
    let password = check_chosen(&mut violations, password, user);
    violations.or(password)
}

fn check_chosen(violations: &mut Violations, password: SecretString, user: &User) -> Password {
    let local_part = user.email.rsplit_once('@').map_or("", |(local, _)| local);
    let known = [local_part, &user.display_name];
    check_new_password(violations, "new_password", password, &known)
}
