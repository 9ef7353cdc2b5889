//! Whether a run's figures are to be believed, what kept them from being better, and whether they are what was asked.

use crate::number::{Rate, parse_bytes, parse_span, span_text};
use crate::result::{LatencySummary, RunResult};

/// Lateness of the generator below this is not worth a word.
const LAG_FLOOR_NS: u64 = 1_000_000;

/// Above this share of the latency the generator's own lateness is no longer small.
const LAG_SHARE_MAX: f64 = 0.2;

/// Less than this share of the offered load was sent.
const SENT_SHARE_MIN: f64 = 0.98;

/// A thread that is busier than this has no reserve.
const BUSY_MAX: f64 = 0.9;

/// Why the figures are not to be believed.
#[must_use]
pub fn invalid(result: &RunResult) -> Vec<String> {
    let mut reasons = Vec::new();
    if !result.is_complete {
        reasons.push("not all answers or records came before the patience was over".to_owned());
    }
    if let Some(failure) = result.group.as_ref().and_then(|group| group.failure.as_ref()) {
        reasons.push(format!("a member of the group gave up: {failure}"));
    }
    let latency = result.produce_latency.as_ref().or(result.end_to_end.as_ref());
    if let (Some(lag), Some(latency)) = (&result.lag, latency)
        && !result.is_closed_loop
        && lag.p99 > LAG_FLOOR_NS
        && lag.p99 as f64 > LAG_SHARE_MAX * latency.p99 as f64
    {
        reasons.push(format!(
            "the generator itself was late: p99 {} of a latency of {}",
            span_text(lag.p99 as f64),
            span_text(latency.p99 as f64)
        ));
    }
    reasons
}

/// What kept the throughput from being more, as far as can be seen from here.
#[must_use]
pub fn limited_by(result: &RunResult) -> String {
    let reached = result.produced.as_ref().map_or(0.0, |flow| flow.records_per_s);
    if let Some(offered) = result.offered_per_s
        && reached >= SENT_SHARE_MIN * offered
    {
        return "the rate that was asked for".to_owned();
    }
    let busiest = result.generator_busy.iter().copied().fold(0.0, f64::max);
    let cores = result.machine.iter().filter(|sample| !sample.cores.is_empty());
    let (mut sum, mut count) = (0.0, 0.0);
    for sample in cores {
        sum += sample.cores.iter().sum::<f64>() / sample.cores.len() as f64;
        count += 1.0;
    }
    let machine = if count > 0.0 { sum / count } else { 0.0 };
    if machine > BUSY_MAX {
        let shares = result.machine.last().map_or(String::new(), |sample| {
            let own = sample.generator_cpu_s / sample.machine_cpu_s.max(1e-9);
            format!(", {:.0} % of that by the generator", own * 100.0)
        });
        return format!("this machine's cores ({:.0} % busy{shares})", machine * 100.0);
    }
    if busiest > BUSY_MAX {
        return format!("the generator (a thread of it was busy {:.0} % of the time)", busiest * 100.0);
    }
    if result.is_closed_loop {
        return "the broker: the requests that may be without answer were under way".to_owned();
    }
    "the broker: it fell behind the rate that was asked for".to_owned()
}

/// A condition on a result.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    name: String,
    operator: Operator,
    value: f64,
    text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Less,
    LessOrEqual,
    Equal,
    NotEqual,
    GreaterOrEqual,
    Greater,
}

const OPERATORS: [(&str, Operator); 6] = [
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("==", Operator::Equal),
    ("!=", Operator::NotEqual),
    ("<", Operator::Less),
    (">", Operator::Greater),
];

/// What conditions can be about.
const NAMES: &str = "p50 p90 p95 p99 p99.9 p99.99 max mean (with e2e. in front: from end to end), lost, duplicated, \
                     reordered, corrupt, redelivered, generation, errors, retries, invalid, records, mb, consumed.records, consumed.mb, lag.p99, \
                     cpu (the broker's CPU seconds for a gigabyte), rss (its memory)";

/// Reads `p99<5ms,lost==0`.
///
/// # Errors
/// What is wrong with the text.
pub fn parse_conditions(text: &str) -> Result<Vec<Condition>, String> {
    text.split([',', ';']).map(str::trim).filter(|part| !part.is_empty()).map(parse_condition).collect()
}

fn parse_condition(text: &str) -> Result<Condition, String> {
    let found = OPERATORS.iter().find_map(|(sign, operator)| Some((text.split_once(sign)?, *operator)));
    let ((name, value), operator) =
        found.ok_or_else(|| format!("{text:?} is no condition: p99<5ms, lost==0, mb>=200"))?;
    let name = name.trim();
    if lookup(name, &RunResult::default()).is_none() {
        return Err(format!("nothing is called {name:?}; there are {NAMES}"));
    }
    let value = value.trim();
    let value = if is_latency(name) {
        let nanos = parse_span(value)?.as_nanos() as f64;
        // A bare number would be seconds, which nobody means.
        if value.ends_with(|c: char| c.is_ascii_digit()) {
            return Err(format!("{text:?}: a latency has a unit, as in 5ms"));
        }
        nanos
    } else if name == "rss" {
        parse_bytes(value)? as f64
    } else {
        match Rate::parse(value)? {
            Rate::Records(number) | Rate::Bytes(number) => number,
            Rate::Max => return Err(format!("{text:?}: max is no number")),
        }
    };
    Ok(Condition { name: name.to_owned(), operator, value, text: text.to_owned() })
}

fn is_latency(name: &str) -> bool {
    let name = name.strip_prefix("e2e.").or(name.strip_prefix("lag.")).unwrap_or(name);
    name.starts_with('p') || name == "max" || name == "mean"
}

fn of_latency(name: &str, latency: Option<&LatencySummary>) -> Option<Option<f64>> {
    let pick = |pick: fn(&LatencySummary) -> f64| Some(latency.map(pick));
    match name {
        "p50" => pick(|latency| latency.p50 as f64),
        "p90" => pick(|latency| latency.p90 as f64),
        "p95" => pick(|latency| latency.p95 as f64),
        "p99" => pick(|latency| latency.p99 as f64),
        "p99.9" => pick(|latency| latency.p999 as f64),
        "p99.99" => pick(|latency| latency.p9999 as f64),
        "max" => pick(|latency| latency.max as f64),
        "mean" => pick(|latency| latency.mean),
        _ => None,
    }
}

/// The figure of that name: `None` if there is no such name, `Some(None)` if this result has none.
fn lookup(name: &str, result: &RunResult) -> Option<Option<f64>> {
    if let Some(name) = name.strip_prefix("e2e.") {
        return of_latency(name, result.end_to_end.as_ref());
    }
    if let Some(name) = name.strip_prefix("lag.") {
        return of_latency(name, result.lag.as_ref());
    }
    let latency = result.produce_latency.as_ref().or(result.end_to_end.as_ref());
    let findings = |pick: fn(&crate::verify::Findings) -> u64| {
        Some(result.findings.as_ref().map(|found| pick(found) as f64))
    };
    let produced = result.produced.as_ref();
    let consumed = result.consumed.as_ref();
    match name {
        "lost" => findings(|found| found.lost),
        "duplicated" => findings(|found| found.duplicated),
        "reordered" => findings(|found| found.reordered),
        "corrupt" => findings(|found| found.corrupt),
        "redelivered" => Some(result.group.as_ref().map(|group| group.redelivered as f64)),
        "generation" => Some(result.group.as_ref().map(|group| f64::from(group.generation))),
        "errors" => Some(Some(result.error_count() as f64)),
        "retries" => Some(Some(result.retries as f64)),
        "invalid" => Some(Some(result.invalid.len() as f64)),
        "records" => Some(produced.map(|flow| flow.records_per_s)),
        "mb" => Some(produced.map(|flow| flow.mb_per_s)),
        "consumed.records" => Some(consumed.map(|flow| flow.records_per_s)),
        "consumed.mb" => Some(consumed.map(|flow| flow.mb_per_s)),
        "cpu" => Some(result.cost.as_ref().map(|cost| cost.broker_cpu_s_per_gb)),
        "rss" => Some(result.cost.as_ref().map(|cost| cost.broker_rss_mib * 1024.0 * 1024.0)),
        _ => of_latency(name, latency),
    }
}

impl Condition {
    /// `None` if it holds, else what is there instead. A figure that was not taken fulfils nothing.
    #[must_use]
    pub fn violation(&self, result: &RunResult) -> Option<String> {
        let Some(found) = lookup(&self.name, result).flatten() else {
            return Some(format!("{}: this run has no {}", self.text, self.name));
        };
        let holds = match self.operator {
            Operator::Less => found < self.value,
            Operator::LessOrEqual => found <= self.value,
            Operator::Equal => (found - self.value).abs() < f64::EPSILON,
            Operator::NotEqual => (found - self.value).abs() >= f64::EPSILON,
            Operator::GreaterOrEqual => found >= self.value,
            Operator::Greater => found > self.value,
        };
        let shown = if is_latency(&self.name) { span_text(found) } else { format!("{found}") };
        (!holds).then(|| format!("{}: it is {shown}", self.text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::Findings;

    fn result() -> RunResult {
        let latency =
            LatencySummary { count: 10, p99: 4_000_000, max: 9_000_000, ..LatencySummary::default() };
        RunResult {
            produce_latency: Some(latency),
            findings: Some(Findings { lost: 2, ..Findings::default() }),
            ..RunResult::default()
        }
    }

    fn violations(text: &str) -> Vec<String> {
        let conditions = parse_conditions(text).unwrap();
        conditions.iter().filter_map(|condition| condition.violation(&result())).collect()
    }

    #[test]
    fn conditions_hold_or_say_what_is_there_instead() {
        assert!(violations("p99<5ms, max<=9ms, duplicated==0, lost!=0, errors==0").is_empty());
        assert_eq!(violations("p99<4ms,lost==0"), ["p99<4ms: it is 4.00 ms", "lost==0: it is 2"]);
        assert_eq!(violations("mb>=1"), ["mb>=1: this run has no mb"]);
        assert_eq!(violations("e2e.p50<1s").len(), 1);
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        for wrong in ["p99", "p98<5ms", "lost==x", "p99<5", "speed>1"] {
            assert!(parse_conditions(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_generator_that_was_late_makes_the_run_invalid() {
        let mut late = RunResult { is_complete: true, ..result() };
        assert_eq!(invalid(&late), Vec::<String>::new());
        late.lag = Some(LatencySummary { p99: 3_000_000, ..LatencySummary::default() });
        assert_eq!(invalid(&late).len(), 1);
        assert_eq!(invalid(&result()).len(), 1, "it is not complete");
        late.is_closed_loop = true;
        assert!(invalid(&late).is_empty());
    }
}
