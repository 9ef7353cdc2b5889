"""aiokafka in the language of the drivers."""

import asyncio

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, for_code
from language import BOOTSTRAP, Recipe, configs, say, say_assigned, say_record, serve, stopped

COMMON = {"bootstrap_servers": BOOTSTRAP}


def producer(codec, acks, idempotent, **more):
    codec = None if codec == "none" else codec
    acks = "all" if acks == "all" else int(acks)
    return AIOKafkaProducer(compression_type=codec, acks=acks, enable_idempotence=idempotent, **COMMON, **more)


async def produce(args):
    recipe = Recipe(args)
    batches = {"linger_ms": 0, "max_batch_size": 1} if args["client.singles"] == "true" else {"linger_ms": 20}
    idempotent = args["client.idempotent"] == "true"
    async with producer(args["client.codec"], args["client.acks"], idempotent, **batches) as sender:
        sent = [
            await sender.send(
                args["topic"],
                recipe.value(n),
                recipe.key(n),
                recipe.partition,
                recipe.timestamp(n),
                recipe.headers(n),
            )
            for n in range(recipe.count)
        ]
        for future in sent:
            metadata = await future
            # There is nothing to tell where nothing was acknowledged.
            say(-1 if metadata is None else metadata.offset)


async def load(args):
    under_way = set()

    def on_end(n):
        def ended(future):
            under_way.discard(n)
            if error := future.exception():
                say("failed-record", n, repr(error))
            else:
                say("acked", n, future.result().partition, future.result().offset)

        return ended

    # Without this a record is given up when the broker was away for a while.
    async with producer(args["codec"], "all", True, linger_ms=5, request_timeout_ms=60000) as sender:
        n = 0
        while not stopped():
            if len(under_way) >= 200 or n % 10 == 9:
                await asyncio.sleep(0.01)
            if len(under_way) < 200:
                under_way.add(n)
                future = await sender.send(args["topic"], str(n).encode(), partition=n % int(args["partitions"]))
                future.add_done_callback(on_end(n))
                n += 1
        await sender.flush()


def consumer(group, **more):
    settings = {"enable_auto_commit": False, "heartbeat_interval_ms": 300}
    return AIOKafkaConsumer(group_id=group, **COMMON, **settings, **more)


async def consume(args):
    partition = TopicPartition(args["topic"], int(args["partition"]))
    count = int(args["count"])
    async with consumer(None, auto_offset_reset="none") as reader:
        reader.assign([partition])
        reader.seek(partition, int(args["offset"]))
        async with asyncio.timeout(60):
            for _ in range(count):
                record = await reader.getone()
                say_record(record.partition, record.offset, record.timestamp, record.key, record.value, record.headers)


class Listener(ConsumerRebalanceListener):
    def __init__(self):
        # Where the next commit of each partition is; what is taken away another member gets again.
        self.ends = {}

    async def on_partitions_revoked(self, revoked):
        self.ends.clear()
        say_assigned([])

    async def on_partitions_assigned(self, assigned):
        say_assigned(each.partition for each in assigned)


async def join(args):
    member = consumer(args["group"], auto_offset_reset="earliest", session_timeout_ms=int(args["session"]))
    listener = Listener()
    member.subscribe([args["topic"]], listener=listener)
    async with member:
        while not stopped():
            for partition, batch in (await member.getmany(timeout_ms=100)).items():
                for record in batch:
                    say("record", record.partition, record.offset, record.value.decode())
                    listener.ends[partition] = record.offset + 1
            ends = dict(listener.ends)
            if not ends:
                continue
            try:
                await member.commit(ends)
            except KafkaError:
                continue  # The broker is away, or the group moves on: it is tried again as long as they are its own.
            for partition, end in ends.items():
                say("committed", partition.partition, end)
                listener.ends.pop(partition, None)


async def commit(args):
    partition = TopicPartition(args["topic"], int(args["partition"]))
    async with consumer(args["group"]) as member:
        member.assign([partition])
        await member.commit({partition: int(args["offset"])})


async def committed(args):
    partition = TopicPartition(args["topic"], int(args["partition"]))
    async with consumer(args["group"]) as member:
        member.assign([partition])
        offset = await member.committed(partition)
        say(-1 if offset is None else offset)


def check(code, message=None):
    if code:
        raise for_code(code)(message)


async def administer(admin, command, args):
    topic = args.get("topic")
    match command:
        case "create-topic":
            new = NewTopic(topic, int(args["partitions"]), 1, topic_configs=configs(args))
            for _, code, *message in (await admin.create_topics([new], timeout_ms=30000)).topic_errors:
                check(code, *message)
        case "delete-topic":
            for _, code in (await admin.delete_topics([topic], timeout_ms=30000)).topic_error_codes:
                check(code)
        case "create-partitions":
            grown = {topic: NewPartitions(int(args["partitions"]))}
            for _, code, message in (await admin.create_partitions(grown, timeout_ms=30000)).topic_errors:
                check(code, message)
        case "topics":
            say(*await admin.list_topics())
        case "partitions":
            (described,) = await admin.describe_topics([topic])
            say(len(described["partitions"]))
        case "config":
            resource = ConfigResource(ConfigResourceType.TOPIC, topic, {args["name"]: None})
            (response,) = await admin.describe_configs([resource])
            for code, message, _, _, entries in response.resources:
                check(code, message)
                say(*(entry[1] for entry in entries))
        case "set-config":
            resource = ConfigResource(ConfigResourceType.TOPIC, topic, {args["name"]: args["value"]})
            (response,) = await admin.alter_configs([resource])
            for code, message, *_ in response.resources:
                check(code, message)


clients = {"produce": produce, "consume": consume, "load": load, "join": join, "commit": commit, "committed": committed}
administrators = []


async def act(command, args):
    if command in clients:
        await clients[command](args)
        return
    if not administrators:
        administrators.append(AIOKafkaAdminClient(**COMMON))
        await administrators[0].start()
    await administer(administrators[0], command, args)


loop = asyncio.new_event_loop()
serve(lambda command, args: loop.run_until_complete(act(command, args)))
