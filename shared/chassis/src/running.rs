//! The handle of a started process.

use std::net::SocketAddr;

use crate::shutdown::{Shutdown, Stopped};

/// A started process: its addresses, and a way to wait for its end.
///
/// The `start` of every process returns one. With port 0 in the configuration, the addresses have
/// the actual ports.
#[derive(Debug, Clone)]
pub struct Running {
    /// The main port: gRPC for a service, HTTP for the gateway and the sandbox.
    pub listen: SocketAddr,
    /// The port of `/livez`, `/readyz` and `/metrics`.
    pub admin: SocketAddr,
    shutdown: Shutdown,
}

impl Running {
    /// Called at the end of a process's `start`.
    #[must_use]
    pub fn new(listen: SocketAddr, admin: SocketAddr, shutdown: Shutdown) -> Self {
        Self {
            listen,
            admin,
            shutdown,
        }
    }

    /// `http://address`, as the configuration of an upstream requires it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.listen)
    }

    /// `http://address` of the admin port.
    #[must_use]
    pub fn admin_url(&self) -> String {
        format!("http://{}", self.admin)
    }

    /// Waits until the process has stopped, in order or at the deadline.
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
