//! The command line: what was asked for, and how its outcome is told.
//!
//! Exit codes: 0 all is well, 1 it failed, 2 the command line is wrong.

pub mod arguments;
pub mod banner;
pub mod logging;
pub mod sources;

use crate::config::Config;
use crate::fatal::Fatal;
use arguments::Serve;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::fmt;
use std::io::Write;

/// Exit code of a command that failed.
pub const FAILED: u8 = 1;

/// Everything of `loglane serve` before the broker itself: reads the configuration, starts the log, says what deserves
/// a warning, and asks for as many open files as the process may have.
///
/// # Errors
/// What keeps the broker from starting.
pub fn prepare(serve: &Serve) -> Result<Config, Fatal> {
    let sources = sources::collect(serve, std::env::vars_os())?;
    let (config, warnings) = Config::parse(&sources)?;
    logging::start(config.log_format, &config.log_level);
    for warning in warnings {
        tracing::warn!("{}", warning.0);
    }
    raise_open_files();
    Ok(config)
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
    let _ = writeln!(std::io::stderr(), "{what}");
}

/// Prints on standard output.
pub fn print(what: impl fmt::Display) {
    let mut out = std::io::stdout();
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
