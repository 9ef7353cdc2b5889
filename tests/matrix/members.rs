//! Members of a group as processes, and the judge of what they are shown.

use crate::stage::Stage;
use harness::driver::{Driver, Refused};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// A member whose answer was lost with the broker is waited for until its session ends, and some clients only then begin
/// anew, after pauses that they make longer and longer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(240);

/// A group on one topic.
#[derive(Debug)]
pub(crate) struct Group {
    name: String,
    topic: String,
    commits_in_step: bool,
    members: BTreeMap<&'static str, Member>,
    /// Everything that any member was shown: what, by partition and offset.
    pub(crate) shown: BTreeMap<(i32, i64), String>,
    /// For each partition, the highest offset that a member was told to be committed.
    pub(crate) committed: BTreeMap<i32, i64>,
}

#[derive(Debug)]
struct Member {
    driver: Driver,
    assigned: BTreeSet<i32>,
}

impl Group {
    pub(crate) fn new(stage: &Stage, name: &str, topic: &str) -> Group {
        Group {
            name: name.to_owned(),
            topic: topic.to_owned(),
            commits_in_step: stage.family.commits_in_step,
            members: BTreeMap::new(),
            shown: BTreeMap::new(),
            committed: BTreeMap::new(),
        }
    }

    /// A new member, in a process of its own, that the group waits for when it is silent.
    pub(crate) fn join(&mut self, stage: &Stage, member: &'static str) {
        self.join_with_session(stage, member, "30000");
    }

    /// A new member that is missed soon, because it will be killed.
    pub(crate) fn join_to_be_killed(&mut self, stage: &Stage, member: &'static str) {
        self.join_with_session(stage, member, "8000");
    }

    fn join_with_session(&mut self, stage: &Stage, member: &'static str, session_ms: &str) {
        let mut driver = stage.another_driver();
        driver.tell("join", &[("group", &self.name), ("topic", &self.topic), ("session", session_ms)]);
        let before = self.members.insert(member, Member { driver, assigned: BTreeSet::new() });
        assert!(before.is_none(), "{member} is in the group already");
    }

    /// Takes a member away with SIGKILL, without a word to the broker.
    pub(crate) fn kill(&mut self, member: &str) {
        self.listen();
        assert!(self.members.remove(member).is_some(), "{member} is a member");
    }

    /// Lets a member leave as it should.
    pub(crate) fn leave(&mut self, member: &str) {
        self.listen();
        let mut leaver = self.members.remove(member).expect("a member");
        leaver.driver.tell("stop", &[]);
        let last = leaver.driver.rest().unwrap_or_else(|refused| panic!("{member} leaves: {refused:?}"));
        for line in last {
            self.on_line(member, &line);
        }
    }

    /// Takes in what the members have said, in the order in which they said it.
    pub(crate) fn listen(&mut self) {
        let mut said: Vec<(Instant, &'static str, String)> = Vec::new();
        for (name, member) in &mut self.members {
            said.extend(member.driver.said().into_iter().map(|(at, line)| (at, *name, line)));
        }
        said.sort_by_key(|(at, _, _)| *at);
        for (_, name, line) in said {
            self.on_line(name, &line);
        }
    }

    fn on_line(&mut self, member: &str, line: &str) {
        if let Some(refused) = Refused::parse(line) {
            panic!("{member}: {refused:?}");
        }
        let fields: Vec<&str> = line.split('\t').collect();
        match fields[..] {
            ["assigned", list] => {
                let assigned = list.split(',').filter(|each| !each.is_empty());
                let assigned = assigned.map(|each| each.parse().expect("a partition")).collect();
                // A member that leaves is told about what it gives up, and is no longer in the list.
                if let Some(member) = self.members.get_mut(member) {
                    member.assigned = assigned;
                }
            }
            ["record", partition, offset, value] => self.on_record(
                member,
                partition.parse().expect("a partition"),
                offset.parse().expect("an offset"),
                value,
            ),
            ["committed", partition, offset] => {
                let committed = self.committed.entry(partition.parse().expect("a partition")).or_default();
                *committed = (*committed).max(offset.parse().expect("an offset"));
            }
            _ => panic!("{member} says {line:?}"),
        }
    }

    /// At least once is what groups promise: what was shown may come again, but not once it is committed, and then
    /// it is the same.
    fn on_record(&mut self, member: &str, partition: i32, offset: i64, value: &str) {
        let committed = self.committed.get(&partition).copied().unwrap_or_default();
        assert!(
            offset >= committed || !self.commits_in_step,
            "{member} is shown {partition}:{offset} although {committed} is committed"
        );
        let before = self.shown.insert((partition, offset), value.to_owned());
        let same = before.is_none_or(|before| before == value);
        assert!(same, "{member} is shown another record at {partition}:{offset}: {value}");
    }

    /// Waits until this is so.
    pub(crate) fn wait(&mut self, what: &str, mut is_so: impl FnMut(&Group) -> bool) {
        let start = Instant::now();
        while !is_so(self) {
            self.listen();
            assert!(start.elapsed() < PATIENCE, "waited for {what}: {}", self.state());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn state(&self) -> String {
        let members: Vec<_> =
            self.members.iter().map(|(name, member)| format!("{name} has {:?}", member.assigned)).collect();
        format!("{}; {} shown; committed {:?}", members.join(", "), self.shown.len(), self.committed)
    }

    /// Waits until every one of the partitions belongs to exactly one member, and no member has none.
    pub(crate) fn wait_until_shared(&mut self, partitions: i32) {
        let all: BTreeSet<i32> = (0..partitions).collect();
        self.wait("every partition to have one member", |group| {
            let count: usize = group.members.values().map(|member| member.assigned.len()).sum();
            let covered: BTreeSet<i32> =
                group.members.values().flat_map(|member| member.assigned.iter().copied()).collect();
            let idle = group.members.values().any(|member| member.assigned.is_empty());
            covered == all && count == all.len() && !idle
        });
    }

    /// Waits until everything below `end` was shown and is committed, in each of the partitions.
    pub(crate) fn wait_until_committed(&mut self, stage: &mut Stage, partitions: i32, end: i64) {
        self.wait(&format!("offset {end} to be committed in every partition"), |group| {
            (0..partitions).all(|partition| {
                if stage.family.has_admin {
                    return group.committed.get(&partition) == Some(&end);
                }
                let is_shown = group.shown.contains_key(&(partition, end - 1));
                is_shown && stage.committed(&group.name, &group.topic, partition) == end
            })
        });
        for (partition, offset) in
            (0..partitions).flat_map(|partition| (0..end).map(move |at| (partition, at)))
        {
            assert!(self.shown.contains_key(&(partition, offset)), "{partition}:{offset} was passed over");
        }
    }

    /// Forgets what was committed: the offsets of the group were set back to `offset`.
    pub(crate) fn on_reset(&mut self, partitions: i32, offset: i64) {
        self.committed = (0..partitions).map(|partition| (partition, offset)).collect();
        self.shown.retain(|(_, at), _| *at < offset);
    }
}
