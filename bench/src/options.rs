//! The command line of `loglane bench`. A workload file says the same: its keys are the names of the options.

use crate::choose::{Keys, Sizes};
use crate::number::{Rate, parse_bytes, parse_span};
use crate::schedule::Arrivals;
use clap::{Args, Parser, Subcommand, ValueEnum};
use loglane_model::Compression;
use loglane_ring::BackendChoice;
use std::path::PathBuf;
use std::time::Duration;

/// The command line.
#[derive(Debug, Clone, Parser)]
#[command(
    name = "loglane bench",
    bin_name = "loglane bench",
    about = "Measures anything that speaks Kafka's protocol",
    long_about = "Measures anything that speaks Kafka's protocol. With nothing but an address: how much it takes, and \
                  how fast it answers at half of that, in ten seconds.\n\nExit codes: 0 all is well, 1 failed, 2 the \
                  command line is wrong, 3 cannot connect, 4 timed out, 5 records were lost, duplicated, reordered or \
                  corrupt, or an --assert failed.",
    after_help = "Examples:\n  \
                  loglane bench                                              a verdict on localhost:9092\n  \
                  loglane bench w4 --rate 10k --assert 'p99<5ms,lost==0'     a preset, a rate, and a demand",
    args_override_self = true,
    args_conflicts_with_subcommands = true,
    subcommand_precedence_over_arg = true
)]
pub struct Arguments {
    /// What to do instead of measuring
    #[command(subcommand)]
    pub command: Option<Command>,

    /// What to measure.
    #[command(flatten)]
    pub options: Options,
}

/// What there is besides measuring.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Lists the presets, or prints one as a file to copy
    List(List),
    /// Serves as a broker that parses, acknowledges and forgets: the ceiling of a measurement
    Null(Null),
    /// Compares results: medians, spread, and whether the difference is one
    Compare(Compare),
    /// Makes the HTML report of a result
    Report(Report),
}

/// The arguments of `loglane bench list`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:\n  loglane bench list\n  loglane bench list w2 > mine.toml")]
pub struct List {
    /// A preset, to print it as a file
    pub preset: Option<String>,
}

/// The arguments of `loglane bench null`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:\n  loglane bench null --listen 127.0.0.1:19092\n  \
                        loglane bench null --listen 127.0.0.1:19092 --threads 1 --endless\n\n\
                        What fetches find was never produced, so measure it with --no-verify.")]
pub struct Null {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:9092")]
    pub listen: String,

    /// Threads, each on a core of its own
    #[arg(long)]
    pub threads: Option<usize>,

    /// Fetches always find more, produced or not
    #[arg(long)]
    pub endless: bool,

    /// Value bytes of the records that fetches find
    #[arg(long, default_value = "1KiB", value_parser = parse_bytes)]
    pub record_size: u64,

    /// Ends after this long
    #[arg(long, value_parser = parse_span)]
    pub duration: Option<Duration>,
}

/// The arguments of `loglane bench compare`.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Results with the same label are repetitions of one thing; the first label is the base.\n\n\
                        Examples:\n  loglane bench compare before.json after.json\n  \
                        loglane bench compare a1.json b1.json a2.json b2.json a3.json b3.json"
)]
pub struct Compare {
    /// Results, as --out wrote them
    #[arg(required = true, num_args = 2..)]
    pub results: Vec<PathBuf>,

    /// A difference is one if chance makes as large a one less often than this
    #[arg(long, default_value_t = 0.01)]
    pub alpha: f64,

    /// Differences below this share are not worth a word
    #[arg(long, default_value_t = 0.02)]
    pub least: f64,

    /// How to print it
    #[arg(long, default_value = "text")]
    pub format: Format,
}

/// The arguments of `loglane bench report`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:\n  loglane bench report result.json > report.html\n  \
                        loglane bench report result.json --out report.html")]
pub struct Report {
    /// A result, as --out wrote it
    pub result: PathBuf,

    /// Where to write it; else it is printed
    #[arg(long)]
    pub out: Option<PathBuf>,
}

/// How a result is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// Everything.
    Json,
    /// The lines of Kafka's own perf tools.
    Kafka,
}

/// Which acknowledgement to wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Acks {
    /// None at all.
    #[value(name = "0")]
    None,
    /// The leader's.
    #[value(name = "1")]
    Leader,
    /// All replicas'.
    All,
}

impl Acks {
    /// As the protocol says it.
    #[must_use]
    pub fn to_i16(self) -> i16 {
        match self {
            Acks::None => 0,
            Acks::Leader => 1,
            Acks::All => -1,
        }
    }
}

/// Where consumers begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum From {
    /// At the first record there is.
    Beginning,
    /// Behind the last one that is there at the start.
    End,
}

/// What to measure, and how.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// A preset (see `loglane bench list`), or a file of options
    #[arg(value_name = "WORKLOAD")]
    pub workload: Option<String>,

    /// Brokers to ask for the others
    #[arg(short, long, default_value = "localhost:9092", value_name = "HOST:PORT,...")]
    pub bootstrap: String,

    /// A topic to use, created if it is not there; else one is made and deleted again
    #[arg(long, value_name = "NAME", help_heading = "Topics")]
    pub topic: Option<String>,

    /// How many topics
    #[arg(long, default_value_t = 1, value_name = "N", help_heading = "Topics")]
    pub topics: u32,

    /// Partitions of each
    #[arg(long, default_value_t = 16, value_name = "N", help_heading = "Topics")]
    pub partitions: i32,

    /// Replicas of each partition; -1 for the broker's default
    #[arg(long, default_value_t = -1, allow_negative_numbers = true, value_name = "N", help_heading = "Topics")]
    pub replication: i16,

    /// A setting of the topics; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = parse_pair, help_heading = "Topics")]
    pub topic_config: Vec<(String, String)>,

    /// Leaves topics that were made where they are
    #[arg(long, help_heading = "Topics")]
    pub keep: bool,

    /// Producers, each with its own connections
    #[arg(long, default_value_t = 4, value_name = "N", help_heading = "Load")]
    pub producers: u32,

    /// Consumers, each with its own connections and its share of the partitions
    #[arg(long, default_value_t = 4, value_name = "N", help_heading = "Load")]
    pub consumers: u32,

    /// Connections beside those, which do nothing
    #[arg(long, default_value_t = 0, value_name = "N", help_heading = "Load")]
    pub idle_connections: usize,

    /// Records a second (50000, 50k), bytes a second (200MB/s), or max for a closed loop; 0 only fills the backlog
    #[arg(long, value_parser = Rate::parse, value_name = "RATE", help_heading = "Load")]
    pub rate: Option<Rate>,

    /// Lets the rate rise or fall evenly over the run
    #[arg(long, value_parser = parse_ramp, value_name = "FROM..TO", help_heading = "Load")]
    pub ramp: Option<(Rate, Rate)>,

    /// One run for each of these rates
    #[arg(long, value_delimiter = ',', value_parser = Rate::parse, value_name = "RATE,...", help_heading = "Load")]
    pub steps: Vec<Rate>,

    /// Finds the highest rate at which --knee-limit holds
    #[arg(long, help_heading = "Load")]
    pub knee: bool,

    /// What holds below the knee
    #[arg(long, default_value = "p99<50ms", value_name = "CONDITION,...", help_heading = "Load")]
    pub knee_limit: String,

    /// When records are sent
    #[arg(long, default_value = "even", value_parser = parse_arrivals, value_name = "even|poisson", help_heading = "Load")]
    pub arrivals: Arrivals,

    /// How long to measure [default: 10s]; who only reads goes on to the end
    #[arg(long, value_parser = parse_span, value_name = "SPAN", help_heading = "Load")]
    pub duration: Option<Duration>,

    /// Load before that, which does not count [default: 1s]
    #[arg(long, value_parser = parse_span, value_name = "SPAN", help_heading = "Load")]
    pub warm_up: Option<Duration>,

    /// Ends after so many records
    #[arg(long, value_name = "N", help_heading = "Load")]
    pub records: Option<u64>,

    /// Bytes that are produced before anything is measured, for consumers to find
    #[arg(long, default_value = "0", value_parser = parse_bytes, value_name = "BYTES", help_heading = "Load")]
    pub backlog: u64,

    /// Value bytes: 1KiB, 100,1KiB, uniform:100:2000, normal:1KiB:200, lognormal:1KiB:0.5
    #[arg(long, default_value = "1KiB", value_parser = Sizes::parse, value_name = "SIZES", help_heading = "Records")]
    pub record_size: Sizes,

    /// none, round-robin, uniform:N, zipf:N[:EXPONENT]
    #[arg(long, default_value = "none", value_parser = Keys::parse, value_name = "KEYS", help_heading = "Records")]
    pub keys: Keys,

    /// Share of the values that does not compress, from 0 to 1
    #[arg(long, default_value_t = 1.0, value_name = "SHARE", help_heading = "Records")]
    pub entropy: f64,

    /// none, gzip, snappy, lz4, zstd
    #[arg(long, default_value = "none", value_parser = parse_compression, value_name = "CODEC", help_heading = "Records")]
    pub compression: Compression,

    /// Whose acknowledgement to wait for: 0, 1, all
    #[arg(long, default_value = "all", value_name = "ACKS", help_heading = "Producers")]
    pub acks: Acks,

    /// Whether retries are recognized by the broker
    #[arg(long, default_value_t = true, action = clap::ArgAction::Set, value_name = "true|false", help_heading = "Producers")]
    pub idempotence: bool,

    /// How long a batch waits for more records
    #[arg(long, default_value = "0ms", value_parser = parse_span, value_name = "SPAN", help_heading = "Producers")]
    pub linger: Duration,

    /// A batch is sent when it has so many bytes
    #[arg(long, default_value = "64KiB", value_parser = parse_bytes, value_name = "BYTES", help_heading = "Producers")]
    pub batch_size: u64,

    /// A batch is sent when it has so many records; 1 for one record a batch
    #[arg(long, value_name = "N", help_heading = "Producers")]
    pub batch_records: Option<u32>,

    /// A request takes batches up to so many bytes, and one at least
    #[arg(long, default_value = "1MiB", value_parser = parse_bytes, value_name = "BYTES", help_heading = "Producers")]
    pub request_size: u64,

    /// Requests without answer on a connection
    #[arg(long, default_value_t = 5, value_name = "N", help_heading = "Producers")]
    pub in_flight: usize,

    /// Bytes that a producer holds until they are acknowledged
    #[arg(long, default_value = "32MiB", value_parser = parse_bytes, value_name = "BYTES", help_heading = "Producers")]
    pub buffer: u64,

    /// Consumers are members of a consumer group, of this name or of one that goes with the run
    #[arg(
        long,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "",
        value_name = "NAME",
        help_heading = "Consumers"
    )]
    pub group: Option<String>,

    /// Every so often a member of the group leaves and comes back
    #[arg(long, value_parser = parse_span, value_name = "SPAN", help_heading = "Consumers")]
    pub churn: Option<Duration>,

    /// How often a member says that it is there
    #[arg(long, default_value = "3s", value_parser = parse_span, value_name = "SPAN", help_heading = "Consumers")]
    pub heartbeat: Duration,

    /// How long a member may be silent
    #[arg(long, default_value = "45s", value_parser = parse_span, value_name = "SPAN", help_heading = "Consumers")]
    pub session_timeout: Duration,

    /// How often a member commits
    #[arg(long, default_value = "5s", value_parser = parse_span, value_name = "SPAN", help_heading = "Consumers")]
    pub commit_every: Duration,

    /// A fetch waits for so many bytes
    #[arg(long, default_value = "1", value_parser = parse_bytes, value_name = "BYTES", help_heading = "Consumers")]
    pub fetch_min: u64,

    /// A fetch brings at most so many bytes
    #[arg(long, default_value = "50MiB", value_parser = parse_bytes, value_name = "BYTES", help_heading = "Consumers")]
    pub fetch_max: u64,

    /// A fetch brings at most so many bytes of one partition
    #[arg(long, default_value = "1MiB", value_parser = parse_bytes, value_name = "BYTES", help_heading = "Consumers")]
    pub partition_fetch_max: u64,

    /// How long a fetch waits
    #[arg(long, default_value = "500ms", value_parser = parse_span, value_name = "SPAN", help_heading = "Consumers")]
    pub fetch_wait: Duration,

    /// Where consumers begin
    #[arg(long, default_value = "beginning", value_name = "END", help_heading = "Consumers")]
    pub from: From,

    /// Does not look into records, and so finds no loss and no latency from end to end
    #[arg(long, help_heading = "Consumers")]
    pub no_verify: bool,

    /// Conditions on the result, all of which must hold: 'p99<5ms,lost==0'
    #[arg(long, value_name = "CONDITION,...", help_heading = "Result")]
    pub assert: Option<String>,

    /// How to print the result
    #[arg(long, default_value = "text", help_heading = "Result")]
    pub format: Format,

    /// Also writes the result as JSON
    #[arg(long, value_name = "FILE", help_heading = "Result")]
    pub out: Option<PathBuf>,

    /// Also writes a report that a browser opens without a network
    #[arg(long, value_name = "FILE", help_heading = "Result")]
    pub html: Option<PathBuf>,

    /// What was measured, for `compare` [default: the workload's name]
    #[arg(long, value_name = "TEXT", help_heading = "Result")]
    pub label: Option<String>,

    /// Also measures a null broker on this machine this long; 0s does not [default: 2s of a closed loop, else 0s]
    #[arg(long, value_parser = parse_span, value_name = "SPAN", help_heading = "Result")]
    pub ceiling: Option<Duration>,

    /// Also accounts for this process: the broker's
    #[arg(long, value_name = "PID", help_heading = "Result")]
    pub broker_pid: Option<u32>,

    /// What one row of the timeline covers [default: a hundredth of the run, between 100ms and 10s]
    #[arg(long, value_parser = parse_span, value_name = "SPAN", help_heading = "Result")]
    pub interval: Option<Duration>,

    /// Says nothing while it runs
    #[arg(short, long, help_heading = "Result")]
    pub quiet: bool,

    /// Threads that send and receive [default: one for each core]
    #[arg(long, value_name = "N", help_heading = "Generator")]
    pub threads: Option<usize>,

    /// Cores to pin them to
    #[arg(long, value_delimiter = ',', value_name = "CORE,...", help_heading = "Generator")]
    pub cores: Vec<usize>,

    /// Through which interface of the operating system: auto, io_uring, epoll
    #[arg(long, default_value = "auto", help_heading = "Generator", value_name = "INTERFACE")]
    pub io: BackendChoice,

    /// Makes sizes, keys and values repeatable
    #[arg(long, default_value_t = 1, value_name = "N", help_heading = "Generator")]
    pub seed: u64,

    /// How long to wait for answers and for consumers at the end
    #[arg(long, default_value = "30s", value_parser = parse_span, value_name = "SPAN", help_heading = "Generator")]
    pub patience: Duration,
}

impl Options {
    /// How long to measure.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.duration.unwrap_or(Duration::from_secs(10))
    }

    /// Load before that.
    #[must_use]
    pub fn warm_up(&self) -> Duration {
        self.warm_up.unwrap_or(Duration::from_secs(1))
    }

    /// What one row of the timeline covers.
    #[must_use]
    pub fn interval(&self) -> Duration {
        let share = (self.warm_up() + self.duration()) / 100;
        let interval = self.interval.unwrap_or_else(|| {
            // Round figures read better.
            let fits = [100, 200, 500, 1000, 2000, 5000].map(Duration::from_millis);
            fits.into_iter().find(|fit| share <= *fit).unwrap_or(Duration::from_secs(10))
        });
        interval.max(Duration::from_millis(10))
    }
}

fn parse_pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) => Ok((key.trim().to_owned(), value.trim().to_owned())),
        None => Err("it wants the form key=value".to_owned()),
    }
}

fn parse_ramp(text: &str) -> Result<(Rate, Rate), String> {
    let (from, to) = text.split_once("..").ok_or("it wants the form FROM..TO")?;
    let ramp = (Rate::parse(from)?, Rate::parse(to)?);
    if ramp.0 == Rate::Max || ramp.1 == Rate::Max { Err("a ramp has two rates".to_owned()) } else { Ok(ramp) }
}

fn parse_arrivals(text: &str) -> Result<Arrivals, String> {
    match text {
        "even" => Ok(Arrivals::Even),
        "poisson" => Ok(Arrivals::Poisson),
        _ => Err("even or poisson".to_owned()),
    }
}

fn parse_compression(text: &str) -> Result<Compression, String> {
    Ok(match text {
        "none" => Compression::None,
        "gzip" => Compression::Gzip,
        "snappy" => Compression::Snappy,
        "lz4" => Compression::Lz4,
        "zstd" => Compression::Zstd,
        _ => return Err("none, gzip, snappy, lz4 or zstd".to_owned()),
    })
}
