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

/// Where some of it belongs: a place, and what may be there.
const BELONGS: [(&str, &[&str]); 8] = [
    ("user's users", &[EMAIL, NAME]),
    (
        "user's addresses",
        &[LABEL, RECIPIENT, STREET, FLOOR, CITY, POSTAL_CODE],
    ),
    // An order keeps where it went, also when the customer moves.
    (
        "order's orders",
        &[RECIPIENT, STREET, FLOOR, CITY, POSTAL_CODE, METHOD],
    ),
    ("order's idempotency_keys", &[KEY]),
    ("order's refunds", &[KEY, REASON, RECIPIENT]),
    ("payment's payments", &[METHOD]),
    ("payment's operations", &[METHOD]),
    // What is paid with must reach payment; it is the provider's name of it, not a card.
    ("message payment.authorize.v1", &[METHOD]),
];

/// Something that is looked through.
pub(super) struct Page {
    pub(super) place: String,
    text: String,
}

/// What is looked for, in lower case.
pub(super) struct Needles(BTreeSet<String>);

/// Something that was found.
pub(super) struct Finding<'a> {
    needle: &'a str,
    page: &'a Page,
}

impl Page {
    pub(super) fn new(place: String, text: String) -> Self {
        Self { place, text }
    }
}

impl Needles {
    /// All that is planted, secrets too.
    pub(super) fn new() -> Self {
        let mut needles = Self::of(super::secrets::SECRET);
        for planted in PLANTED {
            needles.add(planted);
        }
        needles
    }

    /// Only this.
    pub(super) fn of(text: &str) -> Self {
        let mut needles = Self(BTreeSet::new());
        needles.add(text);
        needles
    }

    /// Looks for this, too: as text, and as the bytes that `Debug` shows of a binary value.
    pub(super) fn add(&mut self, text: &str) {
        assert!(text.len() > 3, "too short to be recognized: {text}");
        self.0.insert(text.to_lowercase());
        let bytes: Vec<String> = text.bytes().map(|byte| byte.to_string()).collect();
        self.0.insert(bytes.join(", "));
    }

    /// What of it is on a page.
    pub(super) fn find<'a>(&'a self, page: &'a Page) -> Vec<Finding<'a>> {
        let lower = page.text.to_lowercase();
        let found = self.0.iter().filter(|needle| lower.contains(*needle));
        found.map(|needle| Finding { needle, page }).collect()
    }
}

impl Finding<'_> {
    /// Whether it may be where it is.
    pub(super) fn belongs(&self) -> bool {
        BELONGS.iter().any(|(place, may)| {
            *place == self.page.place && may.iter().any(|may| may.to_lowercase() == self.needle)
        })
    }
}

impl fmt::Debug for Finding<'_> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Page { place, text } = self.page;
        write!(to, "{} in {place}: {text}", self.needle)
    }
}
