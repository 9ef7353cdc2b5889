//! Somebody else's client library behind one small language: a program that reads a command a line and answers
//! with lines, so that one start of a virtual machine serves many checks.
//!
//! `command<TAB>key=value<TAB>…` is answered by any number of lines and then `ok`, or `failed<TAB>kind<TAB>message`.

use crate::peer::Peer;
use crate::tool::python;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::time::{Duration, Instant};

/// A client program in conversation.
#[derive(Debug)]
pub struct Driver {
    child: Child,
    commands: ChildStdin,
    answers: Receiver<(Instant, String)>,
}

/// What the client library said when it did not work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The name of the exception or error.
    pub kind: String,
    /// Its text.
    pub message: String,
}

/// A record as a client library has seen it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
    /// Milliseconds since 1970.
    pub timestamp: i64,
    /// The key; `-` for none.
    pub key: String,
    /// The value; `-` for none.
    pub value: String,
    /// `name=value` for each header, joined by commas; `-` for none.
    pub headers: String,
}

/// How long one command may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(180);

impl Driver {
    /// Kafka's own Java client.
    ///
    /// # Errors
    /// Why it cannot be had.
    pub fn java(peer: &Peer, bootstrap: &str) -> Result<Driver, String> {
        Driver::start(peer.program("Driver")?.arg(bootstrap))
    }

    /// confluent-kafka: librdkafka from Python.
    ///
    /// # Errors
    /// Why it cannot be had.
    pub fn python(bootstrap: &str) -> Result<Driver, String> {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../python/driver.py");
        Driver::start(Command::new(python()?).arg(program).arg(bootstrap))
    }

    /// A program that speaks the language of drivers.
    ///
    /// # Errors
    /// Why it does not start.
    ///
    /// # Panics
    /// Never: its input and output are pipes.
    pub fn start(command: &mut Command) -> Result<Driver, String> {
        Driver::start_with_log(command, Stdio::inherit())
    }

    /// As [`Driver::start`]; what the program prints as errors goes to `log`.
    ///
    /// # Errors
    /// Why it does not start.
    ///
    /// # Panics
    /// Never: its input and output are pipes.
    pub fn start_with_log(command: &mut Command, log: impl Into<Stdio>) -> Result<Driver, String> {
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log.into()).spawn();
        let mut child = child.map_err(|error| format!("{command:?}: {error}"))?;
        let commands = child.stdin.take().expect("piped");
        let out = BufReader::new(child.stdout.take().expect("piped"));
        let (lines, answers) = mpsc::channel();
        std::thread::spawn(move || {
            out.lines().map_while(Result::ok).try_for_each(|line| lines.send((Instant::now(), line)))
        });
        Ok(Driver { child, commands, answers })
    }

    /// Asks; the lines of the answer.
    ///
    /// # Errors
    /// What the client library said.
    ///
    /// # Panics
    /// When the program is gone or silent.
    pub fn ask(&mut self, command: &str, arguments: &[(&str, &str)]) -> Result<Vec<String>, Refused> {
        self.tell(command, arguments);
        self.rest()
    }

    /// Gives a command and does not wait: for those that go on until they are told `stop`.
    ///
    /// # Panics
    /// When the program is gone.
    pub fn tell(&mut self, command: &str, arguments: &[(&str, &str)]) {
        let mut line = command.to_owned();
        for (key, value) in arguments {
            assert!(!value.contains(['\t', '\n']), "a value is a word or a sentence: {value:?}");
            line.push_str(&format!("\t{key}={value}"));
        }
        writeln!(self.commands, "{line}").expect("the client program reads");
    }

    /// What the program has said since it was last asked, with the moment at which it did. Does not wait.
    ///
    /// # Panics
    /// When the program is gone.
    pub fn said(&mut self) -> Vec<(Instant, String)> {
        let mut said = Vec::new();
        loop {
            match self.answers.try_recv() {
                Ok(line) => said.push(line),
                Err(TryRecvError::Empty) => return said,
                Err(TryRecvError::Disconnected) if !said.is_empty() => return said,
                Err(TryRecvError::Disconnected) => panic!("the client program has ended"),
            }
        }
    }

    /// The lines up to the end of the command that was given.
    ///
    /// # Errors
    /// What the client library said.
    ///
    /// # Panics
    /// When the program is gone or silent.
    pub fn rest(&mut self) -> Result<Vec<String>, Refused> {
        let mut lines = Vec::new();
        loop {
            let answer = self.answers.recv_timeout(ANSWER_WITHIN);
            let (_, answer) =
                answer.unwrap_or_else(|error| panic!("no end of the answer, {error}: {lines:?}"));
            if answer == "ok" {
                return Ok(lines);
            }
            if let Some(refused) = Refused::parse(&answer) {
                return Err(refused);
            }
            lines.push(answer);
        }
    }

    /// Produces the records of `recipe`; their offsets in the order of sending, −1 where none was told. `client` are
    /// properties of the client library.
    ///
    /// # Errors
    /// What the client library said.
    ///
    /// # Panics
    /// For an answer of another form.
    pub fn produce(
        &mut self,
        topic: &str,
        partition: i32,
        recipe: &Recipe,
        client: &[(&str, &str)],
    ) -> Result<Vec<i64>, Refused> {
        self.send("produce", topic, partition, recipe, client, &[])
    }

    /// Produces the records of `recipe` in a transaction under the id `id`, which ends in `outcome`: `commit`, `abort`,
    /// or `open`.
    ///
    /// # Errors
    /// What the client library said.
    ///
    /// # Panics
    /// For an answer of another form.
    pub fn transaction(
        &mut self,
        topic: &str,
        partition: i32,
        recipe: &Recipe,
        id: &str,
        outcome: &str,
    ) -> Result<Vec<i64>, Refused> {
        self.send("transaction", topic, partition, recipe, &[], &[("id", id), ("outcome", outcome)])
    }

    fn send(
        &mut self,
        command: &str,
        topic: &str,
        partition: i32,
        recipe: &Recipe,
        client: &[(&str, &str)],
        more: &[(&str, &str)],
    ) -> Result<Vec<i64>, Refused> {
        let mut arguments = recipe.arguments();
        arguments.push(("topic".to_owned(), topic.to_owned()));
        arguments.push(("partition".to_owned(), partition.to_string()));
        arguments.extend(client_properties(client));
        arguments.extend(more.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        let lines = self.ask_owned(command, &arguments)?;
        Ok(lines.iter().map(|line| line.parse().expect("an offset")).collect())
    }

    /// Consumes `count` records of one partition by assignment, from `offset` on.
    ///
    /// # Errors
    /// What the client library said.
    ///
    /// # Panics
    /// For an answer of another form.
    pub fn consume(
        &mut self,
        topic: &str,
        partition: i32,
        offset: i64,
        count: usize,
        client: &[(&str, &str)],
    ) -> Result<Vec<Seen>, Refused> {
        let mut arguments = vec![
            ("topic".to_owned(), topic.to_owned()),
            ("partition".to_owned(), partition.to_string()),
            ("offset".to_owned(), offset.to_string()),
            ("count".to_owned(), count.to_string()),
        ];
        arguments.extend(client_properties(client));
        let lines = self.ask_owned("consume", &arguments)?;
        Ok(lines.iter().map(|line| Seen::parse(line).expect("six fields")).collect())
    }

    fn ask_owned(&mut self, command: &str, arguments: &[(String, String)]) -> Result<Vec<String>, Refused> {
        let arguments: Vec<_> = arguments.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        self.ask(command, &arguments)
    }
}

fn client_properties<'a>(client: &'a [(&str, &str)]) -> impl Iterator<Item = (String, String)> + 'a {
    client.iter().map(|(key, value)| (format!("client.{key}"), (*value).to_owned()))
}

/// Records whose content follows from a prefix and their number.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// Begins every key, value and header.
    pub prefix: String,
    /// How many records.
    pub count: usize,
    /// The shortest value, in characters.
    pub size: usize,
    /// Whether they have keys.
    pub keys: bool,
    /// How many headers each has.
    pub headers: usize,
    /// Whether every fifth has no value.
    pub nulls: bool,
    /// The time of the first; each later one is a millisecond younger. `None`: when they are sent.
    pub timestamp: Option<i64>,
}

impl Recipe {
    /// Values only, as short as they come.
    #[must_use]
    pub fn plain(prefix: &str, count: usize) -> Recipe {
        let prefix = prefix.to_owned();
        Recipe { prefix, count, size: 0, keys: false, headers: 0, nulls: false, timestamp: None }
    }

    /// Everything that a record can have, sent a minute ago.
    #[must_use]
    pub fn rich(prefix: &str, count: usize) -> Recipe {
        let timestamp = Some(crate::record::now_ms() - 60_000);
        Recipe { size: 100, keys: true, headers: 2, nulls: true, timestamp, ..Recipe::plain(prefix, count) }
    }

    fn arguments(&self) -> Vec<(String, String)> {
        let mut arguments = vec![
            ("prefix", self.prefix.clone()),
            ("count", self.count.to_string()),
            ("size", self.size.to_string()),
            ("keys", self.keys.to_string()),
            ("headers", self.headers.to_string()),
            ("nulls", self.nulls.to_string()),
        ];
        arguments.extend(self.timestamp.map(|timestamp| ("timestamp", timestamp.to_string())));
        arguments.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    }

    /// The value of record `n`, `-` for none.
    #[must_use]
    pub fn value(&self, n: usize) -> String {
        if self.nulls && n % 5 == 4 {
            return "-".to_owned();
        }
        let value = format!("{}-v{n}", self.prefix);
        let filler = ".".repeat(self.size.saturating_sub(value.len()));
        value + &filler
    }

    /// The key of record `n`, `-` for none.
    #[must_use]
    pub fn key(&self, n: usize) -> String {
        if self.keys { format!("{}-k{n}", self.prefix) } else { "-".to_owned() }
    }

    /// Fails unless `seen` are the records of this recipe, at these offsets of that partition.
    ///
    /// # Panics
    /// With the first record that is not as it was sent.
    pub fn expect(&self, partition: i32, offsets: &[i64], seen: &[Seen]) {
        assert_eq!(seen.len(), self.count, "{}: as many records as were sent", self.prefix);
        assert_eq!(offsets.len(), self.count, "{}: as many offsets as were sent", self.prefix);
        for (n, (seen, offset)) in seen.iter().zip(offsets).enumerate() {
            let headers: Vec<_> = (0..self.headers).map(|h| format!("h{h}={}-h{n}", self.prefix)).collect();
            let timestamp = self.timestamp.map(|first| first + i64::try_from(n).expect("small"));
            let expected = Seen {
                partition,
                offset: *offset,
                timestamp: timestamp.unwrap_or(seen.timestamp),
                key: self.key(n),
                value: self.value(n),
                headers: if headers.is_empty() { "-".to_owned() } else { headers.join(",") },
            };
            let same = *seen == expected;
            // Not in full: a record may have megabytes.
            let cut = |seen: &Seen| format!("{seen:?}").chars().take(500).collect::<String>();
            assert!(same, "{}: record {n} is {}, not {}", self.prefix, cut(seen), cut(&expected));
        }
    }
}

impl Refused {
    /// A refusal, if the line is one.
    #[must_use]
    pub fn parse(line: &str) -> Option<Refused> {
        let refused = line.strip_prefix("failed\t")?;
        let (kind, message) = refused.split_once('\t').unwrap_or((refused, ""));
        Some(Refused { kind: kind.to_owned(), message: message.to_owned() })
    }
}

impl Seen {
    fn parse(line: &str) -> Option<Seen> {
        let mut fields = line.split('\t');
        Some(Seen {
            partition: fields.next()?.parse().ok()?,
            offset: fields.next()?.parse().ok()?,
            timestamp: fields.next()?.parse().ok()?,
            key: fields.next()?.to_owned(),
            value: fields.next()?.to_owned(),
            headers: fields.next()?.to_owned(),
        })
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Both fail only when the program is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
