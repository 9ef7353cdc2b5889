//! What the workers left, put together.

use super::{Coordinator, RunOutcome, is_open_ended};
use crate::engine::group::GroupOutcome;
use crate::engine::notes::Outcome;
use crate::engine::timeline::Timeline;
use crate::engine::window::Window;
use crate::options::Acks;
use crate::verify::{Findings, Seen, Sent, compare};
use std::collections::HashMap;

impl Coordinator<'_> {
    /// `targets`: where reading was to end, by place.
    pub(super) fn outcome(
        &mut self,
        window: &Window,
        group: Option<GroupOutcome>,
        targets: Option<&[i64]>,
    ) -> RunOutcome {
        let options = self.options;
        let empty = Timeline::new(Window::NEVER, 1, false);
        let (total, slices) = std::mem::replace(&mut self.timeline, empty).finish();
        let until = |last: fn(&Outcome) -> u64| match is_open_ended(options) {
            true => {
                let last = self.outcomes.iter().map(last).max().unwrap_or(0);
                last.saturating_sub(window.start_ns).max(1)
            }
            false => window.measure_to_ns - window.measure_from_ns,
        };
        let is_read = targets.is_some_and(|targets| self.ledger.is_read(targets));
        let busy = |outcome: &Outcome| outcome.busy_ns as f64 / outcome.elapsed_ns.max(1) as f64;
        RunOutcome {
            total,
            produced_ns: until(|outcome| outcome.last_acked_ns),
            consumed_ns: until(|outcome| outcome.last_received_ns),
            slices,
            findings: (options.consumers > 0 && !options.no_verify).then(|| self.findings(targets)),
            generator_busy: self.outcomes.iter().map(busy).collect(),
            is_complete: is_read
                && self.outcomes.len() == self.threads.len()
                && self.outcomes.iter().all(|outcome| outcome.is_complete),
            machine: std::mem::take(&mut self.samples),
            interface: self.interface.clone(),
            group,
        }
    }

    /// Puts together what producers sent and what consumers saw. What nobody came to read is not lost.
    fn findings(&mut self, targets: Option<&[i64]>) -> Findings {
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
        let is_read =
            |place: u32| targets.is_some_and(|ends| self.ledger.is_read_to(place, ends[place as usize]));
        for place in self.ledger.places() {
            let is_read = is_read(place);
            for (tag, producer, seen) in self.ledger.reading(place).take_seen() {
                let mut of_stream = if tag == self.tag {
                    sent.remove(&(place, producer)).unwrap_or_default()
                } else {
                    seen.as_sent()
                };
                if !is_read {
                    of_stream.end = of_stream.end.min(seen.next());
                }
                findings.add(&compare(&of_stream, &seen));
            }
        }
        for (_, never_seen) in sent.iter().filter(|((place, _), _)| is_read(*place)) {
            findings.add(&compare(never_seen, &Seen::default()));
        }
        findings
    }
}
