"""confluent-kafka, which is librdkafka, in the language of the drivers."""

import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    ResourceType,
)
from language import BOOTSTRAP, Recipe, configs, say, say_assigned, say_record, serve, stopped

COMMON = {"bootstrap.servers": BOOTSTRAP, "reconnect.backoff.max.ms": 500}
admin = AdminClient(COMMON)


def done(futures):
    return [future.result(30) for future in futures.values()]


def produce(args):
    recipe = Recipe(args)
    properties = {
        "acks": args["client.acks"],
        "enable.idempotence": args["client.idempotent"],
        "compression.type": args["client.codec"],
        "linger.ms": 20,
    }
    if args["client.singles"] == "true":
        properties |= {"linger.ms": 0, "batch.num.messages": 1}
    producer = Producer(COMMON | properties)
    offsets, errors = {}, []

    def on_delivery(n):
        def delivered(error, message):
            errors.append(error) if error else offsets.update({n: message.offset()})

        return delivered

    for n in range(recipe.count):
        fields = {"key": recipe.key(n), "value": recipe.value(n), "headers": recipe.headers(n)}
        if recipe.timestamp(n) is not None:
            fields["timestamp"] = recipe.timestamp(n)
        producer.produce(args["topic"], partition=recipe.partition, on_delivery=on_delivery(n), **fields)
    left = producer.flush(60)
    if errors or left:
        raise KafkaException(errors[0]) if errors else TimeoutError(f"{left} records were not delivered")
    for n in range(recipe.count):
        # librdkafka has no offset to tell where none was acknowledged.
        say(-1 if offsets[n] is None or offsets[n] < 0 else offsets[n])


def load(args):
    properties = {"acks": "all", "enable.idempotence": True, "compression.type": args["codec"], "linger.ms": 5}
    producer = Producer(COMMON | properties)

    def on_delivery(n):
        def delivered(error, message):
            say("failed-record", n, error) if error else say("acked", n, message.partition(), message.offset())

        return delivered

    n = 0
    while not stopped():
        for _ in range(10):
            partition = n % int(args["partitions"])
            producer.produce(args["topic"], str(n), partition=partition, on_delivery=on_delivery(n))
            n += 1
        while len(producer) > 200 and producer.poll(0.1):
            pass
        producer.poll(0.01)
    producer.flush(60)


def consumer(group, **more):
    properties = {"group.id": group, "enable.auto.commit": False, "heartbeat.interval.ms": 300}
    return Consumer(COMMON | properties | more)


def consume(args):
    reader = consumer("unused", **{"auto.offset.reset": "error"})
    reader.assign([TopicPartition(args["topic"], int(args["partition"]), int(args["offset"]))])
    count, deadline = int(args["count"]), time.monotonic() + 60
    while count > 0:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{count} records did not come")
        message = reader.poll(0.2)
        if message is None:
            continue
        if message.error():
            raise KafkaException(message.error())
        timestamp, headers = message.timestamp()[1], message.headers()
        say_record(message.partition(), message.offset(), timestamp, message.key(), message.value(), headers)
        count -= 1
    reader.close()


def join(args):
    # Where the next commit of each partition is; what is taken away another member gets again.
    ends = {}

    def gone(*_):
        ends.clear()
        say_assigned([])

    member = consumer(args["group"], **{"auto.offset.reset": "earliest", "session.timeout.ms": int(args["session"])})
    member.subscribe(
        [args["topic"]],
        on_assign=lambda _, assigned: say_assigned(each.partition for each in assigned),
        on_revoke=gone,
        on_lost=gone,
    )
    while not stopped():
        for message in member.consume(100, 0.1):
            if not message.error():
                say("record", message.partition(), message.offset(), message.value().decode())
                ends[message.partition()] = message.offset() + 1
        if not ends:
            continue
        try:
            offsets = [TopicPartition(args["topic"], partition, end) for partition, end in ends.items()]
            for committed in member.commit(offsets=offsets, asynchronous=False):
                if committed.error is None:
                    say("committed", committed.partition, committed.offset)
                    ends.pop(committed.partition, None)
        except KafkaException:
            pass  # The broker is away, or the group moves on: it is tried again as long as they are its own.
    member.close()


def commit(args):
    position = TopicPartition(args["topic"], int(args["partition"]), int(args["offset"]))
    member = consumer(args["group"])
    member.commit(offsets=[position], asynchronous=False)
    member.close()


def committed(args):
    member = consumer(args["group"])
    (position,) = member.committed([TopicPartition(args["topic"], int(args["partition"]))], timeout=30)
    say(position.offset if position.offset >= 0 else -1)
    member.close()


def config(args):
    resource = ConfigResource(ResourceType.TOPIC, args["topic"])
    say(done(admin.describe_configs([resource]))[0][args["name"]].value)


def set_config(args):
    operation = AlterConfigOpType.SET
    entry = ConfigEntry(args["name"], args["value"], incremental_operation=operation)
    resource = ConfigResource(ResourceType.TOPIC, args["topic"], incremental_configs=[entry])
    done(admin.incremental_alter_configs([resource]))


def create_topic(args):
    done(admin.create_topics([NewTopic(args["topic"], int(args["partitions"]), 1, config=configs(args))]))


def run(command, args):
    match command:
        case "create-topic":
            create_topic(args)
        case "delete-topic":
            done(admin.delete_topics([args["topic"]]))
        case "create-partitions":
            done(admin.create_partitions([NewPartitions(args["topic"], int(args["partitions"]))]))
        case "topics":
            say(*sorted(admin.list_topics(timeout=30).topics))
        case "partitions":
            say(len(admin.list_topics(args["topic"], timeout=30).topics[args["topic"]].partitions))
        case "config":
            config(args)
        case "set-config":
            set_config(args)
        case "produce":
            produce(args)
        case "consume":
            consume(args)
        case "load":
            load(args)
        case "join":
            join(args)
        case "commit":
            commit(args)
        case "committed":
            committed(args)


def name_of(error):
    inner = error.args[0] if isinstance(error, KafkaException) else None
    return inner.name() if inner is not None else type(error).__name__


serve(run, name_of)
