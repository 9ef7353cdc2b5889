"""Load for group coordinators, over raw connections: a client library would cost more than the broker that is measured.
Requests are made once and sent again, answers are read by their length; versions are the last ones without tagged fields."""

import os
import selectors
import socket
import struct
import time
from multiprocessing import Pipe, Process

from .wire import Wire, crc32c, skip_text, text

PRODUCE, OFFSET_COMMIT, FIND_COORDINATOR, JOIN_GROUP, HEARTBEAT, SYNC_GROUP, LIST_GROUPS, DESCRIBE_CONFIGS = 0, 8, 10, 11, 12, 14, 16, 32
UNKNOWN_MEMBER_ID, MEMBER_ID_REQUIRED = 25, 79
# The coordinator is loading, not there yet, or not known here yet: soon it is.
NOT_YET = (14, 15, 16)
NO_TEXT = struct.pack(">h", -1)
GROUP = "rebalanced"
TOPIC = "committed"


def pin_clients():
    """Clients leave the first core to the broker where there is another."""
    others = os.sched_getaffinity(0) - {0}
    if others:
        os.sched_setaffinity(0, others)


def frame(api, version, body):
    head = struct.pack(">hhi", api, version, 1) + text("perf-groups")
    return struct.pack(">i", len(head) + len(body)) + head + body


def blob(raw):
    return struct.pack(">i", len(raw)) + raw


class Peer:
    """A connection of one request at a time whose answers are taken as they come."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.got = bytearray()

    def send(self, request):
        sent = self.socket.send(request)
        assert sent == len(request), "a small request fits into the socket"

    def answer(self):
        """The body of the answer once it is whole; called when something can be read."""
        piece = self.socket.recv(1 << 20)
        if not piece:
            raise ConnectionError("the broker closed the connection")
        self.got += piece
        if len(self.got) < 4:
            return None
        (length,) = struct.unpack_from(">i", self.got)
        if len(self.got) < 4 + length:
            return None
        body = bytes(self.got[8 : 4 + length])
        del self.got[: 4 + length]
        return body


class Member(Peer):
    """One member of the group that is rebalanced."""

    def __init__(self, port):
        super().__init__(port)
        self.id = ""
        self.generation = -1
        self.round = 0
        self.is_synced = False

    def begin(self, round):
        """Joins with another subscription than before (behind the part that is parsed): the same one needs no rebalance."""
        self.round = round
        self.join()

    def join(self):
        self.is_synced = False
        timeouts = struct.pack(">ii", 30_000, 60_000)
        protocol = struct.pack(">i", 1) + text("range") + blob(b"\0" * 36 + struct.pack(">i", self.round))
        self.send(frame(JOIN_GROUP, 5, text(GROUP) + timeouts + text(self.id) + NO_TEXT + text("consumer") + protocol))
        self.take = self.joined

    def joined(self, body):
        error, generation = struct.unpack_from(">hi", body, 4)
        at = skip_text(body, 10)
        leader_at = at
        at = skip_text(body, at)
        leader = body[leader_at + 2 : at].decode()
        id_at = at
        at = skip_text(body, at)
        self.id = body[id_at + 2 : at].decode()
        if error == MEMBER_ID_REQUIRED:
            return self.join()
        if error == UNKNOWN_MEMBER_ID:
            # It was thrown out, and comes as somebody new, as clients do.
            self.id = ""
            return self.join()
        if error in NOT_YET:
            return self.join()
        if error:
            raise RuntimeError(f"JoinGroup failed: {error}")
        self.generation = generation
        assignments = []
        if leader == self.id:
            (count,) = struct.unpack_from(">i", body, at)
            at += 4
            for _ in range(count):
                start = at
                at = skip_text(body, at)
                assignments.append(body[start:at] + blob(b"\0" * 60))
                at = skip_text(body, at)
                at += 4 + struct.unpack_from(">i", body, at)[0]
        listed = struct.pack(">i", len(assignments)) + b"".join(assignments)
        self.send(frame(SYNC_GROUP, 3, text(GROUP) + struct.pack(">i", generation) + text(self.id) + NO_TEXT + listed))
        self.take = self.synced

    def synced(self, body):
        (error,) = struct.unpack_from(">h", body, 4)
        if error:
            # A generation that was overtaken: again.
            return self.join()
        self.is_synced = True
        self.take = None

    def beat(self):
        """Asks whether the generation is still the group's."""
        if self.take is None:
            self.send(frame(HEARTBEAT, 2, text(GROUP) + struct.pack(">i", self.generation) + text(self.id)))
            self.take = self.beaten

    def beaten(self, body):
        (error,) = struct.unpack_from(">h", body, 4)
        self.take = None
        if error:
            self.join()


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


class Load:
    """What is done to one broker."""

    def __init__(self, contestant, members, connections):
        self.contestant = contestant
        self.connections = connections
        self.round = 0
        wire = Wire(contestant.port)
        wire.create_topic(TOPIC, 1)
        wire.create_topic("produced", 1)
        self.find_coordinator(wire)
        wire.close()
        self.members = [Member(contestant.port) for _ in range(members)]
        self.rebalance()

    def find_coordinator(self, wire):
        """Asks until the coordinator is there: the first question makes its topic."""
        until = time.monotonic() + 60
        while time.monotonic() < until:
            answer = wire.call(FIND_COORDINATOR, 1, text(GROUP) + b"\0")
            if struct.unpack_from(">h", answer, 4)[0] == 0:
                return
            time.sleep(0.05)
        raise RuntimeError("there is no coordinator")

    def warm_up(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.rebalance()
            self.commits(0.5)

    def rebalance(self):
        """Every member joins again; seconds until every one has its assignment of the same generation."""
        self.round += 1
        began = time.monotonic()
        with selectors.DefaultSelector() as selector:
            for member in self.members:
                selector.register(member.socket, selectors.EVENT_READ, member)
                member.begin(self.round)
            while not self.is_settled():
                ready = selector.select(0.1)
                if not ready:
                    # Whoever has an assignment learns only so that others still come.
                    for member in self.members:
                        member.beat()
                for key, _ in ready:
                    body = key.data.answer()
                    if body is not None:
                        key.data.take(body)
                if time.monotonic() - began > 60:
                    raise RuntimeError("the group does not settle")
        return time.monotonic() - began

    def is_settled(self):
        """Every member is assigned, by the same generation, and waits for nothing."""
        return all(member.is_synced and member.take is None for member in self.members) and (
            len({member.generation for member in self.members}) == 1
        )

    def rebalances(self, count):
        before = self.contestant.seconds()
        took = sorted(self.rebalance() for _ in range(count))
        cpu = self.contestant.seconds() - before
        return {"seconds": round(took[count // 2], 4), "broker_cpu_us": round(cpu * 1e6 / count, 1)}

    def commits(self, seconds, rate=None):
        """Commits of one partition by as many groups as there are connections."""
        peers = []
        for number in range(self.connections):
            peer = Peer(self.contestant.port)
            partition = struct.pack(">iiqi", 1, 0, number, -1) + NO_TEXT
            topics = struct.pack(">i", 1) + text(TOPIC) + partition
            group = text(f"group-{number}") + struct.pack(">i", -1) + text("") + NO_TEXT
            peer.request = frame(OFFSET_COMMIT, 7, group + topics)
            peers.append(peer)
        done, took = 0, []
        with selectors.DefaultSelector() as selector:
            for peer in peers:
                selector.register(peer.socket, selectors.EVENT_READ, peer)
            before, began = self.contestant.seconds(), time.monotonic()
            for peer in peers:
                peer.sent = time.monotonic()
                peer.send(peer.request)
            now = began
            while now - began < seconds:
                for key, _ in selector.select(5):
                    peer = key.data
                    body = peer.answer()
                    if body is None:
                        continue
                    error = struct.unpack(">h", body[-2:])[0]
                    if error:
                        raise RuntimeError(f"OffsetCommit failed: {error}")
                    now = time.monotonic()
                    took.append(now - peer.sent)
                    done += 1
                    peer.sent = now
                    peer.send(peer.request)
            cpu, span = self.contestant.seconds() - before, now - began
        for peer in peers:
            peer.socket.close()
        return {"per_s": round(done / span), "broker_cpu_us": round(cpu * 1e6 / done, 1),
                "p50_ms": round(percentile(took, 0.5) * 1e3, 2), "p99_ms": round(percentile(took, 0.99) * 1e3, 2)}

    def produce_latency(self, seconds, commits_per_s):
        """Latency of produces at a fixed rate, from when each was due, beside commits and admin requests."""
        ours, theirs = Pipe()
        beside = Process(target=disturb, args=(self.contestant.port, commits_per_s, theirs))
        if commits_per_s:
            beside.start()
        try:
            took = produce_at(self.contestant.port, 500, seconds)
        finally:
            if commits_per_s:
                ours.send("enough")
                beside.join()
                assert beside.exitcode == 0, "the load beside failed"
        return {"p50_ms": round(percentile(took, 0.5) * 1e3, 2), "p99_ms": round(percentile(took, 0.99) * 1e3, 2)}


def batch_of(size):
    """A batch with one record of `size` bytes."""
    def varint(number):
        number <<= 1
        out = b""
        while number > 0x7F:
            out += bytes([number & 0x7F | 0x80])
            number >>= 7
        return out + bytes([number])

    record = b"\0\0\0\x01" + varint(size) + os.urandom(size) + b"\0"
    record = varint(len(record)) + record
    now = int(time.time() * 1000)
    behind_crc = struct.pack(">hiqqqhii", 0, 0, now, now, -1, -1, -1, 1) + record
    behind_length = struct.pack(">ibI", -1, 2, crc32c(behind_crc)) + behind_crc
    return struct.pack(">qi", 0, len(behind_length)) + behind_length


def produce_at(port, rate, seconds):
    """Seconds from the moment that each produce was due until it was acknowledged."""
    wire = Wire(port)
    batch = batch_of(1024)
    took = []
    began = time.monotonic()
    for number in range(int(rate * seconds)):
        due = began + number / rate
        wait = due - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        error = wire.produce("produced", batch)
        if error:
            raise RuntimeError(f"Produce failed: {error}")
        took.append(time.monotonic() - due)
    wire.close()
    return took


def disturb(port, rate, enough):
    """Commits at a rate, and with every hundredth an admin request of another kind."""
    wire = Wire(port)
    partition = struct.pack(">iiqi", 1, 0, 1, -1) + NO_TEXT
    commit = text("beside") + struct.pack(">i", -1) + text("") + NO_TEXT + struct.pack(">i", 1) + text(TOPIC) + partition
    describe = struct.pack(">ib", 1, 2) + text(TOPIC) + struct.pack(">i", -1) + b"\0"
    began, number = time.monotonic(), 0
    while not enough.poll():
        wait = began + number / rate - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        wire.call(OFFSET_COMMIT, 7, commit)
        number += 1
        if number % 100 == 0:
            wire.call(LIST_GROUPS, 2, b"")
            wire.call(DESCRIBE_CONFIGS, 1, describe)
        if number % 1000 == 0:
            name = f"beside-{os.getpid()}-{number}"
            wire.create_topic(name, 3)
            wire.delete_topic(name)
    wire.close()
