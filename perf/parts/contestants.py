"""The brokers that are compared, as processes: each starts on an empty directory of its own and is stopped by its own id."""

import os
import shutil
import signal
import subprocess
import time

from . import machine, wire

# What both are told: what is deleted between workloads goes soon, so that no run pays for the one before.
COMMON = {"auto.create.topics.enable": "true", "log.segment.delete.delay.ms": "1000"}

# Name, kind, what an acknowledgement means, overrides. A row of the results always names the durability.
CONTESTANTS = {
    "kafka": ("kafka", "page cache (Kafka's default)", {}),
    "kafka-sync": ("kafka", "fsync of every batch", {"log.flush.interval.messages": "1"}),
    "loglane": ("loglane", "durable (default)", {}),
    "loglane-device": ("loglane", "device", {"loglane.durability": "device"}),
    "null": ("null", "nothing is stored", {}),
}

START_WITHIN_S = 60
STOP_WITHIN_S = 60


class Contestant:
    """One broker in one turn."""

    def __init__(self, name, folder, port, programs, cores):
        self.name = name
        self.kind, self.durability, self.overrides = CONTESTANTS[name]
        self.folder = folder / name
        self.port = port
        self.programs = programs
        self.cores = cores
        self.process = None
        self.command = []
        self.record_bytes = "1KiB"
        self.first_s = None

    def __enter__(self):
        """Starts; `first_s` are the seconds until the first acknowledged produce."""
        self.first_s = self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def bootstrap(self):
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self):
        return self.process.pid

    def start(self):
        """Starts on an empty directory; seconds until the first acknowledged produce."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        commands = {"kafka": self.prepare_kafka, "loglane": self.loglane_command, "null": self.null_command}
        self.command = commands[self.kind]()
        return self.spawn()

    def restart(self, kill=False):
        """Ends it, cleanly or not, and starts it again on what it has; seconds until the first acknowledged produce."""
        self.end(signal.SIGKILL if kill else signal.SIGTERM)
        return self.spawn()

    def spawn(self):
        log = open(self.folder / "broker.log", "a")
        pin = (lambda: os.sched_setaffinity(0, self.cores)) if self.cores else None
        began = time.monotonic()
        self.process = subprocess.Popen(self.command, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                        cwd=self.folder, preexec_fn=pin)
        alive = lambda: self.process.poll() is None
        try:
            if self.kind == "null":
                return wire.first_connection(self.port, began, START_WITHIN_S, alive)
            return wire.first_acknowledged_produce(self.port, began, START_WITHIN_S, alive)
        except Exception as error:
            tail = (self.folder / "broker.log").read_text()[-2000:]
            self.stop()
            raise SystemExit(f"{self.name}: {error}\n{tail}")

    def null_command(self):
        return [str(self.programs.loglane), "bench", "null", "--listen", self.bootstrap, "--record-size", self.record_bytes]

    def prepare(self, record_bytes):
        """Before a run with records of this size: what a null broker's fetches find is made up to be like them."""
        if self.kind == "null" and record_bytes != self.record_bytes:
            self.record_bytes = record_bytes
            self.stop()
            self.start()

    def loglane_command(self):
        settings = {"listeners": f"PLAINTEXT://127.0.0.1:{self.port}", "log.dirs": "data", **COMMON, **self.overrides}
        command = [str(self.programs.loglane), "serve"]
        return command + [part for pair in settings.items() for part in ("--override", "=".join(pair))]

    def prepare_kafka(self):
        """Writes the properties and formats the directory, which is no part of the start's time."""
        controller = self.port + 1
        settings = {
            "process.roles": "broker,controller", "node.id": "1",
            "controller.quorum.bootstrap.servers": f"127.0.0.1:{controller}",
            "listeners": f"PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self.port}",
            "controller.listener.names": "CONTROLLER", "inter.broker.listener.name": "PLAINTEXT",
            "log.dirs": str(self.folder / "data"), "offsets.topic.replication.factor": "1",
            "transaction.state.log.replication.factor": "1", "transaction.state.log.min.isr": "1",
            "share.coordinator.state.topic.replication.factor": "1", "share.coordinator.state.topic.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0", **COMMON, **self.overrides,
        }
        properties = self.folder / "server.properties"
        properties.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
        tool = self.programs.java("kafka.tools.StorageTool")
        cluster = subprocess.run([*tool, "random-uuid"], capture_output=True, text=True, check=True).stdout.split()[-1]
        subprocess.run([*tool, "format", "--standalone", "-t", cluster, "-c", str(properties)],
                       capture_output=True, check=True)
        # The collector and its goals are those of Kafka's own start script; the heap is its default, taken at once.
        return ["java", "-Xms1g", "-Xmx1g", "-server", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20",
                "-XX:InitiatingHeapOccupancyPercent=35", "-XX:+ExplicitGCInvokesConcurrent", "-Djava.awt.headless=true",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", self.programs.class_path,
                "kafka.Kafka", str(properties)]

    def stop(self):
        """Stops it, and removes its data."""
        if self.process is None:
            return
        self.end(signal.SIGTERM)
        shutil.rmtree(self.folder / "data", ignore_errors=True)

    def end(self, how):
        self.process.send_signal(how)
        try:
            self.process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def seconds(self):
        return machine.process_seconds(self.process.pid)

    def resident_mib(self):
        return machine.resident_mib(self.process.pid)


class Elsewhere:
    """A broker that somebody else has started, given as NAME=HOST:PORT or NAME=HOST:PORT:PID. It is neither started nor stopped;
    without the id of a process on this machine its cost is not known."""

    kind, durability, command = "elsewhere", "as it was started", []

    def __init__(self, told):
        self.name, address = told.split("=", 1)
        host, port, *pid = address.rsplit(":", 2) if address.count(":") == 2 else address.rsplit(":", 1)
        self.bootstrap, self.pid = f"{host}:{port}", int(pid[0]) if pid else None

    def start(self):
        return None

    def prepare(self, record_bytes):
        pass

    def stop(self):
        pass

    def seconds(self):
        return machine.process_seconds(self.pid) if self.pid else 0.0

    def resident_mib(self):
        return machine.resident_mib(self.pid) if self.pid else 0.0
