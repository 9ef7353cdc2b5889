//! Which APIs there are, in which versions, on which listeners.

pub use crate::message::api_key::ApiKey;

/// A closed range of versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VersionRange {
    /// The first.
    pub min: i16,
    /// The last, inclusive.
    pub max: i16,
}

impl VersionRange {
    /// Whether the range has this version.
    #[must_use]
    pub const fn contains(self, version: i16) -> bool {
        self.min <= version && version <= self.max
    }
}

/// What the schema says about an API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiInfo {
    /// Kafka's name.
    pub name: &'static str,
    /// The versions that a 4.3 broker serves: those of the schema without the ones Kafka calls unstable.
    pub versions: VersionRange,
    /// The first version with compact lengths, tagged fields and the newer headers; `i16::MAX` if there is none.
    pub first_flexible: i16,
    /// Served on a broker's listeners.
    pub on_broker: bool,
    /// Served on a controller's listeners.
    pub on_controller: bool,
}

impl ApiKey {
    /// The number on the wire.
    #[must_use]
    pub const fn to_i16(self) -> i16 {
        self as i16
    }

    /// Kafka's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.info().name
    }

    /// The versions that a 4.3 broker serves. A request outside them is refused before its body is read.
    #[must_use]
    pub const fn versions(self) -> VersionRange {
        self.info().versions
    }

    /// The versions that a 4.3 broker says it serves. They differ for one API: Produce is announced from 0 although
    /// 0 to 2 are refused, since older librdkafka looks at Produce 0 before it compresses (KAFKA-18659). On a
    /// controller's listener nothing differs.
    #[must_use]
    pub const fn advertised_versions(self) -> VersionRange {
        match self {
            ApiKey::Produce => VersionRange { min: 0, max: self.versions().max },
            _ => self.versions(),
        }
    }

    /// Whether that version has compact lengths and tagged fields.
    #[must_use]
    pub const fn is_flexible(self, version: i16) -> bool {
        version >= self.info().first_flexible
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_api_is_found_by_its_number() {
        for api in ApiKey::ALL {
            assert_eq!(ApiKey::from_i16(api.to_i16()), Some(api));
        }
        for removed in [4, 5, 6, 7, -1, 93, 10_000] {
            assert_eq!(ApiKey::from_i16(removed), None);
        }
    }

    #[test]
    fn versions_are_those_of_a_4_3_broker() {
        let range = |min, max| VersionRange { min, max };
        assert_eq!(ApiKey::Produce.versions(), range(3, 13));
        assert_eq!(ApiKey::Produce.advertised_versions(), range(0, 13));
        assert_eq!(ApiKey::Fetch.advertised_versions(), range(4, 18));
        assert_eq!(ApiKey::InitProducerId.versions(), range(0, 5), "6 is unstable");
        assert!(!ApiKey::Fetch.is_flexible(11) && ApiKey::Fetch.is_flexible(12));
        assert!(!ApiKey::SaslHandshake.is_flexible(1));
    }
}
