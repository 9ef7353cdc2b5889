//! The plan for people, for programs, and as a file to begin with.

use super::plan::{CorePlan, Told, ranges};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Lines with columns, each value with its origin.
#[must_use]
pub fn table(plan: &CorePlan) -> String {
    let mut rows = vec![
        ["cores".to_owned(), ranges(&plan.core_list.value), plan.core_list.origin.clone()],
        ["memory".to_owned(), mib(plan.memory_bytes.value), plan.memory_bytes.origin.clone()],
    ];
    for core in &plan.cores {
        let name = format!("core {}", core.core);
        rows.push([format!("{name} shard"), core.shard.to_string(), "order of the cores".to_owned()]);
        rows.push([format!("{name} memory"), mib(core.memory_bytes.value), core.memory_bytes.origin.clone()]);
        let takes = if core.connections.value { "yes" } else { "no" };
        rows.push([format!("{name} connections"), takes.to_owned(), core.connections.origin.clone()]);
    }
    for disk in &plan.disks {
        let name = format!("disk {}", disk.dir.display());
        rows.push([format!("{name} cores"), ranges(&disk.cores.value), disk.cores.origin.clone()]);
        for (what, measured) in [("reads", disk.measured.0), ("writes", disk.measured.1)] {
            if let Some(mb) = measured {
                rows.push([format!("{name} {what}"), format!("{mb} MB/s"), "cores.toml".to_owned()]);
            }
        }
    }
    for placement in &plan.placements {
        let name =
            format!("topic {} partitions {}", placement.topic, partitions(placement.partitions.as_deref()));
        rows.push([name, format!("core {}", placement.core), placement.origin.clone()]);
    }
    if plan.placements.is_empty() {
        rows.push([
            "partitions".to_owned(),
            "spread".to_owned(),
            "default (by topic id and number)".to_owned(),
        ]);
    }
    aligned(["what", "value", "origin"].map(str::to_owned), &rows)
}

fn aligned(head: [String; 3], rows: &[[String; 3]]) -> String {
    let width = |column: usize| {
        rows.iter().chain([&head]).map(|row| row[column].chars().count()).max().unwrap_or_default()
    };
    let (first, second) = (width(0), width(1));
    let mut text = String::new();
    for [what, value, origin] in std::iter::once(&head).chain(rows) {
        let _ = writeln!(text, "{what:<first$}  {value:<second$}  {origin}");
    }
    text.truncate(text.trim_end().len());
    text
}

fn mib(bytes: u64) -> String {
    format!("{} MiB", (bytes + (1 << 19)) >> 20)
}

fn partitions(ranges: Option<&[(u32, u32)]>) -> String {
    let Some(ranges) = ranges else { return "others".to_owned() };
    let range = |(first, last): &(u32, u32)| {
        if first == last { first.to_string() } else { format!("{first}-{last}") }
    };
    ranges.iter().map(range).collect::<Vec<_>>().join(",")
}

/// One object; sizes in bytes.
#[must_use]
pub fn json(plan: &CorePlan) -> String {
    let cores = plan.cores.iter().map(|core| {
        json!({
            "core": core.core,
            "shard": core.shard,
            "memory": told(&core.memory_bytes),
            "connections": told(&core.connections),
        })
    });
    let disks = plan.disks.iter().map(|disk| {
        json!({
            "dir": disk.dir.display().to_string(),
            "cores": told(&disk.cores),
            "read_mb_per_s": disk.measured.0,
            "write_mb_per_s": disk.measured.1,
        })
    });
    let placements = plan.placements.iter().map(|placement| {
        json!({
            "topic": placement.topic,
            "partitions": placement.partitions.as_ref().map(|ranges| partitions(Some(ranges))),
            "core": placement.core,
            "origin": placement.origin,
        })
    });
    let whole = json!({
        "cores": told(&plan.core_list),
        "memory": told(&plan.memory_bytes),
        "core": cores.collect::<Vec<Value>>(),
        "disk": disks.collect::<Vec<Value>>(),
        "placement": placements.collect::<Vec<Value>>(),
    });
    whole.to_string()
}

fn told<T: serde::Serialize>(told: &Told<T>) -> Value {
    json!({ "value": told.value, "origin": told.origin })
}

fn list(numbers: &[usize]) -> String {
    let numbers: Vec<String> = numbers.iter().map(usize::to_string).collect();
    format!("[{}]", numbers.join(","))
}

/// A string of JSON, which TOML reads too.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// A `cores.toml` that says what the plan does, with a sentence for each key: a file to edit.
#[must_use]
pub fn template(plan: &CorePlan) -> String {
    let mut text = format!(
        "# The cores of this machine, as `loglane cores plan` shows them; loglane.cores.file names this file.\n\
         # It overrules server.properties; the environment and --override overrule it.\n\n\
         # The cores that run a shard, each with one thread.\n\
         cores = {}\n\n\
         # The memory budget of the whole process.\n\
         memory = \"{}m\"\n\n\
         # What is different on one core: its part of the budget (the others share the rest evenly), and whether it\n\
         # takes connections.\n",
        list(&plan.core_list.value),
        plan.memory_bytes.value >> 20,
    );
    let is_said = |origin: &str| !origin.starts_with("default");
    let mut said_any = false;
    for core in &plan.cores {
        let (memory, connections) = (is_said(&core.memory_bytes.origin), is_said(&core.connections.origin));
        if !memory && !connections {
            continue;
        }
        said_any = true;
        let _ = writeln!(text, "[[core]]\ncore = {}", core.core);
        if memory {
            let _ = writeln!(text, "memory = \"{}\"", core.memory_bytes.value);
        }
        if connections {
            let _ = writeln!(text, "connections = {}", core.connections.value);
        }
    }
    if !said_any {
        let first = plan.cores.first().map_or(0, |core| core.core);
        let _ = writeln!(text, "# [[core]]\n# core = {first}\n# memory = \"512m\"\n# connections = true");
    }
    text.push_str(
        "\n# The cores that a log directory's new partitions go to, and what its disk can do, for the record.\n",
    );
    for disk in &plan.disks {
        let dir = quoted(&disk.dir.display().to_string());
        let _ = writeln!(text, "[[disk]]\ndir = {dir}\ncores = {}", list(&disk.cores.value));
        for (key, measured) in [("read_mb_per_s", disk.measured.0), ("write_mb_per_s", disk.measured.1)] {
            if let Some(mb) = measured {
                let _ = writeln!(text, "{key} = {mb}");
            }
        }
    }
    text.push_str(
        "\n# Partitions with a core of their own; all others are spread by their topic's id and their number. It is\n\
         # this node's business alone: no data moves, and the cluster's metadata do not know of it.\n",
    );
    for placement in &plan.placements {
        let _ = writeln!(text, "[[placement]]\ntopic = {}", quoted(&placement.topic));
        if placement.partitions.is_some() {
            let _ = writeln!(text, "partitions = \"{}\"", partitions(placement.partitions.as_deref()));
        }
        let _ = writeln!(text, "core = {}", placement.core);
    }
    if plan.placements.is_empty() {
        text.push_str("# [[placement]]\n# topic = \"orders\"\n# partitions = \"0-3\"\n# core = 1\n");
    }
    text
}
