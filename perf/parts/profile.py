"""Samples of a process, folded by function into the rows of the cost model: rx, tx, copy, crc, dma, per request, per batch, per flush.

`perf record` walks the stacks by frame pointers (the kernel's own by its tables), so the broker is built with them. The first
rule that fits a sample says which row it counts for.
"""

import shutil
import signal
import subprocess
from collections import Counter

# Samples a second: no divisor of anything that the broker or the kernel does periodically.
FREQUENCY = 1999

# Threads that do not serve requests: space ahead of the writes, rolls, checkpoints.
JOB_THREADS = ("helper",)

# Functions that move bytes between a process and the kernel.
KERNEL_COPIES = ("copy_to_iter", "copy_from_iter", "copy_user", "rep_movs", "copyout", "copyin", "memcpy_orig", "__memcpy", "memcpy_erms",
                 "skb_copy_datagram", "copy_page_from_iter", "copy_page_to_iter", "skb_do_copy_data")
USER_COPIES = ("memcpy", "memmove", "copy_nonoverlapping")
CRC = ("crc_fast", "loglane_storage::crc")
PAGES = ("get_pages", "pin_user", "gup_", "extract_pages", "bio_iov", "bio_add", "bio_set_pages", "bio_release_pages", "bio_map", "unpin_user",
         "folio_add", "try_grab", "blk_rq_map_sg", "__blk_segment", "sg_init", "virtqueue_add", "follow_page", "iov_iter_alignment")
DISK = ("io_write", "io_read", "ext4_", "xfs_", "iomap_", "submit_bio", "blk_", "virtio_queue_rq", "virtblk", "vring_interrupt", "jbd2", "bio_")
RECEIVES = ("tcp_recvmsg", "inet_recvmsg", "io_recv", "sock_recvmsg")
SENDS = ("tcp_sendmsg", "inet_sendmsg", "io_sendmsg", "io_send", "sock_sendmsg", "__sock_sendmsg")
STACK = ("tcp_", "ip_", "__ip", "net_rx", "napi", "loopback", "skb_", "__skb", "sock_", "inet_", "dev_queue", "__dev_queue", "process_backlog")
FAULTS = ("page_fault", "do_anonymous_page", "clear_page", "handle_mm_fault")
ZEROING = ("memset",)
TURN = ("io_uring", "io_", "__io", "entry_SYSCALL", "do_syscall", "syscall_", "schedule", "eventfd", "futex", "ep_poll", "epoll")
SYSTEM_CALL = ("entry_SYSCALL", "do_syscall", "syscall_")

# Row, what a byte, a request, a batch or a flush pays there; in the order of the table.
ROWS = {
    "rx": ("byte", "the kernel's copy out of the socket"),
    "copy": ("byte", "copies inside the broker: into the log's block"),
    "crc": ("byte", "the checksum of the batch"),
    "dma": ("byte", "pages pinned and mapped for direct I/O"),
    "tx": ("byte", "the kernel's copy into the socket"),
    "network stack": ("request", "TCP and below, softirqs in this process's time included"),
    "turn": ("request", "system calls, the ring, going to sleep and waking up"),
    "request": ("request", "decoding, dispatch, answering; the shard's loop"),
    "batch": ("batch", "validation, producer state, the log's bookkeeping"),
    "flush": ("flush", "writes and reads beside their bytes: submission, block layer, completion"),
    "space": ("flush", "helper threads: zeros ahead of the writes, rolls, checkpoints"),
    "memory": ("byte", "page faults, and memory that is filled with zeros"),
    "other": ("byte", "whatever no rule names"),
}


# Stacks as they are, the innermost function first, and where they belong: held against the rules before each use.
EXAMPLES = [
    ("rx", "shard-0", ["rep_movs_alternative", "_copy_to_iter", "__skb_datagram_iter", "tcp_recvmsg_locked", "io_recv", "do_syscall_64"]),
    ("tx", "shard-0", ["_copy_from_iter", "skb_do_copy_data_nocache", "tcp_sendmsg_locked", "__sock_sendmsg", "io_sendmsg", "do_syscall_64"]),
    ("copy", "shard-0", ["__memmove_avx512_unaligned_erms", "loglane_storage::appender::Appender::copy_in"]),
    ("crc", "shard-0", ["crc_fast::crc32::fusion::x86::iscsi::crc32_iscsi", "loglane_storage::validate::validate_for_append"]),
    ("dma", "shard-0", ["gup_fast_fallback", "iov_iter_extract_pages", "bio_iov_iter_get_pages", "iomap_dio_rw", "io_write", "do_syscall_64"]),
    ("flush", "shard-0", ["iowrite16", "vp_notify", "virtio_queue_rq", "blk_mq_dispatch_rq_list", "io_write", "do_syscall_64"]),
    ("space", "helper-1", ["gup_fast_fallback", "bio_iov_iter_get_pages", "iomap_dio_rw", "ext4_file_write_iter", "do_syscall_64"]),
    ("network stack", "shard-0", ["tcp_ack", "tcp_v4_do_rcv", "__release_sock", "tcp_recvmsg", "io_recv", "do_syscall_64"]),
    ("turn", "shard-0", ["finish_task_switch.isra.0", "__schedule", "io_cqring_wait", "do_syscall_64", "loglane::shard::Shard::turn"]),
    ("memory", "shard-0", ["clear_page_erms", "do_anonymous_page", "handle_mm_fault", "exc_page_fault", "loglane_model::block::Block::zeroed"]),
    ("batch", "shard-0", ["loglane_storage::record::read_record", "loglane_storage::validate::validate_for_append"]),
    ("request", "shard-0", ["loglane_net::produce::ProduceRequest::decode", "loglane::api::produce::take_up"]),
]


def check_rules():
    """The rules still do what they are for."""
    for row, thread, frames in EXAMPLES:
        assert row_of(thread, frames) == row, f"{frames} went to {row_of(thread, frames)}, not to {row}"


def any_of(symbols, parts):
    return any(part in symbol for symbol in symbols for part in parts)


def row_of(thread, frames):
    """The row of one sample. `frames` are symbols, the innermost first."""
    leaf, near = frames[:1], frames[:3]
    if any_of(near, CRC):
        return "crc"
    if thread.startswith(JOB_THREADS):
        return "space"
    if any_of(near, KERNEL_COPIES) and any_of(frames, RECEIVES):
        return "rx"
    if any_of(near, KERNEL_COPIES) and any_of(frames, SENDS):
        return "tx"
    if any_of(frames, FAULTS) or any_of(leaf, ZEROING):
        return "memory"
    if any_of(leaf, USER_COPIES) and not any_of(frames, SYSTEM_CALL):
        return "copy"
    if any_of(frames, DISK) and not any_of(frames, SENDS + RECEIVES):
        return "dma" if any_of(near, PAGES) else "flush"
    if any_of(frames, SENDS + RECEIVES) or any_of(near, STACK):
        return "network stack"
    if any_of(leaf, TURN) or any_of(frames, SYSTEM_CALL):
        return "turn"
    return row_of_our_code(frames)


def row_of_our_code(frames):
    """By the innermost frame that is ours."""
    for symbol in frames:
        if "loglane_storage" in symbol or "loglane::partition" in symbol:
            return "batch"
        if "loglane_net" in symbol or "loglane::" in symbol or "loglane_model" in symbol or "loglane_replication" in symbol:
            return "request"
        if "loglane_ring" in symbol:
            return "turn"
    return "other"


class Recording:
    """`perf record` on a process, for the length of a `with`."""

    def __init__(self, pid, path):
        self.path = path
        self.command = ["perf", "record", "--quiet", "-e", "cpu-clock", "-F", str(FREQUENCY), "-g", "-p", str(pid), "-o", str(path)]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        self.said, _ = self.process.communicate()


def can_record():
    """Whether this machine lets processes be sampled; else why not."""
    if shutil.which("perf") is None:
        return "perf is not installed"
    done = subprocess.run(["perf", "record", "--quiet", "-e", "cpu-clock", "-g", "-o", "/dev/null", "--", "true"], capture_output=True, text=True)
    return None if done.returncode == 0 else f"perf cannot record: {done.stderr.strip()[-200:]}"


def samples(path):
    """Thread name and frames of each sample, the innermost first."""
    told = subprocess.run(["perf", "script", "-i", str(path), "-F", "comm,ip,sym", "--no-inline"], capture_output=True, text=True)
    thread, frames = None, []
    for line in told.stdout.splitlines() + [""]:
        if not line.strip():
            if thread is not None and frames:
                yield thread, frames
            thread, frames = None, []
        elif line[0].isspace() and thread is not None:
            frames.append(line.split(None, 1)[1].strip() if " " in line.strip() else "[unknown]")
        else:
            thread = line.strip()


def folded(path):
    """Samples by row, and by row and innermost function."""
    rows, functions = Counter(), Counter()
    for thread, frames in samples(path):
        row = row_of(thread, frames)
        rows[row] += 1
        functions[row, frames[0]] += 1
    return rows, functions
