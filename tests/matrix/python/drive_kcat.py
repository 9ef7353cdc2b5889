"""kcat, a program of its own for each command, in the language of the drivers.

It has no administrative client, and its records have no headers and timestamps of their own.
"""

import ctypes
import itertools
import re
import signal
import subprocess
import threading

from language import BOOTSTRAP, Recipe, say, say_assigned, serve, stopped

KCAT = ["kcat", "-E", "-b", BOOTSTRAP, "-X", "reconnect.backoff.max.ms=500"]
DELIVERED = re.compile(r"Message delivered to partition (\d+) \(offset (-?\d+)\)")


PR_SET_PDEATHSIG = 1


def start(command, **more):
    """Starts a program that is killed when this one is."""
    follow = lambda: ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    return subprocess.Popen(command, stderr=subprocess.PIPE, preexec_fn=follow, **more)


def produce(args):
    recipe = Recipe(args)
    way = {
        "acks": args["client.acks"],
        "enable.idempotence": args["client.idempotent"],
        "batch.num.messages": "1" if args["client.singles"] == "true" else "10000",
    }
    options = [f"{key}={value}" for key, value in way.items()]
    command = KCAT + [option for each in options for option in ("-X", each)]
    command += ["-P", "-t", args["topic"], "-p", str(recipe.partition), "-z", args["client.codec"], "-vvv"]
    if args["keys"] == "true":
        command += ["-K", "|"]
    lines = [b"|".join(part for part in (recipe.key(n), recipe.value(n)) if part) for n in range(recipe.count)]
    done = subprocess.run(command, input=b"\n".join(lines) + b"\n", capture_output=True, timeout=60)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.decode())
    for _, offset in DELIVERED.findall(done.stderr.decode()):
        say(-1 if args["client.acks"] == "0" else offset)


FORMAT = "%p\t%o\t%T\t%k\t%s\t%h\n"


def consume(args):
    command = KCAT + ["-C", "-t", args["topic"], "-p", args["partition"], "-o", args["offset"], "-c", args["count"]]
    done = subprocess.run(command + ["-q", "-f", FORMAT], capture_output=True, timeout=60)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.decode())
    for line in done.stdout.decode().splitlines():
        fields = line.split("\t")
        say(*(field or "-" for field in fields))


def load(args):
    """One program for each partition: what is delivered is told in the order of sending, but without a number."""
    partitions = int(args["partitions"])
    senders = [start_sender(args, partition, partitions) for partition in range(partitions)]
    n, wait = 0, threading.Event()
    while not stopped():
        sender, _ = senders[n % partitions]
        sender.stdin.write(f"{n}\n".encode())
        sender.stdin.flush()
        n += 1
        if n % 10 == 0:
            wait.wait(0.02)
    for sender, listener in senders:
        sender.stdin.close()
        listener.join()
        sender.wait()


def start_sender(args, partition, partitions):
    command = KCAT + ["-P", "-t", args["topic"], "-p", str(partition), "-z", args["codec"], "-vvv"]
    command += ["-X", "acks=all", "-X", "enable.idempotence=true", "-X", "linger.ms=5"]
    sender = start(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)

    def listen():
        numbers = itertools.count(partition, partitions)
        for line in sender.stderr:
            if told := DELIVERED.search(line.decode()):
                say("acked", next(numbers), *told.groups())

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    return sender, listener


ASSIGNED = re.compile(r"Group \S+ rebalanced .*?: (assigned|revoked): ?(.*)")


def join(args):
    """The library commits what it has handed out, now and then, and without a word."""
    command = KCAT + ["-G", args["group"], "-X", f"session.timeout.ms={args['session']}", "-X", "heartbeat.interval.ms=300"]
    command += ["-X", "auto.offset.reset=earliest", "-X", "auto.commit.interval.ms=100", "-u", "-f", "%p\t%o\t%s\n"]
    member = start(command + [args["topic"]], stdout=subprocess.PIPE)
    assigned = set()

    def listen():
        for line in member.stderr:
            if told := ASSIGNED.search(line.decode()):
                partitions = {int(each) for each in re.findall(r"\[(\d+)\]", told.group(2))}
                assigned.clear()
                if told.group(1) == "assigned":
                    assigned.update(partitions)
                say_assigned(assigned)

    def tell():
        for line in member.stdout:
            say("record", *line.decode().rstrip("\n").split("\t"))

    threads = [threading.Thread(target=each, daemon=True) for each in (listen, tell)]
    for thread in threads:
        thread.start()
    wait = threading.Event()
    while not stopped():
        wait.wait(0.05)
    member.terminate()
    for thread in threads:
        thread.join()
    member.wait()


def run(command, args):
    {"produce": produce, "consume": consume, "load": load, "join": join}[command](args)


serve(run)
