//! The broker's ring beside other runtimes: `cargo run --release --manifest-path perf/runtimes/Cargo.toml`.
//!
//! Each runtime serves the same three loads in a process of its own on core 0, while a client on core 1 keeps five frames
//! under way on each of four connections: requests of 1 KiB that are answered with 16 bytes; frames of 64 KiB that are;
//! and frames of 64 KiB that are received, checked, copied, written past the page cache and acknowledged when they are
//! written, which is the path of a produced byte. Runtimes take turns; every turn measures the machine's own speed as
//! well. Printed are medians, with the least and the most.
#![forbid(unsafe_code)]

mod client;
mod load;
mod machine;
mod measure;
mod report;
mod serve;
mod staging;

use load::{Load, Runtime};
use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

/// Something that ends the program, to be printed.
pub(crate) type Failure = Box<dyn Error>;

const USAGE: &str = "usage: loglane-runtimes [--rounds N] [--seconds S] [--runtimes NAME,...] [--loads NAME,...] [--dir FOLDER] \
                     [--json FILE] [--short]";

/// What to measure.
pub(crate) struct Plan {
    pub(crate) rounds: usize,
    pub(crate) span: Duration,
    pub(crate) runtimes: Vec<Runtime>,
    pub(crate) loads: Vec<Load>,
    pub(crate) folder: PathBuf,
    pub(crate) json: Option<PathBuf>,
    /// Bytes of the file that is written over and over.
    pub(crate) file_bytes: u64,
}

fn plan(words: &mut impl Iterator<Item = String>) -> Result<Plan, Failure> {
    let mut plan = Plan {
        rounds: 5,
        span: Duration::from_secs(3),
        runtimes: Runtime::ALL.to_vec(),
        loads: Load::ALL.to_vec(),
        folder: std::env::temp_dir(),
        json: None,
        file_bytes: 1 << 30,
    };
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(USAGE);
        match word.as_str() {
            "--rounds" => plan.rounds = value()?.parse()?,
            "--seconds" => plan.span = Duration::from_secs_f64(value()?.parse()?),
            "--runtimes" => {
                plan.runtimes = value()?.split(',').map(Runtime::named).collect::<Result<_, _>>()?
            }
            "--loads" => plan.loads = value()?.split(',').map(Load::named).collect::<Result<_, _>>()?,
            "--dir" => plan.folder = value()?.into(),
            "--json" => plan.json = Some(value()?.into()),
            "--short" => {
                (plan.rounds, plan.span, plan.file_bytes) = (1, Duration::from_millis(100), 64 << 20);
            }
            _ => return Err(USAGE.into()),
        }
    }
    Ok(plan)
}

fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [serve, runtime, load, file] = &words[..]
        && serve == "serve"
    {
        return serve::serve(Runtime::named(runtime)?, Load::named(load)?, file.as_ref());
    }
    let plan = plan(&mut words.into_iter())?;
    let outcomes = measure::measure(&plan)?;
    report::report(&plan, &outcomes)
}
