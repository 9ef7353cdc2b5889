//! Links between the documents, and what `tests/README.md` must list.

use crate::{report, tree};
use std::fs;

#[test]
fn relative_links_lead_somewhere() {
    let mut findings = Vec::new();
    for text in tree::texts_ending(".md") {
        let folder = tree::root().join(&text.path);
        let folder = folder.parent().expect("a file lies in a folder");
        for (line, target) in links(&text.text) {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
            let path = if path.is_empty() { tree::root().join(&text.path) } else { folder.join(path) };
            if !path.exists() {
                findings.push(format!("{}:{line}: {target} does not exist", text.path));
            } else if !anchor.is_empty() && path.extension().is_some_and(|ending| ending == "md") {
                let there = fs::read_to_string(&path).expect("a document can be read");
                if !there.lines().filter(|line| line.starts_with('#')).any(|line| slug(line) == anchor) {
                    findings.push(format!("{}:{line}: {target} has no such heading", text.path));
                }
            }
        }
    }
    report("dead links", &findings);
}

/// The targets of `[text](target)` outside code, with their lines.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut in_code = false;
    for (at, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        // Every second piece between back-ticks is code.
        for prose in line.split('`').step_by(2) {
            for (open, _) in prose.match_indices("](") {
                if let Some(length) = prose[open + 2..].find(')') {
                    found.push((at + 1, &prose[open + 2..open + 2 + length]));
                }
            }
        }
    }
    found
}

/// The anchor of a heading, as the usual renderers make it.
fn slug(heading: &str) -> String {
    let words = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = words.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn every_test_of_the_whole_broker_has_a_row_with_its_command() {
    let readme = fs::read_to_string(tree::root().join("tests/README.md")).expect("tests/README.md is there");
    let mut findings = Vec::new();
    for entry in fs::read_dir(tree::root().join("tests")).expect("tests/ is there") {
        let entry = entry.expect("tests/ can be read");
        let path = entry.path();
        let is_test = path.extension().is_some_and(|ending| ending == "rs") || path.join("main.rs").exists();
        let name = path.file_stem().expect("an entry has a name").to_string_lossy().into_owned();
        if is_test && !readme.contains(&format!("`cargo test --test {name}`")) {
            findings.push(name);
        }
    }
    report("tests without a row in tests/README.md", &findings);
}

#[test]
fn links_are_found_in_prose_only() {
    let text = "see [a](b.md#c-d) and `[x](y)`\n```\n[z](z)\n```\n";
    assert_eq!(links(text), [(1, "b.md#c-d")]);
    assert_eq!(slug("## What `it` is: 2 things"), "what-it-is-2-things");
}
