//! Scripts of tools, one command a line.
//!
//! ```text
//! # A comment.
//! needs CreatePartitions        what follows needs that API; a bare `needs` ends it
//! file offsets.json             writes a file; FOLDER/offsets.json is it
//!   < a line of it
//! ! kafka-topics …              a command that changes something: run once
//! ? kafka-topics …              one that asks: repeated until both sides say the same
//! & NAME kafka-topics …         one that goes on in the background
//! stop NAME                     interrupts that one; what it has printed is compared
//! restart                       stops both brokers and starts them again
//! halt                          stops both brokers for good: their files can be looked at
//!   < a line of standard input
//!   sorted                      its lines may come in any order
//!   until TEXT                  asked until TEXT is in what it prints
//!   unlike WHY                  compared by exit status only, because of that
//!   has TEXT                    TEXT is in what it prints
//!   needs API                   this one needs that API as well; a bare `needs`: none at all
//!   alone                       run in a virtual machine of its own
//! ```
//!
//! `BROKER` and `CONTROLLER` are where the broker listens, `DATA` is its data directory, `FOLDER` a folder for files.
//! Words are separated by spaces; single quotes keep them together.

/// Whether a command may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It only asks.
    Asks,
    /// It changes something.
    Changes,
    /// It goes on in the background, under the name that is the first word.
    Starts,
    /// It ends what goes on under the name that is its only word.
    Stops,
    /// It stops the broker, and starts it again.
    Restarts,
    /// It stops the broker.
    Halts,
}

impl Effect {
    /// Whether it prints something.
    pub(crate) fn is_told(self) -> bool {
        matches!(self, Effect::Asks | Effect::Changes | Effect::Stops)
    }
}

/// One command.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) effect: Effect,
    /// The tool and its arguments.
    pub(crate) words: Vec<String>,
    pub(crate) input: String,
    /// Files to write before.
    pub(crate) files: Vec<(String, String)>,
    /// Names of APIs.
    pub(crate) needs: Vec<String>,
    pub(crate) until: Option<String>,
    /// Whether it needs a virtual machine of its own.
    pub(crate) is_alone: bool,
    sorted: bool,
    unlike: bool,
    has: Vec<String>,
}

impl Step {
    /// As it stands in the script.
    pub(crate) fn command(&self) -> String {
        let mark = match self.effect {
            Effect::Asks => "?",
            Effect::Changes => "!",
            Effect::Starts => "&",
            Effect::Stops => "stop",
            Effect::Restarts => "restart",
            Effect::Halts => "halt",
        };
        format!("{mark} {}", self.words.join(" "))
    }

    /// Where two sides differ, each told by its exit status and its lines.
    pub(crate) fn difference(&self, here: &[String], kafka: &[String]) -> Option<String> {
        for (side, lines) in [("kafka", kafka), ("here", here)] {
            if let Some(text) = self.has.iter().find(|text| !lines.iter().any(|line| line.contains(*text))) {
                return Some(format!("  {side} does not say {text:?}:\n    {}", lines.join("\n    ")));
            }
        }
        let told = |lines: &[String]| {
            let mut lines = lines[..if self.unlike { 1 } else { lines.len() }].to_vec();
            if self.sorted {
                lines.sort();
            }
            lines
        };
        let (ours, theirs) = (told(here), told(kafka));
        let at = (0..ours.len().max(theirs.len())).find(|at| ours.get(*at) != theirs.get(*at))?;
        let around = |lines: &[String]| {
            let some = &lines[at.saturating_sub(4).min(lines.len())..(at + 3).min(lines.len())];
            some.iter().map(|line| format!("\n      {line}")).collect::<String>()
        };
        Some(format!("    here, around line {}:{}\n    kafka:{}", at + 1, around(&ours), around(&theirs)))
    }
}

/// The steps of a script.
///
/// # Errors
/// The line that cannot be read.
pub(crate) fn steps(text: &str) -> Result<Vec<Step>, String> {
    let mut steps: Vec<Step> = Vec::new();
    let mut files: Vec<(String, String)> = Vec::new();
    let mut needs: Vec<String> = Vec::new();
    let mut in_file = false;
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let bad = || format!("not understood: {line}");
        if let Some(detail) = line.strip_prefix("  ") {
            if in_file {
                let (_, content) = files.last_mut().ok_or_else(bad)?;
                content.push_str(detail.strip_prefix("< ").ok_or_else(bad)?);
                content.push('\n');
            } else {
                steps.last_mut().ok_or_else(bad)?.detail(detail).ok_or_else(bad)?;
            }
            continue;
        }
        let (kind, rest) = line.split_once(' ').unwrap_or((line, ""));
        in_file = kind == "file";
        let effect = match kind {
            "needs" => {
                needs = rest.split_whitespace().map(str::to_owned).collect();
                continue;
            }
            "file" => {
                files.push((rest.to_owned(), String::new()));
                continue;
            }
            "?" => Effect::Asks,
            "!" => Effect::Changes,
            "&" => Effect::Starts,
            "stop" => Effect::Stops,
            "restart" => Effect::Restarts,
            "halt" => Effect::Halts,
            _ => return Err(bad()),
        };
        steps.push(Step {
            effect,
            words: words(rest),
            input: String::new(),
            files: std::mem::take(&mut files),
            needs: needs.clone(),
            until: None,
            is_alone: false,
            sorted: false,
            unlike: false,
            has: Vec::new(),
        });
    }
    Ok(steps)
}

impl Step {
    fn detail(&mut self, detail: &str) -> Option<()> {
        let (kind, rest) = detail.split_once(' ').unwrap_or((detail, ""));
        match kind {
            "<" => {
                self.input.push_str(rest);
                self.input.push('\n');
            }
            "alone" => self.is_alone = true,
            "sorted" => self.sorted = true,
            "until" => self.until = Some(rest.to_owned()),
            "unlike" => self.unlike = true,
            "has" => self.has.push(rest.to_owned()),
            "needs" if rest.is_empty() => self.needs.clear(),
            "needs" => self.needs.extend(rest.split_whitespace().map(str::to_owned)),
            _ => return None,
        }
        Some(())
    }
}

/// Splits at spaces that are not within single quotes.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let (mut quoted, mut kept) = (false, false);
    for c in text.chars() {
        match c {
            '\'' => (quoted, kept) = (!quoted, true),
            ' ' if !quoted => {
                if kept || !words.last().expect("never empty").is_empty() {
                    words.push(String::new());
                }
                kept = false;
            }
            c => words.last_mut().expect("never empty").push(c),
        }
    }
    words
}
