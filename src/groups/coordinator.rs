//! What the owner of one partition of `__consumer_offsets` knows: the groups that belong to it.

use super::classic::{ClassicGroup, ClassicState, Expiry};
use super::loading::{Loading, OpenTransactions};
use super::offsets::{Committed, Offsets};
use super::{Moment, RecordNumber};
use crate::slots::SlotId;
use loglane_model::{Instant, Offset, PartitionId, ShardId};
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
    /// Why there are none, where the whole request fails for it.
    pub(crate) error: Option<ErrorCode>,
}

/// What happens when everything before an offset is safe.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) end_offset: Offset,
    pub(crate) then: Then,
}

impl Waiting {
    fn is_record_of(&self, name: &str) -> bool {
        matches!(&self.then, Then::Recorded { group, .. } if **group == *name)
    }
}

/// See [`Waiting`].
#[derive(Debug)]
pub(crate) enum Then {
    /// An answer leaves.
    Reply { ticket: GroupTicket, reply: GroupReply },
    /// A group hears that its record is written.
    Recorded { group: Arc<str>, number: RecordNumber },
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
    /// Members by the classic protocol; or nobody, where offsets are committed by those who assign partitions to
    /// themselves.
    Classic(Box<ClassicGroup>),
    /// A group of a newer protocol, as far as its records tell: it is kept, and not served.
    Newer { kind: NewerKind, members: BTreeSet<Box<str>> },
}

/// One group.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) members: Members,
    pub(crate) offsets: Offsets,
    /// What its members took of the memory for groups when they were last looked at.
    member_bytes: usize,
    /// When it wants to be called, as far as the coordinator's list says so.
    deadline: Option<Instant>,
}

impl Group {
    fn new(members: Members) -> Group {
        Group { members, offsets: Offsets::default(), member_bytes: 0, deadline: None }
    }

    pub(crate) fn classic(&self) -> Option<&ClassicGroup> {
        match &self.members {
            Members::Classic(classic) => Some(classic),
            Members::Newer { .. } => None,
        }
    }

    pub(crate) fn classic_mut(&mut self) -> Option<&mut ClassicGroup> {
        match &mut self.members {
            Members::Classic(classic) => Some(classic),
            Members::Newer { .. } => None,
        }
    }

    /// Somebody who says this of himself wants to commit offsets.
    ///
    /// # Errors
    /// He may not.
    pub(crate) fn on_commit(
        &mut self,
        moment: &Moment<'_>,
        member: &str,
        instance: Option<&str>,
        generation: i32,
    ) -> Result<(), ErrorCode> {
        match &mut self.members {
            Members::Classic(classic) => {
                classic.on_offset_commit(moment, member, instance, generation, false)
            }
            Members::Newer { kind: NewerKind::Consumer | NewerKind::Streams, members }
                if generation < 0 && members.is_empty() =>
            {
                Ok(())
            }
            // No client of these protocols can be a member here: they are not served.
            Members::Newer { .. } => Err(ErrorCode::UnknownMemberId),
        }
    }

    /// Whether offsets may be deleted by an administrator now.
    ///
    /// # Errors
    /// The group is in use.
    pub(crate) fn check_delete(&self) -> Result<(), ErrorCode> {
        match &self.members {
            Members::Classic(classic) => classic.check_offset_delete(),
            Members::Newer { members, .. } if members.is_empty() => Ok(()),
            Members::Newer { .. } => Err(ErrorCode::NonEmptyGroup),
        }
    }

    /// Whether a member consumes this topic, so that its offsets must stay.
    pub(crate) fn is_subscribed_to(&self, topic: &str) -> bool {
        match &self.members {
            Members::Classic(classic) => classic.is_subscribed_to(topic),
            Members::Newer { members, .. } => !members.is_empty(),
        }
    }

    /// Whether there is nobody in it, so that it may go with its last offset. Groups of newer protocols stay.
    pub(crate) fn is_empty(&self) -> bool {
        self.classic().is_some_and(|classic| classic.state() == ClassicState::Empty)
    }

    /// From when on the retention of its offsets is counted.
    pub(crate) fn expiry(&self) -> Expiry {
        self.classic().map_or(Expiry::Never, ClassicGroup::offset_expiry)
    }

    fn bytes(&self) -> usize {
        self.offsets.bytes() + self.member_bytes
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
    pub(crate) waiting: VecDeque<Waiting>,
    /// Groups that want to be called, by when.
    deadlines: BTreeSet<(Instant, Arc<str>)>,
    /// For when a timer is set.
    pub(crate) timer_at: Option<Instant>,
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
            deadlines: BTreeSet::new(),
            timer_at: None,
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

    /// A group's name as it is kept, for handing it on.
    pub(crate) fn name(&self, name: &str) -> Option<Arc<str>> {
        self.groups.get_key_value(name).map(|(name, _)| name.clone())
    }

    /// A group by the classic protocol.
    pub(crate) fn classic_mut(&mut self, name: &str) -> Option<&mut ClassicGroup> {
        self.groups.get_mut(name)?.classic_mut()
    }

    /// Takes in a group whose members are known, or puts them in place of what was known of them.
    pub(crate) fn put_members(&mut self, name: &str, members: Members) {
        match self.groups.get_mut(name) {
            Some(group) => group.members = members,
            None => {
                self.bytes += GROUP_BYTES + name.len();
                self.groups.insert(name.into(), Group::new(members));
            }
        }
        self.settle(name);
    }

    /// Changes a group's offsets, or who commits them; one that is not there is made, without members.
    pub(crate) fn change_group<T>(&mut self, name: &str, change: impl FnOnce(&mut Group) -> T) -> T {
        if !self.groups.contains_key(name) {
            // Without members nothing depends on since when it has none.
            let classic = ClassicGroup::with_offsets(name, 0);
            self.put_members(name, Members::Classic(Box::new(classic)));
        }
        let group = self.groups.get_mut(name).expect("it is there now");
        let before = group.bytes();
        let outcome = change(group);
        self.bytes = self.bytes + group.bytes() - before;
        outcome
    }

    /// Something has happened to a group's members: counts their memory anew, notes when the group wants to be called,
    /// and lets it go if it has died.
    pub(crate) fn settle(&mut self, name: &str) {
        let Some((name, group)) = self.groups.get_key_value(name) else { return };
        let (name, noted) = (name.clone(), group.deadline);
        let (bytes, wanted, is_dead) = match &group.members {
            Members::Classic(classic) => {
                (classic.heap_bytes(), classic.next_deadline(), classic.state() == ClassicState::Dead)
            }
            Members::Newer { members, .. } => (members.iter().map(|id| 64 + id.len()).sum(), None, false),
        };
        if noted != wanted {
            if let Some(at) = noted {
                self.deadlines.remove(&(at, name.clone()));
            }
            if let Some(at) = wanted {
                self.deadlines.insert((at, name.clone()));
            }
        }
        let group = self.groups.get_mut(&name).expect("looked up above");
        group.deadline = wanted;
        self.bytes = self.bytes + bytes - group.member_bytes;
        group.member_bytes = bytes;
        if is_dead {
            self.forget_members(&name);
        }
    }

    /// When the first group wants to be called.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// A group whose time has come.
    pub(crate) fn next_due(&self, now: Instant) -> Option<Arc<str>> {
        self.deadlines.first().filter(|(at, _)| *at <= now).map(|(_, name)| name.clone())
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
        let Some(group) = self.groups.get(name) else { return };
        if group.offsets.is_empty() {
            self.remove_group(name);
        } else {
            self.put_members(name, Members::Classic(Box::new(ClassicGroup::with_offsets(name, 0))));
        }
    }

    pub(crate) fn remove_group(&mut self, name: &str) {
        if let Some((name, group)) = self.groups.remove_entry(name) {
            self.bytes -= GROUP_BYTES + name.len() + group.bytes();
            // A group of the same name numbers its records anew.
            self.waiting.retain(|waiting| !waiting.is_record_of(&name));
            if let Some(at) = group.deadline {
                self.deadlines.remove(&(at, name));
            }
        }
    }

    /// What is to happen next, now that everything below is safe.
    pub(crate) fn next_safe(&mut self, high_watermark: Offset) -> Option<Then> {
        if self.waiting.front()?.end_offset > high_watermark {
            return None;
        }
        self.waiting.pop_front().map(|waiting| waiting.then)
    }
}
