use super::*;
use crate::config::{Config, Sources};
use std::collections::BTreeMap;

fn machine() -> Machine {
    Machine { cores: vec![0, 1, 2, 3], memory_bytes: 16 << 30, open_files: 20_000 }
}

/// A broker with two log directories, what is set for it, and a `cores.toml`.
fn config(properties: &str, environment: &[(&str, &str)], overrides: &[(&str, &str)], toml: &str) -> Config {
    let owned = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    };
    let text = format!("log.dirs=/data/a,/data/b\n{properties}");
    let sources = Sources {
        file: Some(("server.properties".to_owned(), text)),
        environment: BTreeMap::from_iter(owned(environment)),
        overrides: owned(overrides),
        host_name: "host".to_owned(),
    };
    let (mut config, _) = Config::parse(&sources).unwrap();
    config.layout = Some(CoresFile::parse("cores.toml", toml).unwrap());
    config
}

fn plan(toml: &str) -> Result<CorePlan, String> {
    CorePlan::derive(&config("", &[], &[], toml), &machine()).map_err(|fatal| fatal.to_string())
}

const FULL: &str = r#"
cores = "0-2"
memory = "2g"
[[core]]
core = 0
memory = "256m"
connections = false
[[disk]]
dir = "/data/b"
cores = [2]
read_mb_per_s = 2100
[[placement]]
topic = "orders"
partitions = "0-3,7"
core = 1
[[placement]]
topic = "orders"
core = 2
"#;

#[test]
fn every_value_is_shown_with_its_origin() {
    let plan = plan(FULL).unwrap();
    let expected = "\
what                            value      origin
cores                           0-2        cores.toml
memory                          2048 MiB   cores.toml
core 0 shard                    0          order of the cores
core 0 memory                   256 MiB    cores.toml
core 0 connections              no         cores.toml
core 1 shard                    1          order of the cores
core 1 memory                   860 MiB    default (an even share)
core 1 connections              yes        default (every core)
core 2 shard                    2          order of the cores
core 2 memory                   860 MiB    default (an even share)
core 2 connections              yes        default (every core)
disk /data/a cores              0-2        default (every core)
disk /data/b cores              2          cores.toml
disk /data/b reads              2100 MB/s  cores.toml
topic orders partitions 0-3,7   core 1     cores.toml
topic orders partitions others  core 2     cores.toml";
    assert_eq!(table(&plan), expected);
    let json: serde_json::Value = serde_json::from_str(&json(&plan)).unwrap();
    assert_eq!(json["cores"]["value"], serde_json::json!([0, 1, 2]));
    assert_eq!(json["core"][0]["connections"]["origin"], "cores.toml");
    assert_eq!(json["placement"][0]["partitions"], "0-3,7");
}

#[test]
fn without_a_file_everything_has_its_default() {
    let expected = "\
what                value            origin
cores               0-3              default (all that the process may use)
memory              1024 MiB         default (a quarter of the machine's, 1 GiB at most)";
    let shown = table(&plan("").unwrap());
    let start: String = shown.lines().take(3).map(str::trim_end).collect::<Vec<_>>().join("\n");
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(squeezed(&start), squeezed(expected));
    assert!(shown.ends_with("default (by topic id and number)"), "{shown}");
}

#[test]
fn a_machine_with_more_cores_than_memory_runs_the_first_ones_unless_some_are_named() {
    let large = Machine { cores: (0..192).collect(), memory_bytes: 512 << 30, open_files: 1 << 20 };
    let small = Machine { cores: (0..64).collect(), memory_bytes: 2 << 30, open_files: 1 << 20 };
    let named = config("loglane.cores=0-191", &[], &[], "");
    for machine in [&large, &small] {
        let all = machine.cores.len();
        let plan = CorePlan::derive(&config("", &[], &[], ""), machine).unwrap();
        let count = plan.core_list.value.len();
        assert!((all / 2..all).contains(&count), "{count} of {all}");
        assert_eq!(plan.core_list.value, machine.cores[..count]);
        assert_eq!((plan.cores.len(), plan.limits.shards.len()), (count, count));
        assert_eq!(plan.cores_left_out, all - count);
        let origin = format!("default (the first {count} of {all}: the memory does not suffice for more)");
        assert_eq!(plan.core_list.origin, origin);
        // The file that is written names them.
        let again = CorePlan::derive(&config("", &[], &[], &template(&plan)), machine).unwrap();
        assert_eq!((again.core_list.value, again.cores_left_out), (plan.core_list.value, 0));
        // More memory, and all are there.
        let plan = CorePlan::derive(&config("loglane.memory=8g", &[], &[], ""), machine).unwrap();
        assert_eq!((plan.core_list.value.len(), plan.cores_left_out), (all, 0));
    }
    let refusal = CorePlan::derive(&named, &large).unwrap_err().to_string();
    assert!(refusal.contains("fewer cores with loglane.cores (there are 192)"), "{refusal}");
    let entry = config("", &[], &[], "[[core]]\ncore = 191\nconnections = false");
    assert!(CorePlan::derive(&entry, &large).is_err(), "somebody counts on core 191");
}

#[test]
fn the_command_line_and_the_environment_overrule_the_file_and_that_the_properties() {
    let toml = "cores = [1]\nmemory = \"600m\"";
    let told = |properties: &str, environment: &[(&str, &str)], overrides: &[(&str, &str)]| {
        let config = config(properties, environment, overrides, toml);
        let plan = CorePlan::derive(&config, &machine()).unwrap();
        (plan.core_list.value, plan.core_list.origin, plan.memory_bytes.origin)
    };
    let named = |cores: &[usize], one: &str, other: &str| (cores.to_vec(), one.to_owned(), other.to_owned());
    let properties = "loglane.cores=0\nloglane.memory=1g\n";
    assert_eq!(told(properties, &[], &[]), named(&[1], "cores.toml", "cores.toml"));
    let environment = [("LOGLANE_CORES", "2")];
    assert_eq!(told(properties, &environment, &[]), named(&[2], "LOGLANE_CORES", "cores.toml"));
    let overrides = [("loglane.cores", "3"), ("loglane.memory", "2g")];
    assert_eq!(told("", &environment, &overrides), named(&[3], "--override", "--override"));
}

#[test]
fn the_file_that_is_written_makes_the_same_plan() {
    for toml in ["", FULL] {
        let before = plan(toml).unwrap();
        let again = plan(&template(&before)).unwrap();
        assert_eq!(again.core_list.value, before.core_list.value);
        assert_eq!(again.limits, before.limits);
        let disks = |plan: &CorePlan| -> Vec<_> {
            plan.disks.iter().map(|disk| (disk.cores.value.clone(), disk.measured)).collect()
        };
        assert_eq!(disks(&again), disks(&before));
        assert_eq!(again.placements, before.placements);
        assert_eq!(again.takes_connections(), before.takes_connections());
    }
}

/// A file that must be refused, and a part of each line of what is said.
fn expect_refusal(toml: &str, what: &str, cause: &str, fix: &str) {
    let fatal = match CoresFile::parse("cores.toml", toml) {
        Err(fatal) => fatal.to_string(),
        Ok(_) => plan(toml).expect_err(toml),
    };
    let lines: Vec<&str> = fatal.lines().collect();
    assert!(lines[0].contains(what), "{what:?} in {fatal}");
    assert!(lines[1].contains(cause), "{cause:?} in {fatal}");
    assert!(lines[2].contains(fix), "{fix:?} in {fatal}");
}

#[test]
fn a_bad_file_is_refused_with_what_cause_and_fix() {
    expect_refusal(
        "\ncoers = [0]",
        "cores.toml:2: unknown field `coers`",
        "a key that there is not",
        "--write",
    );
    expect_refusal("cores = ", "cores.toml:1:", "typing error", "correct it");
    expect_refusal("cores = \"3-1\"", "cores is no list", "runs backwards", "\"0-3,6\"");
    expect_refusal("cores = [0, 9]", "may not run on core 9", "leaves it the cores 0-3", "name only those");
    expect_refusal("memory = \"lots\"", "memory = \"lots\" is no size", "k, m or g", "512m");
    expect_refusal("memory = \"1m\"", "does not suffice", "every core needs room", "loglane.memory");
    expect_refusal("[[core]]\ncore = 7", "[[core]] names core 7", "are 0-3", "add it to cores");
    expect_refusal("[[core]]\ncore = 1\n[[core]]\ncore = 1", "core 1 twice", "copied", "one entry");
    expect_refusal("[[core]]\ncore = 1\nmemory = \"1m\"", "a core has 1 MiB", "[[core]]", "memory = ");
    expect_refusal(
        "cores = [0]\n[[core]]\ncore = 0\nconnections = false",
        "no core takes connections",
        "connections = false",
        "at least one",
    );
    expect_refusal("[[disk]]\ndir = \"/x\"", "[[disk]] names /x", "/data/a, /data/b", "log.dirs");
    expect_refusal(
        "[[placement]]\ntopic = \"t\"\npartitions = \"0-3\"\ncore = 0\n\
         [[placement]]\ntopic = \"t\"\npartitions = [3]\ncore = 1",
        "a partition of t is placed twice",
        "two [[placement]]",
        "once",
    );
}
