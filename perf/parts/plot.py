"""Draws a comparison: `python plot.py COMPARISON.json PLACEMENT OUT.svg`, in an environment with matplotlib.

A panel for each figure, a line for each run, a dot for each broker's median with its spread. Axes are logarithmic: distances
are ratios.
"""

import json
import sys
from pathlib import Path
from statistics import median

import matplotlib

matplotlib.use("svg")
# The same results make the same file, and text stays text.
matplotlib.rcParams.update({"svg.hashsalt": "loglane", "svg.fonttype": "none", "font.size": 8})
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter  # noqa: E402

PANELS = [
    (("produced_mb_per_s", "mb_per_s"), "produced, MB/s (more is better)", True),
    (("consumed_mb_per_s",), "consumed, MB/s (more is better)", True),
    (("broker_cpu_s_per_gb",), "CPU seconds of the broker for a GB (less is better)", None),
    (("machine_cpu_s_per_gb",), "CPU seconds of the machine less clients for a GB (less is better)", None),
    (("end_to_end_p50_ms",), "end to end at a fixed rate, p50, ms (less is better)", False),
    (("end_to_end_p99_ms",), "end to end at a fixed rate, p99, ms (less is better)", False),
]
COLOURS = ["#7a7a7a", "#c0392b", "#2980b9", "#8e44ad", "#27ae60", "#d35400"]
ROW_INCHES, HEAD_INCHES = 0.22, 0.55


def values(rows, keys, is_closed):
    """By run and broker. Throughput counts where nothing but the broker bounds it, latency where the rate is given."""
    out = {}
    for row in rows:
        key = next((key for key in keys if key in row), None)
        if key is None or row[key] <= 0 or (is_closed is not None and row.get("is_closed_loop", True) != is_closed):
            continue
        out.setdefault(row.get("run", row["workload"]), {}).setdefault(row["broker"], []).append(row[key])
    return out


def draw_panel(axes, title, by_run, colours):
    for at, (_, by_broker) in enumerate(by_run.items()):
        for slot, (broker, of_broker) in enumerate(sorted(by_broker.items(), key=lambda item: list(colours).index(item[0]))):
            y = -at + 0.24 - 0.16 * slot
            axes.plot([min(of_broker), max(of_broker)], [y, y], color=colours[broker], linewidth=1.6, alpha=0.5)
            axes.plot([median(of_broker)], [y], "o", color=colours[broker], markersize=3.5)
    axes.set_xscale("log")
    every = [value for by_broker in by_run.values() for of_broker in by_broker.values() for value in of_broker]
    axes.set_xlim(min(every) / 1.5, max(every) * 1.5)
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=20))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_yticks([-at for at in range(len(by_run))], list(by_run))
    axes.set_ylim(-len(by_run) + 0.5, 0.5)
    axes.grid(axis="x", which="both", linewidth=0.3, alpha=0.6)
    axes.set_title(title, loc="left", fontsize=9)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", length=0)


def main():
    source, placement, out = sys.argv[1:]
    told = json.loads(Path(source).read_text())
    rows = [row for row in told["rows"] if row["placement"] == placement and "failed" not in row]
    colours = dict(zip(told["facts"]["brokers"], COLOURS * 2))
    panels = [(title, by_run) for keys, title, is_closed in PANELS if (by_run := values(rows, keys, is_closed))]
    if not panels:
        sys.exit("there is nothing to draw")
    heights = [HEAD_INCHES + ROW_INCHES * len(by_run) for _, by_run in panels]
    figure, all_axes = plt.subplots(len(panels), 1, figsize=(9, sum(heights) + 0.9), squeeze=False,
                                    gridspec_kw={"height_ratios": heights}, layout="constrained")
    for axes, (title, by_run) in zip(all_axes[:, 0], panels):
        draw_panel(axes, title, by_run, colours)
    facts = told["facts"]
    names = [plt.Line2D([], [], color=colour, marker="o", markersize=4, label=broker) for broker, colour in colours.items()]
    figure.legend(handles=names, loc="outside upper right", ncols=len(names), frameon=False)
    figure.suptitle(f"{placement}: {facts['processor']}, {facts['cores']} cores, Linux {facts['kernel']}, commit {facts['commit']}\n"
                    f"medians of {facts['pairs']} turns, and the spread", x=0.01, ha="left", fontsize=9)
    figure.savefig(out, metadata={"Date": None, "Creator": "perf/compare"})


if __name__ == "__main__":
    main()
