//! Loglane's own broker keys.

use super::{Change::*, Key, Preset::*, Rule::*, Treatment::*, Type::*, keys};

pub(super) static OWN: &[Key] = keys! {
    "loglane.data" String Is("./data"), NonEmpty, ReadOnly, Acts,
        "The data directory where neither log.dirs nor log.dir is set.";
    "loglane.durability" String Is("durable"), OneOf(&["durable", "device"]), ReadOnly, Acts,
        "What an acknowledgement means: durable survives a power cut, device a crash of the process.";
    "loglane.durability.device.topics" List Is(""), Items, ReadOnly, Acts,
        "Topics with device durability on a broker that is durable otherwise.";
    "loglane.io.backend" String Is("auto"), OneOf(&["auto", "io_uring", "epoll"]), ReadOnly, Acts,
        "How the broker talks to the kernel; io_uring refuses to start where it is not available.";
    "loglane.memory" String Null, Size, ReadOnly, Acts,
        "The memory budget, as 512m or 2g; by default a quarter of the machine's memory, 1g at most.";
    "loglane.cores" String Null, Cores, ReadOnly, Acts,
        "The cores to run on, as 0-3,6; by default all that the process may use and that loglane.memory suffices for.";
    "loglane.cores.file" String Null, NonEmpty, ReadOnly, Acts,
        "A cores.toml for this machine: cores, memory, disks and placement; `loglane cores plan --write` makes one.";
    "loglane.validate.compressed" Boolean Is("false"), Any, ReadOnly, Acts,
        "Whether the records inside compressed batches are checked as they come in.";
    "loglane.scrub.bytes.per.second" Long Is("4194304"), AtLeast(0), ReadOnly, Acts,
        "How fast old segments are read in the background to find damage; 0 turns that off.";
    "loglane.scrub.interval.ms" Long Is("86400000"), AtLeast(1), ReadOnly, Acts,
        "How far apart such passes over all segments begin, at the least.";
    "loglane.connections.max" Int Is("10000"), AtLeast(1), ReadOnly, Acts,
        "Connections that memory is set aside for; max.connections may only lower it.";
    "loglane.cluster.id" String Null, NonEmpty, ReadOnly, Acts,
        "The id that an empty data directory is formatted with, and that a used one must have.";
    "loglane.create.topics" String Null, Any, ReadOnly, Acts,
        "Topics to make at the first start: name:partitions:replicas[:cleanup.policy], separated by commas.";
    "loglane.admin.listener" String Is("127.0.0.1:9644"), NonEmpty, ReadOnly, Acts,
        "Where metrics and health are served by HTTP, as host:port; off for not at all.";
    "loglane.log.format" String Is("text"), OneOf(&["text", "json"]), ReadOnly, Acts,
        "How the broker's own log lines look.";
    "loglane.log.level" String Is("info"), OneOf(&["error", "warn", "info", "debug", "trace"]), ReadOnly, Acts,
        "The least severe log lines that are written.";
};
