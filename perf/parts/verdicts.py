"""Whether differences between brokers are ones: `loglane bench compare` judges, with the test that it names."""

import json
import subprocess

from .generator import as_run

MACHINE = "machine less clients, CPU-s/GB"

TEST = "Mann-Whitney U test, two-sided; changes are medians of all ratios (Hodges-Lehmann)"


def compared(loglane, files, folder):
    """What the program says of these results, by run, figure and broker. `files`: broker and path, in turns."""
    told = [str(path) for _, path in files]
    done = subprocess.run([str(loglane), "bench", "compare", "--format", "json", *told], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"loglane bench compare: {done.stderr}")
    return {(line["run"], line["metric"], line["other"]["label"]): line for line in json.loads(done.stdout)}


def merged(rows, raw, folder, cost):
    """One result for each broker and pair, with all that was measured then; paths in the order of measuring. `cost` says
    which of a run's two costs is to be compared."""
    by_turn = {}
    for row in rows:
        # As in the table: a run that failed has no figures.
        if "failed" not in row and ("raw" in row or "records_per_s" in row):
            by_turn.setdefault((row["pair"], row["broker"]), []).append(row)
    template = next((json.loads((raw / row["raw"]).read_text()) for row in rows if "raw" in row), None)
    files = []
    for (pair, broker), of_turn in by_turn.items():
        if template is None:
            break
        runs = []
        for row in of_turn:
            if "raw" in row:
                runs += json.loads((raw / row["raw"]).read_text())["runs"]
            else:
                runs.append(as_run(template["runs"][0], row))
        for run in runs:
            if run["cost"]:
                run["cost"]["broker_cpu_s_per_gb"] = run["cost"][cost]
                # No process was named: its cost is not nothing, but unknown.
                if cost == "broker_cpu_s_per_gb" and not run["cost"]["broker_rss_mib"]:
                    run["cost"] = None
        path = folder / f"{cost}-{pair}-{broker}.json"
        path.write_text(json.dumps({**template, "label": broker, "runs": runs}))
        files.append((broker, path))
    return files


def verdicts(loglane, rows, raw, folder, base):
    """By run, figure and broker: the change, its probability by chance, and the verdict, against the base."""
    out = {}
    for cost in ("broker_cpu_s_per_gb", "machine_cpu_s_per_gb"):
        files = merged(rows, raw, folder, cost)
        # The first label is the base.
        files.sort(key=lambda file: file[0] != base)
        if len({broker for broker, _ in files}) < 2:
            return {}
        for (run, metric, broker), line in compared(loglane, files, folder).items():
            if cost == "broker_cpu_s_per_gb":
                out[run, metric, broker] = line
            elif metric == "broker CPU-s/GB":
                out[run, MACHINE, broker] = {**line, "metric": MACHINE}
    return out
