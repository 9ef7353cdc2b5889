//! Every API that is served has its row in the tests' README.

use crate::{report, tree, works};

#[test]
fn every_api_that_is_served_has_a_row() {
    let read = |path: &str| std::fs::read_to_string(tree::root().join(path)).expect("a file of the tree");
    let names = works::served();
    assert!(names.len() > 30, "{names:?}");
    let readme = read("tests/README.md");
    let (_, table) = readme.split_once("\n## APIs\n").expect("a table of APIs");
    let has_row = |name: &String| !table.contains(&format!("\n| {name} | "));
    let missing: Vec<String> = names.into_iter().filter(has_row).collect();
    report("APIs without a row in tests/README.md", &missing);
}
