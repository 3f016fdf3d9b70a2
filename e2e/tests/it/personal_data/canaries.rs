//! Canary values: unique texts that a customer enters, and the search for them.

use std::collections::BTreeSet;
use std::fmt;

// The texts that a customer enters. No other text in the shop contains one of them.
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
pub(super) const POSTAL_CODE: &str = "9876ZQ";
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

const ALL: [&str; 28] = [
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

/// Places, and the values that are allowed there.
const ALLOWED: [(&str, &[&str]); 14] = [
    ("user's users", &[EMAIL, NAME]),
    // Shown to the owner in the list of their sessions.
    ("user's sessions", &[AGENT]),
    (
        "user's addresses",
        &[LABEL, RECIPIENT, STREET, FLOOR, CITY, POSTAL_CODE],
    ),
    // An order keeps its address, also when the customer changes theirs.
    (
        "order's orders",
        &[RECIPIENT, STREET, FLOOR, CITY, POSTAL_CODE, METHOD],
    ),
    ("order's idempotency_keys", &[KEY]),
    ("order's refunds", &[KEY, REASON, RECIPIENT]),
    ("order's returns", &[KEY, REASON, RECIPIENT]),
    // The client's network: until the checkout ends, and while a decline counts.
    ("order's sagas", &[ADDRESS]),
    ("order's payment_declines", &[ADDRESS, METHOD]),
    // What staff wrote, for the audit.
    ("order's operator_actions", &[REASON, RECIPIENT]),
    ("payment's payments", &[METHOD]),
    ("payment's operations", &[METHOD]),
    // Only what the provider has signed, and a limited number.
    ("payment's webhooks_not_understood", &[WEBHOOK]),
    // The payment method is the provider's token for a card, not a card number.
    ("message payment.authorize.v1", &[METHOD]),
];

/// One log line, span, page of metrics, message or row.
pub(super) struct Record {
    pub(super) place: String,
    text: String,
}

/// The values to search for, in lower case.
pub(super) struct Canaries(BTreeSet<String>);

/// A value that was found.
pub(super) struct Finding<'a> {
    canary: &'a str,
    record: &'a Record,
}

impl Record {
    pub(super) fn new(place: String, text: String) -> Self {
        Self { place, text }
    }
}

impl Canaries {
    /// All canary values and secrets.
    pub(super) fn new() -> Self {
        let mut canaries = Self::of(super::secrets::SECRET);
        for value in ALL {
            canaries.add(value);
        }
        canaries
    }

    /// Only this value.
    pub(super) fn of(text: &str) -> Self {
        let mut canaries = Self(BTreeSet::new());
        canaries.add(text);
        canaries
    }

    /// Adds a value: as text, and as the list of bytes that `Debug` prints for binary data.
    pub(super) fn add(&mut self, text: &str) {
        assert!(text.len() > 3, "too short to be unique: {text}");
        self.0.insert(text.to_lowercase());
        let bytes: Vec<String> = text.bytes().map(|byte| byte.to_string()).collect();
        self.0.insert(bytes.join(", "));
    }

    /// The values that a record contains.
    pub(super) fn find<'a>(&'a self, record: &'a Record) -> Vec<Finding<'a>> {
        let lower = record.text.to_lowercase();
        let found = self.0.iter().filter(|canary| lower.contains(*canary));
        found.map(|canary| Finding { canary, record }).collect()
    }
}

impl Finding<'_> {
    /// Whether the value is allowed at its place.
    pub(super) fn is_allowed(&self) -> bool {
        ALLOWED.iter().any(|(place, values)| {
            *place == self.record.place
                && values
                    .iter()
                    .any(|value| value.to_lowercase() == self.canary)
        })
    }
}

impl fmt::Debug for Finding<'_> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Record { place, text } = self.record;
        write!(to, "{} in {place}: {text}", self.canary)
    }
}
