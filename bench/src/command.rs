//! The command line, from its words to the exit code.

use crate::client::ClientError;
use crate::compare;
use crate::engine::RunError;
use crate::judge;
use crate::null::{Server, Settings};
use crate::options::{Arguments, Command, Compare, Format, List, Null, Options, Report};
use crate::report;
use crate::result::ResultFile;
use crate::session::{self, Planned, SessionError, say};
use crate::text;
use crate::workload::{PRESETS, Workload};
use clap::Parser;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

/// All is well.
const WELL: u8 = 0;
/// It failed.
const FAILED: u8 = 1;
/// The command line is wrong.
const USAGE: u8 = 2;
/// Nobody can be reached.
const CONNECT: u8 = 3;
/// It took too long.
const TIMEOUT: u8 = 4;
/// Verification or an assertion failed.
const VERIFICATION: u8 = 5;

/// Runs `loglane bench` with the words behind these two; the exit code.
#[must_use]
pub fn main(words: &[OsString]) -> u8 {
    let arguments = match parse(words) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    match &arguments.command {
        Some(Command::List(list)) => print_list(list),
        Some(Command::Null(null)) => serve_null(null),
        Some(Command::Compare(compare)) => print_comparison(compare),
        Some(Command::Report(report)) => write_report(report),
        None => bench(&arguments.options, words),
    }
}

fn parse(words: &[OsString]) -> Result<Arguments, u8> {
    let all = std::iter::once(OsString::from("loglane bench")).chain(words.iter().cloned());
    Arguments::try_parse_from(all).map_err(|error| {
        // Help and version are asked for, and printed where they are expected; their code is 0.
        let _ = error.print();
        u8::try_from(error.exit_code()).unwrap_or(USAGE)
    })
}

/// Prints on standard output; what cannot be said is not said.
fn print(text: &str) {
    let mut out = std::io::stdout();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

fn print_list(list: &List) -> u8 {
    let Some(wanted) = &list.preset else {
        for (name, text) in PRESETS {
            if let Ok(workload) = Workload::parse(name, text) {
                print(&format!("{name:<10} {}\n", workload.about));
                for (run, _) in workload.runs.iter().filter(|(run, _)| run != name) {
                    print(&format!(
                        "           - {}\n",
                        run.strip_prefix(&format!("{name} ")).unwrap_or(run)
                    ));
                }
            }
        }
        return WELL;
    };
    match PRESETS.iter().find(|(name, _)| name == wanted) {
        Some((_, text)) => {
            print(text);
            WELL
        }
        None => {
            say(&format!("there is no preset {wanted}: `loglane bench list` names them"));
            USAGE
        }
    }
}

/// Reads a result; says why not.
fn read_result(path: &Path) -> Result<ResultFile, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{} is no result: {error}", path.display()))
}

fn print_comparison(arguments: &Compare) -> u8 {
    let read = |path: &PathBuf| {
        let name = path.file_stem().map_or(String::new(), |stem| stem.to_string_lossy().into_owned());
        read_result(path).map(|file| (name, file))
    };
    let files = match arguments.results.iter().map(read).collect::<Result<Vec<_>, _>>() {
        Ok(files) => files,
        Err(error) => return usage(&error),
    };
    let lines = compare::compare(&files, arguments.alpha, arguments.least);
    if lines.is_empty() {
        return usage("these results have no run in common");
    }
    match arguments.format {
        Format::Json => {
            let json = serde_json::to_string_pretty(&lines).expect("figures can be written as JSON");
            print(&format!("{json}\n"));
        }
        Format::Text | Format::Kafka => print(&compare::text(&lines, arguments.alpha)),
    }
    WELL
}

fn write_report(arguments: &Report) -> u8 {
    let file = match read_result(&arguments.result) {
        Ok(file) => file,
        Err(error) => return usage(&error),
    };
    match &arguments.out {
        Some(path) => write_file(path, &report::html(&file)),
        None => {
            print(&report::html(&file));
            WELL
        }
    }
}

fn write_file(path: &Path, text: &str) -> u8 {
    match std::fs::write(path, text) {
        Ok(()) => WELL,
        Err(error) => {
            say(&format!("{} cannot be written: {error}", path.display()));
            FAILED
        }
    }
}

fn serve_null(arguments: &Null) -> u8 {
    match Server::start(&arguments.listen, &Settings::from(arguments)) {
        Ok(server) => {
            print(&format!("a null broker listens on {} ({})\n", server.address(), server.interface()));
            match arguments.duration {
                Some(duration) => std::thread::sleep(duration),
                None => loop {
                    // Until a signal ends the process.
                    std::thread::park();
                },
            }
            WELL
        }
        Err(error) => {
            say(&error);
            FAILED
        }
    }
}

/// Plans, measures, tells.
fn bench(options: &Options, words: &[OsString]) -> u8 {
    let conditions = match options.assert.as_deref().map(judge::parse_conditions).transpose() {
        Ok(conditions) => conditions.unwrap_or_default(),
        Err(error) => return usage(&error),
    };
    if let Err(error) = judge::parse_conditions(&options.knee_limit) {
        return usage(&error);
    }
    let plan = match plan(options, words) {
        Ok(plan) => plan,
        Err(code) => return code,
    };
    let label =
        options.label.clone().or_else(|| options.workload.clone()).unwrap_or_else(|| "load".to_owned());
    let command = words.iter().map(|word| shell_word(&word.to_string_lossy())).collect::<Vec<_>>().join(" ");
    let mut file = ResultFile::new(label, format!("loglane bench {command}"), options.bootstrap.clone());
    let outcome = session::measure(&plan, &mut file);
    let mut code = tell(options, &file);
    if let Err(error) = outcome {
        say(&format!("{error}"));
        return code_of(&error);
    }
    for run in &file.runs {
        if !run.is_clean() {
            code = VERIFICATION;
        }
        for violation in conditions.iter().filter_map(|condition| condition.violation(run)) {
            say(&format!("{}: failed: {violation}", run.name));
            code = VERIFICATION;
        }
    }
    if code == WELL && file.runs.iter().any(|run| !run.is_complete) {
        code = TIMEOUT;
    }
    code
}

fn usage(error: &str) -> u8 {
    say(error);
    USAGE
}

/// The runs that the command line asks for: those of the workload, overruled by the rest of the line.
fn plan(options: &Options, words: &[OsString]) -> Result<Vec<Planned>, u8> {
    let Some(name) = &options.workload else {
        return Ok(vec![Planned { name: "load".to_owned(), options: options.clone() }]);
    };
    let workload = Workload::find(name).map_err(|error| usage(&error.to_string()))?;
    let mut plan = Vec::new();
    for (name, arguments) in workload.runs {
        let all: Vec<OsString> =
            arguments.into_iter().map(OsString::from).chain(words.iter().cloned()).collect();
        plan.push(Planned { name, options: parse(&all)?.options });
    }
    Ok(plan)
}

/// Prints and writes what there is; the exit code so far.
fn tell(options: &Options, file: &ResultFile) -> u8 {
    let json = || serde_json::to_string_pretty(file).expect("figures and texts can be written as JSON");
    if file.runs.is_empty() {
        return FAILED;
    }
    match options.format {
        Format::Text => print(&text::for_people(file)),
        Format::Json => print(&format!("{}\n", json())),
        Format::Kafka => print(&text::as_kafka(file)),
    }
    let json_code = options.out.as_ref().map_or(WELL, |path| write_file(path, &json()));
    let html_code = options.html.as_ref().map_or(WELL, |path| write_file(path, &report::html(file)));
    json_code.max(html_code)
}

fn code_of(error: &SessionError) -> u8 {
    match error {
        SessionError::Options(_) => USAGE,
        SessionError::Run(RunError::Client(ClientError::Connect { .. })) => CONNECT,
        SessionError::Run(RunError::Client(ClientError::Broken(error)))
            if matches!(error.kind(), std::io::ErrorKind::TimedOut | std::io::ErrorKind::WouldBlock) =>
        {
            TIMEOUT
        }
        SessionError::Run(_) => FAILED,
    }
}

/// A word as a shell takes it.
fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:,@+%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}
