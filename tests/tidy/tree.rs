//! The files of the project, as the repository would hold them.

use std::fs;
use std::path::{Path, PathBuf};

/// What holds nothing of ours; `.git` may be a file.
const SKIPPED: [&str; 5] = [".git", "target", "data", "__pycache__", "node_modules"];

/// The folder of the root package.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A text file of the project.
pub(crate) struct Text {
    /// Relative to the root, with forward slashes.
    pub(crate) path: String,
    /// What it says.
    pub(crate) text: String,
}

/// Every text file, sorted by path. Files that are not UTF-8 are left out.
pub(crate) fn texts() -> Vec<Text> {
    let mut paths = Vec::new();
    collect(root(), &mut paths);
    paths.sort();
    paths
        .into_iter()
        .filter_map(|path| {
            let text = fs::read_to_string(&path).ok()?;
            let path = path.strip_prefix(root()).expect("found below the root");
            Some(Text { path: path.to_string_lossy().into_owned(), text })
        })
        .collect()
}

/// Every text file with this ending.
pub(crate) fn texts_ending(ending: &str) -> Vec<Text> {
    let mut texts = texts();
    texts.retain(|text| text.path.ends_with(ending));
    texts
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).expect("a folder of the project can be read");
    for entry in entries {
        let entry = entry.expect("a folder of the project can be read");
        let kind = entry.file_type().expect("a file has a type");
        let name = entry.file_name();
        if SKIPPED.iter().any(|skipped| name == *skipped) {
            continue;
        }
        if kind.is_dir() {
            collect(&entry.path(), paths);
        } else if kind.is_file() {
            paths.push(entry.path());
        }
    }
}
