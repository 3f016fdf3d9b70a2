use kernel::Violations;

use crate::domain;

const PAGE_DEFAULT: u32 = 20;
const PAGE_MAX: u32 = 100;

/// The size of a page; 0 is the default.
///
/// # Errors
/// `Invalid`.
pub(super) fn page_size(requested: u32) -> Result<u32, domain::Error> {
    match requested {
        0 => Ok(PAGE_DEFAULT),
        size if size <= PAGE_MAX => Ok(size),
        _ => {
            let message = format!("must be 1 to {PAGE_MAX}");
            Err(Violations::one("page_size", message).into())
        }
    }
}
