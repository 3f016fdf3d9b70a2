//! What is planted, and how it is found again.

use std::collections::BTreeSet;
use std::fmt;

/// What a customer tells of herself. Each is unlike anything else in the shop.
pub(super) const EMAIL: &str = "zqmail@zqdomain.example";
pub(super) const OTHER_EMAIL: &str = "zqothermail@zqdomain.example";
pub(super) const NO_EMAIL: &str = "zqnomail";
pub(super) const PASSWORD: &str = "zqpassword keeps it";
pub(super) const WRONG_PASSWORD: &str = "zqwrongpassword says it";
pub(super) const SHORT_PASSWORD: &str = "zqshort";
pub(super) const NAME: &str = "Zqname Zqfamily";
pub(super) const LABEL: &str = "Zqlabel";
pub(super) const RECIPIENT: &str = "Zqrecipient Zqfamily";
pub(super) const STREET: &str = "Zqstreet 1";
pub(super) const FLOOR: &str = "Zqfloor";
pub(super) const CITY: &str = "Zqcity";
pub(super) const POSTAL_CODE: &str = "ZQ9876";
pub(super) const COUNTRY: &str = "ZQ-country";
pub(super) const SEARCH: &str = "zqsearch";
pub(super) const PARAMETER: &str = "zqparameter";
pub(super) const KEY: &str = "zqkey";
pub(super) const AGENT: &str = "zqagent/1.0";
pub(super) const ADDRESS: &str = "203.0.113.77";
pub(super) const COOKIE: &str = "zqcookie";
pub(super) const TOKEN: &str = "zqtoken";
pub(super) const METHOD: &str = "pm_card_zqmethod";
pub(super) const CODE: &str = "ZQCODE";
pub(super) const REASON: &str = "zqreason";
pub(super) const WEBHOOK: &str = "zqwebhook";
pub(super) const SIGNATURE: &str = "zqsignature";
pub(super) const MALFORMED: &str = "zqmalformed";
pub(super) const FIELD: &str = "zqfield";

const PLANTED: [&str; 28] = [
    EMAIL,
    OTHER_EMAIL,
    NO_EMAIL,
    PASSWORD,
    WRONG_PASSWORD,
    SHORT_PASSWORD,
    NAME,
    LABEL,
    RECIPIENT,
    STREET,
    FLOOR,
    CITY,
    POSTAL_CODE,
    COUNTRY,
    SEARCH,
    PARAMETER,
    KEY,
    AGENT,
    ADDRESS,
    COOKIE,
    TOKEN,
    METHOD,
    CODE,
    REASON,
    WEBHOOK,
    SIGNATURE,
    MALFORMED,
    FIELD,
];

/// What must not be found, in lower case.
pub(super) struct Needles(BTreeSet<String>);

/// Something that was found.
pub(super) struct Finding {
    pub(super) needle: String,
    pub(super) place: String,
    text: String,
}

impl Needles {
    pub(super) fn new() -> Self {
        let mut needles = Self(BTreeSet::new());
        for planted in PLANTED {
            needles.add(planted);
        }
        needles.add(super::secrets::SECRET);
        needles
    }

    /// Looks for this, too: as text, and as the bytes that `Debug` shows of a binary value.
    pub(super) fn add(&mut self, text: &str) {
        assert!(text.len() > 3, "too short to be recognized: {text}");
        self.0.insert(text.to_lowercase());
        let bytes: Vec<String> = text.bytes().map(|byte| byte.to_string()).collect();
        self.0.insert(bytes.join(", "));
    }

    /// What of it is in a text.
    pub(super) fn find(&self, place: &str, text: &str) -> Vec<Finding> {
        let lower = text.to_lowercase();
        let found = self.0.iter().filter(|needle| lower.contains(*needle));
        found
            .map(|needle| Finding {
                needle: needle.clone(),
                place: place.to_owned(),
                text: text.to_owned(),
            })
            .collect()
    }
}

impl fmt::Debug for Finding {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{} in {}: {}", self.needle, self.place, self.text)
    }
}
