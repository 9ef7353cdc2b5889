"""The programs that a run needs, made where they are missing: Kafka's jars, librdkafka's own load tool, Loglane."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import zlib
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

ROOT = Path(__file__).resolve().parents[2]
KAFKA_VERSION = "4.3.1"
RDKAFKA_SYS_VERSION = "4.10.0"


def cache():
    """Where downloaded and built things stay; the same folder as the tests'."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = base / "loglane-tests"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def end_cleanly():
    """Lets a termination end this program as an exception does: brokers are stopped, folders removed."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))


@contextmanager
def making(folder):
    """Yields whether the folder has to be made; whoever comes second waits. The same lock as the tests take."""
    with open(folder.with_name(folder.name.rsplit(".", 1)[0] + ".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        complete = folder / ".complete"
        if complete.exists():
            yield False
            return
        folder.mkdir(parents=True, exist_ok=True)
        yield True
        complete.touch()


def shown(command):
    """A command line without the paths of this machine, so that results can be kept and compared."""
    text = " ".join(map(str, command))
    return text.replace(f"{cache()}/", "").replace(f"{ROOT}/", "")


def run(command, **options):
    """Runs to the end; what it printed. A failure ends everything, with the last lines of that."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout[-3000:]}")
    return done.stdout


def kafka_jars():
    """Kafka's released jars (about 130 MB, once)."""
    folder = cache() / f"kafka-{KAFKA_VERSION}"
    with making(folder) as missing:
        if missing:
            pom = ROOT / "tests" / "peer" / "pom.xml"
            run(["mvn", "-q", "-B", "-f", pom, "dependency:copy-dependencies",
                 f"-Dkafka.version={KAFKA_VERSION}", f"-DoutputDirectory={folder}"])
    return folder


def rdkafka_performance():
    """librdkafka's load tool, built from the source that the crate rdkafka-sys carries."""
    folder = cache() / f"rdkafka-performance-{RDKAFKA_SYS_VERSION}"
    tool = folder / "librdkafka" / "examples" / "rdkafka_performance"
    with making(folder) as missing:
        if missing:
            shutil.copytree(rdkafka_source(folder), tool.parents[1], dirs_exist_ok=True)
            off = ["ssl", "gssapi", "sasl", "curl", "zstd", "lz4-ext"]
            run(["./configure", *(f"--disable-{what}" for what in off)], cwd=tool.parents[1])
            run(["make", "-j2", "-C", "src", "librdkafka.a"], cwd=tool.parents[1])
            run(["make", "-C", "examples", "rdkafka_performance"], cwd=tool.parents[1])
    return tool


def rdkafka_source(folder):
    """Where Cargo keeps librdkafka's source, after fetching it through a manifest that names nothing else."""
    manifest = folder / "manifest"
    (manifest / "src").mkdir(parents=True, exist_ok=True)
    (manifest / "src" / "lib.rs").write_text("")
    (manifest / "Cargo.toml").write_text(
        "[package]\nname = \"fetch-rdkafka\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n"
        f"[dependencies]\nrdkafka-sys = \"={RDKAFKA_SYS_VERSION}\"\n")
    path = manifest / "Cargo.toml"
    run(["cargo", "fetch", "--manifest-path", path])
    told = run(["cargo", "metadata", "--format-version", "1", "--offline", "--manifest-path", path])
    packages = json.loads(told[told.index("{"):])["packages"]
    crate = next(package for package in packages if package["name"] == "rdkafka-sys")
    return Path(crate["manifest_path"]).parent / "librdkafka"


def plotting():
    """A Python with what draws the pictures, in an environment of its own."""
    requirements = ROOT / "perf" / "requirements.txt"
    folder = cache() / f"plot-{zlib.crc32(requirements.read_bytes()):08x}"
    with making(folder) as missing:
        if missing:
            run(["python3", "-m", "venv", folder])
            run([folder / "bin" / "pip", "install", "--quiet", "--no-deps", "-r", requirements])
    return folder / "bin" / "python"


def loglane():
    """The broker as users run it."""
    run(["cargo", "build", "--release", "--locked"], cwd=ROOT)
    target = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target")
    return target / "release" / "loglane"


def found(loglane, kafka=True, rdkafka=False):
    """The programs of a run: Loglane as it is given, the others made where they are wanted and missing."""
    class_path = f"{kafka_jars()}/*" if kafka else None
    java = lambda main: ["java", "-Xmx512m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp", class_path, main]
    return SimpleNamespace(loglane=loglane and loglane.resolve(), java=java if kafka else None, class_path=class_path,
                           rdkafka=rdkafka_performance() if rdkafka else None, shown=shown)
