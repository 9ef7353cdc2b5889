//! What was found, for people and for programs.

use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Records are lost or in danger, or a start would fail.
    Problem,
    /// Something does not fit, and nothing is in danger.
    Warning,
    /// Something that the next start sees to by itself.
    Note,
}

impl Weight {
    /// The word for it.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Weight::Problem => "problem",
            Weight::Warning => "warning",
            Weight::Note => "note",
        }
    }
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// How much it matters.
    pub weight: Weight,
    /// Where.
    pub path: PathBuf,
    /// What to search for; the text of a code never changes.
    pub code: &'static str,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub fix: String,
}

/// Everything that was found.
#[derive(Debug, Default)]
pub struct Report {
    /// The worst first, then by path.
    pub findings: Vec<Finding>,
    /// Partitions that were looked at.
    pub partitions: u64,
    /// Segments that were read.
    pub segments: u64,
    /// Bytes that were read of them.
    pub bytes: u64,
}

impl Report {
    pub(super) fn add(&mut self, weight: Weight, code: &'static str, path: &Path, what: &str, fix: &str) {
        let (path, what, fix) = (path.to_owned(), what.to_owned(), fix.to_owned());
        self.findings.push(Finding { weight, path, code, what, fix });
    }

    pub(super) fn order(&mut self) {
        self.findings.sort();
    }

    fn count(&self, weight: Weight) -> usize {
        self.findings.iter().filter(|finding| finding.weight == weight).count()
    }

    /// Whether there is anything that somebody has to look at.
    #[must_use]
    pub fn is_all_well(&self) -> bool {
        self.findings.iter().all(|finding| finding.weight == Weight::Note)
    }

    /// For people.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for Finding { weight, path, code, what, fix } in &self.findings {
            let _ = writeln!(text, "{}[{code}]: {}: {what}\n  fix: {fix}", weight.text(), path.display());
        }
        let _ = write!(
            text,
            "{} partitions, {} segments, {} bytes read: {} problems, {} warnings, {} notes",
            self.partitions,
            self.segments,
            self.bytes,
            self.count(Weight::Problem),
            self.count(Weight::Warning),
            self.count(Weight::Note)
        );
        text
    }

    /// For programs: one object.
    #[must_use]
    pub fn json(&self) -> String {
        let findings = self.findings.iter().map(|finding| {
            json!({
                "weight": finding.weight.text(),
                "code": finding.code,
                "path": finding.path.display().to_string(),
                "what": finding.what,
                "fix": finding.fix,
            })
        });
        let whole = json!({
            "partitions": self.partitions,
            "segments": self.segments,
            "bytes": self.bytes,
            "problems": self.count(Weight::Problem),
            "warnings": self.count(Weight::Warning),
            "notes": self.count(Weight::Note),
            "findings": findings.collect::<Vec<Value>>(),
        });
        whole.to_string()
    }
}
