//! The rdkafka crate, which is librdkafka from Rust, in the language of the drivers: see tests/README.md.
#![forbid(unsafe_code)]

use futures_executor::block_on;
use rdkafka::admin::{
    AdminClient, AdminOptions, AlterConfig, NewPartitions, NewTopic, ResourceSpecifier, TopicReplication,
};
use rdkafka::client::{ClientContext, DefaultClientContext};
use rdkafka::config::{ClientConfig, FromClientConfigAndContext};
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext, Rebalance};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Header, Headers, Message, OwnedHeaders};
use rdkafka::producer::{BaseRecord, DeliveryResult, Producer, ProducerContext, ThreadedProducer};
use rdkafka::{Offset, TopicPartitionList};
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

type Args = BTreeMap<String, String>;
type Outcome = Result<(), Box<dyn Error>>;

const MINUTE: Duration = Duration::from_secs(60);
const SESSION: &str = "30000";

fn say(fields: &[&dyn ToString]) {
    let texts: Vec<String> = fields.iter().map(|field| field.to_string()).collect();
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", texts.join("\t")).and_then(|()| out.flush()).expect("somebody listens");
}

fn number(args: &Args, name: &str) -> i64 {
    args[name].parse().expect("a number")
}

fn partition(args: &Args) -> i32 {
    args["partition"].parse().expect("a partition")
}

struct Driver {
    lines: Receiver<String>,
    bootstrap: String,
}

/// What is told of each record that was sent: its number, and where it is or why not.
type Told = Arc<dyn Fn(usize, Result<(i32, i64), KafkaError>) + Send + Sync>;

struct Deliveries(Told);

impl ClientContext for Deliveries {}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = Box<usize>;

    fn delivery(&self, result: &DeliveryResult<'_>, number: Box<usize>) {
        let told = result.as_ref().map(|message| (message.partition(), message.offset()));
        (self.0)(*number, told.map_err(|(error, _)| error.clone()));
    }
}

/// Tells what a member of a group has.
#[derive(Default)]
struct Assignments {
    /// Where the next commit of each partition is; what is taken away another member gets again.
    ends: Mutex<BTreeMap<i32, i64>>,
}

impl ClientContext for Assignments {}

impl ConsumerContext for Assignments {
    fn post_rebalance(&self, _: &BaseConsumer<Assignments>, rebalance: &Rebalance<'_>) {
        let assigned: BTreeSet<i32> = match rebalance {
            Rebalance::Assign(list) => list.elements().iter().map(|each| each.partition()).collect(),
            Rebalance::Revoke(_) | Rebalance::Error(_) => BTreeSet::new(),
        };
        self.ends.lock().expect("nobody panics").clear();
        let assigned: Vec<String> = assigned.iter().map(i32::to_string).collect();
        say(&[&"assigned", &assigned.join(",")]);
    }
}

impl Driver {
    fn config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.bootstrap).set("reconnect.backoff.max.ms", "500");
        config
    }

    /// Whether the command that is under way shall end.
    fn stopped(&self) -> bool {
        match self.lines.try_recv() {
            Ok(_) => true,
            Err(TryRecvError::Empty) => false,
            Err(TryRecvError::Disconnected) => std::process::exit(0),
        }
    }

    fn produce(&self, args: &Args) -> Outcome {
        let singles = args["client.singles"] == "true";
        let mut config = self.config();
        config.set("acks", &args["client.acks"]).set("enable.idempotence", &args["client.idempotent"]);
        config
            .set("compression.type", &args["client.codec"])
            .set("linger.ms", if singles { "0" } else { "20" });
        config.set("batch.num.messages", if singles { "1" } else { "10000" });
        let told: Arc<Mutex<BTreeMap<usize, Result<(i32, i64), KafkaError>>>> = Arc::default();
        let deliveries = Arc::clone(&told);
        let producer: ThreadedProducer<Deliveries> = ThreadedProducer::from_config_and_context(
            &config,
            Deliveries(Arc::new(move |n, result| {
                deliveries.lock().expect("nobody panics").insert(n, result);
            })),
        )?;
        for n in 0..usize::try_from(number(args, "count"))? {
            let (key, value) = (key(args, n), value(args, n));
            let mut record =
                BaseRecord::with_opaque_to(&args["topic"], Box::new(n)).partition(partition(args));
            record = record.headers(headers(args, n));
            if let Some(key) = &key {
                record = record.key(key);
            }
            if let Some(value) = &value {
                record = record.payload(value);
            }
            if args.contains_key("timestamp") {
                record = record.timestamp(number(args, "timestamp") + i64::try_from(n)?);
            }
            producer.send(record).map_err(|(error, _)| error)?;
        }
        producer.flush(MINUTE)?;
        for result in told.lock().expect("nobody panics").values() {
            let (_, offset) = result.clone()?;
            // librdkafka has no offset to tell where none was acknowledged.
            say(&[&offset.max(-1)]);
        }
        Ok(())
    }

    fn load(&self, args: &Args) -> Outcome {
        let mut config = self.config();
        config.set("acks", "all").set("enable.idempotence", "true").set("linger.ms", "5");
        config.set("compression.type", &args["codec"]);
        let ended = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&ended);
        let told: Told = Arc::new(move |n, result| {
            count.fetch_add(1, Ordering::Relaxed);
            match result {
                Ok((partition, offset)) => say(&[&"acked", &n, &partition, &offset]),
                Err(error) => say(&[&"failed-record", &n, &error]),
            }
        });
        let producer: ThreadedProducer<Deliveries> =
            ThreadedProducer::from_config_and_context(&config, Deliveries(told))?;
        let partitions = usize::try_from(number(args, "partitions"))?;
        let mut n = 0;
        while !self.stopped() {
            if n % 10 == 0 || n - ended.load(Ordering::Relaxed) > 200 {
                std::thread::sleep(Duration::from_millis(10));
            }
            if n - ended.load(Ordering::Relaxed) > 200 {
                continue;
            }
            let value = n.to_string();
            let record: BaseRecord<'_, str, str, Box<usize>> =
                BaseRecord::with_opaque_to(&args["topic"], Box::new(n));
            let record = record.partition(i32::try_from(n % partitions)?).payload(&value);
            producer.send(record).map_err(|(error, _)| error)?;
            n += 1;
        }
        producer.flush(MINUTE)?;
        Ok(())
    }

    fn consumer(
        &self,
        group: &str,
        reset: &str,
        session: &str,
    ) -> Result<BaseConsumer<Assignments>, KafkaError> {
        let mut config = self.config();
        config.set("group.id", group).set("auto.offset.reset", reset).set("enable.auto.commit", "false");
        config.set("session.timeout.ms", session).set("heartbeat.interval.ms", "300");
        config.create_with_context(Assignments::default())
    }

    fn consume(&self, args: &Args) -> Outcome {
        let consumer = self.consumer("unused", "error", SESSION)?;
        consumer.assign(&at(args, Offset::Offset(number(args, "offset")))?)?;
        let (mut left, start) = (number(args, "count"), Instant::now());
        while left > 0 {
            if start.elapsed() > MINUTE {
                return Err(format!("{left} records did not come").into());
            }
            if let Some(message) = consumer.poll(Duration::from_millis(200)) {
                say_record(&message?);
                left -= 1;
            }
        }
        Ok(())
    }

    fn join(&self, args: &Args) -> Outcome {
        let consumer = self.consumer(&args["group"], "earliest", &args["session"])?;
        consumer.subscribe(&[&args["topic"]])?;
        while !self.stopped() {
            // What is there within a moment is committed together.
            let mut patience = Duration::from_millis(100);
            while let Some(Ok(message)) = consumer.poll(patience) {
                let value = String::from_utf8_lossy(message.payload().unwrap_or_default()).into_owned();
                say(&[&"record", &message.partition(), &message.offset(), &value]);
                let end = message.offset() + 1;
                consumer.context().ends.lock().expect("nobody panics").insert(message.partition(), end);
                patience = Duration::ZERO;
            }
            let ends = consumer.context().ends.lock().expect("nobody panics").clone();
            let mut list = TopicPartitionList::new();
            for (partition, end) in &ends {
                list.add_partition_offset(&args["topic"], *partition, Offset::Offset(*end))?;
            }
            // Where the broker is away, or the group moves on, it is tried again as long as they are its own.
            if !ends.is_empty() && consumer.commit(&list, CommitMode::Sync).is_ok() {
                ends.iter().for_each(|(partition, end)| say(&[&"committed", partition, end]));
                // A rebalance is told in `poll` only, so they are the same.
                consumer.context().ends.lock().expect("nobody panics").clear();
            }
        }
        Ok(())
    }

    fn administer(&self, command: &str, args: &Args) -> Outcome {
        let admin: AdminClient<DefaultClientContext> = self.config().create()?;
        let options = AdminOptions::new().operation_timeout(Some(MINUTE));
        let topic = args.get("topic").map_or("", String::as_str);
        match command {
            "create-topic" => {
                let partitions = i32::try_from(number(args, "partitions"))?;
                let mut new = NewTopic::new(topic, partitions, TopicReplication::Fixed(1));
                for (key, value) in
                    args.iter().filter_map(|(key, value)| Some((key.strip_prefix("config.")?, value)))
                {
                    new = new.set(key, value);
                }
                all_done(block_on(admin.create_topics(&[new], &options))?)
            }
            "delete-topic" => all_done(block_on(admin.delete_topics(&[topic], &options))?),
            "create-partitions" => {
                let new = NewPartitions::new(topic, usize::try_from(number(args, "partitions"))?);
                all_done(block_on(admin.create_partitions(&[new], &options))?)
            }
            "topics" => {
                let metadata = admin.inner().fetch_metadata(None, MINUTE)?;
                metadata.topics().iter().for_each(|topic| say(&[&topic.name()]));
                Ok(())
            }
            "partitions" => {
                let metadata = admin.inner().fetch_metadata(Some(topic), MINUTE)?;
                say(&[&metadata.topics()[0].partitions().len()]);
                Ok(())
            }
            "config" => {
                described(&admin, &options, topic, &args["name"])?.iter().for_each(|value| say(&[value]));
                Ok(())
            }
            "set-config" => {
                let (name, value) = (&args["name"], &args["value"]);
                let alteration = AlterConfig::new(ResourceSpecifier::Topic(topic)).set(name, value);
                for result in block_on(admin.alter_configs(&[alteration], &options))? {
                    result.map_err(|(_, code)| code.to_string())?;
                }
                // The crate passes over the errors in the answer: what is there now tells.
                let start = Instant::now();
                while described(&admin, &options, topic, name)?.as_ref() != Some(value) {
                    if start.elapsed() > Duration::from_secs(3) {
                        return Err("it was not altered".into());
                    }
                    std::thread::sleep(Duration::from_millis(20));
                }
                Ok(())
            }
            _ => Err(format!("no such command: {command}").into()),
        }
    }

    fn run(&self, command: &str, args: &Args) -> Outcome {
        match command {
            "produce" => self.produce(args),
            "consume" => self.consume(args),
            "load" => self.load(args),
            "join" => self.join(args),
            "commit" => {
                let position = at(args, Offset::Offset(number(args, "offset")))?;
                Ok(self.consumer(&args["group"], "error", SESSION)?.commit(&position, CommitMode::Sync)?)
            }
            "committed" => {
                let list = at(args, Offset::Invalid)?;
                let committed = self.consumer(&args["group"], "error", SESSION)?.committed_offsets(list, MINUTE)?;
                say(&[&committed.elements()[0].offset().to_raw().unwrap_or(-1).max(-1)]);
                Ok(())
            }
            _ => self.administer(command, args),
        }
    }
}

/// The value of a topic's configuration.
fn described(
    admin: &AdminClient<DefaultClientContext>,
    options: &AdminOptions,
    topic: &str,
    name: &str,
) -> Result<Option<String>, Box<dyn Error>> {
    let resources = block_on(admin.describe_configs(&[ResourceSpecifier::Topic(topic)], options))?;
    let resource = resources.into_iter().next().ok_or("no answer")?.map_err(|code| code.to_string())?;
    Ok(resource.get(name).and_then(|entry| entry.value.clone()))
}

fn all_done(results: Vec<Result<String, (String, RDKafkaErrorCode)>>) -> Outcome {
    for result in results {
        result.map_err(|(topic, code)| format!("{topic}: {code}"))?;
    }
    Ok(())
}

fn at(args: &Args, offset: Offset) -> Result<TopicPartitionList, KafkaError> {
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(&args["topic"], partition(args), offset)?;
    Ok(list)
}

fn key(args: &Args, n: usize) -> Option<String> {
    (args["keys"] == "true").then(|| format!("{}-k{n}", args["prefix"]))
}

fn value(args: &Args, n: usize) -> Option<String> {
    let width = usize::try_from(number(args, "size")).expect("a size");
    let value = format!("{}-v{n}", args["prefix"]);
    (args["nulls"] != "true" || n % 5 != 4).then(|| format!("{value:.<width$}"))
}

fn headers(args: &Args, n: usize) -> OwnedHeaders {
    (0..number(args, "headers")).fold(OwnedHeaders::new(), |headers, h| {
        let value = format!("{}-h{n}", args["prefix"]);
        headers.insert(Header { key: &format!("h{h}"), value: Some(&value) })
    })
}

fn say_record(message: &BorrowedMessage<'_>) {
    let text =
        |field: Option<&[u8]>| field.map_or("-".into(), |field| String::from_utf8_lossy(field).into_owned());
    let headers: Vec<String> = message.headers().map_or(Vec::new(), |headers| {
        headers.iter().map(|header| format!("{}={}", header.key, text(header.value))).collect()
    });
    let headers = if headers.is_empty() { "-".to_owned() } else { headers.join(",") };
    let timestamp = message.timestamp().to_millis().unwrap_or(-1);
    let (key, value) = (text(message.key()), text(message.payload()));
    say(&[&message.partition(), &message.offset(), &timestamp, &key, &value, &headers]);
}

fn main() {
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        std::io::stdin().lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
    });
    let driver = Driver { lines, bootstrap: std::env::args().nth(1).expect("an address") };
    while let Ok(line) = driver.lines.recv() {
        let mut fields = line.split('\t');
        let command = fields.next().unwrap_or_default();
        let args =
            fields.filter_map(|field| field.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned()));
        match driver.run(command, &args.collect()) {
            Ok(()) => say(&[&"ok"]),
            Err(error) => say(&[&"failed", &"error", &error.to_string().replace(['\n', '\t'], " ")]),
        }
    }
}
