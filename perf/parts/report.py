"""Medians and ratios as Markdown."""

import json
from statistics import median

from . import machine

# What a table shows: key, heading, whether less is better (then the ratio is base over other), digits.
FIGURES = [
    ("mb_per_s", "client MB/s", False, 1),
    ("broker_cpu_s_per_gb", "broker CPU-s/GB", True, 3),
    ("machine_cpu_s_per_gb", "machine less clients, CPU-s/GB", True, 3),
    ("rss_mib", "RSS MiB", True, 1),
]
# Of a start the seconds are the figure; of a workload they are only its length.
START = [("seconds", "seconds", True, 3), ("rss_mib", "RSS MiB", True, 1)]

# More than this of one processor busy with other things before a run: the figure is marked.
NOISE_MAX = 0.1


def shown(values, digits):
    """The median, and the spread where there is one."""
    if len(values) == 1:
        return f"{values[0]:.{digits}f}"
    return f"{median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def ratio(base, other, less_is_better):
    """How many times better than the base, of the medians."""
    base, other = median(base), median(other)
    if base == 0 or other == 0:
        return "–"
    return f"{base / other if less_is_better else other / base:.2f}×"


def lines_of(workload, rows, brokers, figures):
    of = {broker: [row for row in rows if row["broker"] == broker and row["workload"] == workload] for broker in brokers}
    for key, heading, less_is_better, digits in figures:
        values = {broker: [row[key] for row in of[broker] if key in row] for broker in brokers}
        if not all(values.values()):
            continue
        cells = []
        for broker in brokers:
            cells.append(shown(values[broker], digits))
            if broker != brokers[0]:
                cells.append(ratio(values[brokers[0]], values[broker], less_is_better))
        yield f"| {workload} | {heading} | {' | '.join(cells)} |"


def of_load_or_start(rows, workload):
    is_load = any("mb_per_s" in row for row in rows if row["workload"] == workload)
    return FIGURES if is_load else START


def markdown(facts, rows, brokers, figures=None):
    durability = {row["broker"]: row["durability"] for row in rows}
    columns = []
    for broker in brokers:
        columns.append(f"{broker}: {durability[broker]}")
        if broker != brokers[0]:
            columns.append("better by")
    out = [
        machine.in_a_line(facts, java=True),
        "",
        f"`{facts['command']}`: {facts['rounds']} round(s), scale {facts['scale']}, pinned: {facts['pin']}. "
        "Medians, with the least and the most.",
        "",
        f"| workload | figure | {' | '.join(columns)} |",
        f"|---|---|{'---:|' * len(columns)}",
    ]
    for workload in dict.fromkeys(row["workload"] for row in rows):
        out += lines_of(workload, rows, brokers, figures or of_load_or_start(rows, workload))
    noisy = sum(row.get("noise", 0) > NOISE_MAX for row in rows)
    if noisy:
        out += ["", f"{noisy} of {len(rows)} figures were taken on a machine that was not quiet."]
    return "\n".join(out) + "\n"


def keep(prefix, table, **parts):
    """Writes a run's outcome to PREFIX.json and its table to PREFIX.md, if there is a prefix."""
    if prefix:
        prefix.with_suffix(".json").write_text(json.dumps(parts, indent=1, ensure_ascii=False) + "\n")
        prefix.with_suffix(".md").write_text(table)
