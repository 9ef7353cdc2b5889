"""confluent-kafka (librdkafka), told what to do line by line on standard input.

The same language as tests/peer/Driver.java: a command and key=value arguments, separated by tabs; the answer is any
number of lines and then "ok", or "failed", a name and a message. client.KEY=VALUE become properties of the client.
"""

import sys
import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

BOOTSTRAP = sys.argv[1]


def client_properties(args):
    given = {key.removeprefix("client."): value for key, value in args.items() if key.startswith("client.")}
    return {"bootstrap.servers": BOOTSTRAP, **given}


def record(args, n):
    """Record number n of a prefix: see Driver.java."""
    prefix = args["prefix"]
    value = f"{prefix}-v{n}".ljust(int(args.get("size", 0)), ".")
    fields = {"partition": int(args.get("partition", 0))}
    fields["value"] = None if args.get("nulls") == "true" and n % 5 == 4 else value
    if args.get("keys") == "true":
        fields["key"] = f"{prefix}-k{n}"
    if "timestamp" in args:
        fields["timestamp"] = int(args["timestamp"]) + n
    headers = [(f"h{h}", f"{prefix}-h{n}".encode()) for h in range(int(args.get("headers", 0)))]
    if headers:
        fields["headers"] = headers
    return fields


def produce(args):
    producer = Producer(client_properties(args))
    offsets, errors = {}, []

    def delivered(n):
        def on_delivery(error, message):
            if error is not None:
                errors.append(error)
            else:
                offsets[n] = message.offset()

        return on_delivery

    count = int(args["count"])
    for n in range(count):
        while True:
            try:
                producer.produce(args["topic"], on_delivery=delivered(n), **record(args, n))
                break
            except BufferError:
                producer.poll(0.1)
    left = producer.flush(60)
    if errors:
        raise KafkaException(errors[0])
    if left:
        raise TimeoutError(f"{left} records were not delivered")
    for n in range(count):
        # librdkafka has no offset to tell where none was acknowledged.
        print(-1 if offsets[n] is None or offsets[n] < 0 else offsets[n])


def consume(args):
    properties = client_properties(args)
    # The library wants a group's name even where nothing is asked of a group.
    properties.setdefault("group.id", "unused")
    properties.setdefault("enable.auto.commit", False)
    properties.setdefault("auto.offset.reset", "error")
    consumer = Consumer(properties)
    count, seen = int(args["count"]), 0
    partition = TopicPartition(args["topic"], int(args.get("partition", 0)), int(args["offset"]))
    consumer.assign([partition])
    deadline = time.monotonic() + 60
    try:
        while seen < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"only {seen} of {count} records came")
            message = consumer.poll(0.2)
            if message is None:
                continue
            if message.error():
                raise KafkaException(message.error())
            show(message)
            seen += 1
    finally:
        consumer.close()


def show(message):
    headers = ",".join(f"{name}={value.decode()}" for name, value in message.headers() or [])
    text = lambda field: "-" if field is None else field.decode()
    fields = [message.partition(), message.offset(), message.timestamp()[1], text(message.key()), text(message.value())]
    print(*fields, headers or "-", sep="\t")


# Members of groups by name, of which each command may poll all.
MEMBERS = {}


def join(args):
    properties = client_properties(args)
    properties["group.id"] = args["group"]
    properties.setdefault("enable.auto.commit", False)
    properties.setdefault("auto.offset.reset", "earliest")
    consumer = Consumer(properties)
    consumer.subscribe([args["topic"]])
    MEMBERS[args["member"]] = consumer


def converge(args):
    """Polls until the members have so many partitions, and each has one at least; prints "member, partitions"."""
    wanted, deadline = int(args["partitions"]), time.monotonic() + 60
    while True:
        for consumer in MEMBERS.values():
            message = consumer.poll(0.05)
            if message is not None and not message.error():
                raise ValueError("records came before they were asked for")
        had = {name: sorted(p.partition for p in consumer.assignment()) for name, consumer in MEMBERS.items()}
        if sum(map(len, had.values())) == wanted and all(had.values()):
            break
        if time.monotonic() > deadline:
            raise TimeoutError(f"{had} instead of {wanted} partitions are assigned")
    for name, partitions in sorted(had.items()):
        print(name, ",".join(map(str, partitions)), sep="\t")


def read(args):
    """Polls until the members have got so many records, and commits; prints "member, partition, offset" of each."""
    count, seen, deadline = int(args["count"]), 0, time.monotonic() + 60
    while seen < count:
        if time.monotonic() > deadline:
            raise TimeoutError(f"only {seen} of {count} records came")
        for name, consumer in MEMBERS.items():
            message = consumer.poll(0.05)
            if message is None:
                continue
            if message.error():
                raise KafkaException(message.error())
            print(name, message.partition(), message.offset(), sep="\t")
            seen += 1
    for consumer in MEMBERS.values():
        commit(consumer)


def commit(consumer):
    try:
        consumer.commit(asynchronous=False)
    except KafkaException as error:
        if error.args[0].name() != "_NO_OFFSET":
            raise


def leave(args):
    MEMBERS.pop(args["member"]).close()


COMMANDS = {"produce": produce, "consume": consume, "join": join, "converge": converge, "read": read, "quit": leave}


def main():
    for line in sys.stdin:
        command, *fields = line.rstrip("\n").split("\t")
        try:
            COMMANDS[command](dict(field.split("=", 1) for field in fields))
            print("ok", flush=True)
        except Exception as error:  # Whatever the library raises is the answer.
            inner = error.args[0] if isinstance(error, KafkaException) and error.args else None
            name = inner.name() if inner is not None and hasattr(inner, "name") else type(error).__name__
            print("failed", name, str(error).replace("\n", " "), sep="\t", flush=True)


main()
