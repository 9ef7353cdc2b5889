"use strict";
/* Draws a result. Texts go into the page as texts, never as markup. */

const COLOURS = ["#2f6fde", "#d9622b", "#1f9d6b", "#a24bc9", "#c29a1a", "#c23b5a", "#4aa3b8", "#7a7f87"];
const HEIGHT = 240;

function dark() { return matchMedia("(prefers-color-scheme: dark)").matches; }

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function span(ns) {
  if (ns === null || ns === undefined) return "";
  if (ns < 1e3) return ns.toFixed(0) + " ns";
  if (ns < 1e6) return (ns / 1e3).toPrecision(3) + " µs";
  if (ns < 1e9) return (ns / 1e6).toPrecision(3) + " ms";
  return (ns / 1e9).toPrecision(3) + " s";
}

function grouped(value) { return Math.round(value).toLocaleString("en-US"); }

function axes(x, y) {
  const stroke = dark() ? "#98a1ae" : "#5b6472";
  const grid = { stroke: dark() ? "#2b313a" : "#e3e7ec", width: 1 };
  return [
    { stroke, grid, ticks: grid, ...x },
    { stroke, grid, ticks: grid, size: 72, ...y },
  ];
}

function chart(parent, title, options, data) {
  const box = element("section", undefined, "chart");
  box.append(element("h3", title));
  parent.append(box);
  const width = Math.max(280, box.clientWidth - 24);
  const plot = new uPlot({ width, height: HEIGHT, cursor: { drag: { x: true, y: false } }, ...options }, data, box);
  addEventListener("resize", () => plot.setSize({ width: Math.max(280, box.clientWidth - 24), height: HEIGHT }));
}

/* What is not measured lies in the shade. */
function shade(run) {
  const first = run.rows.find((row) => row.is_measured);
  return (u) => {
    if (!first || first.at_s <= u.scales.x.min) return;
    const right = Math.min(u.valToPos(first.at_s, "x", true), u.bbox.left + u.bbox.width);
    u.ctx.save();
    u.ctx.fillStyle = dark() ? "#ffffff14" : "#0000000f";
    u.ctx.fillRect(u.bbox.left, u.bbox.top, right - u.bbox.left, u.bbox.height);
    u.ctx.font = Math.round(11 * devicePixelRatio) + "px system-ui, sans-serif";
    u.ctx.fillStyle = dark() ? "#98a1ae" : "#5b6472";
    u.ctx.textBaseline = "top";
    u.ctx.textAlign = "left";
    if (right - u.bbox.left > 52 * devicePixelRatio) u.ctx.fillText("warm-up", u.bbox.left + 4 * devicePixelRatio, u.bbox.top + 6 * devicePixelRatio);
    u.ctx.restore();
  };
}

function line(label, colour, show) {
  return { label, stroke: COLOURS[colour], width: 1.5, points: { show: false }, value: (u, v) => v === null ? "" : show(v) };
}

/* A throughput that swings by a hundredth looks like it. */
const FROM_NOTHING = { scales: { x: { time: false }, y: { range: (u, low, high) => [0, high > 0 ? high * 1.08 : 1] } } };
const seconds = { values: (u, ticks) => ticks.map((tick) => tick + " s") };

/* A logarithmic scale wants values above nothing. */
function positive(value) { return value > 0 ? value : null; }

function throughput(parent, run) {
  const at = run.rows.map((row) => row.at_s);
  const data = [at], series = [{ label: "time", value: (u, v) => v === null ? "" : v.toFixed(1) + " s" }];
  const add = (label, pick) => {
    const values = run.rows.map(pick);
    if (!values.some((value) => value > 0)) return;
    series.push(line(label, data.length - 1, (v) => v.toFixed(1) + " MB/s"));
    data.push(values);
  };
  add("produced", (row) => row.produced_mb_per_s);
  add("consumed", (row) => row.consumed_mb_per_s);
  chart(parent, "Throughput", { ...FROM_NOTHING, series, hooks: { drawAxes: [shade(run)] }, axes: axes(seconds, { values: (u, t) => t.map((v) => v + " MB/s"), size: 88 }) }, data);
}

function latencies(parent, run, name, title) {
  if (!run.rows.some((row) => row[name])) return;
  const rows = run.rows.filter((row) => row[name]);
  const data = [rows.map((row) => row.at_s)];
  const series = [{ label: "time", value: (u, v) => v === null ? "" : v.toFixed(1) + " s" }];
  ["p50", "p90", "p99", "p99.9", "max"].forEach((label, at) => {
    series.push(line(label, at, span));
    data.push(rows.map((row) => positive(row[name][at])));
  });
  chart(parent, title, {
    scales: { x: { time: false }, y: { distr: 3 } },
    series,
    axes: axes(seconds, { values: (u, ticks) => ticks.map((tick) => tick === null ? "" : span(tick)) }),
  }, data);
}

/* Nines are equal distances: 0 is the median's side, 1 is 90 %, 2 is 99 %. */
function curve(parent, run) {
  const kinds = [["end_to_end", "end to end"], ["produce_latency", "acknowledgement"]].filter(([key]) => run[key]);
  if (kinds.length === 0) return;
  const nines = run[kinds[0][0]].curve.map(([percent]) => -Math.log10(Math.max(1e-9, 1 - percent / 100)));
  const data = [nines], series = [{ label: "percentile", value: (u, v) => v === null ? "" : percent(v) }];
  kinds.forEach(([key, label], at) => {
    series.push(line(label, at, span));
    data.push(run[key].curve.map(([, value]) => positive(value)));
  });
  chart(parent, "Latency by percentile", {
    padding: [null, 40, null, null],
    scales: { x: { time: false }, y: { distr: 3 } },
    series,
    axes: axes({ values: (u, ticks) => ticks.map(percent), splits: () => [0.30103, 1, 2, 3, 4, 5] },
      { values: (u, ticks) => ticks.map((tick) => tick === null ? "" : span(tick)) }),
  }, data);
}

function percent(nines) {
  const value = 100 * (1 - Math.pow(10, -nines));
  return value.toFixed(Math.max(0, Math.ceil(nines) - 2)) + " %";
}

function heat(parent, run, bounds) {
  const rows = run.rows.filter((row) => row.heat.some((count) => count > 0));
  if (rows.length === 0) return;
  let low = bounds.length, high = 0, most = 0;
  for (const row of rows) {
    row.heat.forEach((count, at) => {
      if (count > 0) { low = Math.min(low, at); high = Math.max(high, at); most = Math.max(most, count); }
    });
  }
  low = Math.max(1, low); high = Math.min(bounds.length - 1, high);
  const width = run.rows.length > 1 ? run.rows[1].at_s - run.rows[0].at_s : 1;
  const draw = (u) => {
    const context = u.ctx;
    context.save();
    context.beginPath();
    context.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
    context.clip();
    for (const row of rows) {
      const left = u.valToPos(row.at_s, "x", true), right = u.valToPos(row.at_s + width, "x", true);
      for (let at = low; at <= high; at++) {
        if (row.heat[at] === 0) continue;
        const bottom = u.valToPos(bounds[at - 1], "y", true), top = u.valToPos(bounds[at], "y", true);
        const share = Math.log(1 + row.heat[at]) / Math.log(1 + most);
        context.fillStyle = "hsl(" + (225 - 200 * share) + " 75% " + (dark() ? 22 + 40 * share : 88 - 40 * share) + "%)";
        context.fillRect(left, top, Math.ceil(right - left), Math.ceil(bottom - top));
      }
    }
    context.restore();
  };
  const end = rows[rows.length - 1].at_s + width;
  const tens = [];
  for (let ten = 1e4; ten <= bounds[high]; ten *= 10) if (ten >= bounds[low - 1]) tens.push(ten);
  chart(parent, "Where latencies lie (colour: how many, on a logarithmic scale)", {
    scales: { x: { time: false, range: [rows[0].at_s, end] }, y: { distr: 3, range: [bounds[low - 1], bounds[high]] } },
    legend: { show: false },
    series: [{}, { stroke: "transparent", points: { show: false } }],
    hooks: { draw: [draw] },
    axes: axes(seconds, { splits: () => tens, filter: (u, splits) => splits, values: (u, ticks) => ticks.map(span) }),
  }, [[rows[0].at_s, end], [bounds[low - 1], bounds[high]]]);
}

function cores(parent, run) {
  const samples = run.machine.slice(1);
  if (samples.length === 0) return;
  const data = [samples.map((sample) => sample.at_ns / 1e9)];
  const series = [{ label: "time", value: (u, v) => v === null ? "" : v.toFixed(1) + " s" }];
  samples[0].cores.forEach((_, core) => {
    series.push(line("core " + core, core % COLOURS.length, (v) => v.toFixed(0) + " %"));
    data.push(samples.map((sample) => 100 * sample.cores[core]));
  });
  chart(parent, "Busy cores of this machine", {
    scales: { x: { time: false }, y: { range: [0, 100] } },
    series,
    axes: axes(seconds, { values: (u, ticks) => ticks.map((tick) => tick + " %") }),
  }, data);
}

function rate(flow) { return (flow.mb_per_s < 1000 ? flow.mb_per_s.toFixed(1) : grouped(flow.mb_per_s)) + " MB/s"; }

function tile(parent, value, ...labels) {
  const made = element("div", undefined, "tile");
  made.append(element("b", value), ...labels.map((label) => element("span", label)));
  parent.append(made);
}

function tiles(parent, run) {
  const box = element("div", undefined, "tiles");
  for (const key of ["produced", "consumed"]) {
    if (run[key]) tile(box, rate(run[key]), key, grouped(run[key].records_per_s) + " records/s");
  }
  if (run.ceiling) {
    const reached = (run.produced || run.consumed || { mb_per_s: 0 }).mb_per_s;
    const share = run.is_closed_loop ? ["this is " + (100 * reached / run.ceiling.mb_per_s).toFixed(0) + " % of it"] : [];
    tile(box, rate(run.ceiling), "ceiling: a null broker here", ...share);
  }
  for (const [key, label] of [["produce_latency", "to the acknowledgement"], ["end_to_end", "from end to end"]]) {
    if (!run[key]) continue;
    const more = [["p99", "p99"], ["p999", "p99.9"], ["max", "max"]].map(([name, shown]) => shown + " " + span(run[key][name]));
    tile(box, span(run[key].p50), "median " + label, ...more);
  }
  if (run.cost) tile(box, run.cost.broker_cpu_s_per_gb.toFixed(3), "CPU-s/GB of the broker", run.cost.broker_rss_mib.toFixed(0) + " MiB resident");
  parent.append(box);
}

function remarks(parent, run) {
  const loop = run.is_closed_loop ? "closed loop" : "open loop" + (run.offered_per_s ? ", " + grouped(run.offered_per_s) + " records/s offered" : "");
  parent.append(element("p", loop + "; " + run.seconds.toFixed(1) + " s; limited by " + run.limited_by, "muted"));
  for (const reason of run.invalid) parent.append(element("p", "INVALID: " + reason, "bad"));
  if (run.findings) {
    const found = run.findings;
    const clean = found.lost + found.duplicated + found.reordered + found.corrupt === 0;
    const text = grouped(found.checked) + " records looked at: " + (clean ? "nothing lost, duplicated, reordered or corrupt"
      : "lost " + found.lost + ", duplicated " + found.duplicated + ", reordered " + found.reordered + ", corrupt " + found.corrupt);
    parent.append(element("p", text, clean ? "good" : "bad"));
  }
  if (run.group) {
    const group = run.group, times = (latency) => latency ? grouped(latency.count) + ", p50 " + span(latency.p50) + ", max " + span(latency.max) : "none";
    parent.append(element("p", "Group of " + group.members + ", generation " + group.generation + "; rebalances: " + times(group.rebalance)
      + "; commits: " + times(group.commit) + "; " + grouped(group.redelivered) + " records read again", "muted"));
    if (group.wrong_commits > 0) parent.append(element("p", group.wrong_commits + " partitions have another offset than committed", "bad"));
  }
  const errors = Object.entries(run.errors).map(([name, count]) => name + " " + count).join(", ");
  if (errors) parent.append(element("p", "Errors: " + errors, "bad"));
}

function row(table, name, value) {
  const made = element("tr");
  made.append(element("th", name), element("td", value));
  table.append(made);
}

function show(file) {
  document.title = "loglane bench: " + file.label;
  document.getElementById("title").textContent = file.label;
  document.getElementById("subtitle").textContent = file.command;
  document.getElementById("conclusion").textContent = file.conclusion || "";
  const main = document.getElementById("runs");
  for (const run of file.runs) {
    const section = element("article");
    section.append(element("h2", run.name));
    tiles(section, run);
    remarks(section, run);
    const charts = element("div", undefined, "charts");
    section.append(charts);
    main.append(section);
    throughput(charts, run);
    latencies(charts, run, "end_to_end", "Latency from end to end");
    latencies(charts, run, "produce", "Latency to the acknowledgement");
    curve(charts, run);
    heat(charts, run, file.heat_bounds_ns);
    cores(charts, run);
  }
  const table = document.getElementById("environment");
  row(table, "command", file.command);
  row(table, "brokers", file.bootstrap);
  row(table, "started", new Date(file.started_ms).toISOString());
  row(table, "kernel", file.environment.kernel);
  row(table, "processor", file.environment.processor + ", " + file.environment.cores + " cores");
  row(table, "memory", (file.environment.memory_bytes / 2 ** 30).toFixed(1) + " GiB");
  row(table, "version", file.environment.version);
  if (file.runs.length > 0) {
    row(table, "generator's network", file.runs[0].interface);
    row(table, "settings of the first run", Object.entries(file.runs[0].settings).map(([key, value]) => key + " " + value).join(", "));
  }
  document.getElementById("save").addEventListener("click", () => {
    const link = element("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(file, null, 1)], { type: "application/json" }));
    link.download = file.label.replace(/[^A-Za-z0-9_-]+/g, "-") + ".json";
    link.click();
  });
}
