"""A raw client of Kafka's protocol: just enough to make topics, and to time a first acknowledged produce without a client
library's own start in the figure. Versions are the last ones without tagged fields."""

import socket
import struct
import time

PRODUCE, METADATA, CREATE_TOPICS, DELETE_TOPICS = 0, 3, 19, 20
NONE, TOPIC_ALREADY_EXISTS = 0, 36


def crc32c(data):
    """CRC-32C (Castagnoli), bit by bit: for a few hundred bytes."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def text(value):
    raw = value.encode()
    return struct.pack(">h", len(raw)) + raw


def one_record_batch(value):
    """A batch (format 2) with one record without a key."""
    record = b"\0\0\0\x01" + bytes([len(value) << 1]) + value + b"\0"
    assert len(record) < 64 and len(value) < 64, "lengths are written as one-byte varints"
    record = bytes([len(record) << 1]) + record
    now = int(time.time() * 1000)
    behind_crc = struct.pack(">hiqqqhii", 0, 0, now, now, -1, -1, -1, 1) + record
    behind_length = struct.pack(">ibI", -1, 2, crc32c(behind_crc)) + behind_crc
    return struct.pack(">qi", 0, len(behind_length)) + behind_length


class Wire:
    """One connection."""

    def __init__(self, port, timeout_s=30):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout_s)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.correlation = 0

    def close(self):
        self.socket.close()

    def call(self, api, version, body):
        """The body of the answer."""
        self.correlation += 1
        frame = struct.pack(">hhi", api, version, self.correlation) + text("perf-floor") + body
        self.socket.sendall(struct.pack(">i", len(frame)) + frame)
        length = struct.unpack(">i", self.take(4))[0]
        answer = self.take(length)
        assert struct.unpack(">i", answer[:4])[0] == self.correlation, "answers come in order"
        return answer[4:]

    def take(self, count):
        out = bytearray()
        while len(out) < count:
            piece = self.socket.recv(count - len(out))
            if not piece:
                raise ConnectionError("the broker closed the connection")
            out += piece
        return bytes(out)

    def create_topic(self, name, partitions):
        """CreateTopics 4, with one replica and the broker's defaults; raises what the broker answers."""
        topic = text(name) + struct.pack(">ihii", partitions, 1, 0, 0)
        body = struct.pack(">i", 1) + topic + struct.pack(">ib", 30_000, 0)
        answer = self.call(CREATE_TOPICS, 4, body)
        at = 8 + 2 + len(name.encode())
        code = struct.unpack_from(">h", answer, at)[0]
        if code not in (NONE, TOPIC_ALREADY_EXISTS):
            raise RuntimeError(f"topic {name} was not created: error {code}")

    def delete_topic(self, name):
        """DeleteTopics 3; the files follow after the broker's delay."""
        self.call(DELETE_TOPICS, 3, struct.pack(">i", 1) + text(name) + struct.pack(">i", 30_000))

    def has_leaders(self, name, partitions):
        """Metadata 4: whether every partition of the topic has a leader. Asking makes a topic where the broker does."""
        answer = self.call(METADATA, 4, struct.pack(">i", 1) + text(name) + b"\x01")
        at = 4
        (brokers,) = struct.unpack_from(">i", answer, at)
        at += 4
        for _ in range(brokers):
            at = skip_text(answer, at + 4) + 4
            at = skip_text(answer, at)
        at = skip_text(answer, at) + 4 + 4
        (error,) = struct.unpack_from(">h", answer, at)
        at = skip_text(answer, at + 2) + 1
        (count,) = struct.unpack_from(">i", answer, at)
        at += 4
        leaders = 0
        for _ in range(count):
            code, _, leader = struct.unpack_from(">hii", answer, at)
            leaders += code == NONE and leader >= 0
            at += 10
            for _ in range(2):
                (replicas,) = struct.unpack_from(">i", answer, at)
                at += 4 + 4 * replicas
        return error == NONE and leaders >= partitions

    def produce(self, name, batch):
        """Produce 7 with acks=all to partition 0; the error code."""
        records = struct.pack(">i", 0) + struct.pack(">i", len(batch)) + batch
        topic = text(name) + struct.pack(">i", 1) + records
        body = struct.pack(">h", -1) + struct.pack(">hi", -1, 30_000) + struct.pack(">i", 1) + topic
        answer = self.call(PRODUCE, 7, body)
        at = 4 + 2 + len(name.encode()) + 4 + 4
        return struct.unpack_from(">h", answer, at)[0]


def skip_text(answer, at):
    (length,) = struct.unpack_from(">h", answer, at)
    return at + 2 + max(length, 0)


def first_connection(port, began, deadline_s, is_alive):
    """Seconds from `began` (monotonic) until somebody listens."""
    while time.monotonic() - began < deadline_s:
        if not is_alive():
            raise RuntimeError("the broker ended during its start")
        try:
            Wire(port).close()
            return time.monotonic() - began
        except OSError:
            time.sleep(0.001)
    raise RuntimeError(f"nobody listens within {deadline_s} s")


def first_acknowledged_produce(port, began, deadline_s, is_alive):
    """Seconds from `began` (monotonic) until a produce to a new topic is acknowledged."""
    batch = one_record_batch(b"first")
    wire = None
    while time.monotonic() - began < deadline_s:
        if not is_alive():
            raise RuntimeError("the broker ended during its start")
        try:
            wire = wire or Wire(port)
            if wire.has_leaders("first", 1) and wire.produce("first", batch) == NONE:
                took = time.monotonic() - began
                wire.close()
                return took
        except OSError:
            wire = None
        time.sleep(0.001)
    raise RuntimeError(f"no produce was acknowledged within {deadline_s} s")
