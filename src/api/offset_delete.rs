//! OffsetDelete: an administrator makes a group forget how far it has come.

use super::authorize::Authorized;
use super::groups::{GroupPart, encoded};
use super::{BadRequest, check_partition_count, decode};
use crate::connection::Frame;
use crate::groups::coordinator::GroupReply;
use crate::groups::records::Records;
use crate::shard::Shard;
use crate::shard::groups::TOO_LARGE;
use crate::shard::mail::Mail;
use loglane_model::PartitionId;
use loglane_net::ErrorCode;
use loglane_net::message::offset_delete::{
    OffsetDeleteRequest, OffsetDeleteResponse, OffsetDeleteResponsePartition, OffsetDeleteResponseTopic,
};
use loglane_ring::Io;
use std::collections::{BTreeMap, BTreeSet};

/// The only version that there is.
const VERSION: i16 = 0;

/// The partitions of the answer, by topic in request order; and those among them that are to be forgotten.
#[derive(Default)]
struct Deletion<'a> {
    answered: Vec<(&'a str, Vec<OffsetDeleteResponsePartition>)>,
    /// Where each topic is in the answer: a request may name very many.
    places: BTreeMap<&'a str, usize>,
    asked: Vec<(&'a str, Vec<i32>)>,
}

impl<I: Io<Mail>> Shard<I> {
    pub(super) fn on_offset_delete(
        &mut self,
        authorized: Authorized,
        frame: &Frame,
        body: &[u8],
    ) -> Result<(), BadRequest> {
        let call = authorized.call();
        let request: OffsetDeleteRequest<'_> = decode(call, body)?;
        check_partition_count(request.topics.iter().map(|topic| topic.partitions.len()))?;
        self.begin_groups(call, frame, body, std::iter::once(request.group_id));
        Ok(())
    }

    pub(super) fn serve_offset_delete(&mut self, part: &GroupPart) {
        let request: OffsetDeleteRequest<'_> = part.request();
        let item = part.only_item();
        let ticket = part.ticket(&item);
        let mut deletion = self.take_deletion_apart(&request);
        let outcome = match item.partition {
            _ if request.group_id.is_empty() => Err(ErrorCode::InvalidGroupId),
            Some(partition) => {
                self.delete_offsets(partition, request.group_id, &mut deletion).map(|()| partition)
            }
            None => Err(ErrorCode::NotCoordinator),
        };
        match outcome {
            Ok(partition) => self.reply_when_safe(partition, ticket, answer(&deletion)),
            Err(error) => {
                let error_code = error.to_i16();
                let response = OffsetDeleteResponse { error_code, ..OffsetDeleteResponse::default() };
                self.reply_to_group(ticket, encoded(&response, VERSION));
            }
        }
    }

    /// Answers for the partitions that are not there, and collects the others.
    fn take_deletion_apart<'a>(&self, request: &OffsetDeleteRequest<'a>) -> Deletion<'a> {
        let mut deletion = Deletion::default();
        for topic in request.topics.iter() {
            let entry = self.topics.by_name(topic.name);
            let is_there =
                |number: &i32| entry.is_some_and(|entry| entry.place(PartitionId(*number)).is_some());
            let numbers = topic.partitions.iter().map(|partition| partition.partition_index);
            let (there, missing): (Vec<i32>, Vec<i32>) = numbers.partition(is_there);
            for number in missing {
                deletion.answer(topic.name, number, ErrorCode::UnknownTopicOrPartition);
            }
            if !there.is_empty() {
                deletion.asked.push((topic.name, there));
            }
        }
        deletion
    }

    fn delete_offsets(
        &mut self,
        partition: PartitionId,
        name: &str,
        deletion: &mut Deletion<'_>,
    ) -> Result<(), ErrorCode> {
        let (now_ms, batch_bytes_max) = (self.wall_ms, self.group_batch_bytes_max(partition));
        let coordinator = self.active_coordinator(Some(partition))?;
        let group = coordinator.group(name).ok_or(ErrorCode::GroupIdNotFound)?;
        group.check_delete()?;
        let mut records = Records::new(now_ms);
        let mut removed = BTreeSet::new();
        for (topic, numbers) in std::mem::take(&mut deletion.asked) {
            let is_subscribed = group.is_subscribed_to(topic);
            let error = if is_subscribed { ErrorCode::GroupSubscribedToTopic } else { ErrorCode::None };
            for number in numbers {
                deletion.answer(topic, number, error);
                let is_known = group.offsets.get(topic, number).is_some()
                    || coordinator.transactions.has(name, topic, number);
                if is_known && !is_subscribed && removed.insert((topic, number)) {
                    records.remove_commit(name, topic, number);
                }
                if records.bytes() > batch_bytes_max {
                    return Err(TOO_LARGE);
                }
            }
        }
        if records.is_empty() {
            return Ok(());
        }
        self.append_group_records(partition, records)?;
        let coordinator = self.active_coordinator(Some(partition))?;
        for (topic, number) in removed {
            coordinator.remove_offset(name, topic, number);
        }
        Ok(())
    }
}

impl<'a> Deletion<'a> {
    fn answer(&mut self, topic: &'a str, partition_index: i32, error: ErrorCode) {
        let partition = OffsetDeleteResponsePartition { partition_index, error_code: error.to_i16() };
        let place = *self.places.entry(topic).or_insert(self.answered.len());
        if place == self.answered.len() {
            self.answered.push((topic, Vec::new()));
        }
        self.answered[place].1.push(partition);
    }
}

fn answer(deletion: &Deletion<'_>) -> GroupReply {
    let topics: Vec<_> = deletion
        .answered
        .iter()
        .map(|(name, partitions)| OffsetDeleteResponseTopic { name, partitions: partitions[..].into() })
        .collect();
    encoded(&OffsetDeleteResponse { topics: topics.into(), ..OffsetDeleteResponse::default() }, VERSION)
}
