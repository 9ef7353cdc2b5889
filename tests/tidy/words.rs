//! What must not be written: banned names, left-overs, machine paths, `unsafe` outside its room.

use crate::sizes::is_test;
use crate::source::Source;
use crate::{report, tree};

/// Abbreviations for which the glossary has full words; as parts of identifiers, split at `_`.
const BANNED_NAMES: [&str; 3] = ["hwm", "leo", "lso"];

/// Lint exceptions outside tests; the goal is fewer than ten. May only go down.
const LINT_EXCEPTIONS_MAX: usize = 10;

/// The one crate that may use `unsafe`.
const UNSAFE_ROOM: &str = "ring/";

/// Where these rules are written down, they have to name what they forbid.
const RULES: &str = "tests/tidy/";

fn rust() -> Vec<(String, Source)> {
    tree::texts_ending(".rs").into_iter().map(|text| (text.path, Source::new(&text.text))).collect()
}

#[test]
fn names_come_from_the_glossary() {
    let mut findings = Vec::new();
    for (path, source) in rust() {
        for (line, word) in source.words() {
            let mut parts = word.split('_').map(str::to_ascii_lowercase);
            if parts.any(|part| BANNED_NAMES.contains(&part.as_str())) {
                findings.push(format!("{path}:{line}: {word}"));
            }
        }
    }
    report("say high_watermark, log_end_offset, last_stable_offset", &findings);
}

#[test]
fn unsafe_stays_in_its_room_and_says_why_it_is_sound() {
    let mut findings = Vec::new();
    for (path, source) in rust() {
        for (line, _) in source.words().filter(|(_, word)| *word == "unsafe") {
            if !path.starts_with(UNSAFE_ROOM) {
                findings.push(format!("{path}:{line}: unsafe outside {UNSAFE_ROOM}"));
            } else if !is_justified(&source, line) {
                findings.push(format!("{path}:{line}: unsafe without a SAFETY comment"));
            }
        }
    }
    report("unsafe", &findings);
}

/// Whether the comment above the statement that holds `line` says `SAFETY:`, or, for an unsafe function, the
/// documentation has a `# Safety` section. What is not a promise by itself (a type, a foreign declaration, a method of
/// an unsafe trait) needs none; the blocks inside do.
fn is_justified(source: &Source, line: usize) -> bool {
    let text: Vec<&str> = source.text.lines().collect();
    let code: Vec<&str> = source.code.lines().collect();
    let here = code[line - 1];
    let private_function = here.contains("unsafe fn") && !here.contains("pub");
    if private_function || ["unsafe extern", "(unsafe"].iter().any(|form| here.contains(form)) {
        return true;
    }
    // The nearest comment above, over the lines of the same statement and its attributes.
    for at in (0..line - 1).rev().take(12) {
        let trimmed = text[at].trim_start();
        if trimmed.starts_with("//") {
            let block = (0..=at).rev().take_while(|at| text[*at].trim_start().starts_with("//"));
            return block.into_iter().any(|at| text[at].contains("SAFETY:") || text[at].contains("# Safety"));
        }
        let ends_before = code[at].trim_end().ends_with([';', '}']);
        if trimmed.is_empty() || (ends_before && !trimmed.starts_with("#[")) {
            return false;
        }
    }
    false
}

#[test]
fn every_crate_but_ring_forbids_unsafe() {
    let roots = ["src/lib.rs", "src/main.rs", "build.rs"];
    let mut findings = Vec::new();
    for (path, source) in rust() {
        let is_root = roots.iter().any(|root| path == *root || path.ends_with(&format!("/{root}")));
        if is_root && !path.starts_with(UNSAFE_ROOM) && !source.code.contains("#![forbid(unsafe_code)]") {
            findings.push(path);
        }
    }
    report("crate roots without #![forbid(unsafe_code)]", &findings);
}

#[test]
fn lint_exceptions_are_few_and_say_why() {
    let mut count = 0;
    let mut findings = Vec::new();
    for (path, source) in rust() {
        if source.is_generated() {
            continue;
        }
        let counts = !is_test(&path);
        for form in ["allow(", "expect("] {
            for (at, _) in source.code.match_indices(form) {
                if !source.code[..at].ends_with("#[") && !source.code[..at].ends_with("#![") {
                    continue;
                }
                count += usize::from(counts);
                let end = source.code[at..].find(']').map_or(source.code.len(), |length| at + length);
                if !source.code[at..end].contains("reason") {
                    let line = source.code[..at].matches('\n').count() + 1;
                    findings.push(format!("{path}:{line}"));
                }
            }
        }
    }
    println!("{count} lint exceptions (goal: fewer than 10)");
    report("lint exceptions without a reason", &findings);
    assert!(count <= LINT_EXCEPTIONS_MAX, "{count} lint exceptions");
}

#[test]
fn unfinished_work_says_why() {
    let never = ["FIX", "ME"].concat();
    let later = ["TO", "DO"].concat();
    let mut findings = Vec::new();
    for text in tree::texts() {
        for (at, line) in text.text.lines().enumerate() {
            let words: Vec<&str> = line.split(|c: char| !c.is_alphanumeric()).collect();
            if words.contains(&never.as_str()) && !text.path.starts_with(RULES) {
                findings.push(format!("{}:{}: {never} is never merged", text.path, at + 1));
            }
            // The mark, a colon, and a sentence that says why it can wait.
            let reason = line.split_once(&format!("{later}: ")).map_or("", |(_, reason)| reason);
            if words.contains(&later.as_str())
                && text.path.ends_with(".rs")
                && !text.path.starts_with(RULES)
                && reason.split(' ').count() < 4
            {
                findings.push(format!("{}:{}: {later} without a reason", text.path, at + 1));
            }
        }
    }
    report("unfinished work", &findings);
}

#[test]
fn nothing_names_a_machine_or_a_package_host() {
    let paths = [["/wo", "rk/"], ["/ro", "ot/"], ["/tmp/", "bash"]];
    let hosts = [
        ["crates", ".io"],
        ["static.rust", "-lang"],
        ["pypi", ".org"],
        ["python", "hosted"],
        ["maven", ".org"],
        ["registry", ".npmjs"],
        ["deb.deb", "ian"],
        ["proxy.gol", "ang"],
    ];
    let banned: Vec<String> = paths.iter().chain(&hosts).map(|halves| halves.concat()).collect();
    let mut findings = Vec::new();
    for text in tree::texts() {
        if text.path.ends_with("Cargo.lock") {
            continue; // Cargo writes its registry's name there.
        }
        for (at, line) in text.text.lines().enumerate() {
            if let Some(word) = banned.iter().find(|word| line.contains(word.as_str())) {
                findings.push(format!("{}:{}: {word}", text.path, at + 1));
            }
        }
    }
    report("machine paths and package hosts", &findings);
}

#[test]
fn generated_files_say_how_to_make_them_again() {
    let mut findings = Vec::new();
    for (path, source) in rust() {
        let first = source.text.lines().next().unwrap_or_default();
        if source.is_generated() && !first.contains("`cargo run ") {
            findings.push(path);
        }
    }
    report("generated files whose first line has no command", &findings);
}
