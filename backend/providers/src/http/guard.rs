//! Which addresses a user-supplied URL may lead to (security.md 6).
//!
//! The name is resolved once, by us, and the connection goes to the address that was checked: a name that changes its
//! mind between check and use gains nothing.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    str::FromStr,
    sync::Arc,
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::error::{Error, Result, Unreachable};

/// Something private that may be reached all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allow {
    /// All addresses with this beginning: `10.0.0.0/8`, `192.168.1.7`, `fd00::/8`.
    Net {
        /// First address.
        address: IpAddr,
        /// Length of the beginning in bits.
        prefix: u8,
    },
    /// This host, whatever its address: `radicale`, `calendar.internal`.
    Host(String),
}

impl FromStr for Allow {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let text = text.trim();
        let (address, prefix) = text.split_once('/').map_or((text, None), |(a, p)| (a, Some(p)));
        match (address.parse::<IpAddr>(), prefix) {
            (Ok(address), None) => Ok(Self::Net {
                address,
                prefix: bits(address),
            }),
            (Ok(address), Some(prefix)) => match prefix.parse() {
                Ok(prefix) if prefix <= bits(address) => Ok(Self::Net { address, prefix }),
                _ => Err(format!(
                    "“{text}” is not a network: the part after / is a number of bits"
                )),
            },
            (Err(_), None) if !text.is_empty() && !text.contains([':', ' ']) => {
                Ok(Self::Host(text.trim_end_matches('.').to_ascii_lowercase()))
            }
            _ => Err(format!("“{text}” is neither a network (10.0.0.0/8) nor a host name")),
        }
    }
}

const fn bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// Refuses addresses that are not public, and plain http.
#[derive(Debug)]
pub struct Guard {
    allow: Vec<Allow>,
}

impl Guard {
    /// A guard that lets `allow` pass.
    pub fn new(allow: Vec<Allow>) -> Self {
        Self { allow }
    }

    /// Checks what can be seen without looking the name up: scheme, credentials in the URL, literal addresses. Plain
    /// http needs the host itself on the list: a name, or a literal address within a listed network.
    ///
    /// # Errors
    /// [`Unreachable::Guarded`].
    pub fn check(&self, url: &Url) -> Result<()> {
        let refused = |detail: String| {
            Err(Error::Unreachable {
                reason: Unreachable::Guarded,
                detail,
            })
        };
        let (listed, shown) = match url.host() {
            None => return refused("the address has no host".into()),
            Some(Host::Domain(name)) => (self.allows_name(name), name.to_owned()),
            Some(Host::Ipv4(ip)) => (self.allows_address(ip.into()), ip.to_string()),
            Some(Host::Ipv6(ip)) => (self.allows_address(ip.into()), ip.to_string()),
        };
        if !(url.scheme() == "https" || url.scheme() == "http" && listed) {
            return refused(format!("{shown} must be addressed with https://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refused("the address must not contain a user name or password".into());
        }
        let literal = match url.host() {
            Some(Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
            Some(Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
            _ => None,
        };
        match literal {
            Some(ip) if !listed && !is_public(ip) => refused(Refused { host: shown }.to_string()),
            _ => Ok(()),
        }
    }

    fn allows_name(&self, name: &str) -> bool {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        self.allow
            .iter()
            .any(|a| matches!(a, Allow::Host(host) if *host == name))
    }

    fn allows_address(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        self.allow
            .iter()
            .any(|a| matches!(a, Allow::Net { address, prefix } if within(ip, *address, *prefix)))
    }

    /// The addresses of `host` a connection may go to.
    fn permitted(&self, host: &str, found: Vec<SocketAddr>) -> std::result::Result<Vec<SocketAddr>, Refused> {
        if self.allows_name(host) {
            return Ok(found);
        }
        let good: Vec<_> = found
            .into_iter()
            .filter(|a| is_public(a.ip()) || self.allows_address(a.ip()))
            .collect();
        if good.is_empty() {
            Err(Refused { host: host.to_owned() })
        } else {
            Ok(good)
        }
    }
}

/// The guard said no. Made inside the resolver, found again in the error's chain.
#[derive(Debug)]
pub(crate) struct Refused {
    host: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} is an address in a private network; the operator has not allowed it",
            self.host
        )
    }
}

impl std::error::Error for Refused {}

/// What the guarded client resolves names with.
#[derive(Debug, Clone)]
struct Pinned(Arc<Guard>);

impl Resolve for Pinned {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = Arc::clone(&self.0);
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found: Vec<_> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            let good = guard.permitted(&host, found)?;
            let addresses: Addrs = Box::new(good.into_iter());
            Ok(addresses)
        })
    }
}

/// A resolver that answers only with addresses `guard` permits.
pub(crate) fn resolver(guard: &Arc<Guard>) -> Arc<impl Resolve + 'static> {
    Arc::new(Pinned(Arc::clone(guard)))
}

fn within(ip: IpAddr, net: IpAddr, prefix: u8) -> bool {
    match (ip, net) {
        (IpAddr::V4(ip), IpAddr::V4(net)) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
            ip.to_bits() & mask == net.to_bits() & mask
        }
        (IpAddr::V6(ip), IpAddr::V6(net)) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
            ip.to_bits() & mask == net.to_bits() & mask
        }
        _ => false,
    }
}

/// Whether an address is one of the public internet (IANA special-purpose registries, RFC 6890 and its successors).
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    const SPECIAL: [(Ipv4Addr, u8); 14] = [
        (Ipv4Addr::new(0, 0, 0, 0), 8),       // this network
        (Ipv4Addr::new(10, 0, 0, 0), 8),      // private
        (Ipv4Addr::new(100, 64, 0, 0), 10),   // carrier-grade NAT, one cloud's metadata
        (Ipv4Addr::new(127, 0, 0, 0), 8),     // loopback
        (Ipv4Addr::new(169, 254, 0, 0), 16),  // link-local, the clouds' metadata
        (Ipv4Addr::new(172, 16, 0, 0), 12),   // private
        (Ipv4Addr::new(192, 0, 0, 0), 24),    // protocol assignments, another metadata
        (Ipv4Addr::new(192, 0, 2, 0), 24),    // documentation
        (Ipv4Addr::new(192, 168, 0, 0), 16),  // private
        (Ipv4Addr::new(198, 18, 0, 0), 15),   // benchmarking
        (Ipv4Addr::new(198, 51, 100, 0), 24), // documentation
        (Ipv4Addr::new(203, 0, 113, 0), 24),  // documentation
        (Ipv4Addr::new(224, 0, 0, 0), 4),     // multicast
        (Ipv4Addr::new(240, 0, 0, 0), 4),     // reserved, broadcast
    ];
    !SPECIAL
        .iter()
        .any(|(net, prefix)| within(ip.into(), (*net).into(), *prefix))
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let segments = ip.segments();
    let embedded = |high: u16, low: u16| is_public_v4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)));
    match segments {
        // IPv4-mapped, and NAT64: as good as the IPv4 address inside
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        // 6to4
        [0x2002, high, low, ..] => embedded(high, low),
        // Teredo, documentation
        [0x2001, 0 | 0xdb8, ..] => false,
        // Global unicast is 2000::/3; all else is loopback, private, link-local, multicast or unassigned.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

/// Hosts that spread their accounts over siblings and send clients from one to the other.
const SHARDED: [&str; 1] = ["icloud.com"];

/// Whether a credential meant for `from` may be shown to `to`: the same host, or one below the other, on the same
/// port, and never from https to http. Siblings (`a.example.org`, `b.example.org`) are strangers, for want of knowing
/// who owns their parent, except within a few known services (iCloud).
pub fn same_site(from: &Url, to: &Url) -> bool {
    let upgrade = from.scheme() == "http" && to.scheme() == "https";
    let same_port = from.port_or_known_default() == to.port_or_known_default();
    let both_default = from.port().is_none() && to.port().is_none();
    if !(from.scheme() == to.scheme() && same_port || upgrade && both_default) {
        return false;
    }
    let (Some(a), Some(b)) = (from.host_str(), to.host_str()) else {
        return false;
    };
    let below = |child: &str, parent: &str| {
        // A parent of one label is a whole top-level domain.
        parent.contains('.') && child.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.'))
    };
    let named = matches!((from.host(), to.host()), (Some(Host::Domain(_)), Some(Host::Domain(_))));
    a == b
        || named && (below(a, b) || below(b, a))
        || named && SHARDED.iter().any(|service| below(a, service) && below(b, service))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    fn guard(allow: &[&str]) -> Guard {
        Guard::new(allow.iter().map(|a| a.parse().unwrap()).collect())
    }

    #[test]
    fn private_addresses_are_refused_however_they_are_written() {
        let guard = guard(&[]);
        for private in [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://0x7f.0.0.1/",
            "https://2130706433/",
            "https://10.1.2.3/",
            "https://172.31.255.255/",
            "https://192.168.0.1/",
            "https://169.254.169.254/latest/meta-data",
            "https://100.100.100.200/",
            "https://0.0.0.0/",
            "https://224.0.0.1/",
            "https://255.255.255.255/",
            "https://[::1]/",
            "https://[::]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:7f00:1]/",
            "https://[64:ff9b::a00:1]/",
            "https://[2002:7f00:1::]/",
            "https://[fd00:ec2::254]/",
            "https://[fe80::1]/",
            "https://[ff02::1]/",
        ] {
            let answer = guard.check(&url(private));
            assert!(
                matches!(
                    answer,
                    Err(Error::Unreachable {
                        reason: Unreachable::Guarded,
                        ..
                    })
                ),
                "{private} {answer:?}"
            );
        }
        for public in [
            "https://8.8.8.8/",
            "https://172.32.0.1/",
            "https://[2a00:1450::1]/",
            "https://example.org/dav",
        ] {
            guard.check(&url(public)).unwrap();
        }
    }

    #[test]
    fn plain_http_needs_the_host_on_the_list() {
        let strict = guard(&[]);
        assert!(strict.check(&url("http://example.org/")).is_err());
        assert!(strict.check(&url("ftp://example.org/")).is_err());
        let open = guard(&["radicale", "127.0.0.0/8"]);
        open.check(&url("http://radicale:5232/")).unwrap();
        open.check(&url("http://127.0.0.1:5232/")).unwrap();
        assert!(open.check(&url("http://10.0.0.1/")).is_err());
        assert!(open.check(&url("https://ann:secret@example.org/")).is_err());
    }

    #[test]
    fn a_name_that_leads_into_a_private_network_is_refused_unless_listed() {
        let found = || vec!["10.0.0.9:0".parse().unwrap(), "93.184.216.34:0".parse().unwrap()];
        assert_eq!(guard(&[]).permitted("evil.example", found()).unwrap(), [found()[1]]);
        assert!(guard(&[]).permitted("evil.example", vec![found()[0]]).is_err());
        assert_eq!(
            guard(&["10.0.0.0/24"]).permitted("cal.internal", found()).unwrap(),
            found()
        );
        assert_eq!(
            guard(&["CAL.internal."]).permitted("cal.internal", found()).unwrap(),
            found()
        );
        assert!(
            guard(&["10.1.0.0/16"])
                .permitted("cal.internal", vec![found()[0]])
                .is_err()
        );
    }

    #[test]
    fn the_list_is_read_from_text() {
        assert_eq!(
            "10.0.0.0/8".parse(),
            Ok(Allow::Net {
                address: [10, 0, 0, 0].into(),
                prefix: 8
            })
        );
        assert_eq!("Radicale".parse(), Ok(Allow::Host("radicale".into())));
        assert!("10.0.0.0/40".parse::<Allow>().is_err());
        assert!("10.0.0.0/x".parse::<Allow>().is_err());
        assert!("http://x".parse::<Allow>().is_err());
        assert!("".parse::<Allow>().is_err());
    }

    #[test]
    fn credentials_stay_on_the_same_site() {
        let same = |a: &str, b: &str| same_site(&url(a), &url(b));
        assert!(same("https://dav.example.org/", "https://dav.example.org/x"));
        assert!(same("http://example.org/", "https://example.org/dav"));
        assert!(same("https://example.org/", "https://dav.example.org/"));
        assert!(same("https://caldav.icloud.com/", "https://p34-caldav.icloud.com/"));
        assert!(!same("https://example.org/", "http://example.org/"));
        assert!(!same("https://example.org/", "https://example.org:8443/"));
        assert!(!same("https://example.org/", "https://notexample.org/"));
        assert!(!same("https://a.github.io/", "https://b.github.io/"));
        assert!(!same("https://example.co.uk/", "https://evil.co.uk/"));
        assert!(!same("https://example.org/", "https://org/"));
    }
}
