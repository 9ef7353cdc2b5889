//! Results for people, and in the lines of Kafka's own tools.

use crate::number::{grouped, span_text};
use crate::result::{Flow, GroupSummary, LatencySummary, ResultFile, RunResult};
use std::fmt::Write;

/// Bytes of what Kafka's tools call MB.
const MIB: f64 = 1024.0 * 1024.0;

/// The result for people.
#[must_use]
pub fn for_people(file: &ResultFile) -> String {
    let mut out = String::new();
    for run in &file.runs {
        write_run(&mut out, run);
        out.push('\n');
    }
    if let Some(conclusion) = &file.conclusion {
        let _ = writeln!(out, "{conclusion}");
    }
    out
}

fn write_run(out: &mut String, run: &RunResult) {
    let is_drain = run.produced.is_none();
    let how = match (run.is_closed_loop, run.offered_per_s) {
        (true, _) if is_drain => "closed loop: consumers as fast as they can".to_owned(),
        (true, _) => "closed loop: as much as the broker takes".to_owned(),
        (false, Some(rate)) => format!("open loop: {} records/s offered", grouped(rate)),
        (false, None) => "open loop: a ramp".to_owned(),
    };
    let _ = writeln!(out, "{}  ({how}, {:.1} s)", run.name, run.seconds);
    for (what, flow) in [("produced", &run.produced), ("consumed", &run.consumed)] {
        if let Some(flow) = flow {
            write_flow(out, what, flow, None);
        }
    }
    if let Some(ceiling) = &run.ceiling {
        let reached = run.produced.as_ref().or(run.consumed.as_ref()).map_or(0.0, |flow| flow.mb_per_s);
        let share = format!("a null broker here; this is {:.0} % of it", 100.0 * reached / ceiling.mb_per_s);
        // What was asked for says nothing about what would go.
        let remark = if run.is_closed_loop { share } else { "a null broker here".to_owned() };
        write_flow(out, "ceiling", ceiling, Some(remark));
    }
    for (what, latency) in [("latency", &run.produce_latency), ("end to end", &run.end_to_end)] {
        if let Some(latency) = latency {
            write_latency(out, what, latency);
        }
    }
    if let Some(found) = &run.findings {
        let verdict =
            if found.are_clean() { "nothing lost, duplicated, reordered or corrupt" } else { "NOT CLEAN" };
        let _ = writeln!(
            out,
            "  verified    {} records: {verdict}{}",
            grouped(found.checked as f64),
            if found.are_clean() {
                String::new()
            } else {
                format!(
                    " (lost {}, duplicated {}, reordered {}, corrupt {})",
                    found.lost, found.duplicated, found.reordered, found.corrupt
                )
            }
        );
    }
    if let Some(group) = &run.group {
        write_group(out, group);
    }
    if run.error_count() > 0 || run.retries > 0 {
        let errors: Vec<String> = run.errors.iter().map(|(name, count)| format!("{name} {count}")).collect();
        let _ = writeln!(out, "  errors      {}; {} batches sent again", errors.join(", "), run.retries);
    }
    if let Some(cost) = &run.cost {
        let _ = writeln!(
            out,
            "  cost        {:.3} CPU-s/GB of the broker, {:.3} of the machine without the generator; {:.0} MiB resident",
            cost.broker_cpu_s_per_gb, cost.machine_cpu_s_per_gb, cost.broker_rss_mib
        );
    }
    let _ = writeln!(out, "  limited by  {}", run.limited_by);
    for reason in &run.invalid {
        let _ = writeln!(out, "  INVALID     {reason}");
    }
}

fn write_group(out: &mut String, group: &GroupSummary) {
    let spans = |latency: &Option<LatencySummary>| {
        latency.as_ref().map_or("none".to_owned(), |latency| {
            let [p50, max] = [latency.p50, latency.max].map(|value| span_text(value as f64));
            format!("{}, p50 {p50}, max {max}", grouped(latency.count as f64))
        })
    };
    let _ = writeln!(
        out,
        "  group       {} members, generation {}; rebalances: {}; commits: {}; {} records read again",
        group.members,
        group.generation,
        spans(&group.rebalance),
        spans(&group.commit),
        grouped(group.redelivered as f64)
    );
    if group.wrong_commits > 0 {
        let _ = writeln!(
            out,
            "  NOT CLEAN   {} partitions have another offset than committed",
            group.wrong_commits
        );
    }
}

fn write_flow(out: &mut String, what: &str, flow: &Flow, remark: Option<String>) {
    let remark = remark.map_or(String::new(), |remark| format!("  ({remark})"));
    let _ = writeln!(
        out,
        "  {what:<11} {:>12} records/s  {:>9.1} MB/s  {:>9} requests/s{remark}",
        grouped(flow.records_per_s),
        flow.mb_per_s,
        grouped(flow.requests_per_s)
    );
}

fn write_latency(out: &mut String, what: &str, latency: &LatencySummary) {
    let shown = [
        ("p50", latency.p50),
        ("p90", latency.p90),
        ("p99", latency.p99),
        ("p99.9", latency.p999),
        ("p99.99", latency.p9999),
        ("max", latency.max),
    ]
    .map(|(name, value)| format!("{name} {}", span_text(value as f64)));
    let _ = writeln!(out, "  {what:<11} {}", shown.join("  "));
}

/// The lines of Kafka's producer and consumer tools, for scripts that read those.
#[must_use]
pub fn as_kafka(file: &ResultFile) -> String {
    let mut out = String::new();
    for run in &file.runs {
        if let Some(flow) = &run.produced {
            let latency = run.produce_latency.clone().unwrap_or_default();
            let ms = |nanos: u64| nanos / 1_000_000;
            let _ = writeln!(
                out,
                "{} records sent, {:.1} records/sec ({:.2} MB/sec), {:.2} ms avg latency, {:.2} ms max latency, {} ms \
                 50th, {} ms 95th, {} ms 99th, {} ms 99.9th.",
                flow.records,
                flow.records_per_s,
                flow.mb_per_s * 1e6 / MIB,
                latency.mean / 1e6,
                latency.max as f64 / 1e6,
                ms(latency.p50),
                ms(latency.p95),
                ms(latency.p99),
                ms(latency.p999),
            );
        }
        if let Some(flow) = &run.consumed {
            write_kafka_consumer(&mut out, file, run, flow);
        }
    }
    out
}

fn write_kafka_consumer(out: &mut String, file: &ResultFile, run: &RunResult, flow: &Flow) {
    let _ = writeln!(
        out,
        "start.time, end.time, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, rebalance.time.ms, \
         fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec"
    );
    let mib_per_s = flow.mb_per_s * 1e6 / MIB;
    let milliseconds = crate::number::whole(run.seconds * 1000.0);
    // Kafka's tool has one consumer, and sums what its rebalances took.
    let rebalance = run.group.as_ref().and_then(|group| group.rebalance.as_ref());
    let rebalance_ms =
        rebalance.map_or(0, |latency| crate::number::whole(latency.mean * latency.count as f64 / 1e6));
    let _ = writeln!(
        out,
        "{}, {}, {:.4}, {:.4}, {}, {:.4}, {rebalance_ms}, {milliseconds}, {:.4}, {:.4}",
        wall_text(file.started_ms),
        wall_text(file.started_ms + i64::try_from(milliseconds).unwrap_or(0)),
        mib_per_s * run.seconds,
        mib_per_s,
        flow.records,
        flow.records_per_s,
        mib_per_s,
        flow.records_per_s,
    );
}

/// `2026-01-31 12:34:56:789`, in UTC.
fn wall_text(ms: i64) -> String {
    let (days, of_day) = (ms.div_euclid(86_400_000), ms.rem_euclid(86_400_000));
    let (year, month, day) = civil(days);
    let (hours, minutes) = (of_day / 3_600_000, of_day / 60_000 % 60);
    let (seconds, millis) = (of_day / 1000 % 60, of_day % 1000);
    format!("{year:04}-{month:02}-{day:02} {hours:02}:{minutes:02}:{seconds:02}:{millis:03}")
}

/// Year, month and day of a day counted from 1970, by the Gregorian calendar: years are counted from March, so that
/// the leap day is the last one.
fn civil(days: i64) -> (i64, i64, i64) {
    let from_march_0000 = days + 719_468;
    let era = from_march_0000.div_euclid(146_097);
    let of_era = from_march_0000.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

/// One line for a terminal that is rewritten, or a log.
#[must_use]
pub fn progress_line(seconds: f64, left: Option<f64>, row: &crate::engine::Slice, interval: f64) -> String {
    let tally = &row.tally;
    let mut line = format!("{seconds:>5.1} s");
    if tally.records_acked > 0 {
        let per_s = tally.records_acked as f64 / interval;
        let mb = tally.payload_acked as f64 / 1e6 / interval;
        let _ = write!(line, "  out {:>11}/s {mb:>8.1} MB/s", grouped(per_s));
    }
    if tally.records_received > 0 {
        let per_s = tally.records_received as f64 / interval;
        let mb = tally.payload_received as f64 / 1e6 / interval;
        let _ = write!(line, "  in {:>11}/s {mb:>8.1} MB/s", grouped(per_s));
    }
    let latency = row.end_to_end.map(|five| ("e2e", five)).or(row.produce.map(|five| ("ack", five)));
    if let Some((what, five)) = latency {
        let [p50, p99] = [five[0], five[2]].map(|value| span_text(value as f64));
        let _ = write!(line, "  {what} p50 {p50:>7} p99 {p99:>7}");
    }
    if tally.records_acked + tally.records_received == 0 {
        line.push_str("  nothing acknowledged, nothing read");
    }
    if tally.error_count() > 0 {
        let _ = write!(line, "  {} errors", tally.error_count());
    }
    if let Some(left) = left {
        let _ = write!(line, "  {left:.0} s left");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kafkas_lines_are_read_by_what_reads_kafkas_tools() {
        let mut file = ResultFile::new(String::new(), String::new(), String::new());
        let flow = Flow { records: 1000, records_per_s: 500.0, mb_per_s: 1.048_576, ..Flow::default() };
        let latency =
            LatencySummary { mean: 1.5e6, p50: 1_200_000, max: 9_400_000, ..LatencySummary::default() };
        file.runs.push(RunResult {
            produced: Some(flow.clone()),
            consumed: Some(flow),
            produce_latency: Some(latency),
            seconds: 2.0,
            ..RunResult::default()
        });
        let text = as_kafka(&file);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[0],
            "1000 records sent, 500.0 records/sec (1.00 MB/sec), 1.50 ms avg latency, 9.40 ms max latency, 1 ms 50th, \
             0 ms 95th, 0 ms 99th, 0 ms 99.9th."
        );
        assert!(lines[1].starts_with("start.time, end.time, data.consumed.in.MB, MB.sec"));
        assert!(
            lines[2].ends_with(", 2.0000, 1.0000, 1000, 500.0000, 0, 2000, 1.0000, 500.0000"),
            "{}",
            lines[2]
        );
    }

    #[test]
    fn progress_says_how_much_how_fast_and_how_long_still() {
        let mut row = crate::engine::Slice::default();
        let line = progress_line(1.0, Some(9.0), &row, 1.0);
        assert_eq!(line, "  1.0 s  nothing acknowledged, nothing read  9 s left");
        row.tally.records_acked = 1000;
        row.tally.payload_acked = 2_000_000;
        row.produce = Some([1_000_000, 0, 5_000_000, 0, 0]);
        row.tally.error("NOT_LEADER_OR_FOLLOWER", 2);
        let line = progress_line(2.0, None, &row, 0.5);
        assert_eq!(line, "  2.0 s  out       2,000/s      4.0 MB/s  ack p50 1.00 ms p99 5.00 ms  2 errors");
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(wall_text(0), "1970-01-01 00:00:00:000");
        assert_eq!(wall_text(951_782_400_000), "2000-02-29 00:00:00:000");
        assert_eq!(wall_text(1_798_761_599_999), "2026-12-31 23:59:59:999");
    }
}
