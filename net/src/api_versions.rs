//! ApiVersions, the first request of every connection, which has rules of its own (KIP-511).
//!
//! What is advertised is the caller's: [`ApiKey::advertised_versions`] of each API that it serves, and nothing else,
//! since clients fall back from what is missing and break on what is announced in vain.

use crate::api::ApiKey;
use crate::error_code::ErrorCode;
use crate::header::encode_response;
use crate::message::api_versions::{ApiVersion, ApiVersionsResponse, SupportedFeatureKey};
use crate::put::EncodeError;

/// The first version whose readers take a feature that is supported from level 0 (KAFKA-17011).
const FIRST_WITH_LEVEL_0: i16 = 4;

/// What is advertised for one API.
#[must_use]
pub fn advertised(api: ApiKey) -> ApiVersion {
    let versions = api.advertised_versions();
    ApiVersion { api_key: api.to_i16(), min_version: versions.min, max_version: versions.max }
}

/// Appends the answer to an ApiVersions request of any version.
///
/// One that is not served is answered in version 0 with UNSUPPORTED_VERSION and the range of ApiVersions, so that the
/// client can ask again; `response` is not used then. Before version 4 the features that are supported from level 0
/// are left out, as their readers would refuse them; the finalized ones are not touched.
///
/// # Errors
/// A name is longer than a string can be.
pub fn write_response(
    out: &mut Vec<u8>,
    version: i16,
    correlation_id: i32,
    response: &ApiVersionsResponse<'_>,
) -> Result<(), EncodeError> {
    if !ApiKey::ApiVersions.versions().contains(version) {
        let refusal = ApiVersionsResponse {
            error_code: ErrorCode::UnsupportedVersion.to_i16(),
            api_keys: vec![advertised(ApiKey::ApiVersions)].into(),
            ..ApiVersionsResponse::default()
        };
        return encode_response(out, 0, correlation_id, &refusal);
    }
    if version < FIRST_WITH_LEVEL_0 {
        let supported: Vec<SupportedFeatureKey<'_>> =
            response.supported_features.iter().filter(|feature| feature.min_version > 0).collect();
        let response = ApiVersionsResponse { supported_features: supported.into(), ..response.clone() };
        return encode_response(out, version, correlation_id, &response);
    }
    encode_response(out, version, correlation_id, response)
}

/// Whether a client may call its software or its version so (from version 3 on): letters and digits, with dots and
/// hyphens in between. Kafka answers INVALID_REQUEST to others.
#[must_use]
pub fn is_software_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return false };
    first.is_ascii_alphanumeric()
        && last.is_ascii_alphanumeric()
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Message;
    use crate::header::decode_response_header;
    use crate::message::api_versions::FinalizedFeatureKey;
    use crate::wire::Reader;

    fn answer(version: i16, response: &ApiVersionsResponse<'_>) -> Vec<u8> {
        let mut out = Vec::new();
        write_response(&mut out, version, 7, response).unwrap();
        out.split_off(4)
    }

    fn features() -> ApiVersionsResponse<'static> {
        let feature = |name, min_version| SupportedFeatureKey { name, min_version, max_version: 9 };
        ApiVersionsResponse {
            api_keys: ApiKey::ALL.into_iter().map(advertised).collect(),
            supported_features: vec![feature("from-0", 0), feature("from-7", 7)].into(),
            finalized_features_epoch: 5,
            finalized_features: vec![FinalizedFeatureKey { name: "from-0", ..Default::default() }].into(),
            ..Default::default()
        }
    }

    #[test]
    fn a_version_from_the_future_is_answered_in_version_0() {
        for version in [99, 5, -1] {
            let body = answer(version, &features());
            assert_eq!(body, [0, 0, 0, 7, 0, 35, 0, 0, 0, 1, 0, 18, 0, 0, 0, 4]);
        }
    }

    #[test]
    fn features_from_level_0_need_version_4_and_any_need_version_3() {
        for (version, expected) in [(0, 0), (2, 0), (3, 1), (4, 2)] {
            let body = answer(version, &features());
            let mut reader = Reader::new(&body);
            assert_eq!(decode_response_header(&mut reader, ApiKey::ApiVersions, version), Ok(7));
            let read = ApiVersionsResponse::decode(&mut reader, version).unwrap();
            reader.finish().unwrap();
            assert_eq!(read.supported_features.len(), expected, "version {version}");
            assert_eq!(read.finalized_features.len(), usize::from(version >= 3));
            let produce = read.api_keys.iter().next().unwrap();
            assert_eq!((produce.api_key, produce.min_version, produce.max_version), (0, 0, 13));
        }
    }

    #[test]
    fn software_names_are_letters_digits_dots_and_hyphens() {
        for good in ["a", "apache-kafka-java", "4.3.1", "x.y-z"] {
            assert!(is_software_name(good), "{good}");
        }
        for bad in ["", "-a", "a.", "a b", "ä", "a_b"] {
            assert!(!is_software_name(bad), "{bad}");
        }
    }
}
