"""Workloads of `loglane bench`, one run at a time, so that each run is measured on a disk and a machine at rest."""

import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

from . import machine

RUN = "[[run]]\n"

# Workloads of this folder that run at shares of the base's maximum.
SHARES = {"cpu": [0.25, 0.5, 0.75], "half": [0.5]}


@dataclass
class Run:
    """One run of a workload: a file of options with a single `[[run]]`."""
    workload: str
    file: Path
    share: float | None = None

    def options(self):
        told = tomllib.loads(self.file.read_text())
        return told | (told.get("run") or [{}])[0]

    def name(self):
        """As the program calls it."""
        return f"{self.workload} {self.options().get('name', '')}".strip()

    def record_bytes(self):
        """What a made-up record has to have to be like those of this run; 1 KiB where sizes differ."""
        size = self.options().get("record-size", "1KiB")
        return str(size) if str(size)[:1].isdigit() and "," not in str(size) else "1KiB"


def text_of(loglane, workload):
    """The workload as a file: one of this folder's, or a preset of the program."""
    own = machine.ROOT / "perf" / "workloads" / f"{workload}.toml"
    if own.exists():
        return own.read_text()
    listed = subprocess.run([loglane, "bench", "list", workload], capture_output=True, text=True)
    if listed.returncode != 0:
        raise SystemExit(f"there is no workload {workload}: {listed.stderr.strip()}")
    return listed.stdout


def runs_of(loglane, workload, folder):
    """Every run of the workload, as files in the folder. The name of the file becomes the first word of the run's."""
    common, *parts = text_of(loglane, workload).split(RUN)
    runs = []
    for number, part in enumerate(parts or [None]):
        file = folder / f"{workload}-{number}" / f"{workload}.toml"
        file.parent.mkdir(parents=True)
        file.write_text(common if part is None else common + RUN + part)
        runs += [Run(workload, file, share) for share in SHARES.get(workload, [None])]
    return runs
