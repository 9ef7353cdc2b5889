"""Crowds that a broker has to live with, as processes: each goes on until it is told to stop. They are those of
tests/hostile/crowds.rs. All of them pause between two blows, and run with the lowest priority: what is asked is what the
broker makes others wait, not what two processes do to each other that want one core. Where the kernel schedules by
sessions (autogroups), a priority counts within its session only, and a session of niced and other threads keeps the
kernel's own threads, which complete direct I/O and carry packets, from a core for tens of milliseconds: so an attack is a
session of its own, of the lowest priority."""

import os
import resource
import select
import socket
import struct
import time
from multiprocessing import Event, Process, Value
from pathlib import Path

from .wire import METADATA, PRODUCE, text

FETCH = 1
PAUSE_S = 0.002
LOWEST = 19
IDLE = 2_000
SLOW = 200
DEAF = 60
MUCH = "much"
RESET = struct.pack("ii", 1, 0)


def request(api, version, body):
    head = struct.pack(">hhi", api, version, 1) + text("perf-crowds")
    return struct.pack(">i", len(head) + len(body)) + head + body


# Metadata of everything, without making topics.
ASK_ALL = request(METADATA, 4, struct.pack(">ib", -1, 0))


def fetch(offset):
    """Fetch 11, outside any session, of 8 MiB of one partition."""
    most = 8 << 20
    head = struct.pack(">iiiibii", -1, 0, 0, most, 0, 0, -1)
    partition = struct.pack(">iiqqi", 0, -1, offset, -1, most)
    body = head + struct.pack(">i", 1) + text(MUCH) + struct.pack(">i", 1) + partition + struct.pack(">i", 0) + text("")
    return request(FETCH, 11, body)


def connect(port):
    return socket.create_connection(("127.0.0.1", port), timeout=60)


def idle(port, turn, held):
    """Two thousand connections that say nothing are there."""
    if not held:
        held.extend(connect(port) for _ in range(IDLE))


def opened(port, turn, held):
    """Two thousand connections are opened at once, over and over again."""
    burst = [connect(port) for _ in range(IDLE)]
    time.sleep(0.2)
    for one in burst:
        one.close()
    time.sleep(0.2)


def connects(port, turn, held):
    connect(port).close()


def resets(port, turn, held):
    """In turns: nothing sent, a piece of a request, a request whose answer is on its way, one whose answer lies unread."""
    one = connect(port)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    one.sendall(ASK_ALL[: (0, 7, len(ASK_ALL), len(ASK_ALL))[turn % 4]])
    if turn % 4 == 3:
        select.select([one], [], [], 60)
    one.close()


def half_closed(port, turn, held):
    one = connect(port)
    one.sendall((ASK_ALL, ASK_ALL[:3])[turn % 2])
    one.shutdown(socket.SHUT_WR)
    while one.recv(1 << 16):
        pass
    one.close()


def dawdle(port, turn, held, begin):
    """One byte at a time, on connections in turns; one that the broker has closed is opened anew."""
    at = turn % SLOW
    try:
        if at < len(held):
            held[at].send(b"\0")
            return
    except OSError:
        held.pop(at).close()
    one = connect(port)
    one.sendall(begin)
    held.insert(at, one)


def slow_lengths(port, turn, held):
    dawdle(port, turn, held, b"")


def slow_bodies(port, turn, held):
    head = struct.pack(">hhi", PRODUCE, 7, 1) + text("perf-crowds")
    dawdle(port, turn, held, struct.pack(">i", 900_000) + head)


def deaf(port, turn, held):
    """Clients that ask for much and take nothing. The broker closes them after a while, and others come."""
    if turn % 1000 != 0:
        return
    for one in held:
        one.close()
    held.clear()
    for _ in range(DEAF):
        one = connect(port)
        for offset in (0, 10_000, 20_000, 30_000):
            one.sendall(fetch(offset))
        held.append(one)


# Name on the command line, heading, one blow.
ATTACKS = {
    "idle": ("2,000 idle connections", idle),
    "opened": ("2,000 connections, opened at once and closed", opened),
    "connects": ("a flood of connects", connects),
    "resets": ("connections that are reset", resets),
    "half-closed": ("clients that have said all", half_closed),
    "slow-lengths": ("200 clients that dawdle in a length", slow_lengths),
    "slow-bodies": ("200 clients that dawdle in a request", slow_bodies),
    "deaf": (f"{DEAF} clients that do not read", deaf),
}


def step_back():
    """The lowest priority for this process, among its like and of its session."""
    os.setsid()
    os.nice(LOWEST)
    autogroup = Path("/proc/self/autogroup")
    if autogroup.exists():
        autogroup.write_text(str(LOWEST))


class Attack:
    """One attack, from `with` to its end. `blows` says afterwards how many there were."""

    def __init__(self, name, port, cores):
        self.stop, self.begun, self.count = Event(), Event(), Value("q", 0)
        self.process = Process(target=self.attack, args=(ATTACKS[name][1], port, cores), daemon=True)

    def attack(self, blow, port, cores):
        if cores:
            os.sched_setaffinity(0, cores)
        step_back()
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        held, turn = [], 0
        while not self.stop.is_set():
            try:
                blow(port, turn, held)
            except OSError:
                # It was closed in front of us, which is the broker's right.
                pass
            turn += 1
            self.count.value = turn
            self.begun.set()
            time.sleep(PAUSE_S)

    def __enter__(self):
        self.process.start()
        if not self.begun.wait(60):
            raise SystemExit("the attack does not begin")
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.process.join(60)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()

    @property
    def blows(self):
        return self.count.value
