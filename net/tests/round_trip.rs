//! Every message in every version: random bytes that the schema allows are decoded and encoded to the same bytes.
//! The bytes come from an encoder that reads the schema and shares no code with the generated one.

mod every_message;

use every_message::{every_message, schema};
use loglane_codegen::{Random, sample};

#[test]
fn what_was_decoded_encodes_to_the_same_bytes() {
    let schema = schema();
    for (message, reencode) in every_message(&schema) {
        for version in message.versions.from..=message.versions.to {
            for seed in 0..40 {
                let bytes = sample(message, version, &mut Random(seed));
                let place = format!("{} version {version} seed {seed}", message.name);
                let mut out = Vec::new();
                reencode(&bytes, version, &mut out)
                    .unwrap_or_else(|error| panic!("{place}: {error}\n{bytes:02x?}"));
                assert_eq!(out, bytes, "{place}");
            }
        }
    }
}
