//! What a run came to, as it is kept, compared and shown.

use crate::engine::{GroupOutcome, RunOutcome, Slice, record_bytes};
use crate::machine::{Environment, MachineSample};
use crate::number::NANOS_PER_SECOND;
use crate::options::{Acks, Options};
use crate::stats::{Latencies, heat_bounds};
use crate::verify::Findings;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

/// The version of the file's form.
const FORM: u32 = 1;

/// A file of results.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResultFile {
    /// The version of this form.
    pub form: u32,
    /// What was measured, for comparisons.
    pub label: String,
    /// The command line, as it was typed.
    pub command: String,
    /// Milliseconds since 1970.
    pub started_ms: i64,
    /// Where.
    pub environment: Environment,
    /// Who answered.
    pub bootstrap: String,
    /// One for each run, in order.
    pub runs: Vec<RunResult>,
    /// The rows of all heat maps lie between these, in nanoseconds.
    pub heat_bounds_ns: Vec<u64>,
    /// What the run as a whole found: the knee, or the verdict.
    pub conclusion: Option<String>,
}

impl ResultFile {
    /// A file without runs yet.
    #[must_use]
    pub fn new(label: String, command: String, bootstrap: String) -> ResultFile {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_millis());
        ResultFile {
            form: FORM,
            label,
            command,
            started_ms: i64::try_from(now).unwrap_or(i64::MAX),
            environment: Environment::here(),
            bootstrap,
            runs: Vec::new(),
            heat_bounds_ns: heat_bounds(),
            conclusion: None,
        }
    }
}

/// What latencies came to, in nanoseconds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LatencySummary {
    /// How many there are.
    pub count: u64,
    /// Their mean.
    pub mean: f64,
    /// By percentile.
    pub p50: u64,
    /// By percentile.
    pub p90: u64,
    /// By percentile.
    pub p95: u64,
    /// By percentile.
    pub p99: u64,
    /// By percentile: 99.9.
    pub p999: u64,
    /// By percentile: 99.99.
    pub p9999: u64,
    /// The largest.
    pub max: u64,
    /// Percentiles and values, for the curve.
    #[serde(default)]
    pub curve: Vec<(f64, u64)>,
}

impl LatencySummary {
    /// `None` where there are none.
    #[must_use]
    pub fn of(latencies: &Latencies) -> Option<LatencySummary> {
        let percentile = |percent: f64| latencies.percentile(percent);
        // Nines become equal distances on the curve's axis.
        let percents = (0..=80).map(|step| 100.0 * (1.0 - 10f64.powf(-f64::from(step) / 16.0)));
        (latencies.count() > 0).then(|| LatencySummary {
            count: latencies.count(),
            mean: latencies.mean(),
            p50: percentile(50.0),
            p90: percentile(90.0),
            p95: percentile(95.0),
            p99: percentile(99.0),
            p999: percentile(99.9),
            p9999: percentile(99.99),
            max: latencies.max(),
            curve: percents.map(|percent| (percent, percentile(percent))).collect(),
        })
    }
}

/// One direction of the load.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Flow {
    /// Records in what was measured.
    pub records: u64,
    /// Records a second.
    pub records_per_s: f64,
    /// Bytes of keys and values a second, in millions.
    pub mb_per_s: f64,
    /// Bytes of batches on the wire a second, in millions.
    pub wire_mb_per_s: f64,
    /// Requests a second.
    pub requests_per_s: f64,
}

/// One row of the timeline.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Seconds since the start of the load.
    pub at_s: f64,
    /// Whether it is measured.
    pub is_measured: bool,
    /// Records acknowledged a second.
    pub produced_per_s: f64,
    /// Millions of bytes acknowledged a second.
    pub produced_mb_per_s: f64,
    /// Records read a second.
    pub consumed_per_s: f64,
    /// Millions of bytes read a second.
    pub consumed_mb_per_s: f64,
    /// Errors.
    pub errors: u64,
    /// Produce latency: 50, 90, 99, 99.9 per cent and the largest, in nanoseconds.
    pub produce: Option<[u64; 5]>,
    /// From end to end, the same.
    pub end_to_end: Option<[u64; 5]>,
    /// Counts of latencies between the heat map's bounds: end to end where there is one, else of produces.
    pub heat: Vec<u64>,
}

/// What the broker's process cost.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// CPU seconds of the broker's process for 10⁹ bytes of payload, in and out.
    pub broker_cpu_s_per_gb: f64,
    /// CPU seconds of the machine, this program's left out, for the same.
    pub machine_cpu_s_per_gb: f64,
    /// The broker's resident memory at the end.
    pub broker_rss_mib: f64,
}

/// What a consumer group did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct GroupSummary {
    /// Its members.
    pub members: u32,
    /// How often partitions were dealt out, by the coordinator's count.
    pub generation: i32,
    /// How often a member joined.
    pub joins: u64,
    /// From giving partitions back to having others, of each member each time.
    pub rebalance: Option<LatencySummary>,
    /// From a commit's request to its answer.
    pub commit: Option<LatencySummary>,
    /// Records that were read again, since they had not been committed when their partition changed hands.
    pub redelivered: u64,
    /// Partitions whose committed offset was not what had been committed.
    pub wrong_commits: u64,
    /// Why a member gave up.
    pub failure: Option<String>,
}

impl GroupSummary {
    fn of(outcome: &GroupOutcome) -> GroupSummary {
        GroupSummary {
            members: outcome.members,
            generation: outcome.generation,
            joins: outcome.joins,
            rebalance: LatencySummary::of(&outcome.rebalance),
            commit: LatencySummary::of(&outcome.commit),
            redelivered: outcome.redelivered,
            wrong_commits: outcome.wrong_commits,
            failure: outcome.failure.clone(),
        }
    }
}

/// What one run came to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RunResult {
    /// What this run is, among those of the file.
    pub name: String,
    /// Whether producers wait for answers before they send more.
    pub is_closed_loop: bool,
    /// Records a second that were asked for.
    pub offered_per_s: Option<f64>,
    /// Seconds that were measured.
    pub seconds: f64,
    /// What was produced and acknowledged.
    pub produced: Option<Flow>,
    /// What was read.
    pub consumed: Option<Flow>,
    /// From the intended time to the acknowledgement.
    pub produce_latency: Option<LatencySummary>,
    /// From the intended time to the consumer.
    pub end_to_end: Option<LatencySummary>,
    /// From sending a request to its answer.
    pub service: Option<LatencySummary>,
    /// How late the generator made records, where the broker did not hold it up.
    pub lag: Option<LatencySummary>,
    /// Errors by Kafka's names.
    pub errors: BTreeMap<String, u64>,
    /// Batches that were sent again.
    pub retries: u64,
    /// Connections that broke.
    pub reconnects: u64,
    /// What verification found.
    pub findings: Option<Findings>,
    /// What the consumers' group did, where they are one.
    #[serde(default)]
    pub group: Option<GroupSummary>,
    /// Whether all answers and all records came before the patience was over.
    pub is_complete: bool,
    /// Why the figures are not to be believed; none if they are.
    pub invalid: Vec<String>,
    /// What kept it from being more.
    pub limited_by: String,
    /// Share of the time in which each thread of the generator was busy.
    pub generator_busy: Vec<f64>,
    /// What the broker cost.
    pub cost: Option<Cost>,
    /// The same load against a null broker on this machine.
    pub ceiling: Option<Flow>,
    /// Through what the generator reached the network.
    pub interface: String,
    /// The settings that matter for reading the figures.
    pub settings: BTreeMap<String, String>,
    /// The timeline.
    pub rows: Vec<Row>,
    /// The machine meanwhile.
    pub machine: Vec<MachineSample>,
}

impl RunResult {
    /// Puts a run's outcome into its final form.
    #[must_use]
    pub fn of(name: &str, options: &Options, outcome: &RunOutcome) -> RunResult {
        let total = &outcome.total;
        let [producing, consuming] =
            [outcome.produced_ns, outcome.consumed_ns].map(|ns| ns as f64 / NANOS_PER_SECOND as f64);
        let mut result = RunResult {
            name: name.to_owned(),
            is_closed_loop: RunResult::is_closed_loop(options),
            offered_per_s: offered(options),
            seconds: producing.max(consuming),
            produced: flow(
                total.records_acked,
                total.payload_acked,
                total.wire_acked,
                total.requests,
                producing,
            ),
            consumed: flow(
                total.records_received,
                total.payload_received,
                total.wire_received,
                total.fetches,
                consuming,
            ),
            produce_latency: LatencySummary::of(&total.produce),
            end_to_end: LatencySummary::of(&total.end_to_end),
            service: LatencySummary::of(&total.service),
            lag: LatencySummary::of(&total.lag),
            errors: total.errors.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect(),
            retries: total.retries,
            reconnects: total.reconnects,
            findings: outcome.findings,
            group: outcome.group.as_ref().map(GroupSummary::of),
            generator_busy: outcome.generator_busy.clone(),
            interface: outcome.interface.clone(),
            settings: settings(options),
            rows: rows(options, &outcome.slices),
            machine: outcome.machine.clone(),
            cost: cost(outcome, options),
            is_complete: outcome.is_complete,
            ..RunResult::default()
        };
        if options.acks == Acks::None {
            result.produce_latency = None;
        }
        for (name, count) in outcome.group.iter().flat_map(|group| &group.errors) {
            *result.errors.entry((*name).to_owned()).or_default() += count;
        }
        result.invalid = crate::judge::invalid(&result);
        result.limited_by = crate::judge::limited_by(&result);
        result
    }

    /// Whether producers wait for answers before they send more. Consumers of a backlog read as fast as they can: a
    /// closed loop as well.
    #[must_use]
    pub fn is_closed_loop(options: &Options) -> bool {
        options.ramp.is_none() && offered(options).is_none()
    }

    /// Whether nothing that was read, or committed, was other than it should be.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings.is_none_or(|findings| findings.are_clean())
            && self.group.as_ref().is_none_or(|group| group.wrong_commits == 0)
    }

    /// Errors of all kinds.
    #[must_use]
    pub fn error_count(&self) -> u64 {
        self.errors.values().sum()
    }
}

/// Records a second that were asked for, where that is a steady rate.
fn offered(options: &Options) -> Option<f64> {
    let rate = options.rate.filter(|_| options.ramp.is_none())?;
    rate.records(record_bytes(options)).filter(|rate| *rate > 0.0)
}

fn flow(records: u64, payload: u64, wire: u64, requests: u64, seconds: f64) -> Option<Flow> {
    let seconds = seconds.max(1e-9);
    (records > 0).then(|| Flow {
        records,
        records_per_s: records as f64 / seconds,
        mb_per_s: payload as f64 / 1e6 / seconds,
        wire_mb_per_s: wire as f64 / 1e6 / seconds,
        requests_per_s: requests as f64 / seconds,
    })
}

fn row(slice: &Slice, seconds: f64) -> Row {
    let tally = &slice.tally;
    Row {
        at_s: slice.start_ns as f64 / NANOS_PER_SECOND as f64,
        is_measured: slice.is_measured,
        produced_per_s: tally.records_acked as f64 / seconds,
        produced_mb_per_s: tally.payload_acked as f64 / 1e6 / seconds,
        consumed_per_s: tally.records_received as f64 / seconds,
        consumed_mb_per_s: tally.payload_received as f64 / 1e6 / seconds,
        errors: tally.error_count(),
        produce: slice.produce,
        end_to_end: slice.end_to_end,
        heat: slice.heat.clone(),
    }
}

fn rows(options: &Options, slices: &[Slice]) -> Vec<Row> {
    // Behind the last row that is measured there are stragglers only.
    let end = slices.iter().rposition(|slice| slice.is_measured).map_or(slices.len(), |last| last + 1);
    slices[..end].iter().map(|slice| row(slice, options.interval().as_secs_f64())).collect()
}

/// The cost between the first and the last sample, for the payload of that time. Samples are taken a little behind the
/// beginning of a slice: it is the slice's middle that says on which side of a sample it lies.
fn cost(outcome: &RunOutcome, options: &Options) -> Option<Cost> {
    let half_ns = crate::number::nanos(options.interval()) / 2;
    let measured: Vec<&Slice> = outcome.slices.iter().filter(|slice| slice.is_measured).collect();
    let from = measured.first()?.start_ns;
    let first = outcome.machine.iter().find(|sample| sample.at_ns >= from)?;
    let last = outcome.machine.last()?;
    let during = first.at_ns..last.at_ns;
    let bytes: u64 = outcome
        .slices
        .iter()
        .filter(|slice| during.contains(&(slice.start_ns + half_ns)))
        .map(|slice| slice.tally.payload_acked + slice.tally.payload_received)
        .sum();
    let gigabytes = bytes as f64 / 1e9;
    let broker = last.broker_cpu_s? - first.broker_cpu_s?;
    let machine = last.machine_cpu_s - first.machine_cpu_s;
    let own = last.generator_cpu_s - first.generator_cpu_s;
    (gigabytes > 0.0).then(|| Cost {
        broker_cpu_s_per_gb: broker / gigabytes,
        machine_cpu_s_per_gb: (machine - own) / gigabytes,
        broker_rss_mib: last.broker_rss_bytes.unwrap_or(0) as f64 / 1024.0 / 1024.0,
    })
}

fn settings(options: &Options) -> BTreeMap<String, String> {
    let entry = |name: &str, value: String| (name.to_owned(), value);
    BTreeMap::from([
        entry("acks", format!("{:?}", options.acks).to_lowercase()),
        entry("batch-records", options.batch_records.map_or(String::new(), |records| records.to_string())),
        entry("batch-size", options.batch_size.to_string()),
        entry("compression", format!("{:?}", options.compression).to_lowercase()),
        entry("consumers", options.consumers.to_string()),
        entry("group", options.group.is_some().to_string()),
        entry("idempotence", options.idempotence.to_string()),
        entry("in-flight", options.in_flight.to_string()),
        entry("keys", format!("{:?}", options.keys)),
        entry("linger", format!("{:?}", options.linger)),
        entry("partitions", options.partitions.to_string()),
        entry("producers", options.producers.to_string()),
        entry("record-size", format!("{:?}", options.record_size)),
        entry("entropy", options.entropy.to_string()),
        entry("topics", options.topics.to_string()),
        entry("seed", options.seed.to_string()),
    ])
}
