//! What the owner of one partition of `__consumer_offsets` knows: the groups that belong to it.

use super::loading::{Loading, OpenTransactions};
use super::offsets::{Committed, Offsets};
use crate::slots::SlotId;
use loglane_model::{Offset, PartitionId, ShardId};
use loglane_net::ErrorCode;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// What a group takes of the memory for groups, besides its name, its members and its offsets.
const GROUP_BYTES: usize = 512;

/// Who gets the answer about one of the groups of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GroupTicket {
    pub(crate) shard: ShardId,
    pub(crate) request: SlotId,
    pub(crate) item: u32,
}

/// What an owner has to say about one of the groups of a request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct GroupReply {
    /// The body of the answer; of a request about many groups, this one's element of it.
    pub(crate) bytes: Vec<u8>,
    /// How many elements there are in `bytes`, where an owner answers with any number of them.
    pub(crate) elements: u32,
}

/// An answer that leaves when everything before an offset is safe.
#[derive(Debug)]
pub(crate) struct WaitingReply {
    pub(crate) end_offset: Offset,
    pub(crate) ticket: GroupTicket,
    pub(crate) reply: GroupReply,
}

/// Where a coordinator is in its life.
#[derive(Debug)]
pub(crate) enum CoordinatorState {
    /// The partition is being read.
    Loading(Box<Loading>),
    /// Groups are served.
    Active,
    /// The partition holds something that cannot be understood: nothing in it is touched.
    Failed,
}

/// The kinds of groups that this broker keeps and does not serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NewerKind {
    Consumer,
    Share,
    Streams,
}

/// Who is in a group.
#[derive(Debug)]
pub(crate) enum Members {
    /// Nobody ever was: offsets are committed by those who assign partitions to themselves.
    Simple,
    /// A group of a newer protocol, as far as its records tell: it is kept, and not served.
    Newer { kind: NewerKind, members: BTreeSet<Box<str>> },
}

/// One group.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) members: Members,
    pub(crate) offsets: Offsets,
}

/// From when on the retention of a group's offsets is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RetainedSince {
    /// Nothing expires now.
    Never,
    /// From the time of the commit.
    Commit,
    /// From this time on, in ms.
    #[allow(dead_code, reason = "for members, whose requests come next")]
    Time(i64),
}

impl Group {
    /// A group of which nothing but offsets is known.
    pub(crate) fn simple() -> Group {
        Group { members: Members::Simple, offsets: Offsets::default() }
    }

    /// Whether somebody who says this of himself may commit offsets.
    pub(crate) fn check_commit(
        &self,
        _member: &str,
        _instance: Option<&str>,
        generation: i32,
    ) -> Result<(), ErrorCode> {
        match &self.members {
            Members::Simple if generation < 0 => Ok(()),
            Members::Simple => Err(ErrorCode::UnknownMemberId),
            Members::Newer { kind: NewerKind::Share, .. } => Err(ErrorCode::UnknownMemberId),
            Members::Newer { members, .. } if generation < 0 && members.is_empty() => Ok(()),
            // No client of these protocols can be a member here: they are not served.
            Members::Newer { .. } => Err(ErrorCode::UnknownMemberId),
        }
    }

    /// Whether offsets may be deleted by an administrator now.
    pub(crate) fn check_delete(&self) -> Result<(), ErrorCode> {
        Ok(())
    }

    /// Whether a member consumes this topic, so that its offsets must stay.
    pub(crate) fn is_subscribed_to(&self, _topic: &str) -> bool {
        match &self.members {
            Members::Simple => false,
            Members::Newer { members, .. } => !members.is_empty(),
        }
    }

    /// Whether there is nobody in it, so that it may go with its last offset. Groups of newer protocols stay.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self.members, Members::Simple)
    }

    pub(crate) fn retained_since(&self) -> RetainedSince {
        match &self.members {
            Members::Simple => RetainedSince::Commit,
            Members::Newer { .. } => RetainedSince::Never,
        }
    }
}

/// One per partition of `__consumer_offsets`, on the shard that owns it.
#[derive(Debug)]
pub(crate) struct Coordinator {
    pub(crate) partition: PartitionId,
    /// The partition's place among the shard's.
    pub(crate) slot: SlotId,
    pub(crate) state: CoordinatorState,
    groups: BTreeMap<Arc<str>, Group>,
    pub(crate) transactions: OpenTransactions,
    /// In order of their offsets.
    pub(crate) waiting: VecDeque<WaitingReply>,
    /// What the groups take of the memory for groups.
    bytes: usize,
}

impl Coordinator {
    /// A coordinator that has to read its partition up to `until`.
    pub(crate) fn loading(partition: PartitionId, slot: SlotId, from: Offset, until: Offset) -> Coordinator {
        Coordinator {
            partition,
            slot,
            state: CoordinatorState::Loading(Box::new(Loading::new(from, until))),
            groups: BTreeMap::new(),
            transactions: OpenTransactions::default(),
            waiting: VecDeque::new(),
            bytes: 0,
        }
    }

    /// The code for requests that cannot be served yet, or here.
    pub(crate) fn absence(&self) -> Option<ErrorCode> {
        match self.state {
            CoordinatorState::Loading(_) => Some(ErrorCode::CoordinatorLoadInProgress),
            CoordinatorState::Active => None,
            CoordinatorState::Failed => Some(ErrorCode::NotCoordinator),
        }
    }

    /// What its groups take of the memory for groups.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes + self.transactions.bytes()
    }

    pub(crate) fn group(&self, name: &str) -> Option<&Group> {
        self.groups.get(name)
    }

    /// All groups, in order of their names.
    pub(crate) fn groups(&self) -> impl Iterator<Item = (&Arc<str>, &Group)> {
        self.groups.iter()
    }

    /// Changes a group, which is made if there is none, and keeps count of its memory.
    pub(crate) fn change_group<T>(&mut self, name: &str, change: impl FnOnce(&mut Group) -> T) -> T {
        if !self.groups.contains_key(name) {
            self.bytes += GROUP_BYTES + name.len();
            self.groups.insert(name.into(), Group::simple());
        }
        let group = self.groups.get_mut(name).expect("it is there now");
        let before = group.offsets.bytes();
        let outcome = change(group);
        self.bytes = self.bytes + group.offsets.bytes() - before;
        outcome
    }

    /// How much more memory a commit may take, at most.
    pub(crate) fn bytes_of_commit(&self, group: &str, topic: &str, partition: i32, metadata: &str) -> usize {
        match self.groups.get(group) {
            Some(known) if known.offsets.get(topic, partition).is_some() => metadata.len(),
            Some(_) => Offsets::bytes_of_new(topic, metadata),
            None => GROUP_BYTES + group.len() + Offsets::bytes_of_new(topic, metadata),
        }
    }

    pub(crate) fn put_offset(&mut self, group: &str, topic: &str, partition: i32, committed: Committed) {
        self.change_group(group, |group| group.offsets.put(topic, partition, committed));
    }

    /// An offset counts no more, nor does what a transaction has to say of it.
    pub(crate) fn remove_offset(&mut self, group: &str, topic: &str, partition: i32) {
        if self.groups.contains_key(group) {
            self.change_group(group, |group| group.offsets.remove(topic, partition));
        }
        self.transactions.forget(group, topic, partition);
    }

    /// A record says that nothing is known of the group's members any more; its offsets go by records of their own.
    pub(super) fn forget_members(&mut self, name: &str) {
        let Some(group) = self.groups.get_mut(name) else { return };
        group.members = Members::Simple;
        if group.offsets.is_empty() {
            self.remove_group(name);
        }
    }

    pub(crate) fn remove_group(&mut self, name: &str) {
        if let Some(group) = self.groups.remove(name) {
            self.bytes -= GROUP_BYTES + name.len() + group.offsets.bytes();
        }
    }

    /// The next answer that may leave now.
    pub(crate) fn next_safe(&mut self, high_watermark: Offset) -> Option<WaitingReply> {
        if self.waiting.front()?.end_offset <= high_watermark { self.waiting.pop_front() } else { None }
    }
}
