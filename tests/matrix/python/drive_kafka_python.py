"""kafka-python in the language of the drivers."""

import time

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, NewTopic
from kafka.consumer.subscription_state import ConsumerRebalanceListener
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata
from language import BOOTSTRAP, Recipe, configs, say, say_assigned, say_record, serve, stopped

COMMON = {"bootstrap_servers": BOOTSTRAP, "reconnect_backoff_max_ms": 500}


def producer(codec, acks, idempotent, **more):
    codec = None if codec == "none" else codec
    acks = "all" if acks == "all" else int(acks)
    return KafkaProducer(compression_type=codec, acks=acks, enable_idempotence=idempotent, **COMMON, **more)


def produce(args):
    recipe = Recipe(args)
    batches = {"linger_ms": 0, "batch_size": 0} if args["client.singles"] == "true" else {"linger_ms": 20}
    idempotent = args["client.idempotent"] == "true"
    sender = producer(args["client.codec"], args["client.acks"], idempotent, **batches)
    sent = [
        sender.send(
            args["topic"],
            recipe.value(n),
            recipe.key(n),
            recipe.headers(n),
            recipe.partition,
            recipe.timestamp(n),
        )
        for n in range(recipe.count)
    ]
    sender.flush(60)
    for future in sent:
        offset = future.get(60).offset
        # Without acknowledgements what the library tells is not from the broker.
        say(-1 if args["client.acks"] == "0" else offset)
    sender.close()


def load(args):
    sender = producer(args["codec"], "all", True, linger_ms=5)
    under_way = set()

    def send(n):
        future = sender.send(args["topic"], str(n).encode(), partition=n % int(args["partitions"]))
        under_way.add(n)

        def acknowledged(metadata):
            say("acked", n, metadata.partition, metadata.offset)
            under_way.discard(n)

        def failed(error):
            say("failed-record", n, repr(error))
            under_way.discard(n)

        future.add_callback(acknowledged)
        future.add_errback(failed)

    n = 0
    while not stopped():
        if len(under_way) >= 200 or n % 10 == 9:
            time.sleep(0.01)
        if len(under_way) < 200:
            send(n)
            n += 1
    sender.flush(60)
    sender.close()


def consumer(group, **more):
    settings = {"enable_auto_commit": False, "heartbeat_interval_ms": 300}
    return KafkaConsumer(group_id=group, **COMMON, **settings, **more)


def records(polled):
    return [record for batch in polled.values() for record in batch]


def consume(args):
    reader = consumer(None, auto_offset_reset="none")
    partition = TopicPartition(args["topic"], int(args["partition"]))
    reader.assign([partition])
    reader.seek(partition, int(args["offset"]))
    count, deadline = int(args["count"]), time.monotonic() + 60
    while count > 0:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{count} records did not come")
        for record in records(reader.poll(200))[:count]:
            say_record(record.partition, record.offset, record.timestamp, record.key, record.value, record.headers)
            count -= 1
    reader.close()


class Listener(ConsumerRebalanceListener):
    def __init__(self, member):
        self.member = member
        # Where the next commit of each partition is; what is taken away another member gets again.
        self.ends = {}

    def on_partitions_revoked(self, revoked):
        for partition in revoked:
            self.ends.pop(partition, None)
        say_assigned(each.partition for each in self.member.assignment() - set(revoked))

    def on_partitions_assigned(self, _assigned):
        say_assigned(each.partition for each in self.member.assignment())


def join(args):
    member = consumer(args["group"], auto_offset_reset="earliest", session_timeout_ms=int(args["session"]))
    # A leader that learns of the topic while it joins assigns nothing, and now and then the library leaves it at that.
    member.partitions_for_topic(args["topic"])
    listener = Listener(member)
    member.subscribe([args["topic"]], listener=listener)
    while not stopped():
        try:
            share(member, args["topic"], listener.ends)
        except KafkaError:
            pass  # The broker is away, or the group moves on: it is tried again as long as they are its own.
    member.close()


def share(member, topic, ends):
    for record in records(member.poll(100)):
        say("record", record.partition, record.offset, record.value.decode())
        ends[TopicPartition(topic, record.partition)] = OffsetAndMetadata(record.offset + 1, "", -1)
    if ends:
        committed = dict(ends)
        member.commit(committed)
        for partition, end in committed.items():
            say("committed", partition.partition, end.offset)
            ends.pop(partition, None)


def commit(args):
    partition = TopicPartition(args["topic"], int(args["partition"]))
    member = consumer(args["group"])
    member.assign([partition])
    member.commit({partition: OffsetAndMetadata(int(args["offset"]), "", -1)})
    member.close()


def committed(args):
    member = consumer(args["group"])
    offset = member.committed(TopicPartition(args["topic"], int(args["partition"])))
    say(-1 if offset is None else offset)
    member.close()


def administer(admin, command, args):
    match command:
        case "create-topic":
            topic = NewTopic(args["topic"], int(args["partitions"]), 1, topic_configs=configs(args))
            admin.create_topics([topic], timeout_ms=30000)
        case "delete-topic":
            admin.delete_topics([args["topic"]], timeout_ms=30000)
        case "create-partitions":
            admin.create_partitions({args["topic"]: int(args["partitions"])}, timeout_ms=30000)
        case "topics":
            say(*admin.list_topics())
        case "partitions":
            (topic,) = admin.describe_topics([args["topic"]])
            say(len(topic["partitions"]))
        case "config":
            resource = ConfigResource(ConfigResourceType.TOPIC, args["topic"], [args["name"]])
            described = admin.describe_configs([resource], config_filter="all")
            say(described["topic"][args["topic"]][args["name"]]["value"])
        case "set-config":
            resource = ConfigResource(ConfigResourceType.TOPIC, args["topic"], {args["name"]: args["value"]})
            (outcome,) = admin.alter_configs([resource])["topic"].values()
            if outcome != "OK":
                raise ValueError(f"not altered: {outcome}")


clients = {"produce": produce, "consume": consume, "load": load, "join": join, "commit": commit, "committed": committed}
administrators = []


def run(command, args):
    if command in clients:
        clients[command](args)
        return
    if not administrators:
        administrators.append(KafkaAdminClient(**COMMON))
    administer(administrators[0], command, args)


serve(run)
