//! Every message of the schema, with a function for its type: what the tests of all messages share.

use loglane_codegen::{Message as MessageSchema, Schema};
use loglane_net::{DecodeError, Message, Reader};
use std::path::Path;

/// Decodes one message, checks that nothing is left, and encodes it again into the buffer.
pub(crate) type Reencode = fn(&[u8], i16, &mut Vec<u8>) -> Result<(), DecodeError>;

/// The schema of `net/schema`.
pub(crate) fn schema() -> Schema {
    Schema::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("schema"))
        .unwrap_or_else(|error| panic!("{error}"))
}

/// Each message of the schema with its codec.
pub(crate) fn every_message(schema: &Schema) -> Vec<(&MessageSchema, Reencode)> {
    let messages: Vec<_> = schema.groups.iter().flat_map(|group| &group.messages).collect();
    let codecs = codecs();
    assert_eq!(messages.len(), codecs.len());
    let pairs = messages.into_iter().zip(codecs);
    pairs
        .map(|(message, (name, codec))| {
            assert_eq!(message.name, name, "the macro lists the messages in the order of the schema");
            (message, codec)
        })
        .collect()
}

fn codecs() -> Vec<(&'static str, Reencode)> {
    let mut codecs: Vec<(&'static str, Reencode)> = Vec::new();
    macro_rules! each {
        ($module:ident, $message:ident) => {{
            fn codec(bytes: &[u8], version: i16, out: &mut Vec<u8>) -> Result<(), DecodeError> {
                reencode::<loglane_net::message::$module::$message>(bytes, version, out)
            }
            codecs.push((stringify!($message), codec));
        }};
    }
    loglane_net::for_each_message!(each);
    codecs
}

fn reencode<'a, M: Message<'a>>(bytes: &'a [u8], version: i16, out: &mut Vec<u8>) -> Result<(), DecodeError> {
    let mut reader = Reader::new(bytes);
    let message = M::decode(&mut reader, version)?;
    reader.finish()?;
    message.encode(out, version).unwrap_or_else(|error| panic!("{}: {error}", M::NAME));
    Ok(())
}
