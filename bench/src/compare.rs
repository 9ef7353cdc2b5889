//! Compares results: medians, spread, and whether the difference is one.
//!
//! The test is that of Mann and Whitney (U, two-sided): it asks whether values of one side tend to be larger than those
//! of the other, and assumes nothing about how they are distributed. The probability is exact as long as no values are
//! equal and there are few, else by the normal distribution with corrections for ties and continuity. The change is the
//! median of all ratios between the two sides (the estimator of Hodges and Lehmann, on logarithms).

use crate::number::{grouped, span_text};
use crate::result::{LatencySummary, ResultFile, RunResult};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;

/// With this many values on both sides the probability is counted out.
const EXACT_MAX: usize = 25;

/// Runs of each side from which on a run is one value. With fewer the rows of their timelines are the values, and the
/// spread between runs is not known.
const RUNS_MIN: usize = 4;

/// A single run's timeline gives this many values: neighbouring rows are not independent, so they are averaged.
const BLOCKS: usize = 12;

/// A figure that is compared.
struct Metric {
    name: &'static str,
    /// Whether more is better.
    is_gain: bool,
    is_latency: bool,
    of_run: fn(&RunResult) -> Option<f64>,
    /// One value for each measured row of the timeline, where that is there.
    of_rows: fn(&RunResult) -> Vec<f64>,
}

fn latency(summary: Option<&LatencySummary>, pick: fn(&LatencySummary) -> u64) -> Option<f64> {
    summary.map(|summary| pick(summary) as f64)
}

fn rows<T>(run: &RunResult, pick: impl Fn(&crate::result::Row) -> Option<T>) -> Vec<T> {
    run.rows.iter().filter(|row| row.is_measured).filter_map(pick).collect()
}

/// Nothing where nothing ever flowed. A row in which nothing did is a value like any other: the broker stood still.
fn flowing(values: Vec<f64>) -> Vec<f64> {
    if values.iter().any(|value| *value > 0.0) { values } else { Vec::new() }
}

const METRICS: [Metric; 7] = [
    Metric {
        name: "produced records/s",
        is_gain: true,
        is_latency: false,
        of_run: |run| run.produced.as_ref().map(|flow| flow.records_per_s),
        of_rows: |run| flowing(rows(run, |row| Some(row.produced_per_s))),
    },
    Metric {
        name: "consumed records/s",
        is_gain: true,
        is_latency: false,
        of_run: |run| run.consumed.as_ref().map(|flow| flow.records_per_s),
        of_rows: |run| flowing(rows(run, |row| Some(row.consumed_per_s))),
    },
    Metric {
        name: "latency p50",
        is_gain: false,
        is_latency: true,
        of_run: |run| latency(run.produce_latency.as_ref(), |summary| summary.p50),
        of_rows: |run| rows(run, |row| row.produce.map(|produce| produce[0] as f64)),
    },
    Metric {
        name: "latency p99",
        is_gain: false,
        is_latency: true,
        of_run: |run| latency(run.produce_latency.as_ref(), |summary| summary.p99),
        of_rows: |run| rows(run, |row| row.produce.map(|produce| produce[2] as f64)),
    },
    Metric {
        name: "end to end p50",
        is_gain: false,
        is_latency: true,
        of_run: |run| latency(run.end_to_end.as_ref(), |summary| summary.p50),
        of_rows: |run| rows(run, |row| row.end_to_end.map(|latency| latency[0] as f64)),
    },
    Metric {
        name: "end to end p99",
        is_gain: false,
        is_latency: true,
        of_run: |run| latency(run.end_to_end.as_ref(), |summary| summary.p99),
        of_rows: |run| rows(run, |row| row.end_to_end.map(|latency| latency[2] as f64)),
    },
    Metric {
        name: "broker CPU-s/GB",
        is_gain: false,
        is_latency: false,
        of_run: |run| run.cost.as_ref().map(|cost| cost.broker_cpu_s_per_gb),
        of_rows: |_| Vec::new(),
    },
];

/// What one side has.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Side {
    /// Its label.
    pub label: String,
    /// How many values.
    pub count: usize,
    /// Their median.
    pub median: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
}

/// What a comparison of one figure says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Verdict {
    /// Chance makes such a difference often enough, or it is too small to matter.
    NoDifference,
    /// The second side is better.
    Better,
    /// The second side is worse.
    Worse,
    /// However different they are, so few values cannot show it.
    TooFew,
}

/// One figure of one run, of two sides.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// Which run.
    pub run: String,
    /// Which figure.
    pub metric: &'static str,
    /// The base.
    pub base: Side,
    /// What is compared with it.
    pub other: Side,
    /// By how much: 0.1 is ten per cent more.
    pub change: f64,
    /// How often chance alone makes as large a difference.
    pub p: f64,
    /// What that means.
    pub verdict: Verdict,
    /// Whether values are whole runs, not rows of a timeline.
    pub is_by_runs: bool,
    #[serde(skip)]
    is_latency: bool,
}

/// The middle value.
fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    if sorted.len().is_multiple_of(2) {
        f64::midpoint(sorted[middle - 1], sorted[middle])
    } else {
        sorted[middle]
    }
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

fn side(label: &str, values: &[f64]) -> Side {
    let sorted = sorted(values);
    Side {
        label: label.to_owned(),
        count: sorted.len(),
        median: median(&sorted),
        min: sorted[0],
        max: sorted[sorted.len() - 1],
    }
}

/// How often chance alone makes a difference as large as that between `a` and `b`: the U test of Mann and Whitney,
/// two-sided. 1 where a side has no values.
#[must_use]
pub fn mann_whitney(a: &[f64], b: &[f64]) -> f64 {
    if a.is_empty() || b.is_empty() {
        return 1.0;
    }
    let (n, m) = (a.len(), b.len());
    let mut all: Vec<(f64, bool)> =
        a.iter().map(|value| (*value, true)).chain(b.iter().map(|value| (*value, false))).collect();
    all.sort_by(|x, y| x.0.total_cmp(&y.0));
    let (mut rank_sum, mut ties, mut before) = (0.0, 0.0, 0usize);
    for equal in all.chunk_by(|x, y| x.0.total_cmp(&y.0).is_eq()) {
        let count = equal.len() as f64;
        // Equal values share the mean of their ranks.
        let rank = before as f64 + f64::midpoint(count, 1.0);
        rank_sum += rank * equal.iter().filter(|(_, is_a)| *is_a).count() as f64;
        ties += count.powi(3) - count;
        before += equal.len();
    }
    let (size_a, size_b) = (n as f64, m as f64);
    let u = rank_sum - size_a * (size_a + 1.0) / 2.0;
    let u = u.min(size_a * size_b - u);
    if ties == 0.0 && n <= EXACT_MAX && m <= EXACT_MAX {
        return exact(n, m, crate::number::index(crate::number::whole(u)));
    }
    let total = size_a + size_b;
    let variance = size_a * size_b / 12.0 * (total + 1.0 - ties / (total * (total - 1.0)));
    if variance <= 0.0 {
        return 1.0;
    }
    let distance = ((size_a * size_b / 2.0 - u) - 0.5).max(0.0) / variance.sqrt();
    upper_tail(distance).mul_add(2.0, 0.0).min(1.0)
}

/// The share of all orders of `n` and `m` values whose U is at most `u`, doubled.
fn exact(n: usize, m: usize, u: usize) -> f64 {
    // ways[j][k]: orders of i values of the one side and j of the other with U = k, for growing i.
    let most = n * m;
    let mut ways = vec![vec![0.0; most + 1]; m + 1];
    for row in &mut ways {
        row[0] = 1.0;
    }
    for _ in 1..=n {
        let mut next = vec![vec![0.0; most + 1]; m + 1];
        next[0][0] = 1.0;
        for j in 1..=m {
            for k in 0..=most {
                // The largest value is of the other side, or of this one and behind all j.
                let behind = if k >= j { ways[j][k - j] } else { 0.0 };
                next[j][k] = next[j - 1][k] + behind;
            }
        }
        ways = next;
    }
    let all: f64 = ways[m].iter().sum();
    let below: f64 = ways[m][..=u.min(most)].iter().sum();
    (2.0 * below / all).min(1.0)
}

/// The share of the normal distribution above `z`, for `z` at least 0 (Abramowitz and Stegun 7.1.26, good to 1.5e-7).
fn upper_tail(z: f64) -> f64 {
    let x = z / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let polynomial = [1.061_405_429, -1.453_152_027, 1.421_413_741, -0.284_496_736, 0.254_829_592]
        .iter()
        .fold(0.0, |sum, factor| (sum + factor) * t);
    polynomial * (-x * x).exp() / 2.0
}

/// The median of all ratios between the sides, less one.
fn change(base: &[f64], other: &[f64]) -> f64 {
    let ratios: Vec<f64> =
        base.iter().filter(|b| **b > 0.0).flat_map(|b| other.iter().map(move |o| o / b)).collect();
    if ratios.is_empty() { 0.0 } else { median(&sorted(&ratios)) - 1.0 }
}

/// Whether two sets of values differ.
#[must_use]
pub fn judge(base: &[f64], other: &[f64], is_gain: bool, alpha: f64, least: f64) -> (f64, f64, Verdict) {
    let (change, p) = (change(base, other), mann_whitney(base, other));
    let is_better = (change > 0.0) == is_gain;
    let verdict = if p < alpha && change.abs() >= least {
        if is_better { Verdict::Better } else { Verdict::Worse }
    } else if exact(base.len(), other.len(), 0) >= alpha {
        Verdict::TooFew
    } else {
        Verdict::NoDifference
    };
    (change, p, verdict)
}

/// Averages neighbouring values into a few blocks.
fn blocks(values: &[f64]) -> Vec<f64> {
    let length = values.len().div_ceil(BLOCKS).max(1);
    // A cut block at the end would weigh as much as a whole one.
    values.chunks_exact(length).map(|block| block.iter().sum::<f64>() / block.len() as f64).collect()
}

/// Compares every label with the first one. Files with the same label are repetitions.
#[must_use]
pub fn compare(files: &[(String, ResultFile)], alpha: f64, least: f64) -> Vec<Line> {
    let is_one_label = files.windows(2).all(|pair| pair[0].1.label == pair[1].1.label);
    let label_of =
        |(name, file): &(String, ResultFile)| if is_one_label { name.clone() } else { file.label.clone() };
    let mut labels: Vec<String> = Vec::new();
    let mut by_label: BTreeMap<String, Vec<&ResultFile>> = BTreeMap::new();
    for file in files {
        let label = label_of(file);
        if !labels.contains(&label) {
            labels.push(label.clone());
        }
        by_label.entry(label).or_default().push(&file.1);
    }
    let Some((base, others)) = labels.split_first() else { return Vec::new() };
    let mut lines = Vec::new();
    for other in others {
        for run in by_label[base][0].runs.iter().map(|run| &run.name) {
            let of = |label: &str| -> Vec<&RunResult> {
                let runs = by_label[label].iter().flat_map(|file| &file.runs);
                runs.filter(|candidate| candidate.name == *run).collect()
            };
            let (a, b) = (of(base), of(other));
            let compared =
                METRICS.iter().filter_map(|metric| line(run, metric, (base, &a), (other, &b), alpha, least));
            lines.extend(compared);
        }
    }
    lines
}

fn line(
    run: &str,
    metric: &Metric,
    (base, a): (&str, &[&RunResult]),
    (other, b): (&str, &[&RunResult]),
    alpha: f64,
    least: f64,
) -> Option<Line> {
    let is_by_runs = a.len() >= RUNS_MIN && b.len() >= RUNS_MIN;
    let values = |runs: &[&RunResult]| -> Vec<f64> {
        if is_by_runs {
            runs.iter().filter_map(|run| (metric.of_run)(run)).collect()
        } else {
            let of_rows: Vec<f64> = runs.iter().flat_map(|run| blocks(&(metric.of_rows)(run))).collect();
            if of_rows.is_empty() {
                runs.iter().filter_map(|run| (metric.of_run)(run)).collect()
            } else {
                of_rows
            }
        }
    };
    let (a, b) = (values(a), values(b));
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let (change, p, verdict) = judge(&a, &b, metric.is_gain, alpha, least);
    Some(Line {
        run: run.to_owned(),
        metric: metric.name,
        base: side(base, &a),
        other: side(other, &b),
        change,
        p,
        verdict,
        is_by_runs,
        is_latency: metric.is_latency,
    })
}

/// The comparison for people.
#[must_use]
pub fn text(lines: &[Line], alpha: f64) -> String {
    let mut out = String::new();
    let mut last = None;
    for line in lines {
        if last != Some((&line.run, &line.other.label)) {
            last = Some((&line.run, &line.other.label));
            let _ = writeln!(out, "{}: {} -> {}", line.run, line.base.label, line.other.label);
        }
        let show = |value: f64| {
            if line.is_latency {
                span_text(value)
            } else if value < 100.0 {
                format!("{value:.3}")
            } else {
                grouped(value)
            }
        };
        let shown = |side: &Side| {
            format!("{} [{} - {}] n={}", show(side.median), show(side.min), show(side.max), side.count)
        };
        let verdict = match line.verdict {
            Verdict::NoDifference => "no difference",
            Verdict::Better if line.is_by_runs => "BETTER",
            Verdict::Worse if line.is_by_runs => "WORSE",
            Verdict::Better => "better in these runs",
            Verdict::Worse => "worse in these runs",
            Verdict::TooFew => "too few values to say",
        };
        let _ = writeln!(
            out,
            "  {:<19} {:<42} {:<42} {:>+7.1} %  p={:.4}  {verdict}",
            line.metric,
            shown(&line.base),
            shown(&line.other),
            line.change * 100.0,
            line.p
        );
    }
    let _ = writeln!(
        out,
        "Medians [least - most]. Mann-Whitney U test, two-sided; a difference where p < {alpha}. Changes are medians of \
         all ratios (Hodges-Lehmann)."
    );
    if lines.iter().any(|line| !line.is_by_runs) {
        let _ = writeln!(
            out,
            "Fewer than {RUNS_MIN} runs a side: values are stretches of the runs' timelines. That compares these runs; \
             how far runs differ among themselves it cannot know."
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::SmallRng;
    use rand_distr::{Distribution, LogNormal};

    #[test]
    fn the_probability_is_that_of_the_tables() {
        let a = [1.0, 2.0, 3.0, 4.0, 5.0];
        let b = [6.0, 7.0, 8.0, 9.0, 10.0];
        assert!((mann_whitney(&a, &b) - 2.0 / 252.0).abs() < 1e-12, "one order of 252, on either side");
        // U = 3 of 4 and 5 values: published as 0.111.
        let p = mann_whitney(&[1.0, 2.0, 3.0, 7.5], &[3.5, 4.0, 5.0, 6.0, 8.0]);
        assert!((0.1..0.3).contains(&p), "{p}");
        assert!((upper_tail(1.959_964) - 0.025).abs() < 1e-6);
        assert!((mann_whitney(&[1.0; 8], &[1.0; 8]) - 1.0).abs() < 1e-9, "all equal");
    }

    #[test]
    fn the_exact_and_the_approximate_probability_agree() {
        let a: Vec<f64> = (0..20).map(|n| f64::from(n) * 1.1).collect();
        let b: Vec<f64> = (0..20).map(|n| 4.05 + f64::from(n) * 1.1).collect();
        let exact_p = mann_whitney(&a, &b);
        let twice = |values: &[f64]| [values, &[1000.0, 1000.0]].concat();
        let approximate = mann_whitney(&twice(&a), &twice(&b));
        assert!((exact_p / approximate - 1.0).abs() < 0.5, "{exact_p} and {approximate}");
    }

    /// Runs of a program whose runs deviate by `spread`.
    fn simulated(random: &mut SmallRng, count: usize, center: f64, spread: f64) -> Vec<f64> {
        let noise = LogNormal::new(center.ln(), spread).expect("finite");
        (0..count).map(|_| noise.sample(random)).collect()
    }

    fn alarms(slowdown: f64, seed: u64) -> usize {
        let mut random = SmallRng::seed_from_u64(seed);
        let is_alarm = |_: &usize| {
            let a = simulated(&mut random, 10, 100_000.0, 0.04);
            let b = simulated(&mut random, 10, 100_000.0 * (1.0 - slowdown), 0.04);
            judge(&a, &b, true, 0.01, 0.02).2 != Verdict::NoDifference
        };
        (0..1000).filter(is_alarm).count()
    }

    #[test]
    fn a_slowdown_of_ten_per_cent_is_found_and_none_where_there_is_none() {
        let (found, false_alarms) = (alarms(0.1, 5), alarms(0.0, 6));
        assert!(found >= 980, "{found} of 1000 slowdowns were found");
        assert!(
            false_alarms <= 18,
            "{false_alarms} of 1000 pairs of the same thing differed; 10 are expected"
        );
    }

    /// A file of one run at this many records a second, with a timeline that swings around it.
    fn file(label: &str, per_s: f64) -> (String, ResultFile) {
        let mut file = ResultFile::new(label.to_owned(), String::new(), String::new());
        let row = |at: u32| crate::result::Row {
            is_measured: true,
            produced_per_s: per_s * (1.0 + f64::from(at * 7 % 10) / 1000.0),
            ..crate::result::Row::default()
        };
        file.runs.push(RunResult {
            name: "load".to_owned(),
            produced: Some(crate::result::Flow { records_per_s: per_s, ..crate::result::Flow::default() }),
            rows: (0..40).map(row).collect(),
            ..RunResult::default()
        });
        (format!("{label}-{per_s}"), file)
    }

    #[test]
    fn files_with_one_label_are_repetitions_and_single_ones_are_cut_into_stretches() {
        let runs =
            |label: &'static str, center: f64| (0..5u32).map(move |n| file(label, center + f64::from(n)));
        let files: Vec<_> = runs("a", 1000.0).zip(runs("b", 900.0)).flat_map(|(a, b)| [a, b]).collect();
        let lines = compare(&files, 0.01, 0.02);
        assert_eq!(lines.len(), 1, "the only figure that there is");
        assert!(lines[0].is_by_runs && (lines[0].base.count, lines[0].other.count) == (5, 5));
        assert_eq!((lines[0].base.label.as_str(), lines[0].verdict), ("a", Verdict::Worse));
        assert!((lines[0].change + 0.1).abs() < 0.01, "{}", lines[0].change);
        let lines = compare(&[file("a", 1000.0), file("a", 1001.0)], 0.01, 0.02);
        assert!(
            !lines[0].is_by_runs && lines[0].base.label == "a-1000",
            "one label: the files are the sides"
        );
        assert_eq!((lines[0].base.count, lines[0].verdict), (10, Verdict::NoDifference));
        assert!(text(&lines, 0.01).contains("Fewer than 4 runs a side"));
    }

    #[test]
    fn stretches_in_which_nothing_flowed_count() {
        let (mut stalled, whole) = (file("a", 1000.0), file("b", 1000.0));
        for row in stalled.1.runs[0].rows.iter_mut().step_by(2) {
            row.produced_per_s = 0.0;
        }
        let lines = compare(&[whole, stalled], 0.01, 0.02);
        assert_eq!(lines[0].verdict, Verdict::Worse, "{:?}", lines[0]);
    }

    #[test]
    fn so_few_values_cannot_show_anything() {
        let (_, _, verdict) = judge(&[1.0, 1.1, 1.2], &[2.0, 2.1, 2.2], true, 0.01, 0.02);
        assert_eq!(verdict, Verdict::TooFew);
        let (change, _, verdict) =
            judge(&[1.0, 1.1, 1.2, 1.3, 1.4], &[2.0, 2.1, 2.2, 2.3, 2.4], false, 0.01, 0.02);
        assert_eq!(verdict, Verdict::Worse, "a latency");
        assert!((0.7..1.0).contains(&change));
    }
}
