//! The timeline of a run, and its total. Histograms are merged into the total as soon as an interval is complete and
//! only their percentiles kept: a run of hours takes no more memory for them than one of seconds.

use super::window::Window;
use crate::stats::{Latencies, Tally, heat_bounds};
use std::collections::BTreeMap;

/// One row of the timeline.
#[derive(Debug, Clone, Default)]
pub struct Slice {
    /// Since the start of the load.
    pub start_ns: u64,
    /// What was counted, without histograms.
    pub tally: Tally,
    /// Whether it lies in what is measured.
    pub is_measured: bool,
    /// Produce latency: 50, 90, 99, 99.9 per cent and the largest.
    pub produce: Option<[u64; 5]>,
    /// From end to end, the same.
    pub end_to_end: Option<[u64; 5]>,
    /// Counts of latencies between the heat map's bounds.
    pub heat: Vec<u64>,
}

/// Puts together what workers count in the same interval.
#[derive(Debug)]
pub(super) struct Timeline {
    window: Window,
    interval_ns: u64,
    /// Whether everything is measured, until something is done.
    is_open_ended: bool,
    bounds: Vec<u64>,
    total: Tally,
    /// Intervals that may still grow.
    live: BTreeMap<u64, Tally>,
    slices: BTreeMap<u64, Slice>,
    /// The first interval that was not complete yet.
    complete_to: u64,
}

impl Timeline {
    pub(super) fn new(window: Window, interval_ns: u64, is_open_ended: bool) -> Timeline {
        Timeline {
            window,
            interval_ns,
            is_open_ended,
            bounds: heat_bounds(),
            total: Tally::default(),
            live: BTreeMap::new(),
            slices: BTreeMap::new(),
            complete_to: 0,
        }
    }

    /// A worker counted this in an interval.
    pub(super) fn on_tally(&mut self, index: u64, tally: &Tally) {
        if index < self.complete_to {
            self.settle(index, tally.clone());
        } else {
            self.live.entry(index).or_default().add(tally);
        }
    }

    /// The next interval that has become complete: the last two may still grow.
    pub(super) fn next_complete(&mut self) -> Option<&Slice> {
        let end = self.live.keys().next_back()?.saturating_sub(1);
        while self.complete_to < end {
            let index = self.complete_to;
            self.complete_to += 1;
            if let Some(tally) = self.live.remove(&index) {
                self.settle(index, tally);
                return self.slices.get(&index);
            }
        }
        None
    }

    /// The total of what was measured, and all rows.
    pub(super) fn finish(mut self) -> (Tally, Vec<Slice>) {
        for (index, tally) in std::mem::take(&mut self.live) {
            self.settle(index, tally);
        }
        (self.total, self.slices.into_values().collect())
    }

    fn settle(&mut self, index: u64, mut tally: Tally) {
        let start_ns = index * self.interval_ns;
        let at = self.window.start_ns + start_ns;
        let in_window = self.window.measure_from_ns <= at && at < self.window.measure_to_ns;
        let is_measured = self.is_open_ended || in_window;
        if is_measured {
            self.total.add(&tally);
        } else {
            // What was meant for the measured time counts whenever it was answered.
            self.total.produce.add(&tally.produce);
            self.total.end_to_end.add(&tally.end_to_end);
            self.total.lag.add(&tally.lag);
            for (name, count) in &tally.errors {
                self.total.error(name, *count);
            }
        }
        let slice =
            self.slices.entry(index).or_insert_with(|| Slice { start_ns, is_measured, ..Slice::default() });
        larger(&mut slice.produce, &tally.produce);
        larger(&mut slice.end_to_end, &tally.end_to_end);
        let heat = if tally.end_to_end.count() > 0 { &tally.end_to_end } else { &tally.produce };
        slice.heat.resize(self.bounds.len() + 1, 0);
        for (sum, count) in slice.heat.iter_mut().zip(heat.split_at(&self.bounds)) {
            *sum += count;
        }
        for histogram in [&mut tally.produce, &mut tally.end_to_end, &mut tally.lag, &mut tally.service] {
            *histogram = Latencies::default();
        }
        slice.tally.add(&tally);
    }
}

/// Percentiles of a row; of what comes late the larger ones, since they cannot be merged any more.
fn larger(known: &mut Option<[u64; 5]>, latencies: &Latencies) {
    if latencies.count() == 0 {
        return;
    }
    let [p50, p90, p99, p999] = [50.0, 90.0, 99.0, 99.9].map(|percent| latencies.percentile(percent));
    let new = [p50, p90, p99, p999, latencies.max()];
    let before = known.unwrap_or_default();
    *known = Some(std::array::from_fn(|at| before[at].max(new[at])));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(records: u64, latency_ns: u64) -> Tally {
        let mut tally = Tally { records_acked: records, ..Tally::default() };
        tally.produce.record(latency_ns, records);
        tally
    }

    #[test]
    fn rows_and_the_total_have_what_all_workers_counted_late_ones_included() {
        let window = Window { start_ns: 0, measure_from_ns: 100, measure_to_ns: 500 };
        let mut timeline = Timeline::new(window, 100, false);
        for index in 0..6 {
            timeline.on_tally(index, &tally(10, 1_000_000));
            timeline.on_tally(index, &tally(20, 2_000_000));
        }
        let mut complete = 0;
        while timeline.next_complete().is_some() {
            complete += 1;
        }
        assert_eq!(complete, 4, "the last two may still grow");
        timeline.on_tally(1, &tally(5, 9_000_000));
        let (total, slices) = timeline.finish();
        assert_eq!(slices.iter().filter(|slice| slice.is_measured).count(), 4);
        assert_eq!(total.records_acked, 4 * 30 + 5, "what is counted in the measured time");
        assert_eq!(total.produce.count(), 6 * 30 + 5, "latencies were chosen by their intended time");
        assert_eq!((slices[1].tally.records_acked, slices[1].heat.iter().sum::<u64>()), (35, 35));
        assert!(slices[1].produce.unwrap()[4] >= 9_000_000);
        assert_eq!(slices[1].tally.produce.count(), 0, "no histogram is kept");
    }
}
