//! Producer ids, given out in blocks so that a broker asks once in a thousand producers.

use super::{Controller, Decision, StaleBrokerEpoch};
use loglane_model::{BrokerId, Bug, ProducerId, planted};
use loglane_replication::MetadataRecord;

/// Ids in a block (Kafka's `ProducerIdsBlock.PRODUCER_ID_BLOCK_SIZE`).
pub const PRODUCER_ID_BLOCK: i64 = 1000;

/// Ids that nobody else will get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProducerIdBlock {
    /// The first.
    pub first: ProducerId,
    /// How many.
    pub count: i64,
}

/// Why no block is given out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProducerIdError {
    /// The broker's registration is not the current one.
    StaleBrokerEpoch(StaleBrokerEpoch),
    /// All ids below 2^63 are gone.
    Exhausted,
}

impl Controller {
    /// The next block of producer ids. The record makes sure that no restart gives it out again; until it is
    /// committed the block must not be used.
    pub fn allocate_producer_ids(
        &mut self,
        broker: BrokerId,
        broker_epoch: i64,
    ) -> Decision<Result<ProducerIdBlock, ProducerIdError>> {
        if let Err(stale) = self.check_broker_epoch(broker, broker_epoch) {
            return self.decide(vec![], Err(ProducerIdError::StaleBrokerEpoch(stale)));
        }
        let first = self.image.next_producer_id;
        let Some(next_producer_id) = first.checked_add(PRODUCER_ID_BLOCK) else {
            return self.decide(vec![], Err(ProducerIdError::Exhausted));
        };
        let next_producer_id = if planted(Bug::RepeatProducerIds) { first } else { next_producer_id };
        let record = MetadataRecord::ProducerIds { broker, broker_epoch, next_producer_id };
        self.decide(vec![record], Ok(ProducerIdBlock { first: ProducerId(first), count: PRODUCER_ID_BLOCK }))
    }
}
