//! What the workers left, put together.

use super::{Coordinator, RunOutcome, is_open_ended};
use crate::engine::group::GroupOutcome;
use crate::engine::notes::Outcome;
use crate::engine::timeline::Timeline;
use crate::engine::window::Window;
use crate::number::Rate;
use crate::options::Acks;
use crate::verify::{Findings, Seen, Sent, compare};
use std::collections::HashMap;

impl Coordinator<'_> {
    pub(super) fn outcome(&mut self, window: &Window, group: Option<GroupOutcome>) -> RunOutcome {
        let options = self.options;
        let empty = Timeline::new(Window::NEVER, 1, false);
        let (total, slices) = std::mem::replace(&mut self.timeline, empty).finish();
        let span_ns = if is_open_ended(options) {
            let last = |outcome: &Outcome| {
                if options.producers == 0 || options.rate == Some(Rate::Records(0.0)) {
                    outcome.last_received_ns
                } else {
                    outcome.last_acked_ns
                }
            };
            let last = self.outcomes.iter().map(last).max().unwrap_or(0);
            last.clamp(window.start_ns + 1, window.measure_to_ns) - window.start_ns
        } else {
            window.measure_to_ns - window.measure_from_ns
        };
        let busy = |outcome: &Outcome| outcome.busy_ns as f64 / outcome.elapsed_ns.max(1) as f64;
        RunOutcome {
            total,
            span_ns,
            slices,
            findings: (options.consumers > 0 && !options.no_verify).then(|| self.findings()),
            generator_busy: self.outcomes.iter().map(busy).collect(),
            is_complete: self.outcomes.len() == self.threads.len()
                && self.outcomes.iter().all(|outcome| outcome.is_complete),
            machine: std::mem::take(&mut self.samples),
            interface: self.interface.clone(),
            group,
        }
    }

    /// Puts together what producers sent and what consumers saw.
    fn findings(&mut self) -> Findings {
        let mut findings = Findings::default();
        let mut sent: HashMap<(u32, u32), Sent> = HashMap::new();
        for outcome in &mut self.outcomes {
            findings.corrupt += outcome.corrupt;
            findings.foreign += outcome.foreign;
            sent.extend(outcome.sent.drain(..).map(|(producer, place, sent)| ((place, producer), sent)));
        }
        if self.options.acks == Acks::None {
            // Nobody promised anything: what is missing is not lost.
            for sent in sent.values_mut() {
                sent.failed = vec![(0, sent.end)];
            }
        }
        for place in self.ledger.places() {
            for (tag, producer, seen) in self.ledger.reading(place).take_seen() {
                let of_stream = if tag == self.tag {
                    sent.remove(&(place, producer)).unwrap_or_default()
                } else {
                    seen.as_sent()
                };
                findings.add(&compare(&of_stream, &seen));
            }
        }
        for never_seen in sent.values() {
            findings.add(&compare(never_seen, &Seen::default()));
        }
        findings
    }
}
