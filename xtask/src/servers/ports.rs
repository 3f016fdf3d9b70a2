//! Free loopback ports.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context, Result};

/// `N` different loopback ports that nobody listens on now.
pub(crate) fn free_ports<const N: usize>() -> Result<[u16; N]> {
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

/// `wanted` when nobody listens on it, else any free port.
pub(crate) fn port_or_free(wanted: u16) -> Result<u16> {
    // Binding every address as well: another program may hold the port for all of them.
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, wanted)).is_ok()
        && TcpListener::bind((Ipv4Addr::UNSPECIFIED, wanted)).is_ok();
    if free {
        Ok(wanted)
    } else {
        free_ports::<1>().map(|[port]| port)
    }
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
    fn a_taken_port_is_replaced() -> Result<()> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let taken = listener.local_addr()?.port();
        assert_ne!(port_or_free(taken)?, taken);
        Ok(())
    }
}
