//! Answers as text, by a layout that names their fields, so that a table of them can be read and compared.
//!
//! A layout is a list of `name:type` separated by spaces. Types are `i8`, `i16`, `i32`, `i64`, `str`, `bytes` (shown by
//! their length), `uuid`, `end` (an offset) and `[` … `]` for an array; `cstr`, `cbytes` and `c[` … `]` are the compact ones. A lone `tags` stands
//! for tagged fields, which are read over. A name that begins with `~` is read and not shown, because it differs from
//! run to run.

use harness::wire::{Answer, Short};
use std::fmt::Write as _;

/// The answer's fields, or what is wrong with its form. Offsets of the type `end` are shown by their distance from `end`.
pub(crate) fn show(layout: &str, answer: &mut Answer, end: i64) -> String {
    let tokens: Vec<&str> = layout.split_whitespace().collect();
    let mut text = String::new();
    match show_fields(&tokens, answer, end, &mut text) {
        Err(Short) => format!("malformed after: {text}"),
        Ok(()) if answer.rest().is_empty() => text.trim().to_owned(),
        Ok(()) => format!("{text}and {} bytes more", answer.rest().len()),
    }
}

fn show_fields(tokens: &[&str], answer: &mut Answer, end: i64, text: &mut String) -> Result<(), Short> {
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at] == "tags" {
            answer.tags()?;
            at += 1;
            continue;
        }
        let (name, kind) = tokens[at].split_once(':').expect("a layout's field is name:type");
        at += 1;
        let value = match kind {
            "i8" => answer.i8()?.to_string(),
            "i16" => answer.i16()?.to_string(),
            "i32" => answer.i32()?.to_string(),
            "i64" => answer.i64()?.to_string(),
            "end" => match answer.i64()? {
                none @ ..0 => none.to_string(),
                offset => format!("end{:+}", offset - end),
            },
            "str" => format!("{:?}", answer.string()?),
            "bytes" => format!("{} bytes", answer.blob()?.len()),
            "cstr" => format!("{:?}", answer.compact_string()?),
            "cbytes" => {
                let length = answer.compact_count()?;
                format!("{} bytes", answer.take(length)?.len())
            }
            "uuid" => answer.take(16)?.iter().map(|byte| format!("{byte:02x}")).collect(),
            "[" | "c[" => {
                let inner = &tokens[at..at + array_end(&tokens[at..])];
                at += inner.len() + 1;
                let mut elements = String::new();
                let count = if kind == "[" { answer.count()? } else { answer.compact_count()? };
                for _ in 0..count {
                    elements.push('(');
                    show_fields(inner, answer, end, &mut elements)?;
                    elements.truncate(elements.trim_end().len());
                    elements.push(')');
                }
                elements
            }
            _ => panic!("no such type: {kind}"),
        };
        if !name.starts_with('~') {
            write!(text, "{name}={value} ").expect("a string takes everything");
        }
    }
    Ok(())
}

/// Where the array that has just begun ends.
fn array_end(tokens: &[&str]) -> usize {
    let mut depth = 1;
    for (at, token) in tokens.iter().enumerate() {
        if token.ends_with('[') {
            depth += 1;
        } else if *token == "]" {
            depth -= 1;
        }
        if depth == 0 {
            return at;
        }
    }
    panic!("an array of the layout does not end")
}

#[test]
fn an_answer_is_shown_by_its_layout() {
    let message = harness::wire::Message::new().i32(5).i32(2).string("a").i16(1).string("b").i16(2).i8(9);
    let mut answer = Answer::new(message.bytes().to_vec());
    let text = show("~throttle:i32 topics:[ name:str code:i16 ]", &mut answer, 0);
    assert_eq!(text, r#"topics=(name="a" code=1)(name="b" code=2) and 1 bytes more"#);
}
