//! A member of a consumer group: joins, deals partitions out where it leads, says that it is there, and commits, on a
//! thread and a connection of its own, as Kafka's client does. The worker reads what the member is given.
//!
//! Partitions are given back before the group deals them out anew (Kafka's eager protocol), and what was read of them is
//! committed. A member that was thrown out cannot commit: what it had read is read again by the next one.

use super::ledger::Ledger;
use super::notes::Note;
use super::window::monotonic_ns;
use crate::client::group::{Membership, Offsets, Partitions};
use crate::client::{Client, ClientError};
use crate::layout::Layout;
use crate::stats::Latencies;
use loglane_model::ShardId;
use loglane_net::ErrorCode;
use loglane_ring::Mailer;
use std::collections::{BTreeMap, HashMap};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What did not work is tried again after this long.
const RETRY_AFTER: Duration = Duration::from_millis(50);

/// A worker that is too busy to give partitions back does not hold the group up: the ledger knows who read what.
const GIVE_BACK_WITHIN: Duration = Duration::from_secs(1);

/// How long the coordinator waits for members to join again. Shorter than an answer is waited for.
const REBALANCE_MS: i32 = 20_000;

/// What all members of a run have in common.
#[derive(Debug)]
pub(super) struct GroupTerms {
    pub(super) name: String,
    pub(super) bootstrap: String,
    pub(super) session_ms: i32,
    pub(super) heartbeat: Duration,
    pub(super) commit_every: Duration,
    /// Names and numbers of the partitions; who leads them does not matter here.
    pub(super) layout: Arc<Layout>,
    /// Where to begin without a commit, by place.
    pub(super) first_offsets: Vec<i64>,
    pub(super) ledger: Arc<Ledger>,
    /// How many partitions each member has; `None` if it is not in the group now.
    pub(super) holdings: Mutex<Vec<Option<usize>>>,
}

impl GroupTerms {
    /// Whether all members are there and all partitions dealt out.
    pub(super) fn is_formed(&self) -> bool {
        let holdings = self.holdings.lock().unwrap_or_else(PoisonError::into_inner);
        let sum: Option<usize> = holdings.iter().copied().sum();
        sum == Some(self.layout.places().len())
    }
}

/// What a member is told.
#[derive(Debug)]
pub(super) enum Order {
    /// Leave, and join again.
    ComeBack,
    /// Leave.
    End,
}

/// What a member, or the group as a whole, leaves.
#[derive(Debug, Clone, Default)]
pub struct GroupOutcome {
    /// How many members there were.
    pub members: u32,
    /// How often a member joined.
    pub joins: u64,
    /// The last generation.
    pub generation: i32,
    /// From giving partitions back to having others, of each member each time.
    pub rebalance: Latencies,
    /// From a commit's request to its answer.
    pub commit: Latencies,
    /// Records that were read again, since they had not been committed when their partition changed hands.
    pub redelivered: u64,
    /// Partitions whose committed offset is not what was committed.
    pub wrong_commits: u64,
    /// Errors by Kafka's names; a rebalance is none.
    pub errors: BTreeMap<&'static str, u64>,
    /// Why a member gave up.
    pub failure: Option<String>,
}

impl GroupOutcome {
    /// Adds another member's.
    pub(super) fn add(&mut self, other: GroupOutcome) {
        self.members += other.members;
        self.joins += other.joins;
        self.generation = self.generation.max(other.generation);
        self.rebalance.add(&other.rebalance);
        self.commit.add(&other.commit);
        self.redelivered += other.redelivered;
        self.wrong_commits += other.wrong_commits;
        for (name, count) in other.errors {
            *self.errors.entry(name).or_default() += count;
        }
        self.failure = self.failure.take().or(other.failure);
    }
}

/// A member.
pub(super) struct Member {
    number: u32,
    worker: ShardId,
    terms: Arc<GroupTerms>,
    topic_of: HashMap<String, usize>,
    mailer: Mailer<Note>,
    orders: Receiver<Order>,
    client: Option<Client>,
    me: Membership,
    /// Whether it has a share of the partitions, be it an empty one.
    is_member: bool,
    has_ended: bool,
    held: Vec<u32>,
    next_heartbeat: Instant,
    next_commit: Instant,
    /// Since when it has no partitions.
    idle_since_ns: u64,
    outcome: GroupOutcome,
}

impl Member {
    pub(super) fn new(
        number: u32,
        worker: ShardId,
        terms: Arc<GroupTerms>,
        mailer: Mailer<Note>,
        orders: Receiver<Order>,
    ) -> Member {
        let topics = terms.layout.topics().iter().zip(0..);
        Member {
            number,
            worker,
            topic_of: topics.map(|(topic, at)| (topic.name.clone(), at)).collect(),
            mailer,
            orders,
            client: None,
            me: Membership { group: terms.name.clone(), ..Membership::default() },
            terms,
            is_member: false,
            has_ended: false,
            held: Vec::new(),
            next_heartbeat: Instant::now(),
            next_commit: Instant::now(),
            idle_since_ns: monotonic_ns(),
            outcome: GroupOutcome { members: 1, ..GroupOutcome::default() },
        }
    }

    /// Takes part until the end.
    pub(super) fn run(mut self) -> GroupOutcome {
        while !self.has_ended {
            let result = if self.is_member { self.take_part() } else { self.join() };
            if let Err(error) = result {
                self.on_error(&error);
            }
        }
        self.outcome
    }

    fn join(&mut self) -> Result<(), ClientError> {
        match self.orders.try_recv() {
            Ok(Order::End) | Err(TryRecvError::Disconnected) => {
                self.has_ended = true;
                return Ok(());
            }
            Ok(Order::ComeBack) | Err(TryRecvError::Empty) => {}
        }
        let terms = Arc::clone(&self.terms);
        let topics: Vec<&str> = terms.layout.topics().iter().map(|topic| topic.name.as_str()).collect();
        let client = connected(&mut self.client, &terms)?;
        let members = client.join_group(&mut self.me, terms.session_ms, REBALANCE_MS, &topics)?;
        let share = client.sync_group(&self.me, &dealt(members, &terms.layout))?;
        let places = self.places_of(&share)?;
        let starts = self.starts(&places)?;
        for (place, offset) in &starts {
            terms.ledger.begin(*place, *offset);
        }
        self.held = places;
        let note = Note::Assign { consumer: self.number, places: starts };
        // A worker that has ended reads nothing any more.
        let _ = self.mailer.mail(self.worker, note);
        self.is_member = true;
        self.tell_holding(Some(self.held.len()));
        self.outcome.joins += 1;
        self.outcome.generation = self.outcome.generation.max(self.me.generation);
        if self.outcome.joins > 1 {
            self.outcome.rebalance.record(monotonic_ns().saturating_sub(self.idle_since_ns), 1);
        }
        self.next_heartbeat = Instant::now() + terms.heartbeat;
        self.next_commit = Instant::now() + terms.commit_every;
        Ok(())
    }

    /// The places of a share, in order.
    fn places_of(&self, share: &[(String, Vec<i32>)]) -> Result<Vec<u32>, ClientError> {
        let layout = &self.terms.layout;
        let mut places = Vec::new();
        for (name, partitions) in share {
            for partition in partitions {
                let place = self.topic_of.get(name).and_then(|topic| layout.place_of(*topic, *partition));
                let place = place.and_then(|place| u32::try_from(place).ok());
                places.push(place.ok_or_else(|| strange(&format!("{name}-{partition} was dealt out")))?);
            }
        }
        places.sort_unstable();
        Ok(places)
    }

    /// Where reading begins: at what was committed, else where the run begins.
    fn starts(&mut self, places: &[u32]) -> Result<Vec<(u32, i64)>, ClientError> {
        if places.is_empty() {
            return Ok(Vec::new());
        }
        let terms = Arc::clone(&self.terms);
        let client = connected(&mut self.client, &terms)?;
        let found = client.committed(&terms.name, &terms.layout.by_topic(places))?;
        let mut committed: HashMap<u32, i64> = HashMap::new();
        for (topic, partition, offset) in found {
            if let Some(place) = self.places_of(&[(topic, vec![partition])])?.first() {
                committed.insert(*place, offset);
            }
        }
        let start = |place: &u32| match committed.get(place) {
            Some(offset) if *offset >= 0 => (*place, *offset),
            _ => (*place, terms.first_offsets[*place as usize]),
        };
        Ok(places.iter().map(start).collect())
    }

    /// Waits for an order, or for the time of a heartbeat or of a commit.
    fn take_part(&mut self) -> Result<(), ClientError> {
        let next = self.next_heartbeat.min(self.next_commit);
        match self.orders.recv_timeout(next.saturating_duration_since(Instant::now())) {
            Ok(Order::ComeBack) => {
                self.give_back();
                self.leave();
                Ok(())
            }
            Ok(Order::End) | Err(RecvTimeoutError::Disconnected) => {
                self.has_ended = true;
                self.leave();
                Ok(())
            }
            Err(RecvTimeoutError::Timeout) if self.next_commit <= self.next_heartbeat => {
                self.next_commit = Instant::now() + self.terms.commit_every;
                self.commit()
            }
            Err(RecvTimeoutError::Timeout) => {
                self.next_heartbeat = Instant::now() + self.terms.heartbeat;
                connected(&mut self.client, &self.terms)?.heartbeat(&self.me)
            }
        }
    }

    /// Commits what was read since the last commit.
    fn commit(&mut self) -> Result<(), ClientError> {
        let terms = Arc::clone(&self.terms);
        let is_behind = |place: &u32| {
            let reading = terms.ledger.reading(*place);
            let position = reading.position().filter(|position| reading.committed() != Some(*position));
            position.map(|position| (*place, position))
        };
        let offsets: Vec<(u32, i64)> = self.held.iter().filter_map(is_behind).collect();
        if offsets.is_empty() {
            return Ok(());
        }
        let mut by_topic: Offsets<'_> = Vec::new();
        for (place, offset) in &offsets {
            let place = &terms.layout.places()[*place as usize];
            let name = terms.layout.topics()[place.topic].name.as_str();
            match by_topic.last_mut() {
                Some((last, partitions)) if *last == name => partitions.push((place.partition, *offset)),
                _ => by_topic.push((name, vec![(place.partition, *offset)])),
            }
        }
        let began_ns = monotonic_ns();
        connected(&mut self.client, &terms)?.commit(&self.me, &by_topic)?;
        self.outcome.commit.record(monotonic_ns() - began_ns, 1);
        for (place, offset) in offsets {
            terms.ledger.reading(place).on_committed(offset);
        }
        Ok(())
    }

    /// Has the worker stop reading.
    fn give_back(&mut self) {
        let (done, is_done) = sync_channel(1);
        let _ = self.mailer.mail(self.worker, Note::Revoke { consumer: self.number, done });
        let _ = is_done.recv_timeout(GIVE_BACK_WITHIN);
        self.is_member = false;
        self.idle_since_ns = monotonic_ns();
        self.tell_holding(None);
    }

    /// Commits once more, and leaves. What fails of that is counted: nobody waits for it.
    fn leave(&mut self) {
        if let Err(error) = self.commit() {
            self.count(&error);
        }
        let left = connected(&mut self.client, &self.terms).and_then(|client| client.leave_group(&self.me));
        if let Err(error) = left {
            self.count(&error);
        }
        self.held.clear();
        self.me.member_id.clear();
    }

    fn on_error(&mut self, error: &ClientError) {
        self.count(error);
        match code(error) {
            Some(ErrorCode::RebalanceInProgress) => {
                if self.is_member {
                    self.give_back();
                    // Committing is allowed until the last member has joined again.
                    if let Err(error) = self.commit() {
                        self.count(&error);
                    }
                }
                self.held.clear();
            }
            Some(ErrorCode::IllegalGeneration) => self.on_thrown_out(),
            Some(ErrorCode::UnknownMemberId | ErrorCode::FencedInstanceId) => {
                self.on_thrown_out();
                self.me.member_id.clear();
            }
            Some(other) if !other.is_retriable() => self.fail(error),
            _ if matches!(error, ClientError::Version(_) | ClientError::Malformed(_)) => self.fail(error),
            // The connection is gone, or the coordinator is elsewhere: it is looked for again.
            _ => {
                self.client = None;
                std::thread::sleep(RETRY_AFTER);
            }
        }
    }

    fn on_thrown_out(&mut self) {
        if self.is_member {
            self.give_back();
        }
        self.held.clear();
    }

    fn fail(&mut self, error: &ClientError) {
        self.on_thrown_out();
        self.outcome.failure = Some(error.to_string());
        self.has_ended = true;
    }

    fn count(&mut self, error: &ClientError) {
        let name = match code(error) {
            Some(ErrorCode::RebalanceInProgress) => return,
            // A broker whose first group this is has to make the topic for its offsets.
            Some(code) if code.is_retriable() && self.outcome.joins == 0 => return,
            Some(code) => code.name(),
            None => "CONNECTION_BROKEN",
        };
        *self.outcome.errors.entry(name).or_default() += 1;
    }

    fn tell_holding(&self, holding: Option<usize>) {
        let mut holdings = self.terms.holdings.lock().unwrap_or_else(PoisonError::into_inner);
        holdings[self.number as usize] = holding;
    }
}

fn code(error: &ClientError) -> Option<ErrorCode> {
    match error {
        ClientError::Refused { code, .. } => Some(*code),
        _ => None,
    }
}

/// An answer that makes no sense.
fn strange(what: &str) -> ClientError {
    ClientError::Refused {
        what: what.to_owned(),
        code: ErrorCode::UnknownServerError,
        message: String::new(),
    }
}

/// The connection to the coordinator, a new one if need be.
fn connected<'a>(client: &'a mut Option<Client>, terms: &GroupTerms) -> Result<&'a mut Client, ClientError> {
    match client {
        Some(client) => Ok(client),
        None => Ok(client.insert(to_coordinator(&terms.bootstrap, &terms.name)?)),
    }
}

/// A connection to the coordinator of a group.
pub(super) fn to_coordinator(bootstrap: &str, group: &str) -> Result<Client, ClientError> {
    let address = Client::open(bootstrap)?.coordinator(group)?;
    Client::open(&address)
}

/// Every partition to the next member in turn, by their ids; nothing where there are no members to deal to.
fn dealt(mut members: Vec<String>, layout: &Layout) -> Vec<(String, Partitions<'_>)> {
    members.sort_unstable();
    let count = members.len();
    let share = |number: usize| {
        let places: Vec<u32> = (0..).take(layout.places().len()).skip(number).step_by(count).collect();
        layout.by_topic(&places)
    };
    members.into_iter().enumerate().map(|(number, member)| (member, share(number))).collect()
}
