//! Clients go on at the address that a listener advertises. Where that is `localhost`, those from elsewhere end up on
//! their own machine: a mistake that shows at the client alone, so it is told here, once for each subnet.

use crate::config::Listener;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Subnets that are told about; who comes from more of them has seen the line often enough.
const TOLD_MAX: usize = 16;

/// Which subnets were told about.
#[derive(Debug, Default)]
pub(super) struct Hints {
    told: BTreeSet<IpAddr>,
}

impl Hints {
    /// A line about a client of the listener `name`, if there is one to write.
    pub(super) fn next(&mut self, peer: IpAddr, name: &str, advertised: &[Listener]) -> Option<String> {
        let peer = peer.to_canonical();
        if peer.is_loopback() {
            return None;
        }
        let told = advertised.iter().find(|listener| listener.name == name)?;
        if !is_loopback(told.host.as_deref().unwrap_or_default()) {
            return None;
        }
        let (subnet, bits) = subnet_of(peer);
        if self.told.len() >= TOLD_MAX || !self.told.insert(subnet) {
            return None;
        }
        Some(format!(
            "clients from {subnet}/{bits} are told to go on at {told}, which is their own machine: that is right where \
             the port is forwarded from there, else set advertised.listeners={name}://HOST:{} with a host that they \
             reach",
            told.port
        ))
    }
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// The network that an address most likely belongs to, and the length of its prefix.
fn subnet_of(address: IpAddr) -> (IpAddr, u8) {
    match address {
        IpAddr::V4(address) => (Ipv4Addr::from_bits(address.to_bits() & !0xff).into(), 24),
        IpAddr::V6(address) => (Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(), 64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advertised(all: &[(&str, &str, u16)]) -> Vec<Listener> {
        let listener = |(name, host, port): &(&str, &str, u16)| Listener {
            name: (*name).to_owned(),
            host: Some((*host).to_owned()),
            port: *port,
        };
        all.iter().map(listener).collect()
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn clients_that_are_sent_to_their_own_machine_are_told_about_once_for_each_subnet() {
        let advertised =
            advertised(&[("HERE", "localhost", 9092), ("THERE", "kafka", 29092), ("ALSO", "::1", 9094)]);
        let mut hints = Hints::default();
        let mut next = |peer, name| hints.next(address(peer), name, &advertised);
        assert_eq!(
            next("172.17.0.1", "HERE").unwrap(),
            "clients from 172.17.0.0/24 are told to go on at HERE://localhost:9092, which is their own machine: that is \
             right where the port is forwarded from there, else set advertised.listeners=HERE://HOST:9092 with a host \
             that they reach"
        );
        assert_eq!(next("172.17.0.9", "HERE"), None);
        assert_eq!(next("::ffff:172.17.0.9", "HERE"), None);
        assert!(next("172.17.1.9", "HERE").is_some());
        assert!(next("2001:db8::1:0:0:7", "ALSO").unwrap().starts_with("clients from 2001:db8::/64 "));
        for peer in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(next(peer, "HERE"), None);
        }
        assert_eq!(next("10.0.0.1", "THERE"), None, "a name may lead anywhere");
        assert_eq!(next("10.0.0.1", "CONTROLLER"), None, "nothing is advertised for it");
    }

    #[test]
    fn there_is_an_end_of_hints() {
        let advertised = advertised(&[("HERE", "127.0.0.1", 9092)]);
        let mut hints = Hints::default();
        let told = (0..=255)
            .filter(|n| hints.next(Ipv4Addr::new(10, 0, *n, 1).into(), "HERE", &advertised).is_some());
        assert_eq!(told.count(), TOLD_MAX);
    }
}
