//! The commands in `tests/README.md`: whoever types one in runs at least one test, and every attack has its row.

use crate::{report, tree};
use std::fs;

/// Tests of what the attacks are made of.
const NO_ATTACKS: [&str; 2] =
    ["bombs::the_bombs_are_what_they_say", "layout::an_answer_is_shown_by_its_layout"];

/// The names of tests (modules and functions) by the target of Cargo that they belong to.
struct Target {
    /// As on the command line: `--test hostile`, `-p loglane-net --test fuzz`, `--lib`.
    arguments: String,
    tests: Vec<String>,
}

/// The tests that commands here may name.
fn targets() -> Vec<Target> {
    let mut targets = vec![Target { arguments: "--lib".to_owned(), tests: Vec::new() }];
    for text in tree::texts_ending(".rs") {
        let path: Vec<&str> = text.path.split('/').collect();
        let (arguments, modules) = match path[..] {
            ["src", ref modules @ ..] => ("--lib".to_owned(), modules),
            ["tests", "harness", ..] => ("-p loglane-harness".to_owned(), &path[2..]),
            ["tests", name] => (format!("--test {}", stem(name)), &[][..]),
            ["tests", name, ref modules @ ..] => (format!("--test {name}"), modules),
            [member, "tests", name] => (format!("-p loglane-{member} --test {}", stem(name)), &[][..]),
            _ => continue,
        };
        let modules: Vec<&str> = modules.iter().map(|name| stem(name)).collect();
        let names = tests_in(&text.text).map(|name| [&modules[..], &[name]].concat().join("::"));
        match targets.iter_mut().find(|target| target.arguments == arguments) {
            Some(target) => target.tests.extend(names),
            None => targets.push(Target { arguments, tests: names.collect() }),
        }
    }
    targets
}

fn stem(name: &str) -> &str {
    name.strip_suffix(".rs").unwrap_or(name)
}

/// The functions behind `#[test]`, and those that the table of the families makes.
fn tests_in(source: &str) -> impl Iterator<Item = &str> {
    let written = source.split("#[test]\n").skip(1).filter_map(|rest| {
        let (_, signature) = rest.split_once("fn ")?;
        signature.split_once('(').map(|(name, _)| name)
    });
    let (_, families) = source.split_once("\nfamilies! {\n").unwrap_or_default();
    let made = families.lines().filter_map(|line| line.split_once(": family::").map(|(name, _)| name.trim()));
    written.filter(|name| !name.starts_with('$')).chain(made)
}

/// What a command names: the target, and parts of the names of tests.
fn parse(command: &str) -> Option<(String, Vec<&str>)> {
    let (_, arguments) = command.split_once("cargo test ")?;
    let arguments = arguments.split_once(" -- ").map_or(arguments, |(before, _)| before);
    let (mut target, mut filters) = (Vec::new(), Vec::new());
    let mut words = arguments.split(' ');
    while let Some(word) = words.next() {
        match word {
            "--test" => target.push(format!("--test {}", words.next()?)),
            // The root package's.
            "-p" => match words.next()? {
                "loglane" => {}
                name => target.push(format!("-p {name}")),
            },
            "--lib" => target.push("--lib".to_owned()),
            "--workspace" => return None,
            _ if word.starts_with('-') => {}
            filter => filters.push(filter),
        }
    }
    Some((target.join(" "), filters))
}

/// What stands between back-ticks, by lines. A second one behind a stroke is the last word of another command.
fn commands(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in text.lines() {
        let mut last: Option<String> = None;
        let pieces: Vec<&str> = line.split('`').collect();
        for (at, code) in pieces.iter().enumerate().filter(|(at, _)| at % 2 == 1) {
            let other =
                last.as_ref().filter(|_| pieces[at - 1] == " / ").and_then(|last| last.rsplit_once(' '));
            let command = match other {
                Some((before, _)) => format!("{before} {code}"),
                None => (*code).to_owned(),
            };
            if command.contains("cargo test ") {
                found.push(command.clone());
            }
            last = Some(command);
        }
    }
    found
}

fn readme() -> String {
    fs::read_to_string(tree::root().join("tests/README.md")).expect("tests/README.md is there")
}

#[test]
fn every_command_in_the_tests_readme_runs_a_test() {
    let targets = targets();
    let readme = readme();
    let (mut findings, mut count) = (Vec::new(), 0);
    for command in commands(&readme) {
        let Some((arguments, filters)) = parse(&command) else { continue };
        count += 1;
        let Some(target) = targets.iter().find(|target| target.arguments == arguments) else {
            findings.push(format!("`{command}`: there is no `{arguments}`"));
            continue;
        };
        let is_there = |filter: &&str| target.tests.iter().any(|test| test.contains(filter));
        for filter in filters.iter().filter(|filter| !is_there(filter)) {
            findings.push(format!("`{command}`: no test has {filter} in its name"));
        }
    }
    assert!(count > 40, "{count} commands");
    report("commands in tests/README.md that run nothing", &findings);
}

#[test]
fn every_attack_has_a_row_and_every_row_an_attack() {
    let targets = targets();
    let hostile = targets.iter().find(|target| target.arguments == "--test hostile").expect("they are there");
    let readme = readme();
    let (_, section) = readme.split_once("\n## Attacks\n").expect("a table of attacks");
    let (section, _) = section.split_once("\n## ").expect("more behind it");
    let rows: Vec<&str> =
        section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    assert!(rows.len() > 10, "{rows:?}");
    let mut findings = Vec::new();
    for row in rows.iter().filter(|row| !hostile.tests.iter().any(|test| test.contains(*row))) {
        findings.push(format!("the row {row} names no test"));
    }
    let attacks = hostile.tests.iter().filter(|test| !NO_ATTACKS.contains(&test.as_str()));
    for test in attacks.filter(|test| !rows.iter().any(|row| test.contains(row))) {
        findings.push(format!("the test {test} has no row"));
    }
    report("attacks in tests/README.md", &findings);
}

#[test]
fn commands_are_read_as_they_are_typed() {
    let text = "see `A=1 cargo test --test x one` / `two` and `cargo test`\n`cargo test -p loglane --lib y -- --nocapture`";
    let commands = commands(text);
    assert_eq!(
        commands,
        [
            "A=1 cargo test --test x one",
            "A=1 cargo test --test x two",
            "cargo test -p loglane --lib y -- --nocapture"
        ]
    );
    assert_eq!(parse(&commands[1]), Some(("--test x".to_owned(), vec!["two"])));
    assert_eq!(parse(&commands[2]), Some(("--lib".to_owned(), vec!["y"])));
    assert_eq!(tests_in("#[test]\n#[ignore]\nfn a() {}\nfn b() {}\n").collect::<Vec<_>>(), ["a"]);
}
