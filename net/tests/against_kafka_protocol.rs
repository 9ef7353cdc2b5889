//! The crate `kafka-protocol` reads what we write, and we read what it writes, for every API and version that both
//! know. It knows the protocol of 4.1 and none of the internal records.

mod every_message;

use bytes::{Bytes, BytesMut};
use every_message::{every_message, schema};
use kafka_protocol::messages::{ApiKey, RequestKind, ResponseKind};
use loglane_codegen::{Kind, Random, sample};

/// Versions that the other crate lists although its request has no such version.
const ONLY_LISTED: [(ApiKey, i16); 3] =
    [(ApiKey::OffsetCommit, 10), (ApiKey::OffsetFetch, 10), (ApiKey::InitProducerId, 6)];

/// What the other crate makes of the bytes: decoded and encoded again. `None`: it has no such API or version.
fn their_reencoding(kind: Kind, key: i16, version: i16, bytes: &[u8]) -> Option<Result<Vec<u8>, String>> {
    let api = ApiKey::try_from(key).ok()?;
    let known = api.valid_versions();
    if !(known.min..=known.max).contains(&version) || ONLY_LISTED.contains(&(api, version)) {
        return None;
    }
    let mut input = Bytes::copy_from_slice(bytes);
    let mut output = BytesMut::new();
    let result = match kind {
        Kind::Request => RequestKind::decode(api, &mut input, version)
            .and_then(|message| message.encode(&mut output, version)),
        _ => ResponseKind::decode(api, &mut input, version)
            .and_then(|message| message.encode(&mut output, version)),
    };
    Some(match result {
        Ok(()) if input.is_empty() => Ok(output.to_vec()),
        Ok(()) => Err(format!("{} bytes left", input.len())),
        Err(error) => Err(error.to_string()),
    })
}

#[test]
fn both_crates_agree_on_every_api_and_version_they_share() {
    let schema = schema();
    let mut keys = Vec::new();
    for group in &schema.groups {
        keys.extend(group.messages.iter().map(|_| group.api.as_ref().map(|api| api.key)));
    }
    let (mut compared, mut problems) = (0, Vec::new());
    for ((message, reencode), key) in every_message(&schema).into_iter().zip(keys) {
        let Some(key) = key else { continue };
        for version in message.versions.from..=message.versions.to {
            for seed in 1000..1020 {
                let bytes = sample(message, version, &mut Random(seed));
                let mut ours = Vec::new();
                assert_eq!(reencode(&bytes, version, &mut ours), Ok(()));
                let Some(theirs) = their_reencoding(message.kind, key, version, &ours) else { continue };
                compared += 1;
                if theirs.as_ref() != Ok(&ours) {
                    problems.push(format!("{} version {version} seed {seed}: {theirs:?}", message.name));
                }
            }
        }
    }
    assert!(compared > 8000, "only {compared} messages were compared");
    assert!(problems.is_empty(), "{} of {compared} differ:\n{}", problems.len(), problems.join("\n"));
}
