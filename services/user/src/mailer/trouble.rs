use lettre::transport::smtp::Error;

/// Why a mail was not sent, or is not known to be. Holds no words of the server: they often quote the
/// address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Trouble {
    /// No connection, or it was lost.
    #[error("no connection to the mail server ({0})")]
    Away(&'static str),
    /// No answer in time.
    #[error("the mail server was too slow for {0}")]
    TimedOut(&'static str),
    /// The server does not let us send: name and password, TLS, the sender. A person must look.
    #[error("the mail server does not let us send: {code} to {step}")]
    NotLetIn { code: u16, step: &'static str },
    /// Not now.
    #[error("the mail server said {code} to {step}")]
    NotNow { code: u16, step: &'static str },
    /// Never.
    #[error("the mail server refused with {code} to {step}")]
    Refused { code: u16, step: &'static str },
    /// Not an address that a mail can be sent to.
    #[error("the address cannot be written to")]
    Unwritable,
}

impl Trouble {
    /// What went wrong with this mail. What a server says of signing in (RFC 4954) or of the order of
    /// commands is never about the mail, whenever it says it.
    pub(super) fn of(step: &'static str, error: &Error) -> Self {
        match (error.status().map(u16::from), error.is_permanent()) {
            (Some(code @ (503 | 530 | 534 | 535 | 538)), _) => Self::NotLetIn { code, step },
            (Some(code), true) => Self::Refused { code, step },
            (Some(code), false) => Self::NotNow { code, step },
            (None, _) if error.is_timeout() => Self::TimedOut(step),
            (None, _) => Self::Away(step),
        }
    }

    /// What went wrong before there was a mail: every other one would fare the same.
    pub(super) fn ours(step: &'static str, error: &Error) -> Self {
        match Self::of(step, error) {
            Self::Refused { code, step } => Self::NotLetIn { code, step },
            other => other,
        }
    }

    /// Whether trying again is no use.
    pub(crate) const fn is_lasting(self) -> bool {
        matches!(self, Self::Refused { .. } | Self::Unwritable)
    }

    /// Whether it has nothing to do with the mail.
    pub(crate) const fn is_of_the_server(self) -> bool {
        matches!(
            self,
            Self::Away(_) | Self::TimedOut(_) | Self::NotLetIn { .. }
        )
    }
}
