use serde_json::Value;

/// One line of a process's log.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// `order-2`
    pub(crate) process: &'static str,
    /// As it was written.
    pub(crate) raw: String,
    /// Null when it is no JSON.
    pub(crate) json: Value,
}

impl Line {
    pub(super) fn of(process: &'static str, raw: &str) -> Self {
        Self {
            process,
            raw: raw.to_owned(),
            json: serde_json::from_str(raw).unwrap_or_default(),
        }
    }

    /// A field that is a text; empty when there is none.
    pub(crate) fn text(&self, field: &str) -> &str {
        self.json[field].as_str().unwrap_or_default()
    }

    /// Whether somebody should look.
    pub(crate) fn is_alarming(&self) -> bool {
        ["WARN", "ERROR"].contains(&self.text("level"))
    }
}
