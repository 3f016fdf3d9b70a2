use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use http::{HeaderMap, HeaderValue};

use super::headers::CLIENT_NETWORK;

/// An IPv6 address with a prefix length is shorter.
const MAX_LENGTH: usize = 64;

/// The network of the client at the edge, as text: an IPv4 address, or an IPv6 prefix. Limits per client count by it.
///
/// The gateway sets it, and every service passes it on. A service believes its caller: only our own processes reach
/// its port, and with mTLS only those with a certificate.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ClientNetwork(Arc<str>);

impl ClientNetwork {
    /// Reads `203.0.113.9`, `2001:db8::` or `2001:db8::/64`. `None` if it is anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let address = match text.split_once('/') {
            Some((address, length)) => {
                length.parse::<u8>().ok().filter(|length| *length <= 128)?;
                address
            }
            None => text,
        };
        let is_address = text.len() <= MAX_LENGTH && address.parse::<IpAddr>().is_ok();
        is_address.then(|| Self(text.into()))
    }

    /// The text, for a key of a counter.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The network that the caller of an RPC passed on.
    #[must_use]
    pub fn of<T>(request: &tonic::Request<T>) -> Option<Self> {
        Self::parse(
            request
                .metadata()
                .get(CLIENT_NETWORK.as_str())?
                .to_str()
                .ok()?,
        )
    }

    /// A header that is malformed or sent twice counts as absent.
    pub(crate) fn in_headers(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(CLIENT_NETWORK).iter();
        match (values.next(), values.next()) {
            (Some(value), None) => Self::parse(value.to_str().ok()?),
            _ => None,
        }
    }

    /// The value of the header `x-client-network`.
    #[must_use]
    pub fn header(&self) -> Option<HeaderValue> {
        HeaderValue::try_from(&*self.0).ok()
    }
}

/// Without the address, which is personal data.
impl fmt::Debug for ClientNetwork {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ClientNetwork(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_prefixes_are_read_and_nothing_else() {
        for text in ["203.0.113.9", "2001:db8::", "2001:db8::/64", "10.0.0.0/8"] {
            let network = ClientNetwork::parse(text).unwrap();
            assert_eq!(network.as_str(), text);
            assert_eq!(network.header().unwrap(), text);
        }
        for text in [
            "",
            "/64",
            "10.0.0.1:80",
            "10.0.0.0/x",
            "10.0.0.0/129",
            "host",
            "[::1]",
            "1.2.3.4\n",
        ] {
            assert!(ClientNetwork::parse(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn the_debug_output_shows_no_address() {
        let network = ClientNetwork::parse("203.0.113.9").unwrap();
        assert!(!format!("{network:?}").contains("203"));
    }
}
