//! Medians as Markdown, and everything as JSON.

use crate::load::{Load, Runtime};
use crate::measure::Outcome;
use crate::{Failure, Plan, machine};
use std::fmt::Write as _;
use std::fs;

/// Prints the tables; writes the file that was asked for.
pub(crate) fn report(plan: &Plan, outcomes: &[Outcome]) -> Result<(), Failure> {
    let mut out =
        format!("{} {} rounds of {:?}, in turns.\n", machine::description(), plan.rounds, plan.span);
    for &load in &plan.loads {
        write!(out, "\n{}:\n\n", load.about())?;
        out.push_str("| runtime | MB/s | frames/s | CPU us/frame | CPU-s/GB | CPU by the pipe's |\n|---|---:|---:|---:|---:|---:|\n");
        for &runtime in &plan.runtimes {
            out.push_str(&line(runtime, load, outcomes)?);
        }
    }
    println!("{out}");
    if let Some(path) = &plan.json {
        fs::write(path, json(outcomes))?;
    }
    Ok(())
}

fn line(runtime: Runtime, load: Load, outcomes: &[Outcome]) -> Result<String, Failure> {
    let of: Vec<&Outcome> =
        outcomes.iter().filter(|outcome| outcome.runtime == runtime && outcome.load == load).collect();
    let shown = |figure: fn(&Outcome) -> f64, digits: usize| {
        let mut values: Vec<f64> = of.iter().map(|outcome| figure(outcome)).collect();
        values.sort_by(f64::total_cmp);
        let median = (values[values.len() / 2] + values[(values.len() - 1) / 2]) / 2.0;
        format!("{median:.digits$} ({:.digits$}–{:.digits$})", values[0], values[values.len() - 1])
    };
    let mut line = format!("| {} ", runtime.about());
    for cell in [
        shown(Outcome::mb_per_s, 0),
        shown(|outcome| outcome.frames_per_s, 0),
        shown(Outcome::cpu_us_per_frame, 2),
        shown(|outcome| outcome.cpu_ns_per_byte, 3),
        shown(|outcome| outcome.norm, 2),
    ] {
        write!(line, "| {cell} ")?;
    }
    Ok(line + "|\n")
}

fn json(outcomes: &[Outcome]) -> String {
    let row = |outcome: &Outcome| {
        format!(
            " {{\"runtime\": \"{}\", \"load\": \"{}\", \"frames_per_s\": {:.1}, \"cpu_ns_per_byte\": {:.5}, \"norm\": {:.4}}}",
            outcome.runtime.name(),
            outcome.load.name(),
            outcome.frames_per_s,
            outcome.cpu_ns_per_byte,
            outcome.norm
        )
    };
    let rows: Vec<String> = outcomes.iter().map(row).collect();
    format!("{{\"machine\": \"{}\", \"rows\": [\n{}\n]}}\n", machine::description(), rows.join(",\n"))
}
