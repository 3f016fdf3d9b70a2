//! Why a handshake failed, in words that say what to set.

/// What rustls puts before its reason to reject a certificate.
const REJECTED: &str = "invalid peer certificate: ";
/// What rustls says about a first response that is not TLS.
const NOT_TLS: &str = "InvalidContentType";

/// Explains the failed attempt to connect with this message. `ca_key` is the configuration key of the CA's file. The
/// message is returned as it is if TLS is not the cause.
///
/// The argument is text, because the clients of PostgreSQL, RabbitMQ and Redis do not all give the cause as a value.
pub fn explain(message: &str, ca_key: &str) -> String {
    match message.split_once(REJECTED) {
        Some((_, why)) if why.starts_with("UnknownIssuer") => format!(
            "certificate verify failed: unknown issuer; `{ca_key}` must name the PEM file of the server's CA"
        ),
        Some((_, why)) => format!("certificate verify failed: {why}"),
        None if message.contains(NOT_TLS) => {
            format!("the URL demands TLS, and the server does not respond with it: {message}")
        }
        None => message.to_owned(),
    }
}
