use serde_json::Value;

/// One log line of a process.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// Name of the process: `order-2`.
    pub(crate) process: &'static str,
    /// The line as written.
    pub(crate) raw: String,
    /// Null if the line is not JSON.
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

    /// A text field; empty if there is none.
    pub(crate) fn text(&self, field: &str) -> &str {
        self.json[field].as_str().unwrap_or_default()
    }

    /// Whether the level is WARN or ERROR.
    pub(crate) fn is_warning(&self) -> bool {
        ["WARN", "ERROR"].contains(&self.text("level"))
    }
}
