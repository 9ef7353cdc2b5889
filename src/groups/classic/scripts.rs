//! Scripts: what happens to a group line by line, each followed by all that comes of it. The files are in `scripts/`,
//! one for each subject.
//!
//! A line that begins with `>` is input, one with `#` a comment; what stands between is output. After each input come
//! the answers, the records, and then the whole state. `UPDATE=1 cargo test -p loglane --lib groups::classic` writes the
//! output into the files anew, and the difference is for you to read.

use super::{ClassicGroup, Due, HeartbeatRequest, JoinRequest, LeavingMember, Protocol, SyncRequest};
use crate::config::settings::GroupSettings;
use crate::groups::{Effects, GroupAnswer, Moment, RecordNumber, RequestToken};
use loglane_model::{Instant, ShardId};
use loglane_net::ErrorCode;
use loglane_net::message::consumer_offsets::GroupMetadataValue;
use loglane_net::record::decode_value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A group, and what the script has said and seen so far.
struct Stage {
    settings: GroupSettings,
    group: ClassicGroup,
    now_ms: u64,
    /// Requests are named by number, from 1.
    requests: u64,
    /// Draws of the random numbers that make member ids.
    draws: u128,
    /// Short names for the ids that were given out, by order.
    names: BTreeMap<String, String>,
    /// The value of the last record that was committed: what a start would find.
    log: Option<Vec<u8>>,
    written: BTreeMap<u64, Vec<u8>>,
    out: String,
}

/// The words of an input line: a verb, then `key=value` or flags.
struct Words<'a> {
    verb: &'a str,
    values: Vec<(&'a str, &'a str)>,
}

impl<'a> Words<'a> {
    fn new(line: &'a str) -> Words<'a> {
        let mut words = line.split_whitespace();
        let verb = words.next().unwrap();
        let values = words.map(|word| word.split_once('=').unwrap_or((word, ""))).collect();
        Words { verb, values }
    }

    fn get(&self, key: &str) -> Option<&'a str> {
        self.values.iter().find(|(known, _)| *known == key).map(|(_, value)| *value)
    }

    fn number<T: std::str::FromStr>(&self, key: &str, default: T) -> T {
        let parse = |text: &str| text.parse().unwrap_or_else(|_| panic!("{key}={text} is no number"));
        self.get(key).map_or(default, parse)
    }

    fn text(&self, key: &str) -> &'a str {
        self.get(key).unwrap_or("")
    }
}

fn settings() -> GroupSettings {
    GroupSettings {
        initial_rebalance_delay_ms: 3_000,
        session_timeout_ms_min: 6_000,
        session_timeout_ms_max: 1_800_000,
        size_max: u32::MAX,
        consumer_session_timeout_ms: 45_000,
        consumer_heartbeat_interval_ms: 5_000,
        consumer_size_max: u32::MAX,
        consumer_assignors: Vec::new(),
    }
}

impl Stage {
    fn new() -> Stage {
        Stage {
            settings: settings(),
            group: ClassicGroup::new("g", 0),
            now_ms: 0,
            requests: 0,
            draws: 0,
            names: BTreeMap::new(),
            log: None,
            written: BTreeMap::new(),
            out: String::new(),
        }
    }

    fn token(&mut self) -> RequestToken {
        self.requests += 1;
        RequestToken { shard: ShardId(0), request: self.requests, version: 9 }
    }

    /// Runs one line, and prints what comes of it.
    fn run(&mut self, line: &str) {
        let words = Words::new(line);
        let settings = self.settings.clone();
        let now = Instant(self.now_ms * 1_000_000);
        let wall_ms = i64::try_from(self.now_ms).unwrap();
        let moment = Moment { now, wall_ms, settings: &settings };
        let effects = match words.verb {
            "settings" => {
                self.settings.size_max = words.number("size-max", settings.size_max);
                let delay = settings.initial_rebalance_delay_ms;
                self.settings.initial_rebalance_delay_ms = words.number("initial-delay", delay);
                return;
            }
            "new" => {
                self.group = match words.get("with-offsets") {
                    Some(_) => ClassicGroup::with_offsets("g", wall_ms),
                    None => ClassicGroup::new("g", wall_ms),
                };
                Effects::default()
            }
            "at" => {
                let to: u64 = words.values[0].0.parse().unwrap();
                assert!(to >= self.now_ms, "time goes on");
                return self.pass_time(to);
            }
            "join" => self.join(&moment, &words),
            "sync" => self.sync(&words),
            "heartbeat" => {
                let error = self.heartbeat(&moment, &words);
                writeln!(self.out, "heartbeat: {}", error.name()).unwrap();
                Effects::default()
            }
            "leave" => self.leave(&moment, &words),
            "commit" => {
                let (id, instance) = (self.id(words.text("member")), words.get("instance"));
                let generation = words.number("generation", -1);
                let transactional = words.get("transactional").is_some();
                let result = self.group.on_offset_commit(&moment, &id, instance, generation, transactional);
                let error = result.err().unwrap_or(ErrorCode::None);
                writeln!(self.out, "commit: {}", error.name()).unwrap();
                Effects::default()
            }
            "committed" => {
                let number = words.values[0].0.parse().unwrap();
                self.log = self.written.remove(&number);
                self.group.on_record_committed(&moment, RecordNumber(number))
            }
            "failed" => {
                let number = words.values[0].0.parse().unwrap();
                let error = ErrorCode::ALL.iter().find(|error| error.name() == words.text("error"));
                self.group.on_record_failed(&moment, RecordNumber(number), *error.unwrap())
            }
            "restart" => {
                let bytes = self.log.clone().expect("something was committed");
                let value: GroupMetadataValue<'_> = decode_value(&bytes).unwrap();
                self.group = ClassicGroup::from_record("g", &value);
                self.group.on_loaded(&moment)
            }
            "unload" => self.group.on_unloaded(&moment),
            "describe" => return self.describe(),
            verb => panic!("no such verb: {verb}"),
        };
        self.print(&effects);
        self.print_state();
    }

    /// Lets time pass, with a stop at each deadline.
    fn pass_time(&mut self, to_ms: u64) {
        while let Some(at) = self.group.next_deadline().filter(|at| at.0 <= to_ms * 1_000_000) {
            self.now_ms = at.0 / 1_000_000;
            writeln!(self.out, "at {}", self.now_ms).unwrap();
            let settings = self.settings.clone();
            let wall_ms = i64::try_from(self.now_ms).unwrap();
            let moment = Moment { now: at, wall_ms, settings: &settings };
            let effects = self.group.on_deadline(&moment);
            self.print(&effects);
        }
        self.now_ms = to_ms;
        self.print_state();
    }

    /// The id behind a short name; what is no name stands for itself.
    fn id(&self, name: &str) -> String {
        let known = self.names.iter().find(|(_, short)| *short == name);
        known.map_or_else(|| name.to_owned(), |(id, _)| id.clone())
    }

    /// The short name of an id.
    fn short(&self, id: &str) -> String {
        self.names.get(id).cloned().unwrap_or_else(|| format!("{id:?}"))
    }

    /// `protocols=range:a+b,sticky` : names, each with metadata; for consumers those of a subscription.
    fn join(&mut self, moment: &Moment<'_>, words: &Words<'_>) -> Effects {
        let version: i16 = words.number("version", 9);
        let kind = words.get("type").unwrap_or("consumer");
        let protocols = words.get("protocols").unwrap_or("range:t");
        let member_id = self.id(words.text("member"));
        let session_timeout_ms = words.number("session", 10_000);
        self.draws += 1;
        let request = JoinRequest {
            client_id: words.get("client").unwrap_or("c"),
            client_host: "/127.0.0.1",
            member_id: &member_id,
            instance_id: words.get("instance"),
            session_timeout_ms,
            rebalance_timeout_ms: words.number("rebalance", 60_000),
            protocol_type: kind,
            protocols: protocols
                .split(',')
                .filter(|text| !text.is_empty())
                .map(|text| protocol(kind, text))
                .collect(),
            reason: None,
            requires_known_member_id: version >= 4,
            may_skip_assignment: version >= 9,
        };
        let token = self.token();
        let effects = self.group.on_join(moment, token, &request, self.draws);
        self.name_new_members();
        effects
    }

    /// Ids that appeared are called m1, m2, … in the order in which they did.
    fn name_new_members(&mut self) {
        let ids = self.group.members.keys().chain(&self.group.pending_members);
        let new: Vec<String> =
            ids.filter(|id| !self.names.contains_key(&***id)).map(|id| id.to_string()).collect();
        for id in new {
            let name = format!("m{}", self.names.len() + 1);
            writeln!(self.out, "{name} is {id}").unwrap();
            self.names.insert(id, name);
        }
    }

    fn sync(&mut self, words: &Words<'_>) -> Effects {
        let member_id = self.id(words.text("member"));
        let given: Vec<(String, &str)> = words
            .text("give")
            .split(',')
            .filter_map(|pair| pair.split_once(':'))
            .map(|(name, assignment)| (self.id(name), assignment))
            .collect();
        let request = SyncRequest {
            member_id: &member_id,
            instance_id: words.get("instance"),
            generation_id: words.number("generation", 1),
            protocol_type: words.get("type"),
            protocol_name: words.get("protocol"),
            assignments: given.iter().map(|(id, bytes)| (id.as_str(), bytes.as_bytes())).collect(),
        };
        let token = self.token();
        self.group.on_sync(token, &request)
    }

    fn heartbeat(&mut self, moment: &Moment<'_>, words: &Words<'_>) -> ErrorCode {
        let member_id = self.id(words.text("member"));
        let request = HeartbeatRequest {
            member_id: &member_id,
            instance_id: words.get("instance"),
            generation_id: words.number("generation", 1),
        };
        self.group.on_heartbeat(moment, &request)
    }

    /// `leave m1 m2 m3@instance @instance`.
    fn leave(&mut self, moment: &Moment<'_>, words: &Words<'_>) -> Effects {
        let members: Vec<(String, Option<&str>)> = words
            .values
            .iter()
            .map(|(word, _)| match word.split_once('@') {
                Some((name, instance)) => (self.id(name), Some(instance)),
                None => (self.id(word), None),
            })
            .collect();
        let leaving: Vec<LeavingMember<'_>> = members
            .iter()
            .map(|(id, instance)| LeavingMember { member_id: id, instance_id: *instance, reason: None })
            .collect();
        let token = self.token();
        self.group.on_leave(moment, token, &leaving)
    }

    fn print(&mut self, effects: &Effects) {
        for (token, answer) in &effects.answers {
            let text = self.answer(answer);
            writeln!(self.out, "request {}: {text}", token.request).unwrap();
        }
        for record in &effects.records {
            let value: GroupMetadataValue<'_> = decode_value(&record.value).unwrap();
            assert_eq!(record.value[..2], [0, 3]);
            let members: Vec<String> = value
                .members
                .iter()
                .map(|member| {
                    let assignment = String::from_utf8_lossy(member.assignment);
                    format!("{}={assignment:?}", self.short(member.member_id))
                })
                .collect();
            writeln!(
                self.out,
                "record {}: generation {} type {:?} protocol {} leader {} since {} members [{}]",
                record.number.0,
                value.generation,
                value.protocol_type,
                value.protocol.unwrap_or("none"),
                value.leader.map_or("none".to_owned(), |leader| self.short(leader)),
                value.current_state_timestamp,
                members.join(" "),
            )
            .unwrap();
            self.written.insert(record.number.0, record.value.clone());
        }
    }

    fn answer(&self, answer: &GroupAnswer) -> String {
        match answer {
            GroupAnswer::Join(join) => {
                let members: Vec<String> = join
                    .members
                    .iter()
                    .map(|member| {
                        let instance =
                            member.instance_id.as_ref().map_or(String::new(), |id| format!("@{id}"));
                        format!("{}{instance}", self.short(&member.member_id))
                    })
                    .collect();
                format!(
                    "join {} member {} generation {} leader {} type {} protocol {}{}{}",
                    join.error.name(),
                    self.short(&join.member_id),
                    join.generation_id,
                    self.short(&join.leader),
                    join.protocol_type.as_deref().unwrap_or("none"),
                    join.protocol_name.as_deref().unwrap_or("none"),
                    if join.skip_assignment { " skips assignment" } else { "" },
                    if members.is_empty() {
                        String::new()
                    } else {
                        format!(" members [{}]", members.join(" "))
                    },
                )
            }
            GroupAnswer::Sync(sync) => format!(
                "sync {} type {} protocol {} assignment {:?}",
                sync.error.name(),
                sync.protocol_type.as_deref().unwrap_or("none"),
                sync.protocol_name.as_deref().unwrap_or("none"),
                String::from_utf8_lossy(&sync.assignment),
            ),
            GroupAnswer::Heartbeat(error) => format!("heartbeat {}", error.name()),
            GroupAnswer::Leave(leave) => {
                let members: Vec<String> = leave
                    .members
                    .iter()
                    .map(|member| {
                        let instance =
                            member.instance_id.as_ref().map_or(String::new(), |id| format!("@{id}"));
                        format!("{}{instance} {}", self.short(&member.member_id), member.error.name())
                    })
                    .collect();
                format!("leave {} [{}]", leave.error.name(), members.join(", "))
            }
        }
    }

    fn print_state(&mut self) {
        let group = &self.group;
        let members: Vec<String> = group
            .members
            .values()
            .map(|member| {
                let mut text = self.short(&member.id);
                if let Some(instance) = &member.instance_id {
                    write!(text, "@{instance}").unwrap();
                }
                if member.awaiting_join.is_some() {
                    text.push_str("(join)");
                }
                if member.awaiting_sync.is_some() {
                    text.push_str("(sync)");
                }
                text
            })
            .collect();
        let pending: Vec<String> = group.pending_members.iter().map(|id| self.short(id)).collect();
        let deadlines: Vec<String> = group
            .deadlines
            .iter()
            .map(|(at, due)| {
                let what = match due {
                    Due::Join => "join".to_owned(),
                    Due::Sync => "sync".to_owned(),
                    Due::Session(id) => self.short(id),
                };
                format!("{what} {}", at.0 / 1_000_000)
            })
            .collect();
        let mut line = format!("= {} generation {}", group.state, group.generation_id);
        if let Some(leader) = &group.leader {
            write!(line, " leader {}", self.short(leader)).unwrap();
        }
        for (what, texts) in [("members", members), ("pending", pending), ("due", deadlines)] {
            if !texts.is_empty() {
                write!(line, " {what} [{}]", texts.join(", ")).unwrap();
            }
        }
        writeln!(self.out, "{line}").unwrap();
    }

    fn describe(&mut self) {
        let group = &self.group;
        writeln!(
            self.out,
            "described: {} type {:?} protocol {:?} simple {} expiry {:?} reads t: {}",
            group.state,
            group.protocol_type(),
            group.protocol_data(),
            group.is_simple(),
            group.offset_expiry(),
            group.is_subscribed_to("t"),
        )
        .unwrap();
        let deletes = |result: Result<(), ErrorCode>| result.err().unwrap_or(ErrorCode::None).name();
        writeln!(
            self.out,
            "may be deleted: {}, its offsets: {}",
            deletes(group.check_delete()),
            deletes(group.check_offset_delete())
        )
        .unwrap();
        for member in group.described_members() {
            writeln!(
                self.out,
                "member {} instance {:?} client {:?} host {:?} metadata {} assignment {}",
                self.names.get(member.member_id).map_or(member.member_id, |name| name),
                member.instance_id,
                member.client_id,
                member.client_host,
                member.metadata.escape_ascii(),
                member.assignment.escape_ascii(),
            )
            .unwrap();
        }
    }
}

/// `name:a+b`: under this name the metadata are `a+b`, or for a consumer its subscription to these topics.
fn protocol(kind: &str, text: &str) -> Protocol {
    let (name, metadata) = text.split_once(':').unwrap_or((text, ""));
    let bytes = if kind == "consumer" && metadata != "garbage" {
        let topics: Vec<&str> = metadata.split('+').filter(|topic| !topic.is_empty()).collect();
        let mut bytes = vec![0, 1];
        bytes.extend_from_slice(&u32::try_from(topics.len()).unwrap().to_be_bytes());
        for topic in topics {
            bytes.extend_from_slice(&u16::try_from(topic.len()).unwrap().to_be_bytes());
            bytes.extend_from_slice(topic.as_bytes());
        }
        bytes.extend_from_slice(&(-1i32).to_be_bytes());
        bytes
    } else {
        metadata.as_bytes().to_vec()
    };
    Protocol { name: Arc::from(name), metadata: Arc::from(bytes) }
}

/// The script with the output that comes now.
fn replay(text: &str) -> String {
    let mut stage = Stage::new();
    let mut result = String::new();
    for line in text.lines() {
        if let Some(input) = line.strip_prefix("> ") {
            writeln!(result, "{line}").unwrap();
            stage.run(input);
            result.push_str(&stage.out);
            stage.out.clear();
        } else if line.starts_with('#') {
            if let Some(title) = line.strip_prefix("## ") {
                stage = Stage::new();
                writeln!(result, "\n## {title}").unwrap();
            } else {
                // Comments stand apart from what is before them.
                let begins = !result.lines().last().unwrap_or("").starts_with('#');
                writeln!(result, "{}{line}", if begins { "\n" } else { "" }).unwrap();
            }
        }
    }
    result.trim_start().to_owned()
}

fn scripts() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/groups/classic/scripts");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn groups_do_what_their_scripts_say() {
    let mut differences = String::new();
    for file in scripts() {
        let written = std::fs::read_to_string(&file).unwrap();
        let came = replay(&written);
        if came == written {
            continue;
        }
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&file, came).unwrap();
            continue;
        }
        writeln!(differences, "{}:", file.display()).unwrap();
        let mut lines = written.lines();
        for line in came.lines() {
            let expected = lines.next().unwrap_or("(the end)");
            if line != expected {
                writeln!(differences, "- {expected}\n+ {line}").unwrap();
                break;
            }
        }
    }
    assert!(differences.is_empty(), "run with UPDATE=1 and read the difference\n{differences}");
}
