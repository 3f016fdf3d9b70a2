//! Where the broker is, and how its certificate is verified if the URL demands TLS.

mod encrypted;

use std::path::Path;
use std::sync::Arc;

use lapin::ConnectionProperties;
use lapin::uri::{AMQPScheme, AMQPUri};
use tls::Reloaded;
use tokio_rustls::rustls::ClientConfig;

use crate::error::{BrokerError, with_causes};

/// A server to connect to.
#[derive(Clone)]
pub(crate) struct Server {
    uri: AMQPUri,
    /// `None`: the URL does not demand TLS.
    tls: Option<Arc<Reloaded<ClientConfig>>>,
}

impl Server {
    /// Reads the trusted CAs if the URL demands TLS.
    pub(crate) fn new(uri: AMQPUri, ca_path: &Path) -> Result<Self, BrokerError> {
        let tls = match uri.scheme {
            AMQPScheme::AMQP => None,
            AMQPScheme::AMQPS => {
                let ca_path = ca_path.to_owned();
                let paths = [ca_path.clone()];
                let build = move || tls::client_config(&ca_path);
                Some(Arc::new(Reloaded::new(paths, build)?))
            }
        };
        Ok(Self { uri, tls })
    }

    /// Host and port.
    pub(crate) fn address(&self) -> (&str, u16) {
        let authority = &self.uri.authority;
        (&authority.host, authority.port)
    }

    pub(crate) async fn connect(
        &self,
        properties: ConnectionProperties,
    ) -> lapin::Result<lapin::Connection> {
        let uri = self.uri.clone();
        match &self.tls {
            None => lapin::Connection::connect_uri(uri, properties).await,
            Some(tls) => encrypted::connect(uri, tls.current().into(), properties).await,
        }
    }
}

/// The error and its causes; if the certificate is the cause, what to set.
pub(crate) fn explained(error: &BrokerError) -> String {
    tls::explain(&with_causes(error), "broker.ca_path")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]
mod tests;
