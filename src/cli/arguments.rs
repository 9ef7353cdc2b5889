//! The arguments of `loglane`.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;

/// The command line.
#[derive(Debug, Clone, PartialEq, Eq, Parser)]
#[command(
    name = "loglane",
    version,
    about = "A drop-in Apache Kafka broker: one binary, one thread and one io_uring per core",
    after_help = "Without a command: serve.\n\n\
                  Examples:\n  \
                  loglane                                      serve on 127.0.0.1:9092, data in ./data\n  \
                  loglane serve /etc/kafka/server.properties   serve with Kafka's own configuration file"
)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Runs the broker until it is told to stop (the default)
    Serve(Serve),

    /// Measures this broker or any other that speaks Kafka's protocol
    #[command(disable_help_flag = true)]
    Bench(Bench),

    /// Which cores do what
    #[command(subcommand)]
    Cores(Cores),

    /// Looks through the data directories of a broker that is stopped, and says what is wrong and what to do
    Doctor(Doctor),
}

/// The arguments of `loglane doctor`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(
    after_help = "It reads everything and changes nothing. Exit code: 0 nothing is wrong (notes aside), 3 something is,\n\
                  1 a directory is in use or cannot be read.\n\n\
                  Examples:\n  \
                  loglane doctor --data /var/lib/loglane\n  \
                  loglane doctor --data /disk1/kafka --data /disk2/kafka --format json"
)]
pub struct Doctor {
    /// A data directory, as log.dirs names it; all of a broker's together
    #[arg(long, value_name = "DIR", required = true)]
    pub data: Vec<PathBuf>,

    /// How the findings are shown
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// How findings are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// `loglane cores`.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Cores {
    /// Shows what each core would do, and who says so
    Plan(Plan),
}

/// The arguments of `loglane cores plan`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(after_help = "cores.toml is the file that loglane.cores.file names.\n\n\
                  Examples:\n  \
                  loglane cores plan --write cores.toml\n  \
                  loglane cores plan server.properties --override loglane.cores.file=cores.toml -o json")]
pub struct Plan {
    /// The configuration, as `loglane serve` takes it
    #[command(flatten)]
    pub serve: Serve,

    /// How it is shown
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Output,

    /// Also writes the plan as a file to edit; one that is there stays as it is
    #[arg(long, value_name = "FILE")]
    pub write: Option<PathBuf>,
}

/// How a result is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people.
    #[default]
    Table,
    /// For programs.
    Json,
}

/// The arguments of `loglane bench`, which has a command line of its own: `loglane bench --help`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct Bench {
    /// Everything behind `bench`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENTS")]
    pub words: Vec<OsString>,
}

/// The arguments of `loglane serve`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(after_help = "Environment variables KAFKA_LOG_RETENTION_MS (log.retention.ms) and LOGLANE_MEMORY \
                  (loglane.memory)\noverrule the file, --override overrules both.\n\n\
                  Examples:\n  \
                  loglane serve --override log.dirs=/var/lib/loglane --override loglane.memory=512m\n  \
                  loglane serve server.properties --override listeners=PLAINTEXT://:9094")]
pub struct Serve {
    /// A file as Kafka reads it; none is needed
    #[arg(value_name = "server.properties")]
    pub file: Option<PathBuf>,

    /// Sets a key; may be repeated
    #[arg(long = "override", value_name = "KEY=VALUE", value_parser = parse_override)]
    pub overrides: Vec<(String, String)>,
}

impl Arguments {
    /// What is to be served, whether or not it was said.
    #[must_use]
    pub fn into_command(self) -> Command {
        self.command.unwrap_or_else(|| Command::Serve(Serve::default()))
    }
}

fn parse_override(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().to_owned(), value.trim().to_owned())),
        _ => Err("it wants the form key=value".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;
    use clap::error::ErrorKind;

    fn parse(line: &str) -> Result<Command, ErrorKind> {
        let words = std::iter::once("loglane").chain(line.split_whitespace());
        Arguments::try_parse_from(words).map(Arguments::into_command).map_err(|error| error.kind())
    }

    fn serve(file: Option<&str>, overrides: &[(&str, &str)]) -> Command {
        let overrides = overrides.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Command::Serve(Serve { file: file.map(PathBuf::from), overrides })
    }

    #[test]
    fn the_definition_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn to_serve_is_the_default() {
        assert_eq!(parse(""), Ok(serve(None, &[])));
        assert_eq!(parse("serve"), Ok(serve(None, &[])));
        assert_eq!(parse("serve a.properties"), Ok(serve(Some("a.properties"), &[])));
    }

    #[test]
    fn keys_are_set_in_order_and_values_may_hold_anything() {
        let expected = serve(None, &[("a", "1"), ("b", "x=y"), ("c", "")]);
        assert_eq!(parse("serve --override a=1 --override b=x=y --override c="), Ok(expected));
    }

    #[test]
    fn everything_behind_bench_is_for_bench() {
        let words = ["w4", "--rate", "10k", "--help"].map(OsString::from).to_vec();
        assert_eq!(parse("bench w4 --rate 10k --help"), Ok(Command::Bench(Bench { words })));
        assert_eq!(parse("bench"), Ok(Command::Bench(Bench::default())));
    }

    #[test]
    fn what_is_wrong_is_a_wrong_use() {
        assert_eq!(parse("serve --override a"), Err(ErrorKind::ValueValidation));
        assert_eq!(parse("serve --override =1"), Err(ErrorKind::ValueValidation));
        assert_eq!(parse("sevre"), Err(ErrorKind::InvalidSubcommand));
        assert_eq!(parse("serve a b"), Err(ErrorKind::UnknownArgument));
        assert_eq!(parse("--version"), Err(ErrorKind::DisplayVersion));
    }

    #[test]
    fn every_help_ends_in_two_examples() {
        let mut command = Arguments::command();
        let helps = [
            command.render_long_help().to_string(),
            command.find_subcommand_mut("serve").expect("there is one").render_long_help().to_string(),
            command
                .find_subcommand_mut("cores")
                .and_then(|cores| cores.find_subcommand_mut("plan"))
                .expect("there is one")
                .render_long_help()
                .to_string(),
        ];
        for help in helps {
            let examples = help.split("Examples:").nth(1).unwrap_or_else(|| panic!("no examples in {help}"));
            assert_eq!(examples.trim().lines().count(), 2, "{help}");
        }
    }
}
