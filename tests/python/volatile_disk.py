"""A disk with a volatile write cache: one file, `disk`, served through FUSE at a mount point, for a loop device to stand on.

    volatile_disk.py MOUNT_POINT STABLE_FILE SEED

What is written stays in the cache until it is synced; then it goes to STABLE_FILE. Commands, a line each, on standard input:

    cut      the power goes away: a random half of the sectors in the cache reach the disk, each or not by itself; from
             now on every access fails. Answers with how many sectors there were and how many were lost.
    return   the power comes back with what the disk holds
    lie      syncs are answered and do nothing from now on, as a disk would that lies about its cache
    honest   syncs work again

End of input ends the program. It speaks the kernel's FUSE protocol itself, so that nothing has to be installed.
"""

import errno
import os
import random
import select
import stat
import struct
import subprocess
import sys

SECTOR = 512
WRITE_MAX = 1 << 20
IN_HEADER = struct.Struct("<IIQQIIIHH")
OUT_HEADER = struct.Struct("<IiQ")
ATTRIBUTES = struct.Struct("<QQQQQQIIIIIIIIII")
ENTRY = struct.Struct("<QQQQII")
ROOT, DISK = 1, 2

LOOKUP, FORGET, GETATTR, SETATTR, OPEN, READ, WRITE, STATFS, RELEASE = 1, 2, 3, 4, 14, 15, 16, 17, 18
FSYNC, FLUSH, INIT, OPENDIR, READDIR, RELEASEDIR, INTERRUPT, DESTROY, BATCH_FORGET = 20, 25, 26, 27, 28, 29, 36, 38, 42
NO_REPLY = {FORGET, INTERRUPT, BATCH_FORGET}
FLAGS_WANTED = 1 << 5 | 1 << 22  # FUSE_BIG_WRITES, FUSE_MAX_PAGES
FOPEN_DIRECT_IO = 1


class Failed(Exception):
    """An answer that is an error number."""


class Disk:
    """Sectors on the disk, and those that are only in its cache."""

    def __init__(self, path, seed):
        self.stable = os.open(path, os.O_RDWR)
        self.size = os.fstat(self.stable).st_size
        self.cache = {}
        self.powered = True
        self.honest = True
        self.random = random.Random(seed)

    def check_power(self):
        if not self.powered:
            raise Failed(errno.EIO)

    def read(self, offset, length):
        self.check_power()
        data = bytearray(os.pread(self.stable, length, offset))
        if self.cache:
            first = offset // SECTOR
            for sector in range(first, (offset + len(data) + SECTOR - 1) // SECTOR):
                if sector in self.cache:
                    at = sector * SECTOR - offset
                    data[max(at, 0) : at + SECTOR] = self.cache[sector][max(-at, 0) : len(data) - at]
        return bytes(data)

    def write(self, offset, data):
        self.check_power()
        if offset % SECTOR or len(data) % SECTOR or offset + len(data) > self.size:
            raise Failed(errno.EINVAL)
        for at in range(0, len(data), SECTOR):
            self.cache[(offset + at) // SECTOR] = bytes(data[at : at + SECTOR])

    def sync(self):
        self.check_power()
        if self.honest:
            self.keep(self.cache.items())
            self.cache = {}

    def keep(self, sectors):
        """Writes sectors to the disk, neighbours together."""
        run_at, run = None, []
        for sector, data in sorted(sectors):
            if run and sector == run_at + len(run):
                run.append(data)
                continue
            if run:
                os.pwrite(self.stable, b"".join(run), run_at * SECTOR)
            run_at, run = sector, [data]
        if run:
            os.pwrite(self.stable, b"".join(run), run_at * SECTOR)

    def cut(self):
        kept = [item for item in sorted(self.cache.items()) if self.random.random() < 0.5]
        self.keep(kept)
        count, lost = len(self.cache), len(self.cache) - len(kept)
        self.cache = {}
        self.powered = False
        return f"{count} {lost}"


class Server:
    """The kernel's requests."""

    def __init__(self, disk, channel):
        self.disk = disk
        self.channel = channel

    def attributes(self, node):
        if node == ROOT:
            mode, size = stat.S_IFDIR | 0o755, 0
        elif node == DISK:
            mode, size = stat.S_IFREG | 0o600, self.disk.size
        else:
            raise Failed(errno.ENOENT)
        return ATTRIBUTES.pack(node, size, size // 512, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)

    def answer(self, opcode, node, body):
        if opcode == INIT:
            _major, _minor, readahead, flags = struct.unpack_from("<IIII", body)
            pages = WRITE_MAX // 4096
            flags &= FLAGS_WANTED
            return struct.pack("<IIIIHHIIHHI7I", 7, 31, readahead, flags, 64, 48, WRITE_MAX, 1, pages, 0, 0, *[0] * 7)
        if opcode == LOOKUP:
            if node != ROOT or body.rstrip(b"\0") != b"disk":
                raise Failed(errno.ENOENT)
            return ENTRY.pack(DISK, 0, 0, 0, 0, 0) + self.attributes(DISK)
        if opcode in (GETATTR, SETATTR):
            return struct.pack("<QII", 0, 0, 0) + self.attributes(node)
        if opcode in (OPEN, OPENDIR):
            return struct.pack("<QII", 0, FOPEN_DIRECT_IO if opcode == OPEN else 0, 0)
        if opcode == READ:
            _handle, offset, size = struct.unpack_from("<QQI", body)
            return self.disk.read(offset, size)
        if opcode == WRITE:
            _handle, offset, size = struct.unpack_from("<QQI", body)
            self.disk.write(offset, body[40 : 40 + size])
            return struct.pack("<II", size, 0)
        if opcode == FSYNC:
            self.disk.sync()
            return b""
        if opcode == STATFS:
            return struct.pack("<QQQQQIIII6I", 0, 0, 0, 0, 0, 4096, 255, 4096, 0, *[0] * 6)
        if opcode in (RELEASE, RELEASEDIR, FLUSH, READDIR, DESTROY):
            return b""
        raise Failed(errno.ENOSYS)

    def serve_one(self):
        """False when the file system has been unmounted."""
        try:
            request = os.read(self.channel, WRITE_MAX + 8192)
        except OSError as error:
            if error.errno == errno.ENODEV:
                return False
            if error.errno in (errno.ENOENT, errno.EINTR, errno.EAGAIN):
                return True  # The request was taken back.
            raise
        _length, opcode, unique, node = IN_HEADER.unpack_from(request)[:4]
        if opcode in NO_REPLY:
            return True
        try:
            number, body = 0, self.answer(opcode, node, request[IN_HEADER.size :])
        except Failed as failed:
            number, body = -failed.args[0], b""
        try:
            os.write(self.channel, OUT_HEADER.pack(OUT_HEADER.size + len(body), number, unique) + body)
        except OSError as error:
            if error.errno != errno.ENOENT:  # The asker is gone.
                raise
        return True


def obey(disk, command):
    if command == "cut":
        return disk.cut()
    if command == "return":
        disk.powered = True
    elif command in ("lie", "honest"):
        disk.honest = command == "honest"
    else:
        return "no such command"
    return "done"


def main():
    mount_point, stable, seed = sys.argv[1:]
    channel = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={channel},rootmode=40000,user_id=0,group_id=0,max_read={WRITE_MAX}"
    mount = ["mount", "-i", "-t", "fuse", "-o", options, "volatile_disk", mount_point]
    subprocess.run(mount, pass_fds=[channel], check=True)
    server = Server(Disk(stable, int(seed)), channel)
    poll = select.poll()
    poll.register(channel, select.POLLIN)
    poll.register(sys.stdin, select.POLLIN)
    said_ready, serving = False, True
    while serving:
        for descriptor, event in poll.poll():
            if descriptor == channel:
                serving = server.serve_one()
                if not said_ready:
                    said_ready = True
                    print("ready", flush=True)
            elif event & select.POLLIN:
                line = sys.stdin.readline()
                if not line:
                    serving = False
                else:
                    print(obey(server.disk, line.strip()), flush=True)
            else:
                serving = False
    # Lazily: whoever still has the disk open gets errors.
    subprocess.run(["umount", "-l", mount_point], check=False)


main()
