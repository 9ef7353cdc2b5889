//! How long files and functions are.

use crate::source::Source;
use crate::{report, tree};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

/// No file that a person wrote is longer.
const FILE_LINES_MAX: usize = 1000;

/// A function longer than this needs a place on the list.
const FUNCTION_LINES_MAX: usize = 70;

/// Share of functions that may be longer, in per cent.
const LONG_FUNCTIONS_PERCENT_MAX: f64 = 2.0;

/// The functions that are longer than the limit: may shrink, never grow.
const LONG_FUNCTIONS: &str = "tests/tidy/long_functions.txt";

fn sources() -> Vec<(String, Source)> {
    let texts = tree::texts_ending(".rs").into_iter();
    let sources = texts.map(|text| (text.path, Source::new(&text.text)));
    sources.filter(|(_, source)| !source.is_generated()).collect()
}

/// Whether the file holds tests only.
pub(crate) fn is_test(path: &str) -> bool {
    path.starts_with("tests/")
        || path.contains("/tests/")
        || path.ends_with("tests.rs")
        || path.contains("/conformance/")
}

/// The value below which `percent` of the sorted values lie.
fn percentile(sorted: &[usize], percent: usize) -> usize {
    sorted.get(sorted.len() * percent / 100).or(sorted.last()).copied().unwrap_or(0)
}

#[test]
fn no_file_is_too_long() {
    let sources = sources();
    let mut lengths: Vec<usize> =
        sources.iter().filter(|(path, _)| !is_test(path)).map(|(_, source)| source.lines()).collect();
    lengths.sort_unstable();
    println!(
        "{} files without tests: p50 {} lines (goal 250), p90 {} (goal 600), longest {}",
        lengths.len(),
        percentile(&lengths, 50),
        percentile(&lengths, 90),
        percentile(&lengths, 100),
    );
    let too_long = sources.iter().filter(|(_, source)| source.lines() > FILE_LINES_MAX);
    let findings: Vec<_> =
        too_long.map(|(path, source)| format!("{path}: {} lines", source.lines())).collect();
    report("files of more than 1,000 lines", &findings);
}

#[test]
fn long_functions_only_get_fewer() {
    let mut lengths = Vec::new();
    let mut long = BTreeSet::new();
    for (path, source) in sources() {
        for function in source.functions() {
            lengths.push(function.lines);
            if function.lines > FUNCTION_LINES_MAX {
                long.insert(format!("{path} {} {}", function.name, function.lines));
            }
        }
    }
    lengths.sort_unstable();
    println!(
        "{} functions: p50 {} lines (goal 12), p90 {} (goal 40), {} longer than {FUNCTION_LINES_MAX}",
        lengths.len(),
        percentile(&lengths, 50),
        percentile(&lengths, 90),
        long.len(),
    );
    let list = tree::root().join(LONG_FUNCTIONS);
    if std::env::var_os("UPDATE").is_some() {
        let mut text = String::new();
        for line in &long {
            writeln!(text, "{line}").expect("a string takes everything");
        }
        fs::write(&list, text).expect("the list can be written");
    }
    let listed = fs::read_to_string(&list).expect("the list can be read");
    let findings: Vec<_> = long.iter().filter(|line| !allowed(&listed, line)).cloned().collect();
    report("functions that are longer than 70 lines, or longer than the list says", &findings);
    let stale: Vec<_> = listed.lines().filter(|line| !long.contains(*line)).map(str::to_owned).collect();
    report("functions that got shorter; take them off the list (UPDATE=1 does it)", &stale);
    let percent = 100.0 * long.len() as f64 / lengths.len().max(1) as f64;
    assert!(percent <= LONG_FUNCTIONS_PERCENT_MAX, "{percent:.1} % of the functions are long");
}

/// Whether the list has the function with at least that many lines.
fn allowed(listed: &str, line: &str) -> bool {
    let (function, lines) = line.rsplit_once(' ').expect("path, name, lines");
    let lines: usize = lines.parse().expect("a number of lines");
    let rows = listed.lines().filter_map(|row| row.rsplit_once(' '));
    let mut rows = rows.filter_map(|(listed, most)| Some((listed, most.parse::<usize>().ok()?)));
    rows.any(|(listed, most)| listed == function && lines <= most)
}
