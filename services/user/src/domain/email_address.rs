//! The one rule by which an e-mail address is read, stored and compared.

use std::fmt;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

const MAX_LENGTH: usize = 254;
const MAX_LOCAL_PART: usize = 64;
/// The signs of an `atext` (RFC 5322, 3.2.3), and the dot.
const SIGNS: &str = "!#$%&'*+-/=?^_`{|}~.";

/// An e-mail address in its only spelling, so two spellings of one address are equal:
///
/// - The local part is ASCII, without quotes: nothing invisible, no look-alikes, no mixed scripts. It is lower-case; no
///   provider in use distinguishes mailboxes by case.
/// - The domain is what UTS #46 makes of it: full-width and upper-case letters are mapped, other scripts become
///   A-labels (`xn--..`), which nobody mistakes for the ASCII name that they resemble. It has two labels or more, and
///   the last one is no number.
///
/// No `Debug` of the text, because it is personal data.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct EmailAddress(String);

impl EmailAddress {
    /// `None` if the text is no address by this rule. White space around it is removed.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        // Before any other work: UTS #46 is not linear in long texts.
        if text.len() > 4 * MAX_LENGTH {
            return None;
        }
        let (local, domain) = text.rsplit_once('@')?;
        let domain = ascii_domain(domain)?;
        let address = format!("{}@{domain}", local.to_ascii_lowercase());
        (is_local_part(local) && address.len() <= MAX_LENGTH).then_some(Self(address))
    }

    /// The address, in lower-case ASCII.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the `@`.
    pub(crate) fn local_part(&self) -> &str {
        self.0
            .rsplit_once('@')
            .map_or(self.0.as_str(), |(local, _)| local)
    }

    pub(crate) fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("EmailAddress(..)")
    }
}

fn is_local_part(local: &str) -> bool {
    (1..=MAX_LOCAL_PART).contains(&local.len())
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || SIGNS.contains(c))
}

fn ascii_domain(domain: &str) -> Option<String> {
    let ascii = Uts46::new()
        .to_ascii(
            domain.as_bytes(),
            AsciiDenyList::STD3,
            Hyphens::CheckFirstLast,
            DnsLength::Verify,
        )
        .ok()?;
    let (_, last) = ascii.rsplit_once('.')?;
    // An address in numbers (RFC 3696, 2): no mail provider has one.
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit());
    (!is_number).then(|| ascii.into_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Option<String> {
        EmailAddress::parse(text).map(EmailAddress::into_string)
    }

    #[test]
    fn spellings_of_one_address_are_equal() {
        for text in [
            "ada@example.com",
            "  Ada@Example.COM ",
            "ADA@EXAMPLE.com",
            "ada@ｅｘａｍｐｌｅ.com",
            "ada@example\u{3002}com",
            "ada@exam\u{ad}ple.com",
        ] {
            assert_eq!(read(text).as_deref(), Some("ada@example.com"), "{text:?}");
        }
        for text in [
            "ada@bücher.example",
            "ada@BÜCHER.example",
            "ada@bu\u{308}cher.example",
            "ada@xn--bcher-kva.example",
            "ada@XN--BCHER-KVA.example",
        ] {
            let read = read(text);
            assert_eq!(read.as_deref(), Some("ada@xn--bcher-kva.example"), "{text}");
        }
    }

    #[test]
    fn a_look_alike_is_another_address_or_none() {
        // Cyrillic `а`, in the domain and in the local part.
        let cyrillic = read("ada@ex\u{430}mple.com").unwrap();
        assert!(cyrillic.starts_with("ada@xn--ex"), "{cyrillic}");
        for text in [
            "\u{430}da@example.com",
            "ａｄａ@example.com",
            "ad\u{200b}a@example.com",
            "ad\u{ad}a@example.com",
            "\u{202e}ada@example.com",
            "ada\u{301}@example.com",
            "ada\u{0}@example.com",
            "ada@exam\u{202e}ple.com",
            "ada@exam\u{200b}ple.com\u{0}",
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let too_long = format!("{}@{}.com", "a".repeat(64), "b".repeat(63).repeat(3));
        for text in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "ada@example",
            "a b@example.com",
            "ada@exa mple.com",
            "ada@@example.com",
            ".ada@example.com",
            "a..b@example.com",
            "ada@-example.com",
            "ada@example..com",
            "ada@example.com.",
            "ada@exa_mple.com",
            "ada@192.0.2.1",
            "ada@[192.0.2.1]",
            "\"ada\"@example.com",
            "ada\n@example.com",
            &too_long,
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
        for text in [
            "a@b.co",
            "ada+shop@mail.example.co.uk",
            "o'neil@xn--bcher-kva.example",
            "ada@ab--cd.example",
        ] {
            assert_eq!(read(text).as_deref(), Some(text));
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC*") {
            let _ = read(&text);
        }

        #[test]
        fn an_address_is_lower_case_ascii_and_reads_as_itself(
            local in "[ -~]{1,40}",
            domain in "\\PC{1,20}\\.[a-zA-Z]{2,6}",
        ) {
            if let Some(address) = read(&format!("{local}@{domain}")) {
                prop_assert!((3..=254).contains(&address.len()));
                prop_assert!(address.is_ascii());
                prop_assert_eq!(address.to_ascii_lowercase(), address.clone());
                prop_assert_eq!(read(&address), Some(address));
            }
        }

        #[test]
        fn case_never_makes_another_address(local in "[a-z0-9.+-]{1,20}", domain in "[a-z]{1,10}\\.[a-z]{2,6}") {
            let text = format!("{local}@{domain}");
            prop_assert_eq!(read(&text.to_uppercase()), read(&text));
        }

        #[test]
        fn a_character_outside_ascii_in_the_local_part_is_refused(
            before in "[a-z]{1,5}",
            other in "[^\\x00-\\x7f]",
            after in "[a-z]{1,5}",
        ) {
            prop_assert_eq!(read(&format!("{before}{other}{after}@example.com")), None);
        }
    }
}
