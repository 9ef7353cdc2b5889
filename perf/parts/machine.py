"""What /proc says: processor time, memory, and what this machine is."""

import os
import platform
import resource
import shutil
import subprocess
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
ROOT = Path(__file__).resolve().parents[2]


def process_seconds(pid):
    """User and system seconds of all threads of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def busy_seconds():
    """Seconds that the processors of the machine were busy: user, nice, system, interrupts."""
    fields = Path("/proc/stat").read_text().splitlines()[0].split()
    return (sum(map(int, fields[1:4])) + int(fields[6]) + int(fields[7])) / TICKS


def client_seconds():
    """Seconds of the clients that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def resident_mib(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"process {pid} has no memory")


def noise(span_s=1.0):
    """How busy the machine is with things that are none of ours, as a share of one processor."""
    before = busy_seconds()
    time.sleep(span_s)
    return (busy_seconds() - before) / span_s


def said(*command):
    """The first line of what a program says, or nothing."""
    if shutil.which(command[0]) is None:
        return ""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT)
    return (done.stdout.splitlines() or [""])[0].strip() if done.returncode == 0 else ""


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def file_system(folder):
    """What file system holds the folder. One without a journal pays for durable writes in another way, so that is said."""
    best, kind = "", "?"
    for line in Path("/proc/mounts").read_text().splitlines():
        _, where, what = line.split()[:3]
        inside = str(folder) == where or str(folder).startswith(where.rstrip("/") + "/")
        if inside and len(where) >= len(best):
            best, kind = where, what
    number = os.stat(folder).st_dev
    device = Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}")
    journal = Path("/sys/fs") / kind / device.resolve().name / "journal_task"
    if journal.is_file() and journal.read_text().strip() == "<none>":
        return f"{kind} without a journal"
    return kind


def scheduling():
    """Whether the kernel deals out processors to sessions first, which moves tails of latency by tens of milliseconds."""
    switch = Path("/proc/sys/kernel/sched_autogroup_enabled")
    return "by sessions" if switch.is_file() and switch.read_text().strip() == "1" else "by threads"


def description(folder):
    """The machine and the versions, for the head of the results."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    commit = said("git", "rev-parse", "--short=12", "HEAD")
    if said("git", "status", "--porcelain", "--untracked-files=no"):
        commit += " with changes"
    return {
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory / 2**30, 1),
        "file_system": file_system(folder),
        "kernel": platform.release(),
        "scheduling": scheduling(),
        "commit": commit,
        "rustc": said("rustc", "--version"),
        "java": said("java", "-version"),
        "when": time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime()),
    }


def in_a_line(facts, java=False):
    """What a description says, for the head of a table; Java where one has run."""
    return (f"{facts['processor']}, {facts['cores']} cores, {facts['memory_gib']} GiB, {facts['file_system']}, Linux {facts['kernel']}, "
            f"scheduled {facts['scheduling']}; commit {facts['commit']}; {facts['rustc']}; {facts['java'] + '; ' if java else ''}{facts['when']}.")
