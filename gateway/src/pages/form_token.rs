//! The token against forged forms: in a cookie, and masked in every form (OWASP: double-submit cookie).

use std::fmt;

use aws_lc_rs::{constant_time::verify_slices_are_equal, rand};

use crate::edge::problem::{Problem, reasons};

const LENGTH: usize = 16;

/// 128 random bits.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct FormToken([u8; LENGTH]);

impl FormToken {
    /// A new token.
    ///
    /// # Errors
    /// `INTERNAL` if there are no random numbers.
    pub(crate) fn generate() -> Result<Self, Problem> {
        let mut bytes = [0; LENGTH];
        rand::fill(&mut bytes).map_err(|_unspecified| {
            tracing::error!("the system has no random numbers");
            Problem::new(&reasons::INTERNAL)
        })?;
        Ok(Self(bytes))
    }

    /// The token of a cookie.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let number = u128::from_str_radix(text, 16).ok();
        let number = number.filter(|_| text.len() == LENGTH * 2)?;
        Some(Self(number.to_be_bytes()))
    }

    /// The token for a form. It differs in every response: otherwise the sizes of compressed pages would disclose it
    /// (the BREACH attack).
    ///
    /// # Errors
    /// `INTERNAL` if there are no random numbers.
    pub(crate) fn masked(self) -> Result<String, Problem> {
        let mask = Self::generate()?;
        Ok(format!("{mask}{}", self.masked_by(mask)))
    }

    /// Whether a form carried this token. Compares in constant time.
    pub(crate) fn is_in(self, masked: &str) -> bool {
        let Some((mask, rest)) = masked.split_at_checked(LENGTH * 2) else {
            return false;
        };
        let (Some(mask), Some(token)) = (Self::parse(mask), Self::parse(rest)) else {
            return false;
        };
        verify_slices_are_equal(&token.masked_by(mask).0, &self.0).is_ok()
    }

    fn masked_by(self, mask: Self) -> Self {
        let Self(mut bytes) = self;
        for (byte, mask) in bytes.iter_mut().zip(mask.0) {
            *byte ^= mask;
        }
        Self(bytes)
    }
}

impl fmt::Display for FormToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for FormToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("FormToken")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_token_is_recognized_and_never_the_same() {
        let token = FormToken::generate().unwrap();
        let (one, other) = (token.masked().unwrap(), token.masked().unwrap());
        assert_ne!(one, other);
        assert!(token.is_in(&one) && token.is_in(&other));
        assert!(!one.contains(&token.to_string()));
    }

    #[test]
    fn anything_else_is_refused() {
        let token = FormToken::generate().unwrap();
        let other = FormToken::generate().unwrap().masked().unwrap();
        let text = token.to_string();
        let unmasked = format!("{text}{text}");
        for forged in [
            "",
            "0",
            &text,
            &other,
            &unmasked,
            &"+".repeat(64),
            &"é".repeat(32),
        ] {
            assert!(!token.is_in(forged), "{forged}");
        }
    }

    #[test]
    fn a_cookie_is_read_strictly() {
        let token = FormToken::generate().unwrap();
        assert_eq!(FormToken::parse(&token.to_string()), Some(token));
        for text in ["", "00", &"g".repeat(32), &format!("{token}0")] {
            assert_eq!(FormToken::parse(text), None, "{text}");
        }
    }
}
