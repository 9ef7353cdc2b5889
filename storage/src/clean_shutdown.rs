//! `.kafka_cleanshutdown` in the root of a log directory: its presence says that every log in it was closed in
//! order, and it carries the broker's epoch to the next start.
//!
//! Whoever starts removes it, and syncs the directory, before changing anything else.

/// Name of the file.
pub const FILE_NAME: &str = ".kafka_cleanshutdown";

/// The text of the file.
#[must_use]
pub fn encode(broker_epoch: i64) -> String {
    format!("{{\"version\":0,\"brokerEpoch\":{broker_epoch}}}")
}

/// The broker epoch in the file, or −1 where there is none to be read: brokers before Kafka 3.8 left the file empty,
/// and whatever stands in it, its presence alone says "clean".
#[must_use]
pub fn decode_broker_epoch(text: &str) -> i64 {
    const UNKNOWN: i64 = -1;
    let Some(inner) = text.trim().strip_prefix('{').and_then(|text| text.strip_suffix('}')) else {
        return UNKNOWN;
    };
    let mut version = None;
    let mut broker_epoch = None;
    for member in inner.split(',') {
        let Some((name, value)) = member.split_once(':') else {
            return UNKNOWN;
        };
        let value = value.trim().parse::<i64>().ok();
        match name.trim() {
            "\"version\"" => version = value,
            "\"brokerEpoch\"" => broker_epoch = value,
            _ => {}
        }
    }
    if version == Some(0) { broker_epoch.unwrap_or(UNKNOWN) } else { UNKNOWN }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_is_read_where_there_is_one() {
        assert_eq!(decode_broker_epoch(&encode(148)), 148);
        assert_eq!(decode_broker_epoch(" { \"brokerEpoch\" : 5 , \"version\" : 0, \"more\": true }\n"), 5);
        for text in
            ["", "{}", "{\"version\":1,\"brokerEpoch\":5}", "{\"version\":0}", "nonsense", "{,}", "{:}"]
        {
            assert_eq!(decode_broker_epoch(text), -1, "{text:?}");
        }
    }
}
