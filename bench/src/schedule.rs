//! When records are meant to be sent. The schedule does not look at what became of earlier ones: that is what makes
//! the loop open.

use crate::number::{NANOS_PER_SECOND, whole};

/// How intended times follow each other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Arrivals {
    /// At equal distances.
    Even,
    /// At random, as from many independent senders.
    Poisson,
}

/// The intended times of one producer's records.
#[derive(Debug, Clone)]
pub struct Schedule {
    start_ns: u64,
    /// Records a second at the start, and what is added to that each second.
    from: f64,
    slope: f64,
    /// When the slope ends, in seconds.
    span: f64,
    arrivals: Arrivals,
    /// Records before this producer's first: producers take turns.
    phase: f64,
    taken: u64,
    /// Where arrivals are random: the distances so far, in records.
    drawn: f64,
    next_ns: u64,
}

impl Schedule {
    /// Record 0 of producer `phase` (from 0 to 1, its place among all) and the following ones, `from` to `to` records
    /// a second over `span` seconds.
    #[must_use]
    pub fn new(start_ns: u64, from: f64, to: f64, span: f64, phase: f64, arrivals: Arrivals) -> Schedule {
        let slope = if span > 0.0 { (to - from) / span } else { 0.0 };
        let mut schedule = Schedule {
            start_ns,
            from,
            slope,
            span,
            arrivals,
            phase,
            taken: 0,
            drawn: 0.0,
            next_ns: start_ns,
        };
        schedule.next_ns = schedule.time_of(phase);
        schedule
    }

    /// When the next record is meant to be sent, in nanoseconds of the monotonic clock.
    #[must_use]
    pub fn next_ns(&self) -> u64 {
        self.next_ns
    }

    /// Goes on to the record behind. `fraction` is a random number in (0, 1], asked for only where arrivals are random.
    pub fn advance(&mut self, fraction: impl FnOnce() -> f64) {
        self.taken += 1;
        self.next_ns = match self.arrivals {
            Arrivals::Even => self.time_of(self.taken as f64 + self.phase),
            Arrivals::Poisson => {
                // At any rate, however it changes: a process of one record for each unit, its time stretched to that
                // of even records.
                self.drawn -= fraction().ln();
                self.time_of(self.drawn + self.phase)
            }
        };
    }

    /// The time at which `records` have been sent.
    fn time_of(&self, records: f64) -> u64 {
        if self.from <= 0.0 && self.slope <= 0.0 {
            return u64::MAX;
        }
        // from·t + slope·t²/2 = records, until the slope ends; from then on the rate is what it has become.
        let at_end = self.from * self.span + self.slope * self.span * self.span / 2.0;
        let seconds = if self.slope == 0.0 {
            records / self.from
        } else if records > at_end {
            self.span + (records - at_end) / (self.from + self.slope * self.span)
        } else {
            ((self.from * self.from + 2.0 * self.slope * records).max(0.0).sqrt() - self.from) / self.slope
        };
        self.start_ns.saturating_add(whole(seconds * NANOS_PER_SECOND as f64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(mut schedule: Schedule, count: usize) -> Vec<u64> {
        let mut seed = 12_345u64;
        (0..count)
            .map(|_| {
                let time = schedule.next_ns();
                schedule.advance(|| {
                    seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    ((seed >> 33) + 1) as f64 / 2f64.powi(31)
                });
                time
            })
            .collect()
    }

    #[test]
    fn even_records_lie_where_the_rate_says_after_any_number() {
        let times = times(Schedule::new(1000, 3.0, 3.0, 10.0, 0.0, Arrivals::Even), 3_000_001);
        assert_eq!(times[..4], [1000, 333_334_333, 666_667_667, 1_000_001_000]);
        assert_eq!(times[3_000_000], 1_000_000 * NANOS_PER_SECOND + 1000, "nothing adds up");
    }

    #[test]
    fn producers_take_turns() {
        let first = times(Schedule::new(0, 100.0, 100.0, 1.0, 0.0, Arrivals::Even), 3);
        let second = times(Schedule::new(0, 100.0, 100.0, 1.0, 0.5, Arrivals::Even), 3);
        assert_eq!((first[1], second[0], second[1]), (10_000_000, 5_000_000, 15_000_000));
    }

    #[test]
    fn a_ramp_sends_the_mean_of_its_rates_and_then_keeps_the_last() {
        let times = times(Schedule::new(0, 100.0, 300.0, 10.0, 0.0, Arrivals::Even), 2301);
        let until = |seconds: u64| times.iter().filter(|time| **time < seconds * NANOS_PER_SECOND).count();
        assert_eq!((until(5), until(10), until(11)), (750, 2000, 2300));
    }

    #[test]
    fn poisson_arrivals_have_the_rate_and_the_spread_of_poisson() {
        let times = times(Schedule::new(0, 1000.0, 1000.0, 1.0, 0.0, Arrivals::Poisson), 100_000);
        let gaps: Vec<f64> = times.windows(2).map(|pair| (pair[1] - pair[0]) as f64).collect();
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
        assert!((mean / 1e6 - 1.0).abs() < 0.02, "mean gap {mean}");
        assert!((variance.sqrt() / mean - 1.0).abs() < 0.02, "an exponential deviates by its mean");
    }

    #[test]
    fn poisson_arrivals_follow_a_ramp_that_begins_at_nothing() {
        let times = times(Schedule::new(0, 0.0, 2000.0, 10.0, 0.0, Arrivals::Poisson), 10_000);
        let in_half = times.iter().filter(|time| **time < 5 * NANOS_PER_SECOND).count();
        assert!((2350..2650).contains(&in_half), "{in_half} of about 2,500: a quarter");
        let last = times[9_999] as f64 / 1e9;
        assert!((9.8..10.2).contains(&last), "{last} s for 10,000 records");
    }

    #[test]
    fn a_rate_of_zero_never_comes() {
        assert_eq!(Schedule::new(5, 0.0, 0.0, 1.0, 0.0, Arrivals::Even).next_ns(), u64::MAX);
    }
}
