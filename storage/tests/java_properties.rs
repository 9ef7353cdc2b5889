//! Properties held against Java's own: `data/java-properties/*.txt` is what `java.util.Properties` made of random
//! texts (`data/PropertiesTranscript.java` wrote it).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use loglane_storage::java_properties::{format_line, parse};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

fn text(hex: &str) -> String {
    let hex = if hex == "-" { "" } else { hex };
    let bytes = (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap());
    String::from_utf8(bytes.collect()).unwrap()
}

fn pair(hex: &str) -> (String, String) {
    let (key, value) = hex.split_once('=').unwrap();
    (text(key), text(value))
}

#[test]
fn every_answer_is_that_of_java() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/java-properties");
    let mut answers = 0;
    for file in fs::read_dir(dir).unwrap() {
        for line in fs::read_to_string(file.unwrap().path()).unwrap().lines() {
            let (question, answer) = line.split_once(" ->").unwrap();
            match question.split_once(' ').unwrap() {
                // Java makes an empty key of a backslash that ends the text; nobody wants that one.
                ("load", input) if text(input).trim_ascii_end().ends_with('\\') => {}
                ("load", input) => {
                    let expected: BTreeMap<String, String> = answer.split_whitespace().map(pair).collect();
                    let ours: BTreeMap<String, String> = parse(&text(input)).unwrap().into_iter().collect();
                    assert_eq!(ours, expected, "{:?}", text(input));
                }
                ("store", input) => {
                    let (key, value) = pair(input);
                    assert_eq!(format_line(&key, &value), text(answer.trim()), "{key:?}={value:?}");
                }
                other => panic!("{other:?}"),
            }
            answers += 1;
        }
    }
    assert!(answers > 500, "{answers} answers were compared");
}

#[test]
fn an_escape_that_is_none_is_refused() {
    for text in ["a=\\u12", "a=\\u12g4", "a=\\u+123", "a=\\u", "a=\\u00é"] {
        assert!(parse(text).is_err(), "{text}");
    }
}
