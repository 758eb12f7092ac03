//! The hosts that may be disturbed: loopback and private addresses always, any other host only by name.

use core::net::IpAddr;

/// Hosts that were allowed by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Allowed {
    /// Names as given: `staging.example.com`, or `*.example.com` for all its subdomains.
    pub hosts: Vec<String>,
}

impl Allowed {
    /// Returns whether `host`, which resolves to `address`, may be disturbed.
    pub fn permits(&self, host: &str, address: IpAddr) -> bool {
        is_private(address) || self.names(host)
    }

    /// Returns whether the host was allowed by name.
    pub fn names(&self, host: &str) -> bool {
        let host = host.trim_matches(['[', ']']).trim_end_matches('.').to_ascii_lowercase();
        // A pattern stands for the subdomains of a name: an address has none.
        let is_address = host.parse::<IpAddr>().is_ok();
        self.hosts.iter().any(|allowed| match allowed.to_ascii_lowercase().strip_prefix("*.") {
            Some(domain) => {
                !is_address && host.strip_suffix(domain).is_some_and(|before| before.ends_with('.'))
            }
            None => allowed.trim_matches(['[', ']']).eq_ignore_ascii_case(&host),
        })
    }
}

/// Returns whether an address belongs to this machine or to a private network: loopback, unspecified, private (RFC 1918,
/// RFC 4193). Link-local addresses, at which clouds serve credentials, and those that providers share among their
/// customers (RFC 6598) are neither.
pub fn is_private(address: IpAddr) -> bool {
    let address = address.to_canonical();
    let is_private = match address {
        IpAddr::V4(address) => address.is_private(),
        IpAddr::V6(address) => address.is_unique_local(),
    };
    is_private || address.is_loopback() || address.is_unspecified()
}

#[cfg(test)]
mod tests {
    use super::{Allowed, is_private};

    #[test]
    fn addresses_of_this_machine_and_of_private_networks_are_private() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.31.0.1",
            "192.168.9.9",
            "0.0.0.0",
            "::",
            "::1",
            "fd00::1",
            "::ffff:10.0.0.1",
        ] {
            assert!(is_private(private.parse().unwrap()), "{private}");
        }
        for public in [
            "8.8.8.8",
            "172.32.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "fe80::1",
            "2001:db8::1",
            "::ffff:8.8.8.8",
            "192.169.0.1",
        ] {
            assert!(!is_private(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn any_other_host_must_be_allowed_by_name() {
        let public = "93.184.216.34".parse().unwrap();
        let allowed =
            |hosts: &[&str]| Allowed { hosts: hosts.iter().map(|host| (*host).to_owned()).collect() };
        assert!(!allowed(&[]).permits("example.com", public));
        assert!(allowed(&["Example.com"]).permits("example.com.", public));
        assert!(!allowed(&["example.com"]).permits("www.example.com", public));
        assert!(allowed(&["*.example.com"]).permits("www.example.com", public));
        assert!(!allowed(&["*.example.com"]).permits("badexample.com", public));
        assert!(!allowed(&["*.example.com"]).permits("example.com", public));
        assert!(allowed(&["93.184.216.34"]).permits("93.184.216.34", public));
        assert!(!allowed(&["*.34"]).permits("93.184.216.34", public), "a pattern is for names");
        assert!(allowed(&[]).permits("anything", "127.0.0.1".parse().unwrap()));
    }
}
