//! A handle on a process that has started.

use std::net::SocketAddr;

use crate::shutdown::{Shutdown, Stopped};

/// A started process: where it listens, and a way to wait for its end.
///
/// Every service's `start` returns one. Listening on port 0 works: the addresses are the real ones.
#[derive(Debug, Clone)]
pub struct Running {
    /// Where the process does its work: gRPC for a service, HTTP for the gateway and the sandbox.
    pub listen: SocketAddr,
    /// Where `/livez`, `/readyz` and `/metrics` answer.
    pub admin: SocketAddr,
    shutdown: Shutdown,
}

impl Running {
    /// Puts the parts together at the end of a service's `start`.
    #[must_use]
    pub fn new(listen: SocketAddr, admin: SocketAddr, shutdown: Shutdown) -> Self {
        Self {
            listen,
            admin,
            shutdown,
        }
    }

    /// `http://address`, as a configuration of an upstream takes it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.listen)
    }

    /// `http://address` of the admin port.
    #[must_use]
    pub fn admin_url(&self) -> String {
        format!("http://{}", self.admin)
    }

    /// Waits until the process has ended in order, or was given up at the deadline.
    pub async fn stopped(&self) -> Stopped {
        self.shutdown.stopped().await
    }

    /// Begins the shutdown without waiting for its end.
    pub fn begin_stop(&self) {
        self.shutdown.begin();
    }

    /// Begins the shutdown and waits for its end.
    pub async fn stop(&self) -> Stopped {
        self.shutdown.begin();
        self.stopped().await
    }
}
