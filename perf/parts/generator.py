"""`loglane bench` as the client: runs it against a broker, and says what its result comes to."""

import json
import os
import subprocess

from . import machine

MS = 1e6

# A rate that is a share of a maximum is rounded to this many records a second.
ROUND_TO = 100


class Generator:
    """Measures one contestant."""

    def __init__(self, loglane, contestant, cores, extra, shown):
        self.loglane, self.contestant, self.cores, self.extra, self.shown = loglane, contestant, cores, extra, shown

    def command(self, run, out, rate=None, more=()):
        # The null broker is a contestant, in a process like the others': no need for one inside the generator.
        command = [str(self.loglane), "bench", str(run.file), "--bootstrap", self.contestant.bootstrap, "--quiet", "--ceiling", "0s",
                   "--label", self.contestant.name, "--out", str(out), *self.extra, *more]
        if self.contestant.kind == "null":
            command.append("--no-verify")
        if self.contestant.pid is not None:
            command += ["--broker-pid", str(self.contestant.pid)]
        return command + (["--rate", str(rate)] if rate is not None else [])

    def measure(self, run, out, rate=None, more=()):
        """One row, and the result as the program wrote it to `out`. What earlier runs left in the page cache is on the
        disk first. A run that fails is a row that says so."""
        self.contestant.prepare(run.record_bytes())
        os.sync()
        noise = machine.noise()
        command = self.command(run, out, rate, more)
        out.unlink(missing_ok=True)
        pin = (lambda: os.sched_setaffinity(0, self.cores)) if self.cores else None
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, preexec_fn=pin)
        row = {"workload": run.workload, "noise": round(noise, 3), "command": self.shown(command)}
        if not out.exists():
            return {**row, "run": run.name(), "failed": why(done)}
        result = json.loads(out.read_text())
        (measured,) = result["runs"]
        if run.share is not None and rate != "max":
            measured["name"] += f" at {run.share:.0%} of the maximum"
            out.write_text(json.dumps(result))
        row |= {"run": measured["name"], **figures(measured)}
        if done.returncode != 0:
            row["failed"] = why(done)
        return row

    def maximum(self, run, folder, times=3):
        """Records a second that the contestant takes in a run, the median of several."""
        rates = []
        for number in range(times):
            row = self.measure(run, folder / f"maximum-{run.file.parent.name}-{number}.json", "max")
            if "produced_records_per_s" not in row:
                raise SystemExit(f"no maximum was found for {run.workload}: {row.get('failed')}")
            rates.append(row["produced_records_per_s"])
        return sorted(rates)[len(rates) // 2]


def bench(contestant, out, *options, cores=None):
    """Runs `loglane bench` against a contestant to its end: its only run, and the command. A failure ends everything."""
    command = [str(contestant.programs.loglane), "bench", *map(str, options), "--bootstrap", contestant.bootstrap,
               "--broker-pid", str(contestant.pid), "--quiet", "--ceiling", "0s", "--out", str(out)]
    pin = (lambda: os.sched_setaffinity(0, cores)) if cores else None
    out.unlink(missing_ok=True)
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, preexec_fn=pin)
    if done.returncode != 0 or not out.exists():
        raise SystemExit(f"{' '.join(command)}: {why(done)}")
    (run,) = json.loads(out.read_text())["runs"]
    return run, command


def why(done):
    """Why a run failed, in one line."""
    return f"exit code {done.returncode}: {' '.join(done.stdout.split())[-300:]}"


def share_of(maximum, share):
    """A rate for the command line."""
    return max(ROUND_TO, int(maximum * share / ROUND_TO) * ROUND_TO)


def figures(run):
    """What a run's result has, flat."""
    row = {"is_closed_loop": run["is_closed_loop"], "limited_by": run["limited_by"]}
    for direction in ("produced", "consumed"):
        if flow := run[direction]:
            row |= {f"{direction}_{key}": flow[key] for key in ("records_per_s", "mb_per_s", "requests_per_s")}
    for key, latency in (("produce", run["produce_latency"]), ("end_to_end", run["end_to_end"])):
        if latency:
            row |= {f"{key}_{percentile}_ms": latency[percentile] / MS for percentile in ("p50", "p99", "p999", "max")}
    if cost := run["cost"]:
        row["machine_cpu_s_per_gb"] = cost["machine_cpu_s_per_gb"]
        if cost["broker_rss_mib"]:
            row |= {"broker_cpu_s_per_gb": cost["broker_cpu_s_per_gb"], "rss_mib": cost["broker_rss_mib"]}
    if run["invalid"]:
        row["invalid"] = run["invalid"]
    return row


def as_run(template, row):
    """A row of another client in the form of a result's run, so that one test judges all of them."""
    direction = "consumed" if "consume" in row["workload"] else "produced"
    flow = {"records": 0, "records_per_s": row["records_per_s"], "mb_per_s": row["mb_per_s"], "wire_mb_per_s": row["mb_per_s"],
            "requests_per_s": 0.0}
    cost = {"broker_cpu_s_per_gb": row.get("broker_cpu_s_per_gb", 0.0), "machine_cpu_s_per_gb": row["machine_cpu_s_per_gb"],
            "broker_rss_mib": row.get("rss_mib", 0.0)}
    return {**template, "name": row["workload"], "is_closed_loop": True, "offered_per_s": None, "produced": None, "consumed": None,
            direction: flow, "produce_latency": None, "end_to_end": None, "service": None, "lag": None, "findings": None, "rows": [],
            "machine": [], "cost": cost, "ceiling": None, "invalid": []}
