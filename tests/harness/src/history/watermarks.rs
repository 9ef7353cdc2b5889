//! What leaders say of themselves: watermarks never go back within an epoch, and an epoch has one leader.

use super::anomaly::{Anomaly, Kind};
use super::{Entry, LogNumber, What};
use std::collections::{BTreeMap, HashMap};

/// The highest values that answers had said.
#[derive(Debug, Clone, Copy, Default)]
struct Said {
    epoch: i32,
    high_watermark: i64,
    last_stable_offset: i64,
}

#[derive(Debug, Default)]
struct Log {
    name: String,
    is_weak: bool,
    said: Said,
    leaders: HashMap<i32, i32>,
    newest_epoch: i32,
}

pub(super) fn check(entries: &[Entry]) -> Vec<Anomaly> {
    let mut logs: BTreeMap<LogNumber, Log> = BTreeMap::new();
    // By question: its log, and what had been said when it was asked. Answers on their way may overtake each other.
    let mut asked: HashMap<u64, (LogNumber, Said)> = HashMap::new();
    let mut found = Vec::new();
    for entry in entries {
        match &entry.what {
            What::Log { log, name, promise } => {
                let known = logs.entry(*log).or_default();
                known.name.clone_from(name);
                known.is_weak = promise.is_weak;
            }
            What::PowerCut => {
                logs.values_mut().filter(|log| log.is_weak).for_each(|log| log.said = Said::default());
                asked.clear();
            }
            What::Poll { log, .. } => {
                let said = logs.entry(*log).or_default().said;
                asked.insert(entry.op, (*log, said));
            }
            What::Polled { epoch, high_watermark, last_stable_offset, .. } => {
                let Some((log, before)) = asked.remove(&entry.op) else { continue };
                let now = Said {
                    epoch: *epoch,
                    high_watermark: *high_watermark,
                    last_stable_offset: *last_stable_offset,
                };
                let known = logs.entry(log).or_default();
                found.extend(compare(&known.name, before, now));
                known.said = merge(known.said, now);
            }
            What::Led { log, epoch, leader } => {
                let known = logs.entry(*log).or_default();
                let of_epoch = *known.leaders.entry(*epoch).or_insert(*leader);
                if of_epoch != *leader {
                    let what = format!("{}: {leader} and {of_epoch} lead in epoch {epoch}", known.name);
                    found.push(Anomaly { kind: Kind::Leaders, what });
                }
                known.newest_epoch = known.newest_epoch.max(*epoch);
            }
            _ => {}
        }
    }
    found
}

fn merge(said: Said, now: Said) -> Said {
    if now.epoch > said.epoch {
        return now;
    }
    if now.epoch < said.epoch {
        return said;
    }
    Said {
        epoch: said.epoch,
        high_watermark: said.high_watermark.max(now.high_watermark),
        last_stable_offset: said.last_stable_offset.max(now.last_stable_offset),
    }
}

fn compare(name: &str, before: Said, now: Said) -> Option<Anomaly> {
    if now.epoch != before.epoch || now.high_watermark < 0 {
        return None;
    }
    let (kind, from, to) = if now.high_watermark < before.high_watermark {
        (Kind::HighWatermarkRegress, before.high_watermark, now.high_watermark)
    } else if now.last_stable_offset < before.last_stable_offset {
        (Kind::LastStableOffsetRegress, before.last_stable_offset, now.last_stable_offset)
    } else {
        return None;
    };
    Some(Anomaly { kind, what: format!("{name}: from {from} to {to} in epoch {}", now.epoch) })
}
