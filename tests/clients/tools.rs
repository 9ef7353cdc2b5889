//! Kafka's own shell tools, with the flags that people type.

use crate::started;
use harness::{Broker, Peer, Scratch};

struct Tools {
    peer: Peer,
    bootstrap: String,
    _scratch: Scratch,
    broker: Broker,
}

impl Tools {
    fn or_skip(name: &str) -> Option<Tools> {
        let peer = Peer::or_skip()?;
        let scratch = Scratch::new(name);
        let broker = started(&scratch);
        Some(Tools { peer, bootstrap: broker.bootstrap(), _scratch: scratch, broker })
    }

    fn offers(&self, key: i16, name: &str) -> bool {
        self.broker.client().offers_or_skip(key, name).expect("an answer")
    }

    /// Runs a tool against the broker; what it printed.
    fn run(&self, tool: &str, arguments: &str) -> Result<String, String> {
        self.run_with_input(tool, arguments, "")
    }

    fn run_with_input(&self, tool: &str, arguments: &str, input: &str) -> Result<String, String> {
        let mut all = vec!["--bootstrap-server", &self.bootstrap];
        all.extend(arguments.split_whitespace());
        self.peer.tool_with_input(tool, &all, input)
    }
}

#[test]
fn console_producer_and_console_consumer() {
    let Some(tools) = Tools::or_skip("console") else { return };
    tools.run("kafka-topics", "--create --topic console --partitions 1").expect("a topic");
    let lines: String = (0..200).map(|n| format!("key{n}\tvalue {n}\n")).collect();
    let produce = "--topic console --reader-property parse.key=true --command-property acks=all";
    tools.run_with_input("kafka-console-producer", produce, &lines).expect("the lines are taken");
    let consume = "--topic console --partition 0 --offset earliest --max-messages 200 --timeout-ms 30000 \
                   --formatter-property print.key=true";
    assert_eq!(tools.run("kafka-console-consumer", consume).expect("the lines are served"), lines);
    let one =
        "--topic console --partition 0 --offset 150 --max-messages 1 --formatter-property print.offset=true";
    let text = tools.run("kafka-console-consumer", one).expect("a line is served");
    assert_eq!(text, "Offset:150\tvalue 150\n");
}

#[test]
fn producer_perf_test_verifiable_producer_and_get_offsets() {
    let Some(tools) = Tools::or_skip("perf") else { return };
    tools.run("kafka-topics", "--create --topic perf --partitions 3").expect("a topic");
    let bootstrap = format!("bootstrap.servers={}", tools.bootstrap);
    let arguments =
        "--topic perf --num-records 20000 --record-size 300 --throughput -1 --command-property acks=all";
    let mut arguments: Vec<&str> = arguments.split(' ').collect();
    arguments.push(&bootstrap);
    let text = tools.peer.tool("kafka-producer-perf-test", &arguments).expect("the records are taken");
    assert!(text.contains("20000 records sent"), "{text}");
    let text = tools.run("kafka-get-offsets", "--topic perf").expect("the offsets are told");
    let ends: Vec<u64> =
        text.lines().map(|line| line.rsplit(':').next().expect("an end").parse().expect("it")).collect();
    assert_eq!((ends.len(), ends.iter().sum()), (3, 20_000), "{text}");

    tools.run("kafka-topics", "--create --topic verifiable --partitions 1").expect("a topic");
    let produce = "--topic verifiable --max-messages 500 --acks -1";
    let text = tools.run("kafka-verifiable-producer", produce).expect("the records are taken");
    assert_eq!(text.matches("producer_send_success").count(), 500, "{text}");
    assert!(text.contains("\"acked\":500"), "{text}");
    let text =
        tools.run("kafka-get-offsets", "--topic verifiable --time latest").expect("the offsets are told");
    assert_eq!(text.trim(), "verifiable:0:500");
    let text =
        tools.run("kafka-get-offsets", "--topic verifiable --time earliest").expect("the offsets are told");
    assert_eq!(text.trim(), "verifiable:0:0");
}

#[test]
fn topics_are_made_listed_described_grown_and_deleted() {
    let Some(tools) = Tools::or_skip("topics") else { return };
    if !tools.offers(32, "DescribeConfigs") {
        return;
    }
    let create = "--create --topic one --partitions 2 --replication-factor 1 --config retention.ms=3600000";
    let text = tools.run("kafka-topics", create).expect("a topic");
    assert_eq!(text.trim(), "Created topic one.");
    let again = tools.run("kafka-topics", "--create --topic one").expect_err("it exists");
    assert!(again.contains("Topic 'one' already exists."), "{again}");
    tools.run("kafka-topics", "--create --topic one --if-not-exists").expect("nothing to do");
    assert_eq!(tools.run("kafka-topics", "--list").expect("a list").trim(), "one");
    let text = tools.run("kafka-topics", "--describe --topic one").expect("a description");
    let mut lines = text.lines();
    let head = lines.next().expect("a head line");
    for part in ["Topic: one", "PartitionCount: 2", "ReplicationFactor: 1", "retention.ms=3600000"] {
        assert!(head.contains(part), "{part} is not in {head}");
    }
    let partition = lines.next().expect("a line for each partition");
    for part in ["Partition: 0", "Leader: ", "Replicas: ", "Isr: "] {
        assert!(partition.contains(part), "{part} is not in {partition}");
    }
    if tools.offers(37, "CreatePartitions") {
        grow(&tools);
    }
    tools.run("kafka-topics", "--delete --topic one").expect("a topic can be deleted");
    assert_eq!(tools.run("kafka-topics", "--list").expect("a list").trim(), "");
}

fn grow(tools: &Tools) {
    tools.run("kafka-topics", "--alter --topic one --partitions 5").expect("more partitions");
    let text = tools.run("kafka-topics", "--describe --topic one").expect("a description");
    assert!(text.contains("PartitionCount: 5"), "{text}");
    let fewer = tools.run("kafka-topics", "--alter --topic one --partitions 3").expect_err("never fewer");
    let text = "The topic one currently has 5 partition(s); 3 would not be an increase.";
    assert!(fewer.contains(text), "{fewer}");
}

#[test]
fn configs_versions_and_cluster_are_described() {
    let Some(tools) = Tools::or_skip("describe") else { return };
    if !tools.offers(32, "DescribeConfigs") {
        return;
    }
    let create = "--create --topic configs --config max.message.bytes=2000000";
    tools.run("kafka-topics", create).expect("a topic");
    let describe = "--describe --entity-type topics --entity-name configs";
    let text = tools.run("kafka-configs", describe).expect("a description");
    assert!(text.contains("max.message.bytes=2000000 sensitive=false"), "{text}");
    let text = tools.run("kafka-configs", &format!("{describe} --all")).expect("a description");
    for key in ["cleanup.policy=delete", "retention.ms=604800000", "segment.bytes=1073741824"] {
        assert!(text.contains(key), "{key} is not in {text}");
    }
    let broker = "--describe --entity-type brokers --entity-name 1 --all";
    let text = tools.run("kafka-configs", broker).expect("a description");
    assert!(text.contains("num.partitions=") && text.contains("log.dirs="), "{text}");
    let text = tools.run("kafka-broker-api-versions", "").expect("a list");
    for api in
        ["Produce(0): 0 to 13", "Fetch(1): 4 to 18", "Metadata(3): 0 to 13", "CreateTopics(19): 2 to 7"]
    {
        assert!(text.contains(api), "{api} is not in {text}");
    }
    let arguments = ["cluster-id", "--bootstrap-server", &tools.bootstrap];
    let text = tools.peer.tool("kafka-cluster", &arguments).expect("an id");
    assert!(text.contains("Cluster ID: "), "{text}");
}
