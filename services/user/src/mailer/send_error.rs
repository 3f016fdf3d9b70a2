use std::io::ErrorKind;

use lettre::transport::smtp::Error;

/// Why an e-mail was not sent, or may not have been sent. It holds no text of the server, which often
/// quotes the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SendError {
    /// The connection failed or was lost.
    #[error("no connection to the mail server ({0})")]
    Unreachable(&'static str),
    /// No response in time.
    #[error("the mail server was too slow for {0}")]
    TimedOut(&'static str),
    /// The server rejects this client: credentials, TLS or sender. An operator must fix it.
    #[error("the mail server rejected this client: {code} to {step}")]
    ClientRejected { code: u16, step: &'static str },
    /// The server rejected the e-mail temporarily.
    #[error("the mail server rejected the e-mail temporarily: {code} to {step}")]
    Deferred { code: u16, step: &'static str },
    /// The server rejected the e-mail permanently.
    #[error("the mail server rejected the e-mail: {code} to {step}")]
    Rejected { code: u16, step: &'static str },
    /// The e-mail cannot be written into the folder.
    #[error("cannot write the e-mail into mail.preview_folder: {0}")]
    Unwritable(ErrorKind),
    /// The address is not valid for SMTP.
    #[error("the e-mail address is invalid")]
    InvalidAddress,
}

impl SendError {
    /// An error after the e-mail was started. Codes about authentication (RFC 4954) and the order of
    /// commands are never about the e-mail.
    pub(super) fn of_mail(step: &'static str, error: &Error) -> Self {
        match (error.status().map(u16::from), error.is_permanent()) {
            (Some(code @ (503 | 530 | 534 | 535 | 538)), _) => Self::ClientRejected { code, step },
            (Some(code), true) => Self::Rejected { code, step },
            (Some(code), false) => Self::Deferred { code, step },
            (None, _) if error.is_timeout() => Self::TimedOut(step),
            (None, _) => Self::Unreachable(step),
        }
    }

    /// An error before the e-mail was started, which every e-mail would get.
    pub(super) fn before_mail(step: &'static str, error: &Error) -> Self {
        match Self::of_mail(step, error) {
            Self::Rejected { code, step } => Self::ClientRejected { code, step },
            other => other,
        }
    }

    /// Whether a retry is useless.
    pub(crate) const fn is_permanent(self) -> bool {
        matches!(self, Self::Rejected { .. } | Self::InvalidAddress)
    }

    /// Whether the error is about the server, not about the e-mail.
    pub(crate) const fn is_server_failure(self) -> bool {
        matches!(
            self,
            Self::Unreachable(_)
                | Self::TimedOut(_)
                | Self::ClientRejected { .. }
                | Self::Unwritable(_)
        )
    }
}
