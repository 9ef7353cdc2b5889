//! The command line: what was asked for, and how its outcome is told.
//!
//! Exit codes: 0 all is well, 1 it failed, 2 the command line is wrong, 3 the doctor has found something.

pub mod arguments;
pub mod banner;
pub mod logging;
pub mod sources;

use crate::config::Config;
use crate::cores::{self, CorePlan, CoresFile};
use crate::fatal::{Fatal, FatalCode};
use crate::server::{describe_machine, doctor};
use arguments::{Doctor, Format, Output, Plan, Serve};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// Exit code of a command that failed.
pub const FAILED: u8 = 1;

/// Exit code of `loglane doctor` where somebody has to look at what it found.
pub const FOUND_SOMETHING: u8 = 3;

/// `loglane doctor`: what it found, and the exit code.
///
/// # Errors
/// A directory is in use, is none, or cannot be read.
pub fn examine(arguments: &Doctor) -> Result<(String, u8), Fatal> {
    raise_open_files();
    let report = doctor::examine(&arguments.data)?;
    let code = if report.is_all_well() { 0 } else { FOUND_SOMETHING };
    Ok(match arguments.format {
        Format::Text => (report.text(), code),
        Format::Json => (report.json(), code),
    })
}

/// Everything of `loglane serve` before the broker itself: reads the configuration, starts the log, says what deserves
/// a warning, and asks for as many open files as the process may have.
///
/// # Errors
/// What keeps the broker from starting.
pub fn prepare(serve: &Serve) -> Result<Config, Fatal> {
    let sources = sources::collect(serve, std::env::vars_os())?;
    let (mut config, warnings) = Config::parse(&sources)?;
    config.layout = read_layout(&config)?;
    logging::start(config.log_format, &config.log_level);
    for warning in warnings {
        tracing::warn!("{}", warning.0);
    }
    raise_open_files();
    Ok(config)
}

/// `loglane cores plan`: shows what each core would do, and writes it as a file if that is asked for.
///
/// # Errors
/// What keeps a broker with this configuration from starting on these cores, or the file from being written.
pub fn plan_cores(arguments: &Plan) -> Result<String, Fatal> {
    let sources = sources::collect(&arguments.serve, std::env::vars_os())?;
    let (mut config, _) = Config::parse(&sources)?;
    config.layout = read_layout(&config)?;
    raise_open_files();
    let plan = CorePlan::derive(&config, &describe_machine())?;
    if let Some(path) = &arguments.write {
        write_new(path, &cores::template(&plan)).map_err(|error| {
            Fatal::new(
                FatalCode::BadConfig,
                format!("{} is not written: {error}", path.display()),
                "there is a file of that name already, or the directory cannot be written",
                "name a file that is not there yet",
            )
        })?;
    }
    Ok(match arguments.output {
        Output::Table => cores::table(&plan),
        Output::Json => cores::json(&plan),
    })
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())
}

/// The file of this machine's cores, if the configuration names one.
fn read_layout(config: &Config) -> Result<Option<CoresFile>, Fatal> {
    let Some(path) = &config.cores_file else { return Ok(None) };
    let name = path.display().to_string();
    let text = fs::read_to_string(path).map_err(|error| {
        Fatal::new(
            FatalCode::UnreadableFile,
            format!("cannot read {name}: {error}"),
            "loglane.cores.file names a file that is not there, or that this user may not read",
            format!("`loglane cores plan --write {name}` without that key makes one"),
        )
    })?;
    CoresFile::parse(&name, &text).map(Some)
}

/// The soft limit on open files is low by tradition (programs that use `select` break above 1,024); this one may
/// use all that the hard limit grants.
pub fn raise_open_files() {
    let limit = getrlimit(Resource::Nofile);
    if limit.current == limit.maximum {
        return;
    }
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, "the limit on open files stays where it is");
    }
}

/// Says something on standard error, where whoever started the broker looks. What cannot be said is not said: the
/// exit code remains.
pub fn tell(what: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{what}");
}

/// Prints on standard output.
pub fn print(what: impl fmt::Display) {
    let mut out = io::stdout();
    let _ = writeln!(out, "{what}").and_then(|()| out.flush());
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    #[test]
    fn the_limit_on_open_files_is_raised_to_what_is_granted() {
        raise_open_files();
        let limit = getrlimit(Resource::Nofile);
        assert_eq!(limit.current, limit.maximum);
    }

    #[test]
    fn a_configuration_is_prepared_or_refused() {
        let overrides = vec![("log.dirs".to_owned(), "/d".to_owned())];
        let config = prepare(&Serve { file: None, overrides }).unwrap();
        assert_eq!(config.log_dirs, [PathBuf::from("/d")]);
        let overrides = vec![("num.partitions".to_owned(), "0".to_owned())];
        let fatal = prepare(&Serve { file: None, overrides }).unwrap_err();
        assert!(fatal.what.contains("Value must be at least 1"), "{fatal}");
    }
}
