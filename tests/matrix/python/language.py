"""The language of the drivers, for those in Python: see tests/README.md."""

import queue
import sys
import threading

BOOTSTRAP = sys.argv[1]

# Lines from standard input; None is its end.
_lines = queue.Queue()


def _read():
    for line in sys.stdin:
        _lines.put(line.rstrip("\n"))
    _lines.put(None)


_out = threading.Lock()


def say(*fields):
    line = "\t".join(str(field) for field in fields)
    with _out:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def stopped():
    """Whether the command that is under way shall end."""
    try:
        line = _lines.get_nowait()
    except queue.Empty:
        return False
    if line is None:
        sys.exit(0)
    if line != "stop":
        raise ValueError(f"{line} while another command is under way")
    return True


def say_assigned(partitions):
    say("assigned", ",".join(str(partition) for partition in sorted(partitions)))


def say_record(partition, offset, timestamp, key, value, headers):
    text = lambda field: "-" if field is None else field.decode()
    headers = ",".join(f"{name}={value.decode()}" for name, value in headers or [])
    say(partition, offset, timestamp, text(key), text(value), headers or "-")


class Recipe:
    """What is to be sent: every record follows from the prefix and its number."""

    def __init__(self, args):
        self.args = args
        self.count = int(args["count"])
        self.partition = int(args["partition"])

    def value(self, n):
        if self.args["nulls"] == "true" and n % 5 == 4:
            return None
        return f"{self.args['prefix']}-v{n}".ljust(int(self.args["size"]), ".").encode()

    def key(self, n):
        return f"{self.args['prefix']}-k{n}".encode() if self.args["keys"] == "true" else None

    def timestamp(self, n):
        return int(self.args["timestamp"]) + n if "timestamp" in self.args else None

    def headers(self, n):
        return [(f"h{h}", f"{self.args['prefix']}-h{n}".encode()) for h in range(int(self.args["headers"]))]


def configs(args):
    return {key.removeprefix("config."): value for key, value in args.items() if key.startswith("config.")}


def serve(run, name_of=lambda error: type(error).__name__):
    """Answers every command with what `run` does."""
    threading.Thread(target=_read, daemon=True).start()
    while (line := _lines.get()) is not None:
        command, *fields = line.split("\t")
        try:
            run(command, dict(field.split("=", 1) for field in fields))
            say("ok")
        except Exception as error:  # Whatever the library raises is the answer.
            say("failed", name_of(error), str(error).replace("\n", " ").replace("\t", " "))
