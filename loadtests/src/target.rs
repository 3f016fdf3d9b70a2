//! Whom it may shoot at.

use std::net::{IpAddr, SocketAddr};

use anyhow::{Context, Result, bail, ensure};
use reqwest::Url;
use tokio::net::lookup_host;

/// The gateway's address, without a path.
///
/// Without `owned` it is on this machine, or a name without a dot, as containers and machines of the
/// same network have: a load generator must not be pointed at strangers by a slip of the pen.
pub(crate) fn base(target: &str, owned: bool) -> Result<Url> {
    let url = Url::parse(target).with_context(|| format!("{target} is no URL"))?;
    ensure!(
        ["http", "https"].contains(&url.scheme()),
        "{target} is not http or https"
    );
    ensure!(
        url.username().is_empty() && url.password().is_none(),
        "the target has credentials in it"
    );
    ensure!(
        url.path() == "/" && url.query().is_none() && url.fragment().is_none(),
        "{target} has a path: name the gateway only, http://127.0.0.1:8080"
    );
    let host = url
        .host_str()
        .with_context(|| format!("{target} has no host"))?;
    if owned || is_ours(host) {
        return Ok(url);
    }
    bail!(
        "{host} is neither this machine nor a container's name. Putting load on what others run is \
         not for this tool; where {host} is yours, say so with --i-own-this-host"
    )
}

fn is_ours(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => !host.contains('.') || host.ends_with(".localhost"),
    }
}

/// A short name may still lead anywhere by the resolver's search list, so where it leads counts too.
pub(crate) async fn resolve(url: &Url, owned: bool) -> Result<()> {
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
        bail!("{url} names no place");
    };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let found = lookup_host((bare, port)).await;
    let found: Vec<SocketAddr> = found
        .with_context(|| format!("{host} cannot be found"))?
        .collect();
    let stranger = found.iter().map(SocketAddr::ip).find(|ip| !is_private(*ip));
    match stranger {
        Some(ip) if !owned => {
            bail!(
                "{host} is {ip}, a public address; where it is yours, say so with --i-own-this-host"
            )
        }
        _ => Ok(()),
    }
}

fn is_private(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_and_containers_are_taken() {
        for target in [
            "http://127.0.0.1:8080",
            "http://127.1.2.3",
            "http://[::1]:8080/",
            "http://[::ffff:127.0.0.1]:80",
            "http://localhost:8080",
            "http://shop.localhost",
            "http://gateway:8080",
            "http://mercantile-gateway-1:8080",
            // The URL standard reads it as 127.0.0.1.
            "http://2130706433",
        ] {
            assert!(base(target, false).is_ok(), "{target}");
        }
    }

    #[test]
    fn strangers_are_refused_unless_owned() {
        for target in [
            "https://shop.example.com",
            "http://example.com.",
            "http://192.0.2.7:8080",
            "http://10.0.0.7:8080",
            "http://[2001:db8::1]",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
            // 192.0.2.7 in disguise.
            "http://3221225991",
        ] {
            let error = base(target, false).unwrap_err().to_string();
            assert!(error.contains("--i-own-this-host"), "{target}: {error}");
            assert!(base(target, true).is_ok(), "{target}");
        }
    }

    #[test]
    fn what_is_no_gateway_is_refused_however_owned() {
        for target in [
            "gateway",
            "ftp://127.0.0.1",
            "http://user:secret@127.0.0.1",
            "http://127.0.0.1:8080/api/v1",
            "http://127.0.0.1?x=1",
            "",
        ] {
            let error = format!("{:#}", base(target, true).unwrap_err());
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[tokio::test]
    async fn a_name_counts_for_where_it_leads() {
        let local = base("http://localhost:8080", false).unwrap();
        resolve(&local, false).await.unwrap();
        let public = Url::parse("http://192.0.2.7:80").unwrap();
        assert!(resolve(&public, false).await.is_err());
        resolve(&public, true).await.unwrap();
        assert!(is_private("172.18.0.4".parse().unwrap()));
        assert!(is_private("fd00::1".parse().unwrap()));
        assert!(!is_private("::ffff:192.0.2.7".parse().unwrap()));
    }
}
