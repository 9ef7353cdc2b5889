//! Every message in every version: random bytes that the schema allows are decoded and encoded to the same bytes.
//! The bytes come from an encoder that reads the schema and shares no code with the generated one.

use loglane_codegen::{Random, Schema, sample};
use loglane_net::{DecodeError, Message, Reader};
use std::path::Path;

/// Decodes one message, checks that nothing is left, encodes it again.
type Reencode = fn(&[u8], i16) -> Result<Vec<u8>, DecodeError>;

fn codecs() -> Vec<(&'static str, Reencode)> {
    let mut codecs: Vec<(&'static str, Reencode)> = Vec::new();
    macro_rules! register {
        ($module:ident, $message:ident) => {
            fn $module(bytes: &[u8], version: i16) -> Result<Vec<u8>, DecodeError> {
                reencode::<loglane_net::message::$module::$message>(bytes, version)
            }
        };
    }
    macro_rules! each {
        ($module:ident, $message:ident) => {{
            register!($module, $message);
            codecs.push((stringify!($message), $module));
        }};
    }
    loglane_net::for_each_message!(each);
    codecs
}

fn reencode<'a, M: Message<'a>>(bytes: &'a [u8], version: i16) -> Result<Vec<u8>, DecodeError> {
    let mut reader = Reader::new(bytes);
    let message = M::decode(&mut reader, version)?;
    reader.finish()?;
    let mut out = Vec::new();
    message.encode(&mut out, version).unwrap_or_else(|error| panic!("{}: {error}", M::NAME));
    Ok(out)
}

#[test]
fn what_was_decoded_encodes_to_the_same_bytes() {
    let schema = Schema::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("schema")).unwrap();
    let messages: Vec<_> = schema.groups.iter().flat_map(|group| &group.messages).collect();
    let codecs = codecs();
    assert_eq!(messages.len(), codecs.len());
    for (message, (name, reencode)) in messages.iter().zip(codecs) {
        assert_eq!(message.name, name, "the macro lists the messages in the order of the schema");
        for version in message.versions.from..=message.versions.to {
            for seed in 0..40 {
                let mut random = Random(seed);
                let bytes = sample(message, version, &mut random);
                match reencode(&bytes, version) {
                    Ok(out) => assert_eq!(out, bytes, "{name} version {version} seed {seed}"),
                    Err(error) => panic!("{name} version {version} seed {seed}: {error}\n{bytes:02x?}"),
                }
            }
        }
    }
}
