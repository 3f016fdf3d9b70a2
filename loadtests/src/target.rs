//! Which hosts may be the target.

use std::net::{IpAddr, SocketAddr};

use anyhow::{Context, Result, bail, ensure};
use reqwest::Url;
use tokio::net::lookup_host;

/// Parses the URL of the gateway.
///
/// Unless `owned`, the host must be this machine or a name without a dot, as containers have, so that a
/// typo cannot put load on a foreign host.
///
/// # Errors
/// The URL is invalid, has credentials or a path, or its host is not allowed.
pub(crate) fn base(target: &str, owned: bool) -> Result<Url> {
    let url = Url::parse(target).with_context(|| format!("{target} is not a URL"))?;
    ensure!(
        ["http", "https"].contains(&url.scheme()),
        "{target} is not http or https"
    );
    ensure!(
        url.username().is_empty() && url.password().is_none(),
        "the target must not contain credentials"
    );
    ensure!(
        url.path() == "/" && url.query().is_none() && url.fragment().is_none(),
        "{target} has a path or a query; give only the gateway, such as http://127.0.0.1:8080"
    );
    let host = url
        .host_str()
        .with_context(|| format!("{target} has no host"))?;
    if owned || is_local(host) {
        return Ok(url);
    }
    bail!(
        "{host} is neither this machine nor a container's name; if you own it, allow it with \
         --i-own-this-host"
    )
}

fn is_local(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => !host.contains('.') || host.ends_with(".localhost"),
    }
}

/// Checks the addresses of the host. A name without a dot may resolve to any address because of the
/// resolver's search list.
///
/// # Errors
/// The name does not resolve, or, unless `owned`, it resolves to a public address.
pub(crate) async fn resolve(url: &Url, owned: bool) -> Result<()> {
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
        bail!("{url} has no host or port");
    };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let found = lookup_host((bare, port)).await;
    let found: Vec<SocketAddr> = found
        .with_context(|| format!("cannot resolve {host}"))?
        .collect();
    let public = found.iter().map(SocketAddr::ip).find(|ip| !is_private(*ip));
    match public {
        Some(ip) if !owned => {
            bail!(
                "{host} has the public address {ip}; if you own it, allow it with --i-own-this-host"
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
    fn this_machine_and_containers_are_allowed() {
        for target in [
            "http://127.0.0.1:8080",
            "http://127.1.2.3",
            "http://[::1]:8080/",
            "http://[::ffff:127.0.0.1]:80",
            "http://localhost:8080",
            "http://shop.localhost",
            "http://gateway:8080",
            "http://mercantile-gateway-1:8080",
            // 127.0.0.1 as an integer.
            "http://2130706433",
        ] {
            assert!(base(target, false).is_ok(), "{target}");
        }
    }

    #[test]
    fn other_hosts_are_rejected_unless_owned() {
        for target in [
            "https://shop.example.com",
            "http://example.com.",
            "http://192.0.2.7:8080",
            "http://10.0.0.7:8080",
            "http://[2001:db8::1]",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
            // 192.0.2.7 as an integer.
            "http://3221225991",
        ] {
            let error = base(target, false).unwrap_err().to_string();
            assert!(error.contains("--i-own-this-host"), "{target}: {error}");
            assert!(base(target, true).is_ok(), "{target}");
        }
    }

    #[test]
    fn an_invalid_url_is_rejected_even_if_owned() {
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
    async fn a_name_is_judged_by_its_addresses() {
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
