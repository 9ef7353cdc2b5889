//! Turns the schema text of Kafka's messages (`net/schema`) into the codec of `loglane-net` (`net/src/message`).
//!
//! [`Schema::load`] reads the text, [`generate`] returns the files, [`sample()`] makes random valid bytes of a
//! message for tests. Nothing here runs when the broker is built: the generated files are committed, and a test of
//! `loglane-net` fails when they are stale.
#![forbid(unsafe_code)]

mod emit;
mod index;
mod parse;
mod rust_text;
mod sample;
mod schema;

pub use index::readme_table;
pub use sample::{Random, Vocabulary, sample, sample_of};
pub use schema::{
    Api, Field, Group, Kind, Message, Primitive, Schema, SchemaError, Struct, Type, Versions, snake_case,
};

use std::collections::BTreeMap;

/// The files of `net/src/message`, by name, as they should be committed.
#[must_use]
pub fn generate(schema: &Schema) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for group in &schema.groups {
        files.insert(format!("{}.rs", group.module), emit::group(group));
    }
    files.insert("api_key.rs".to_owned(), index::api_key(schema));
    files.insert("mod.rs".to_owned(), index::modules(schema));
    files
}
