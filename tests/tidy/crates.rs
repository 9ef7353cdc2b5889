//! Which crate may use which, and how many packages come along.

use crate::{report, tree};
use std::collections::BTreeSet;
use std::process::Command;

/// Each crate of the project, and those of our own crates that it may use outside tests.
const MAY_USE: [(&str, &[&str]); 6] = [
    ("loglane-model", &[]),
    ("loglane-storage", &["loglane-model"]),
    ("loglane-net", &["loglane-model"]),
    ("loglane-replication", &["loglane-model"]),
    ("loglane-ring", &["loglane-model"]),
    ("loglane-bench", &["loglane-model", "loglane-net", "loglane-ring"]),
];

/// The crates through which every produced byte passes.
const DATA_PATH: [&str; 4] = ["loglane-ring", "loglane-storage", "loglane-net", "loglane-replication"];

/// Packages in the trees of the data path together, our own included.
const DATA_PATH_PACKAGES_MAX: usize = 60;

/// Packages in the tree of the binary.
const BINARY_PACKAGES_MAX: usize = 250;

/// The names of the packages below `package`, itself included, as one build for this machine needs them.
fn packages(package: &str, extra: &[&str]) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--package", package, "--prefix", "none", "--format", "{p}"])
        .args(["--edges", "normal,build"])
        .args(extra)
        .current_dir(tree::root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "cargo tree: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("cargo tree prints text");
    // "name v1.2.3 (path)" or "name v1.2.3 (*)": name and version make a package.
    let name = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    text.lines().filter(|line| !line.is_empty()).map(name).collect()
}

fn members() -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--workspace", "--depth", "0", "--prefix", "none", "--format", "{p}"])
        .current_dir(tree::root())
        .output()
        .expect("cargo runs");
    let text = String::from_utf8(output.stdout).expect("cargo tree prints text");
    text.lines()
        .filter_map(|line| line.split(' ').next())
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

#[test]
fn crates_use_only_what_lies_below_them() {
    let members = members();
    let mut findings = Vec::new();
    for (package, allowed) in MAY_USE.iter().filter(|(package, _)| members.contains(*package)) {
        for used in packages(package, &["--depth", "1"]) {
            let used = used.split(' ').next().expect("a name").to_owned();
            if used != *package && members.contains(&used) && !allowed.contains(&used.as_str()) {
                findings.push(format!("{package} uses {used}"));
            }
        }
    }
    report("edges that the architecture does not have", &findings);
}

#[test]
fn packages_stay_few() {
    let data_path: BTreeSet<_> = DATA_PATH.iter().flat_map(|package| packages(package, &[])).collect();
    let binary = packages("loglane", &[]);
    println!(
        "packages: data path {} (at most {DATA_PATH_PACKAGES_MAX}), binary {} (at most {BINARY_PACKAGES_MAX})",
        data_path.len(),
        binary.len()
    );
    assert!(data_path.len() <= DATA_PATH_PACKAGES_MAX, "data path: {data_path:?}");
    assert!(binary.len() <= BINARY_PACKAGES_MAX, "binary: {binary:?}");
}
