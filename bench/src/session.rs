//! From the command line to the outcome: topics, runs, the verdict, the knee.

use crate::client::{Client, ClientError, TopicTerms};
use crate::engine::{self, Progress, RunError, RunSpec};
use crate::judge::{self, Condition};
use crate::layout::Layout;
use crate::null;
use crate::number::{NANOS_PER_SECOND, Rate, grouped};
use crate::options::{From, Options};
use crate::result::{Flow, ResultFile, RunResult};
use crate::text;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long topics may take to come about everywhere.
const TOPICS_READY_WITHIN: Duration = Duration::from_secs(60);

/// How long the ceiling of a closed loop is measured.
const CEILING: Duration = Duration::from_secs(2);

/// A null broker serves a backlog from nothing: more than this much shows nothing new.
const CEILING_BACKLOG_BYTES: u64 = 1 << 30;

/// How many rates the search for the knee tries.
const KNEE_STEPS: u32 = 7;

/// One run as it was planned.
#[derive(Debug, Clone)]
pub struct Planned {
    /// What it is called.
    pub name: String,
    /// Its options.
    pub options: Options,
}

/// Why a session ended without a result.
#[derive(Debug)]
pub enum SessionError {
    /// A run could not begin.
    Run(RunError),
    /// The options contradict each other.
    Options(String),
}

impl std::fmt::Display for SessionError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            SessionError::Run(error) => error.fmt(f),
            SessionError::Options(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for SessionError {}

impl std::convert::From<RunError> for SessionError {
    fn from(error: RunError) -> SessionError {
        SessionError::Run(error)
    }
}

impl std::convert::From<ClientError> for SessionError {
    fn from(error: ClientError) -> SessionError {
        SessionError::Run(RunError::Client(error))
    }
}

/// Measures everything that was planned, and adds it to the file.
///
/// # Errors
/// A run could not begin; what was measured before is in the file.
pub fn measure(plan: &[Planned], file: &mut ResultFile) -> Result<(), SessionError> {
    for planned in plan {
        check(&planned.options)?;
    }
    let is_alone = plan.len() == 1;
    for planned in plan {
        let options = &planned.options;
        if !is_alone && let Some(brokers) = lacks_brokers(options)? {
            let (name, replicas) = (&planned.name, options.replication);
            say(&format!(
                "{name}: left out, {replicas} replicas want as many brokers, and there are {brokers}"
            ));
            continue;
        }
        let topics = Topics::prepare(options)?;
        let result = if options.knee {
            find_knee(planned, &topics, file)
        } else if !options.steps.is_empty() {
            step(planned, &topics, file)
        } else if is_alone && is_verdict(options) {
            verdict(planned, &topics, file)
        } else {
            run_one(&planned.name, options, &topics).map(|result| file.runs.push(result))
        };
        topics.clean_up(options);
        result?;
    }
    Ok(())
}

/// Whether nothing was said about how fast or how long: then the session finds out.
fn is_verdict(options: &Options) -> bool {
    options.rate.is_none() && options.ramp.is_none() && options.records.is_none() && options.backlog == 0
}

/// How many brokers there are, if those are too few for the replicas that a run wants.
fn lacks_brokers(options: &Options) -> Result<Option<usize>, SessionError> {
    if options.replication <= 1 {
        return Ok(None);
    }
    let brokers = Client::open(&options.bootstrap)?.layout(&[])?.nodes().len();
    Ok(Some(brokers)
        .filter(|brokers| usize::try_from(options.replication).is_ok_and(|wanted| *brokers < wanted)))
}

fn check(options: &Options) -> Result<(), SessionError> {
    let wrong = |text: &str| Err(SessionError::Options(text.to_owned()));
    if options.producers == 0 && options.consumers == 0 {
        return wrong("neither a producer nor a consumer: there is nothing to do");
    }
    if options.producers == 0 && options.topic.is_none() {
        return wrong("consumers alone need a --topic that holds something");
    }
    if options.backlog > 0 && options.from == From::End {
        return wrong("a backlog is read from the beginning: --from end does not go with it");
    }
    if options.backlog > 0 && (options.knee || !options.steps.is_empty()) {
        return wrong("a backlog is read by one run: --knee and --steps are several");
    }
    if options.rate == Some(Rate::Records(0.0)) && (options.backlog == 0 || options.consumers == 0) {
        return wrong("a rate of 0 reads a backlog: --backlog and --consumers say which, and who");
    }
    if options.group.is_some() && options.consumers == 0 {
        return wrong("a group has members: --group wants --consumers");
    }
    if options.churn.is_some() && options.group.is_none() {
        return wrong("members come and go in a group: --churn wants --group");
    }
    if options.partitions < 1 || options.topics < 1 {
        return wrong("at least one topic with one partition");
    }
    Ok(())
}

/// The topics of a run.
struct Topics {
    names: Vec<String>,
    /// Those that were made, and go again.
    made: Vec<String>,
    layout: Layout,
}

impl Topics {
    fn prepare(options: &Options) -> Result<Topics, SessionError> {
        let mut client = Client::open(&options.bootstrap)?;
        let base = options.topic.clone().unwrap_or_else(|| format!("bench-{:08x}", fresh_number()));
        let names: Vec<String> = match options.topics {
            1 => vec![base],
            count => (0..count).map(|number| format!("{base}-{number}")).collect(),
        };
        let mut made = Vec::new();
        if options.producers > 0 || options.topic.is_none() {
            let terms = TopicTerms {
                partitions: options.partitions,
                replication: options.replication,
                configs: &options.topic_config,
            };
            made = client.create_topics(&names, terms)?;
        }
        let deadline = Instant::now() + TOPICS_READY_WITHIN;
        loop {
            match client.layout(&names) {
                Ok(layout) if layout.is_led() => return Ok(Topics { names, made, layout }),
                Ok(_) | Err(ClientError::Refused { .. }) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(50));
                }
                Ok(_) => {
                    let error = std::io::Error::new(std::io::ErrorKind::TimedOut, "topics have no leaders");
                    return Err(ClientError::Broken(error).into());
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn clean_up(&self, options: &Options) {
        if options.keep || self.made.is_empty() {
            return;
        }
        let Ok(mut client) = Client::open(&options.bootstrap) else { return };
        if let Err(error) = client.delete_topics(&self.made) {
            say(&format!("{error}"));
        }
    }
}

/// A number that no other run has: from the clock, since it only has to differ.
fn fresh_number() -> u32 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_nanos());
    let seed = u64::try_from(now & u128::from(u64::MAX)).expect("64 bits") ^ u64::from(std::process::id());
    SmallRng::seed_from_u64(seed).random()
}

fn run_one(name: &str, options: &Options, topics: &Topics) -> Result<RunResult, SessionError> {
    let is_closed_loop = RunResult::is_closed_loop(options);
    let span = options.ceiling.unwrap_or(if is_closed_loop { CEILING } else { Duration::ZERO });
    let ceiling = if span > Duration::ZERO { ceiling(options, span)? } else { None };
    let layout = Client::open(&options.bootstrap)?.layout(&topics.names)?;
    debug_assert_eq!(layout.places().len(), topics.layout.places().len());
    let spec = RunSpec { options, tag: fresh_number(), layout };
    let mut shown = Shown::new(name, options);
    let outcome = engine::run(&spec, &mut |progress| shown.show(&progress));
    shown.end();
    let mut result = RunResult::of(name, options, &outcome?);
    result.ceiling = ceiling;
    Ok(result)
}

/// What the same load comes to against a null broker in this process. A backlog is read there as well, a smaller one.
fn ceiling(options: &Options, span: Duration) -> Result<Option<Flow>, SessionError> {
    let Ok(server) = null::Server::start("127.0.0.1:0", &null::Settings::for_ceiling(options)) else {
        return Ok(None);
    };
    let mut options = options.clone();
    let is_drain = options.rate == Some(Rate::Records(0.0));
    options.bootstrap = server.address().to_string();
    options.backlog = if is_drain { options.backlog.min(CEILING_BACKLOG_BYTES) } else { 0 };
    options.duration = if is_drain { None } else { Some(span) };
    options.warm_up = Some(span / 4);
    options.rate = if is_drain { options.rate } else { Some(Rate::Max) };
    options.ramp = None;
    options.records = None;
    options.no_verify = true;
    options.idle_connections = 0;
    options.group = None;
    options.topic = None;
    options.replication = 1;
    options.topic_config.clear();
    options.quiet = true;
    let topics = Topics::prepare(&options)?;
    let spec = RunSpec { options: &options, tag: fresh_number(), layout: topics.layout.clone() };
    let outcome = engine::run(&spec, &mut |_| {})?;
    drop(server);
    let result = RunResult::of("ceiling", &options, &outcome);
    Ok(if is_drain { result.consumed } else { result.produced })
}

/// Throughput first, then latency at half of it.
fn verdict(planned: &Planned, topics: &Topics, file: &mut ResultFile) -> Result<(), SessionError> {
    let share = planned.options.duration().mul_f64(0.3);
    let mut options = planned.options.clone();
    options.duration = Some(share);
    options.warm_up = Some(options.warm_up.unwrap_or(Duration::from_millis(800)));
    options.ceiling = Some(options.ceiling.unwrap_or(Duration::from_millis(1500)));
    options.rate = Some(Rate::Max);
    let most = run_one(&format!("{}, as fast as it goes", planned.name), &options, topics)?;
    let reached = most.produced.as_ref().map_or(0.0, |flow| flow.records_per_s);
    file.runs.push(most);
    // What the run before left is not this one's.
    options.from = From::End;
    if options.producers == 0 || reached < 1.0 {
        return Ok(());
    }
    options.rate = Some(Rate::Records(reached / 2.0));
    options.ceiling = None;
    let half = run_one(&format!("{}, at half of that", planned.name), &options, topics)?;
    file.conclusion = Some(conclude(&file.runs[file.runs.len() - 1], &half));
    file.runs.push(half);
    Ok(())
}

fn conclude(most: &RunResult, half: &RunResult) -> String {
    let flow = most.produced.clone().unwrap_or_default();
    let latency = half.end_to_end.as_ref().or(half.produce_latency.as_ref());
    let what = if half.end_to_end.is_some() { "from end to end" } else { "to the acknowledgement" };
    let latency = latency.map_or("no latency was measured".to_owned(), |latency| {
        let [p50, p99] = [latency.p50, latency.p99].map(|value| crate::number::span_text(value as f64));
        format!("at half of that the median is {p50} {what}, and 99 % stay below {p99}")
    });
    format!(
        "Verdict: {} records/s ({:.1} MB/s), limited by {}; {latency}.",
        grouped(flow.records_per_s),
        flow.mb_per_s,
        most.limited_by
    )
}

fn step(planned: &Planned, topics: &Topics, file: &mut ResultFile) -> Result<(), SessionError> {
    let mut options = planned.options.clone();
    for rate in &planned.options.steps {
        options.rate = Some(*rate);
        let name = match rate {
            Rate::Max => format!("{}, max", planned.name),
            Rate::Records(records) => format!("{}, {} records/s", planned.name, grouped(*records)),
            Rate::Bytes(bytes) => format!("{}, {:.1} MB/s", planned.name, bytes / 1e6),
        };
        file.runs.push(run_one(&name, &options, topics)?);
        options.from = From::End;
    }
    Ok(())
}

/// Looks for the highest rate at which the conditions hold: first how much goes at all, then by halving.
fn find_knee(planned: &Planned, topics: &Topics, file: &mut ResultFile) -> Result<(), SessionError> {
    let limit = judge::parse_conditions(&planned.options.knee_limit).map_err(SessionError::Options)?;
    let mut options = planned.options.clone();
    options.rate = Some(Rate::Max);
    let most = run_one(&format!("{}, as fast as it goes", planned.name), &options, topics)?;
    let reached = most.produced.as_ref().map_or(0.0, |flow| flow.records_per_s);
    file.runs.push(most);
    let mut search = Search { low: 0.0, high: reached };
    options.ceiling = None;
    options.from = From::End;
    for _ in 0..KNEE_STEPS {
        let rate = search.next();
        options.rate = Some(Rate::Records(rate));
        let result = run_one(&format!("{}, {} records/s", planned.name, grouped(rate)), &options, topics)?;
        let holds = holds_at(&result, rate, &limit);
        search.on_outcome(rate, holds);
        file.runs.push(result);
    }
    file.conclusion = Some(format!(
        "Knee: {} holds up to {} records/s ({:.0} % of what goes at all).",
        planned.options.knee_limit,
        grouped(search.low),
        100.0 * search.low / reached.max(1.0)
    ));
    Ok(())
}

fn holds_at(result: &RunResult, rate: f64, limit: &[Condition]) -> bool {
    let reached = result.produced.as_ref().map_or(0.0, |flow| flow.records_per_s);
    reached >= 0.98 * rate && limit.iter().all(|condition| condition.violation(result).is_none())
}

/// Between a rate that holds and one that does not.
struct Search {
    low: f64,
    high: f64,
}

impl Search {
    fn next(&self) -> f64 {
        (self.low + self.high) / 2.0
    }

    fn on_outcome(&mut self, rate: f64, holds: bool) {
        if holds {
            self.low = rate;
        } else {
            self.high = rate;
        }
    }
}

/// What is shown while it runs: a line that is rewritten on a terminal, else a plain line now and then.
struct Shown<'a> {
    name: &'a str,
    options: &'a Options,
    is_terminal: bool,
    is_dirty: bool,
    last: Option<Instant>,
}

impl<'a> Shown<'a> {
    fn new(name: &'a str, options: &'a Options) -> Shown<'a> {
        let mut shown = Shown {
            name,
            options,
            is_terminal: std::io::stderr().is_terminal(),
            is_dirty: false,
            last: None,
        };
        shown.line(&format!("{name} ..."), true);
        shown
    }

    fn show(&mut self, progress: &Progress<'_>) {
        match progress {
            Progress::Filling => {
                let megabytes = self.options.backlog as f64 / 1e6;
                self.line(&format!("{}: making a backlog of {megabytes:.0} MB", self.name), true);
            }
            Progress::Joining => self.line(&format!("{}: consumers join their group", self.name), true),
            Progress::Slice(slice) => {
                let interval = self.options.interval().as_secs_f64();
                let seconds = slice.start_ns as f64 / NANOS_PER_SECOND as f64 + interval;
                let whole = (self.options.warm_up() + self.options.duration()).as_secs_f64();
                let left = (self.options.records.is_none() && seconds < whole).then_some(whole - seconds);
                self.line(&text::progress_line(seconds, left, slice, interval), false);
            }
            Progress::Draining => self.line("waiting for the last answers", false),
        }
    }

    fn line(&mut self, text: &str, is_important: bool) {
        if self.options.quiet {
            return;
        }
        let mut err = std::io::stderr();
        if self.is_terminal {
            // Back to the beginning, and away with what stood there.
            let _ = write!(err, "\r\x1b[2K{text}").and_then(|()| err.flush());
            self.is_dirty = true;
            return;
        }
        let now = Instant::now();
        let is_due = self.last.is_none_or(|last| now.duration_since(last) >= Duration::from_secs(1));
        if is_important || is_due {
            self.last = Some(now);
            let _ = writeln!(err, "{text}");
        }
    }

    fn end(&mut self) {
        if self.is_dirty {
            let _ = write!(std::io::stderr(), "\r\x1b[2K");
        }
    }
}

/// Says something on standard error.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_closes_in_on_the_knee() {
        let mut search = Search { low: 0.0, high: 1000.0 };
        for _ in 0..KNEE_STEPS {
            let rate = search.next();
            search.on_outcome(rate, rate <= 700.0);
        }
        assert!(search.low <= 700.0 && search.low > 690.0, "{}", search.low);
    }
}
