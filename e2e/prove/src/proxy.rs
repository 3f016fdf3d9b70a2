//! TCP proxies.
