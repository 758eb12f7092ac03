//! What may be disturbed: loopback and private addresses as they are, any other host only by name.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The hosts that were allowed by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Allowed {
    /// As they were given: `staging.example.com`, or `*.example.com` for all below it.
    pub hosts: Vec<String>,
}

impl Allowed {
    /// Whether `host`, which stands for `address`, may be disturbed.
    pub fn permits(&self, host: &str, address: IpAddr) -> bool {
        is_private(address) || self.names(host)
    }

    /// Whether it was allowed by name.
    pub fn names(&self, host: &str) -> bool {
        let host = host.trim_matches(['[', ']']).trim_end_matches('.');
        self.hosts.iter().any(|allowed| match allowed.strip_prefix("*.") {
            Some(domain) => host
                .len()
                .checked_sub(domain.len())
                .and_then(|at| host.split_at_checked(at))
                .is_some_and(|(before, end)| end.eq_ignore_ascii_case(domain) && before.ends_with('.')),
            None => allowed.trim_matches(['[', ']']).eq_ignore_ascii_case(host),
        })
    }
}

/// Whether an address is this machine's own, or one that no route of the internet leads to: loopback, private (RFC 1918, RFC
/// 4193), link-local, carrier-grade NAT (RFC 6598).
pub fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            let shared = first == 100 && (64..128).contains(&second);
            address.is_loopback()
                || address.is_private()
                || address.is_link_local()
                || shared
                || address == Ipv4Addr::UNSPECIFIED
        }
        IpAddr::V6(address) => {
            address.is_loopback()
                || address.is_unique_local()
                || address.is_unicast_link_local()
                || address == Ipv6Addr::UNSPECIFIED
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Allowed, is_private};

    #[test]
    fn what_no_route_of_the_internet_leads_to_is_private() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.31.0.1",
            "192.168.9.9",
            "169.254.1.1",
            "100.64.0.1",
            "::1",
            "fd00::1",
            "fe80::1",
            "::ffff:10.0.0.1",
        ] {
            assert!(is_private(private.parse().unwrap()), "{private}");
        }
        for public in ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2001:db8::1", "::ffff:8.8.8.8", "192.169.0.1"]
        {
            assert!(!is_private(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn any_other_host_must_be_named() {
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
        assert!(allowed(&[]).permits("anything", "127.0.0.1".parse().unwrap()));
    }
}
