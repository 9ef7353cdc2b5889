"""The workloads, driven by clients that nobody here wrote: Kafka's own producer tool and librdkafka's."""

import os
import re
import subprocess
import sys
import time

from . import machine
from .wire import Wire

# Producers of Kafka 4 wait 5 ms by default and fill 16 KiB: every workload says what it wants instead.
JAVA = {"batch.size": 131072, "linger.ms": 1}
RDKAFKA = ["-X", "linger.ms=1", "-X", "batch.num.messages=10000", "-X", "queue.buffering.max.messages=500000"]


class Workloads:
    """Runs workloads against one contestant and hands each outcome to `report`."""

    def __init__(self, contestant, programs, scale, cores, report):
        self.contestant = contestant
        self.programs = programs
        self.scale = scale
        self.cores = cores
        self.report = report
        self.bootstrap = f"127.0.0.1:{contestant.port}"
        self.topics = 0

    def m1(self):
        """Kafka's producer: 100 B records, 6 partitions, acks=1."""
        with self.topic(6) as topic:
            self.java_produce("m1 produce 100 B acks=1 (Java)", topic, 100, 8_000_000,
                              {**JAVA, "acks": 1, "buffer.memory": 64 << 20})

    def m2(self):
        """Kafka's producer: 1 KiB records, 16 partitions, acks=all, idempotent as by default."""
        with self.topic(16) as topic:
            self.java_produce("m2 produce 1 KiB acks=all (Java)", topic, 1024, 3_000_000,
                              {**JAVA, "acks": "all", "buffer.memory": 128 << 20})

    def m3(self):
        """librdkafka: 1 KiB and 100 B records, 6 partitions, acks=1."""
        for size, label, records in ((1024, "1 KiB", 3_000_000), (100, "100 B", 10_000_000)):
            with self.topic(6) as topic:
                self.rdkafka_produce(f"m3 produce {label} acks=1 (librdkafka)", topic, size, self.count(records))

    def m6(self):
        """librdkafka: one partition is filled, then read from its beginning by assignment. A tenth of the records comes
        from memory with either broker; all of them are more than Loglane keeps, so it reads its disk past the page
        cache, while Kafka reads the page cache as long as the machine has memory."""
        for part in (0.1, 1.0):
            records = self.count(3_000_000 * part)
            label = f"{records * 1024 / 1e6:.0f} MB"
            with self.topic(1) as topic:
                self.rdkafka_produce(f"m6 produce {label} acks=1 (librdkafka)", topic, 1024, records)
                self.rdkafka_consume(f"m6 consume {label} (librdkafka)", topic, 1024, records)

    def count(self, records):
        return max(1000, int(records * self.scale))

    def topic(self, partitions):
        self.topics += 1
        return Topic(self.contestant.port, f"floor-{self.topics}", partitions)

    def java_produce(self, name, topic, size, records, properties):
        records = self.count(records)
        pairs = [f"{key}={value}" for key, value in {"bootstrap.servers": self.bootstrap, **properties}.items()]
        command = [*self.programs.java("org.apache.kafka.tools.ProducerPerformance"), "--topic", topic, "--num-records",
                   str(records), "--record-size", str(size), "--throughput", "-1", "--command-property", *pairs]
        out = self.measured(name, command, size * records)
        found = re.findall(r"(\d+) records sent, ([\d.]+) records/sec \(([\d.]+) MB/sec\)", out)
        if not found or int(found[-1][0]) != records:
            sys.exit(f"{name}: not all of {records} records were acknowledged\n{out[-2000:]}")
        # The tool's MB are MiB.
        self.tell(float(found[-1][1]), float(found[-1][2]) * 1.048576)

    def rdkafka_produce(self, name, topic, size, records):
        command = [str(self.programs.rdkafka), "-P", "-t", topic, "-b", self.bootstrap, "-s", str(size), "-c",
                   str(records), "-q", "-a", "1", *RDKAFKA]
        out = self.measured(name, command, size * records)
        found = re.findall(r"(\d+) delivered \(.*?\) in \d+ms: (\d+) msgs/s and ([\d.]+) MB/s", out)
        if not found or int(found[-1][0]) != records:
            sys.exit(f"{name}: not all of {records} records were acknowledged\n{out[-2000:]}")
        self.tell(float(found[-1][1]), float(found[-1][2]))

    def rdkafka_consume(self, name, topic, size, records):
        command = [str(self.programs.rdkafka), "-C", "-t", topic, "-b", self.bootstrap, "-p", "0", "-o", "beginning",
                   "-c", str(records), "-q"]
        out = self.measured(name, command, size * records)
        found = re.findall(r"(\d+) messages \(\d+ bytes\) consumed in \d+ms: (\d+) msgs/s \(([\d.]+) MB/s\)", out)
        if not found or int(found[-1][0]) < records:
            sys.exit(f"{name}: not all of {records} records came\n{out[-2000:]}")
        self.tell(float(found[-1][1]), float(found[-1][2]))

    def measured(self, name, command, payload_bytes):
        """Runs a client, and keeps what it cost. What earlier runs left in the page cache is on the disk first."""
        os.sync()
        noise = machine.noise()
        pin = (lambda: os.sched_setaffinity(0, self.cores)) if self.cores else None
        broker, busy, clients = self.contestant.seconds(), machine.busy_seconds(), machine.client_seconds()
        began = time.monotonic()
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, preexec_fn=pin)
        took = time.monotonic() - began
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout[-2000:]}")
        client = machine.client_seconds() - clients
        gigabytes = payload_bytes / 1e9
        self.row = {
            "workload": name,
            "payload_bytes": payload_bytes,
            "seconds": round(took, 3),
            "broker_cpu_s_per_gb": (self.contestant.seconds() - broker) / gigabytes,
            "machine_cpu_s_per_gb": (machine.busy_seconds() - busy - client) / gigabytes,
            "client_cpu_s_per_gb": client / gigabytes,
            "rss_mib": self.contestant.resident_mib(),
            "noise": round(noise, 3),
            "command": self.programs.shown(command),
        }
        return done.stdout

    def tell(self, records_per_s, mb_per_s):
        self.report({**self.row, "records_per_s": records_per_s, "mb_per_s": mb_per_s})


class Topic:
    """A topic for the length of a `with`."""

    def __init__(self, port, name, partitions):
        self.port, self.name, self.partitions = port, name, partitions

    def __enter__(self):
        wire = Wire(self.port)
        wire.create_topic(self.name, self.partitions)
        deadline = time.monotonic() + 30
        while not wire.has_leaders(self.name, self.partitions):
            if time.monotonic() > deadline:
                sys.exit(f"topic {self.name} has no leaders")
            time.sleep(0.01)
        wire.close()
        return self.name

    def __exit__(self, *_):
        wire = Wire(self.port)
        wire.delete_topic(self.name)
        wire.close()
