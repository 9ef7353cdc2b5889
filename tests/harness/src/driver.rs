//! Somebody else's client library behind one small language: a program that reads a command a line and answers
//! with lines, so that one start of a virtual machine serves many checks.
//!
//! `command<TAB>key=value<TAB>…` is answered by any number of lines and then `ok`, or `failed<TAB>kind<TAB>message`.

use crate::peer::Peer;
use crate::tool::python;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

/// A client program in conversation.
#[derive(Debug)]
pub struct Driver {
    child: Child,
    commands: ChildStdin,
    answers: Receiver<String>,
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
const ANSWER_WITHIN: Duration = Duration::from_secs(90);

impl Driver {
    /// Kafka's own Java client.
    ///
    /// # Errors
    /// Why it cannot be had.
    pub fn java(peer: &Peer, bootstrap: &str) -> Result<Driver, String> {
        Driver::start(peer.driver()?.arg(bootstrap))
    }

    /// confluent-kafka: librdkafka from Python.
    ///
    /// # Errors
    /// Why it cannot be had.
    pub fn python(bootstrap: &str) -> Result<Driver, String> {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../python/driver.py");
        Driver::start(Command::new(python()?).arg(program).arg(bootstrap))
    }

    fn start(command: &mut Command) -> Result<Driver, String> {
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn();
        let mut child = child.map_err(|error| format!("{command:?}: {error}"))?;
        let commands = child.stdin.take().expect("piped");
        let out = BufReader::new(child.stdout.take().expect("piped"));
        let (lines, answers) = mpsc::channel();
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| lines.send(line)));
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
        let mut line = command.to_owned();
        for (key, value) in arguments {
            assert!(!value.contains(['\t', '\n']), "a value is a word or a sentence: {value:?}");
            line.push_str(&format!("\t{key}={value}"));
        }
        writeln!(self.commands, "{line}").expect("the client program reads");
        let mut lines = Vec::new();
        loop {
            let answer = self.answers.recv_timeout(ANSWER_WITHIN);
            let answer = answer.unwrap_or_else(|error| panic!("no answer to {line:?}: {error}"));
            if answer == "ok" {
                return Ok(lines);
            }
            if let Some(refused) = answer.strip_prefix("failed\t") {
                let (kind, message) = refused.split_once('\t').unwrap_or((refused, ""));
                return Err(Refused { kind: kind.to_owned(), message: message.to_owned() });
            }
            lines.push(answer);
        }
    }

    /// Produces `count` records whose content follows from `prefix`; their offsets in the order of sending. Of the
    /// options, see the program.
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
        count: usize,
        prefix: &str,
        options: &[(&str, &str)],
    ) -> Result<Vec<i64>, Refused> {
        let (partition, count) = (partition.to_string(), count.to_string());
        let mut arguments =
            vec![("topic", topic), ("partition", &partition), ("count", &count), ("prefix", prefix)];
        arguments.extend_from_slice(options);
        let lines = self.ask("produce", &arguments)?;
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
        options: &[(&str, &str)],
    ) -> Result<Vec<Seen>, Refused> {
        let (partition, offset, count) = (partition.to_string(), offset.to_string(), count.to_string());
        let mut arguments =
            vec![("topic", topic), ("partition", &partition), ("offset", &offset), ("count", &count)];
        arguments.extend_from_slice(options);
        let lines = self.ask("consume", &arguments)?;
        Ok(lines.iter().map(|line| Seen::parse(line).expect("six fields")).collect())
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
