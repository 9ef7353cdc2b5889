//! Workload files, and the presets that come along. A file is options: its keys are their names, and what is on the
//! command line overrules it. `[[run]]` tables make several runs out of one file.

use std::fmt;
use std::path::Path;

/// What a preset is called, and its text.
pub const PRESETS: &[(&str, &str)] = &[
    ("w1", include_str!("../presets/w1.toml")),
    ("w2", include_str!("../presets/w2.toml")),
    ("w4", include_str!("../presets/w4.toml")),
    ("w5", include_str!("../presets/w5.toml")),
    ("w6", include_str!("../presets/w6.toml")),
    ("w7", include_str!("../presets/w7.toml")),
    ("w8", include_str!("../presets/w8.toml")),
    ("w9", include_str!("../presets/w9.toml")),
    ("w10", include_str!("../presets/w10.toml")),
    ("w12", include_str!("../presets/w12.toml")),
    ("w13", include_str!("../presets/w13.toml")),
    ("w14", include_str!("../presets/w14.toml")),
    ("linkedin", include_str!("../presets/linkedin.toml")),
];

/// A workload as it was read: what each of its runs is called, and its options as arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workload {
    /// What it is for.
    pub about: String,
    /// At least one.
    pub runs: Vec<(String, Vec<String>)>,
}

/// Why there is no such workload.
#[derive(Debug)]
pub enum WorkloadError {
    /// Neither a preset nor a file.
    Unknown(String),
    /// The file is not TOML, or not of this form.
    Wrong(String),
}

impl fmt::Display for WorkloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WorkloadError::Unknown(name) => {
                let presets: Vec<&str> = PRESETS.iter().map(|(name, _)| *name).collect();
                write!(f, "{name} is no file and no preset; the presets are {}", presets.join(", "))
            }
            WorkloadError::Wrong(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for WorkloadError {}

impl Workload {
    /// The preset or the file of this name.
    ///
    /// # Errors
    /// [`WorkloadError`].
    pub fn find(name: &str) -> Result<Workload, WorkloadError> {
        if let Some((name, text)) = PRESETS.iter().find(|(preset, _)| *preset == name) {
            return Workload::parse(name, text);
        }
        let path = Path::new(name);
        let text = std::fs::read_to_string(path).map_err(|_| WorkloadError::Unknown(name.to_owned()))?;
        let stem = path.file_stem().map_or(name.to_owned(), |stem| stem.to_string_lossy().into_owned());
        Workload::parse(&stem, &text).map_err(|error| WorkloadError::Wrong(format!("{name}: {error}")))
    }

    /// Reads a file's text.
    ///
    /// # Errors
    /// It is not of this form.
    pub fn parse(name: &str, text: &str) -> Result<Workload, WorkloadError> {
        let table: toml::Table = text.parse().map_err(|error| WorkloadError::Wrong(format!("{error}")))?;
        let about = match table.get("about") {
            Some(toml::Value::String(about)) => about.clone(),
            _ => String::new(),
        };
        let common = arguments(table.iter().filter(|(key, _)| !["about", "run"].contains(&key.as_str())))?;
        let mut runs = Vec::new();
        for run in table.get("run").and_then(toml::Value::as_array).into_iter().flatten() {
            let run =
                run.as_table().ok_or_else(|| WorkloadError::Wrong("run is a list of tables".to_owned()))?;
            let called = match run.get("name") {
                Some(toml::Value::String(called)) => format!("{name} {called}"),
                _ => return Err(WorkloadError::Wrong("every [[run]] has a name".to_owned())),
            };
            let mut all = common.clone();
            all.extend(arguments(run.iter().filter(|(key, _)| *key != "name"))?);
            runs.push((called, all));
        }
        if runs.is_empty() {
            runs.push((name.to_owned(), common));
        }
        Ok(Workload { about, runs })
    }
}

fn arguments<'a>(
    entries: impl Iterator<Item = (&'a String, &'a toml::Value)>,
) -> Result<Vec<String>, WorkloadError> {
    let mut arguments = Vec::new();
    for (key, value) in entries {
        let mut give = |value: &toml::Value| {
            let text = match value {
                toml::Value::String(text) => text.clone(),
                toml::Value::Integer(number) => number.to_string(),
                toml::Value::Float(number) => number.to_string(),
                // A flag stands alone; idempotence is a choice.
                toml::Value::Boolean(choice) if key == "idempotence" => choice.to_string(),
                toml::Value::Boolean(true) => {
                    arguments.push(format!("--{key}"));
                    return Ok(());
                }
                toml::Value::Boolean(false) => return Ok(()),
                _ => return Err(WorkloadError::Wrong(format!("{key} is no text, number or truth"))),
            };
            arguments.push(format!("--{key}={text}"));
            Ok(())
        };
        match value {
            toml::Value::Array(values) => values.iter().try_for_each(&mut give)?,
            value => give(value)?,
        }
    }
    Ok(arguments)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Arguments;
    use clap::Parser;

    #[test]
    fn every_preset_is_made_of_options_that_there_are() {
        for (name, _) in PRESETS {
            let workload = Workload::find(name).unwrap();
            assert!(!workload.about.is_empty(), "{name} says what it is");
            for (run, arguments) in workload.runs {
                let words = std::iter::once("bench".to_owned()).chain(arguments);
                if let Err(error) = Arguments::try_parse_from(words) {
                    panic!("{run}: {error}");
                }
            }
        }
    }

    #[test]
    fn runs_add_to_what_they_have_in_common() {
        let text = "about = \"x\"\nproducers = 3\nkeep = true\n[[run]]\nname = \"a\"\nproducers = 1\n[[run]]\nname = \"b\"";
        let workload = Workload::parse("w", text).unwrap();
        let expected = |name: &str, arguments: &[&str]| {
            (format!("w {name}"), arguments.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
        };
        let common = ["--producers=3", "--keep"];
        let mut runs = workload.runs.clone();
        for (_, arguments) in &mut runs {
            arguments.sort_by_key(|argument| !argument.starts_with("--producers"));
        }
        assert_eq!(runs[1], expected("b", &common));
        assert_eq!(runs[0], expected("a", &["--producers=3", "--producers=1", "--keep"]));
        assert!(Workload::parse("w", "[[run]]\nproducers = 1").is_err());
        assert!(Workload::find("no-such-thing").unwrap_err().to_string().contains("w14"));
    }
}
