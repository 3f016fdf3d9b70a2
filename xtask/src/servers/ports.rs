use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context, Result};

/// `N` different loopback ports that are free now.
pub fn free_ports<const N: usize>() -> Result<[u16; N]> {
    // All stay open until the last is found, so that they differ.
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

/// A listener on `wanted` if it is free, else on any free port. It reserves the port until it is dropped: the default
/// ports of the services are in the range that the system uses for outgoing connections.
pub(crate) fn hold_port(wanted: u16) -> Result<TcpListener> {
    // Another program may listen on the port for all addresses.
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
    fn ports_found_together_differ() -> Result<()> {
        let [one, two, three] = free_ports()?;
        assert!(one != two && two != three && one != three);
        Ok(())
    }

    #[test]
    fn a_held_port_is_not_used_again() -> Result<()> {
        let held = hold_port(0)?;
        let port = held.local_addr()?.port();
        assert_ne!(hold_port(port)?.local_addr()?.port(), port);
        Ok(())
    }
}
