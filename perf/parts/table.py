"""The table of a comparison, in Markdown."""

from statistics import median

from . import machine, verdicts
from .report import NOISE_MAX, ratio, shown

# Bytes of a record below which throughput is told in records.
SMALL_RECORD = 512


def throughput(direction):
    return [(f"{direction}_records_per_s", f"{direction} records/s", False, 0, f"{direction} records/s"),
            (f"{direction}_mb_per_s", f"{direction} MB/s", False, 1, f"{direction} records/s")]


def latency(key, heading, metric):
    digits = 3
    return [(f"{key}_{percentile}_ms", f"{heading} {name}, ms", True, digits, f"{metric} {name}" if percentile != "p999" else None)
            for percentile, name in (("p50", "p50"), ("p99", "p99"), ("p999", "p99.9"))]


# Key of a row, heading, whether less is better, digits, the name of the figure where it is judged.
THROUGHPUT = [*throughput("produced"), *throughput("consumed")]
LATENCY = [*latency("end_to_end", "end to end", "end to end"), *latency("produce", "acknowledged", "latency")]
COST = [("broker_cpu_s_per_gb", "broker CPU-s/GB", True, 3, "broker CPU-s/GB"),
        ("machine_cpu_s_per_gb", verdicts.MACHINE, True, 3, verdicts.MACHINE), ("rss_mib", "RSS MiB", True, 1, None)]
# Of clients that are not ours.
OTHERS = [("records_per_s", "records/s", False, 0, None), ("mb_per_s", "client MB/s", False, 1, None), *COST]
START = [("seconds", "seconds", True, 3, None), ("rss_mib", "RSS MiB", True, 1, None)]


def figures_of(rows):
    """Which figures make sense for these rows, all of one run."""
    first = rows[0]
    if "run" not in first:
        return START if "mb_per_s" not in first else OTHERS
    if not first.get("is_closed_loop"):
        return LATENCY + COST
    out = []
    for direction in ("produced", "consumed"):
        records, megabytes = first.get(f"{direction}_records_per_s", 0), first.get(f"{direction}_mb_per_s", 0)
        if records:
            is_small = megabytes * 1e6 / records < SMALL_RECORD
            out += [figure for figure in THROUGHPUT if figure[0] == f"{direction}_{'records' if is_small else 'mb'}_per_s"]
    return out + COST


def name_of(row):
    return row.get("run", row["workload"])


def judged(line):
    """The probability, and what it means. With too few turns the program compares stretches of single runs, which says something
    about these runs only."""
    if line is None:
        return "–"
    mark = {"Better": "better", "Worse": "worse", "NoDifference": "the same", "TooFew": "too few"}[line["verdict"]]
    return f"{mark}{'' if line['is_by_runs'] else ' in these runs'}, p={line['p']:.4f}"


def lines_of(name, rows, brokers, found):
    of = {broker: [row for row in rows if row["broker"] == broker] for broker in brokers}
    base = brokers[0]
    for key, heading, less_is_better, digits, metric in figures_of(rows):
        values = {broker: [row[key] for row in of[broker] if key in row] for broker in brokers}
        if not any(values.values()):
            continue
        cells = []
        for broker in brokers:
            has = values[broker]
            cells.append(shown(has, digits) if has else "–")
            if broker != base and broker != "null":
                cells.append(ratio(values[base], has, less_is_better) if has and values[base] else "–")
                cells.append(judged(found.get((name, metric, broker))))
        if "null" in brokers and (ours := next((broker for broker in brokers if broker.startswith("loglane")), None)):
            is_share = not less_is_better and values["null"] and values[ours]
            cells.append(f"{median(values[ours]) / median(values['null']):.0%}" if is_share else "–")
        yield f"| {name} | {heading} | {' | '.join(cells)} |"


def heads(rows, brokers):
    durability = {row["broker"]: row["durability"] for row in rows}
    for broker in brokers:
        yield f"{broker}: {durability.get(broker, '?')}"
        if broker not in (brokers[0], "null"):
            yield "better by"
            yield "is it one"
    if "null" in brokers and any(broker.startswith("loglane") for broker in brokers):
        yield "loglane of null"


def markdown(facts, placement, rows, brokers, found):
    """One placement's table."""
    columns = list(heads(rows, brokers))
    out = [f"## {placement}", "", f"| workload | figure | {' | '.join(columns)} |", f"|---|---|{'---:|' * len(columns)}"]
    good = [row for row in rows if "failed" not in row]
    for name in dict.fromkeys(name_of(row) for row in good):
        out += lines_of(name, [row for row in good if name_of(row) == name], brokers, found)
    noisy = sum(row.get("noise", 0) > NOISE_MAX for row in rows)
    notes = [f"{noisy} of {len(rows)} figures were taken on a machine that was not quiet."] if noisy else []
    notes += [f"FAILED: {row['broker']}, {name_of(row)}: {row['failed']}" for row in rows if "failed" in row]
    invalid = {(row["broker"], name_of(row), *row["invalid"]) for row in rows if "invalid" in row}
    notes += [f"Not to be believed: {': '.join(what)}." for what in sorted(invalid)]
    return "\n".join(out + [part for note in notes for part in ("", note)]) + "\n"


def head(facts):
    return "\n".join([
        machine.in_a_line(facts, java=True),
        "",
        f"`{facts['command']}`: {facts['pairs']} pair(s) in turns. Medians, with the least and the most. {verdicts.TEST}.",
        *(f"Maximum of {facts['base']} for shares, {placement}: {name} {rate:,.0f} records/s."
          for placement, rates in facts["maxima"].items() for name, rate in rates.items()),
    ]) + "\n"
