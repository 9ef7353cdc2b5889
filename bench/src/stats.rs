//! What a worker counts in an interval, and how intervals become totals. Histograms are merged, never averaged.

use hdrhistogram::Histogram;
use std::collections::BTreeMap;

/// Latencies from one microsecond to ten minutes, to three digits; what is outside counts as the nearest.
fn latencies() -> Histogram<u64> {
    Histogram::new_with_bounds(1000, 600_000_000_000, 3).expect("the bounds are sound")
}

/// Where the rows of the latency heat map are separated: eight for each power of ten, 10 us to 100 s.
#[must_use]
pub fn heat_bounds() -> Vec<u64> {
    (0..=56).map(|step| crate::number::whole(1e4 * 10f64.powf(f64::from(step) / 8.0))).collect()
}

/// A histogram of nanoseconds that takes no memory until it is used.
#[derive(Debug, Clone, Default)]
pub struct Latencies(Option<Box<Histogram<u64>>>);

impl Latencies {
    /// Counts a value so many times.
    #[inline]
    pub fn record(&mut self, nanos: u64, count: u64) {
        let histogram = self.0.get_or_insert_with(|| Box::new(latencies()));
        histogram.saturating_record_n(nanos, count);
    }

    /// Adds everything that `other` counted.
    pub fn add(&mut self, other: &Latencies) {
        match (&mut self.0, &other.0) {
            (_, None) => {}
            (Some(mine), Some(others)) => mine.add(others.as_ref()).expect("both have the same bounds"),
            (mine @ None, Some(others)) => *mine = Some(others.clone()),
        }
    }

    /// How many values there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.as_ref().map_or(0, |histogram| histogram.len())
    }

    /// The value below which `percent` of the values lie; 0 where there is none.
    #[must_use]
    pub fn percentile(&self, percent: f64) -> u64 {
        self.0.as_ref().map_or(0, |histogram| histogram.value_at_percentile(percent))
    }

    /// The largest value.
    #[must_use]
    pub fn max(&self) -> u64 {
        self.0.as_ref().map_or(0, |histogram| histogram.max())
    }

    /// The mean.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.0.as_ref().map_or(0.0, |histogram| histogram.mean())
    }

    /// How many values lie in each of the ranges that `bounds` separate, from the lowest up: one more than bounds.
    #[must_use]
    pub fn split_at(&self, bounds: &[u64]) -> Vec<u64> {
        let mut counts = vec![0; bounds.len() + 1];
        if let Some(histogram) = &self.0 {
            for value in histogram.iter_recorded() {
                let at = bounds.partition_point(|bound| *bound <= value.value_iterated_to());
                counts[at] += value.count_at_value();
            }
        }
        counts
    }
}

/// Everything that is counted in one interval.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Records that the broker acknowledged (with `acks=0`: that were sent).
    pub records_acked: u64,
    /// Their keys and values.
    pub payload_acked: u64,
    /// Their batches as they went over the wire.
    pub wire_acked: u64,
    /// Produce requests answered.
    pub requests: u64,
    /// Batches answered.
    pub batches: u64,
    /// Batches sent again.
    pub retries: u64,
    /// Records that were generated.
    pub records_sent: u64,
    /// Records read.
    pub records_received: u64,
    /// Their keys and values.
    pub payload_received: u64,
    /// Their batches as they came.
    pub wire_received: u64,
    /// Fetches answered.
    pub fetches: u64,
    /// Connections that broke.
    pub reconnects: u64,
    /// Errors by Kafka's name for them.
    pub errors: BTreeMap<&'static str, u64>,
    /// From the intended time to the acknowledgement.
    pub produce: Latencies,
    /// From the intended time to the moment at which a consumer had the record.
    pub end_to_end: Latencies,
    /// From the intended time to the moment at which the generator made the record, where nothing held it up.
    pub lag: Latencies,
    /// From sending a request to its answer.
    pub service: Latencies,
    /// Nanoseconds in which a producer could have sent and was held up by requests without answer.
    pub blocked_ns: u64,
}

impl Tally {
    /// Adds everything that `other` counted.
    pub fn add(&mut self, other: &Tally) {
        self.records_acked += other.records_acked;
        self.payload_acked += other.payload_acked;
        self.wire_acked += other.wire_acked;
        self.requests += other.requests;
        self.batches += other.batches;
        self.retries += other.retries;
        self.records_sent += other.records_sent;
        self.records_received += other.records_received;
        self.payload_received += other.payload_received;
        self.wire_received += other.wire_received;
        self.fetches += other.fetches;
        self.reconnects += other.reconnects;
        self.blocked_ns += other.blocked_ns;
        for (name, count) in &other.errors {
            *self.errors.entry(name).or_default() += count;
        }
        self.produce.add(&other.produce);
        self.end_to_end.add(&other.end_to_end);
        self.lag.add(&other.lag);
        self.service.add(&other.service);
    }

    /// Counts an error.
    pub fn error(&mut self, name: &'static str, count: u64) {
        *self.errors.entry(name).or_default() += count;
    }

    /// Errors of all kinds.
    #[must_use]
    pub fn error_count(&self) -> u64 {
        self.errors.values().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merged_histograms_have_the_percentiles_of_all_values_together() {
        // One worker saw fast answers, the other slow ones: an average of their percentiles would be far off.
        let (mut fast, mut slow, mut together) =
            (Latencies::default(), Latencies::default(), Latencies::default());
        for value in 1..=9_900u64 {
            fast.record(value * 1000, 1);
            together.record(value * 1000, 1);
        }
        for value in 1..=100u64 {
            slow.record(value * 1_000_000_000, 1);
            together.record(value * 1_000_000_000, 1);
        }
        let mut merged = Latencies::default();
        merged.add(&fast);
        merged.add(&slow);
        merged.add(&Latencies::default());
        assert_eq!(merged.count(), 10_000);
        for percent in [1.0, 50.0, 90.0, 99.0, 99.5, 99.9, 100.0] {
            assert_eq!(merged.percentile(percent), together.percentile(percent), "{percent}");
        }
        assert!((merged.percentile(50.0) as f64 / 5e6 - 1.0).abs() < 0.002);
        assert!(merged.percentile(99.5) > 40_000_000_000);
    }

    #[test]
    fn values_are_split_into_ranges() {
        let mut latencies = Latencies::default();
        for (value, count) in [(5_000, 2), (50_000, 3), (5_000_000, 4)] {
            latencies.record(value, count);
        }
        assert_eq!(latencies.split_at(&[10_000, 100_000]), [2, 3, 4]);
        assert_eq!(Latencies::default().split_at(&[1]), [0, 0]);
    }
}
