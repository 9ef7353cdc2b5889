//! What a shard has done since it began: plain integers of its own, which nobody else reads.
//!
//! On the way of a record nothing happens but additions, once a request or once a batch. Whoever wants to know asks by
//! mail and gets a copy ([`super::snapshot`]).

use loglane_model::Offset;
use loglane_net::{ApiKey, ErrorCode};
use std::collections::BTreeMap;

/// One per shard.
#[derive(Debug, Clone)]
pub(crate) struct Counts {
    /// By API key: requests that were taken up.
    requests: [u64; APIS],
    /// By the numbers of API and code: partitions of produces and fetches whose answers named an error.
    errors: BTreeMap<(i16, i16), u64>,
    /// Batches that clients have sent, each to one partition.
    pub(crate) batches_asked: u64,
    /// Partitions that fetches have asked for.
    pub(crate) partitions_asked: u64,
    /// What went into and came out of all logs of this shard, those that are gone included.
    pub(crate) traffic: Traffic,
    /// By listener: connections that this shard was given.
    pub(crate) connections_made: Vec<u64>,
    /// Connections that were closed for what their clients did.
    pub(crate) connections_refused: u64,
}

/// API keys are below this number; one that is not counts nowhere.
const APIS: usize = 128;

impl Counts {
    pub(crate) fn new(listeners: usize) -> Counts {
        Counts {
            requests: [0; APIS],
            errors: BTreeMap::new(),
            batches_asked: 0,
            partitions_asked: 0,
            traffic: Traffic::default(),
            connections_made: vec![0; listeners],
            connections_refused: 0,
        }
    }

    /// A request was taken up.
    pub(crate) fn on_request(&mut self, api: ApiKey) {
        let count = usize::try_from(api.to_i16()).ok().and_then(|key| self.requests.get_mut(key));
        if let Some(count) = count {
            *count += 1;
        }
    }

    /// A partition of a produce or a fetch is answered.
    pub(crate) fn on_outcome(&mut self, api: ApiKey, error: ErrorCode) {
        if error != ErrorCode::None {
            *self.errors.entry((api.to_i16(), error.to_i16())).or_default() += 1;
        }
    }

    /// The APIs that were asked for, and how often.
    pub(crate) fn requests(&self) -> impl Iterator<Item = (ApiKey, u64)> + '_ {
        let numbered = (0..).zip(&self.requests).filter(|(_, count)| **count > 0);
        numbered.filter_map(|(key, count)| Some((ApiKey::from_i16(key)?, *count)))
    }

    /// The errors that partitions of produces and fetches were answered with, and how often.
    pub(crate) fn errors(&self) -> impl Iterator<Item = (ApiKey, ErrorCode, u64)> + '_ {
        let known = |key, code| Some((ApiKey::from_i16(key)?, ErrorCode::from_i16(code)?));
        self.errors.iter().filter_map(move |((key, code), count)| {
            known(*key, *code).map(|(api, error)| (api, error, *count))
        })
    }
}

/// What went into logs and came out of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Traffic {
    /// Records that were appended.
    pub(crate) messages_in: u64,
    /// Bytes of the batches that they came in.
    pub(crate) bytes_in: u64,
    /// Bytes of batches that were lent to answers.
    pub(crate) bytes_out: u64,
}

impl Traffic {
    /// The traffic of one batch that takes these offsets.
    pub(crate) fn of_batch(base_offset: Offset, last_offset: Offset, bytes: usize) -> Traffic {
        let messages_in = u64::try_from(last_offset.0 - base_offset.0 + 1).unwrap_or(0);
        Traffic { messages_in, bytes_in: bytes as u64, bytes_out: 0 }
    }

    pub(crate) fn add(&mut self, other: Traffic) {
        self.messages_in += other.messages_in;
        self.bytes_in += other.bytes_in;
        self.bytes_out += other.bytes_out;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_and_errors_are_counted_by_what_they_are() {
        let mut counts = Counts::new(2);
        assert_eq!(counts.requests().next(), None);
        for api in [ApiKey::Produce, ApiKey::Fetch, ApiKey::Produce] {
            counts.on_request(api);
        }
        assert_eq!(counts.requests().collect::<Vec<_>>(), [(ApiKey::Produce, 2), (ApiKey::Fetch, 1)]);
        counts.on_outcome(ApiKey::Fetch, ErrorCode::None);
        assert_eq!(counts.errors().next(), None);
        counts.on_outcome(ApiKey::Fetch, ErrorCode::CorruptMessage);
        counts.on_outcome(ApiKey::Fetch, ErrorCode::CorruptMessage);
        assert_eq!(counts.errors().collect::<Vec<_>>(), [(ApiKey::Fetch, ErrorCode::CorruptMessage, 2)]);
    }

    #[test]
    fn a_batch_counts_its_offsets_and_its_bytes() {
        let mut traffic = Traffic::of_batch(Offset(10), Offset(12), 100);
        assert_eq!(traffic, Traffic { messages_in: 3, bytes_in: 100, bytes_out: 0 });
        traffic.add(Traffic { bytes_out: 7, ..traffic });
        assert_eq!(traffic, Traffic { messages_in: 6, bytes_in: 200, bytes_out: 7 });
    }
}
