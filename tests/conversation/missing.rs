//! What a real Kafka offers and this broker does not: printed, and held against a list in the repository.

use loglane_net::ApiKey;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;

/// The list; `UPDATE=1 cargo test --test conversation` rewrites it.
const LIST: &str = "tests/conversation/missing.txt";

/// The API by its number, with the versions that are offered, both inclusive.
pub(crate) type Offered = BTreeMap<i16, (i16, i16)>;

/// Prints what is missing, and holds it against the list.
pub(crate) fn check(here: &Offered, kafka: &Offered) {
    let missing = missing(here, kafka);
    // Not `eprintln!`: the test runner would keep that to itself.
    let text = format!("APIs of Kafka that are not here yet:\n{missing}");
    std::io::stderr().write_all(text.as_bytes()).expect("standard error takes lines");
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join(LIST);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&list, &missing).expect("the list can be written");
    }
    let known = fs::read_to_string(&list).expect("the list is there");
    assert_eq!(known, missing, "{LIST} says otherwise: UPDATE=1 rewrites it");
    let unknown: Vec<&i16> = here.keys().filter(|key| !kafka.contains_key(key)).collect();
    assert!(unknown.is_empty(), "Kafka has no such APIs: {unknown:?}");
}

/// One line for each API that is not here in exactly the versions of Kafka's.
fn missing(here: &Offered, kafka: &Offered) -> String {
    let mut lines = String::new();
    for (key, (min, max)) in kafka {
        let name = ApiKey::from_i16(*key).map_or("an API of a later version", ApiKey::name);
        let what = match here.get(key) {
            Some(ours) if ours == &(*min, *max) => continue,
            Some((ours_min, ours_max)) => format!(", here only {ours_min} to {ours_max}"),
            None => String::new(),
        };
        writeln!(lines, "{name} ({key}): {min} to {max}{what}").expect("a string takes everything");
    }
    lines
}
