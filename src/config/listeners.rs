//! `listeners`, `advertised.listeners` and `listener.security.protocol.map`, as Kafka reads them.

use super::value::read_list;
use std::collections::BTreeMap;
use std::fmt;

/// One `NAME://host:port`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// Its name, in upper case.
    pub name: String,
    /// A name or an address, without brackets; `None`: all addresses.
    pub host: Option<String>,
    /// 0 where the system is to choose one.
    pub port: u16,
}

impl fmt::Display for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.host.as_deref().unwrap_or("");
        if host.contains(':') {
            write!(f, "{}://[{host}]:{}", self.name, self.port)
        } else {
            write!(f, "{}://{host}:{}", self.name, self.port)
        }
    }
}

/// How the bytes of a listener's connections are protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecurityProtocol {
    /// Neither encrypted nor authenticated.
    Plaintext,
    /// TLS.
    Ssl,
    /// SASL.
    SaslPlaintext,
    /// SASL over TLS.
    SaslSsl,
}

impl SecurityProtocol {
    /// The protocol of that name, in whatever case.
    #[must_use]
    pub fn parse(name: &str) -> Option<SecurityProtocol> {
        Some(match name.to_ascii_uppercase().as_str() {
            "PLAINTEXT" => SecurityProtocol::Plaintext,
            "SSL" => SecurityProtocol::Ssl,
            "SASL_PLAINTEXT" => SecurityProtocol::SaslPlaintext,
            "SASL_SSL" => SecurityProtocol::SaslSsl,
            _ => return None,
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            SecurityProtocol::Plaintext => "PLAINTEXT",
            SecurityProtocol::Ssl => "SSL",
            SecurityProtocol::SaslPlaintext => "SASL_PLAINTEXT",
            SecurityProtocol::SaslSsl => "SASL_SSL",
        }
    }
}

/// The security protocol of each listener name.
pub type ProtocolMap = BTreeMap<String, SecurityProtocol>;

/// Reads `NAME://host:port` entries, separated by commas.
///
/// # Errors
/// What is wrong, in a sentence.
pub fn parse_listeners(key: &str, text: &str) -> Result<Vec<Listener>, String> {
    read_list(text).iter().map(|entry| parse_listener(key, entry)).collect()
}

fn parse_listener(key: &str, entry: &str) -> Result<Listener, String> {
    let Some((name, address)) = entry.split_once("://") else {
        return Err(format!("{key}: Unable to parse a listener name from {entry}"));
    };
    match parse_address(address) {
        Some((host, port)) if !name.is_empty() => {
            Ok(Listener { name: name.trim().to_ascii_uppercase(), host, port })
        }
        _ => Err(format!("{key}: Unable to parse {entry} to a broker endpoint (NAME://host:port)")),
    }
}

/// Reads `host:port`; no host stands for all addresses.
fn parse_address(address: &str) -> Option<(Option<String>, u16)> {
    let (host, port) = address.rsplit_once(':')?;
    // An IPv6 address may stand without its brackets, as in Kafka: the port is what follows the last colon.
    let host = match host.strip_prefix('[') {
        Some(inner) => inner.strip_suffix(']')?,
        None => host,
    };
    let is_clean = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '%' | '.' | '_' | ':');
    if !host.chars().all(is_clean) {
        return None;
    }
    let host = if host.is_empty() { None } else { Some(host.to_owned()) };
    Some((host, port.parse().ok()?))
}

/// Where the admin server listens: `loglane.admin.listener`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminListener {
    /// A name or an address, without brackets; `None`: all addresses.
    pub host: Option<String>,
    /// 0 where the system is to choose one.
    pub port: u16,
    /// Whether somebody has asked for it. Where nobody has, a port that is taken keeps no broker from starting.
    pub is_wanted: bool,
}

impl AdminListener {
    /// Reads `host:port`, or `off`.
    ///
    /// # Errors
    /// What is wrong, in a sentence.
    pub fn parse(text: &str, is_wanted: bool) -> Result<Option<AdminListener>, String> {
        if text.trim() == "off" {
            return Ok(None);
        }
        match parse_address(text.trim()) {
            Some((host, port)) => Ok(Some(AdminListener { host, port, is_wanted })),
            None => Err(format!("loglane.admin.listener: {text} is neither host:port nor off")),
        }
    }
}

/// Refuses two listeners of one name, and two on one port (unless one is IPv4 and the other IPv6).
///
/// # Errors
/// Which, in Kafka's words.
pub fn check_distinct(key: &str, listeners: &[Listener]) -> Result<(), String> {
    let all = || listeners.iter().map(Listener::to_string).collect::<Vec<_>>().join(", ");
    for (index, listener) in listeners.iter().enumerate() {
        for earlier in &listeners[..index] {
            if earlier.name == listener.name {
                return Err(format!(
                    "{key}: Each listener must have a different name, listeners: [{}]",
                    all()
                ));
            }
            let families = [earlier, listener].map(|one| one.host.as_deref().map(|host| host.contains(':')));
            let side_by_side = matches!(families, [Some(true), Some(false)] | [Some(false), Some(true)]);
            if earlier.port == listener.port && listener.port != 0 && !side_by_side {
                return Err(format!(
                    "{key}: If you have two listeners on the same port then one needs to be IPv4 and the other IPv6, \
                     listeners: [{}], port: {}",
                    all(),
                    listener.port
                ));
            }
        }
    }
    Ok(())
}

/// Reads `NAME:PROTOCOL` entries, separated by commas; the last one for a name counts.
///
/// # Errors
/// What is wrong, in a sentence.
pub fn parse_protocol_map(text: &str) -> Result<ProtocolMap, String> {
    let mut map = ProtocolMap::new();
    for entry in read_list(text) {
        let Some((name, protocol)) = entry.rsplit_once(':') else {
            return Err(format!("listener.security.protocol.map: {entry} is not of the form NAME:PROTOCOL"));
        };
        let protocol = protocol.trim();
        let Some(parsed) = SecurityProtocol::parse(protocol) else {
            return Err(format!(
                "Invalid security protocol `{protocol}` defined in listener.security.protocol.map"
            ));
        };
        map.insert(name.trim().to_ascii_uppercase(), parsed);
    }
    Ok(map)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Result<Listener, String> {
        parse_listeners("listeners", text).map(|mut listeners| listeners.remove(0))
    }

    #[test]
    fn addresses_of_all_kinds_are_read() {
        for (text, host, port, shown) in [
            ("PLAINTEXT://127.0.0.1:9092", Some("127.0.0.1"), 9092, "PLAINTEXT://127.0.0.1:9092"),
            ("PLAINTEXT://:9092", None, 9092, "PLAINTEXT://:9092"),
            ("plaintext://ho_st.local-net:0", Some("ho_st.local-net"), 0, "PLAINTEXT://ho_st.local-net:0"),
            ("PLAINTEXT://[::1]:9092", Some("::1"), 9092, "PLAINTEXT://[::1]:9092"),
            ("PLAINTEXT://fe80::1%eth0:9092", Some("fe80::1%eth0"), 9092, "PLAINTEXT://[fe80::1%eth0]:9092"),
        ] {
            let listener = one(text).unwrap();
            assert_eq!((listener.host.as_deref(), listener.port), (host, port), "{text}");
            assert_eq!(listener.to_string(), shown);
        }
    }

    #[test]
    fn what_is_no_listener_is_refused() {
        for (text, why) in [
            ("garbage", "listeners: Unable to parse a listener name from garbage"),
            ("PLAINTEXT://a", "Unable to parse PLAINTEXT://a to a broker endpoint"),
            ("PLAINTEXT://a:70000", "Unable to parse"),
            ("PLAINTEXT://a:-1", "Unable to parse"),
            ("PLAINTEXT://[::1:9092", "Unable to parse"),
            ("PLAINTEXT://a/b:1", "Unable to parse"),
            ("://a:1", "Unable to parse"),
        ] {
            let error = one(text).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn the_admin_server_has_an_address_or_none() {
        let parse = |text| AdminListener::parse(text, true);
        let at = |host: Option<&str>, port| {
            Ok(Some(AdminListener { host: host.map(str::to_owned), port, is_wanted: true }))
        };
        assert_eq!(parse("127.0.0.1:9644"), at(Some("127.0.0.1"), 9644));
        assert_eq!(parse(" [::1]:0 "), at(Some("::1"), 0));
        assert_eq!(parse(":9644"), at(None, 9644));
        assert_eq!(parse("off"), Ok(None));
        for text in ["9644", "", "here:port", "http://127.0.0.1:9644/", "a:70000"] {
            let error = parse(text).unwrap_err();
            assert!(error.contains("is neither host:port nor off"), "{error}");
        }
    }

    #[test]
    fn names_and_ports_are_distinct() {
        let check = |text: &str| check_distinct("listeners", &parse_listeners("listeners", text).unwrap());
        assert!(check("A://127.0.0.1:1,A://127.0.0.1:2").unwrap_err().contains("must have a different name"));
        assert!(check("A://127.0.0.1:1,B://127.0.0.1:1").unwrap_err().contains("on the same port"));
        assert!(check("A://127.0.0.1:1,B://[::1]:1").is_ok());
        assert!(check("A://127.0.0.1:0,B://127.0.0.1:0").is_ok());
        assert!(check("A://:1,B://[::1]:1").is_err());
    }

    #[test]
    fn the_protocol_map_is_read() {
        let map = parse_protocol_map("INTERNAL:PLAINTEXT, external:sasl_ssl").unwrap();
        assert_eq!(map["EXTERNAL"], SecurityProtocol::SaslSsl);
        assert_eq!(map["INTERNAL"], SecurityProtocol::Plaintext);
        let why = "Invalid security protocol `FOO` defined in listener.security.protocol.map";
        assert_eq!(parse_protocol_map("PLAINTEXT:FOO"), Err(why.to_owned()));
        assert!(parse_protocol_map("PLAINTEXT").is_err());
        assert_eq!(parse_protocol_map(""), Ok(ProtocolMap::new()));
    }
}
