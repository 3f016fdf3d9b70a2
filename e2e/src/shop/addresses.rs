use super::{SECRET_KEY, STAFF, Shop};

impl Shop {
    /// Base URL of the gateway.
    pub fn url(&self) -> String {
        self.gateway.url()
    }

    /// E-mail address and password of the demo staff account.
    pub fn staff_account(&self) -> (&'static str, &'static str) {
        STAFF
    }

    /// Base URL of the sandbox, not through its proxy, and the secret key.
    pub fn provider_account(&self) -> (String, &'static str) {
        (self.sandbox.url(), SECRET_KEY)
    }
}
