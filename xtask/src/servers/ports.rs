//! Free loopback ports.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context, Result};

/// `N` different loopback ports that nobody listens on now.
pub fn free_ports<const N: usize>() -> Result<[u16; N]> {
    // All are held open until the last is drawn, so that they differ.
    let mut held = Vec::with_capacity(N);
    let mut ports = [0; N];
    for port in &mut ports {
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free loopback port")?;
        *port = listener.local_addr()?.port();
        held.push(listener);
    }
    Ok(ports)
}

/// A listener on `wanted` when nobody has it, else on any free port. As long as it lives, nobody else gets the port: the
/// usual ports of the services lie where the system takes the near end of any connection from.
pub(crate) fn hold_port(wanted: u16) -> Result<TcpListener> {
    // Another program may hold the port for all addresses.
    let everywhere = TcpListener::bind((Ipv4Addr::UNSPECIFIED, wanted));
    let free = everywhere.is_ok();
    drop(everywhere);
    let port = if free { wanted } else { 0 };
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .or_else(|_taken| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
        .context("no free loopback port")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_drawn_together_differ() -> Result<()> {
        let [one, two, three] = free_ports()?;
        assert!(one != two && two != three && one != three);
        Ok(())
    }

    #[test]
    fn a_held_port_is_nobody_elses() -> Result<()> {
        let held = hold_port(0)?;
        let port = held.local_addr()?.port();
        assert_ne!(hold_port(port)?.local_addr()?.port(), port);
        Ok(())
    }
}
