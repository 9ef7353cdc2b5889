//! The committed codec is what the generator makes of the committed schema.

use loglane_codegen::{Schema, generate, readme_table};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const HINT: &str = "run `cargo run -p loglane-codegen` and commit what it changes";

fn net() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn schema() -> Schema {
    Schema::load(&net().join("schema")).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn the_codec_is_fresh() {
    let mut committed = BTreeMap::new();
    for entry in fs::read_dir(net().join("src/message")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        committed.insert(name, fs::read_to_string(&path).unwrap());
    }
    let generated = generate(&schema());
    let names: Vec<_> = generated.keys().collect();
    assert_eq!(committed.keys().collect::<Vec<_>>(), names, "{HINT}");
    for (name, text) in &generated {
        assert!(committed[name] == *text, "src/message/{name} is stale: {HINT}");
    }
}

#[test]
fn the_table_of_the_readme_is_fresh() {
    let readme = fs::read_to_string(net().join("README.md")).unwrap();
    let table = readme_table(&schema());
    assert!(readme.contains(&format!("<!-- apis -->\n{table}<!-- end of apis -->\n")), "README.md: {HINT}");
}
