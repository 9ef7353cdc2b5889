//! The newest versions: topics by id, tagged fields, offsets of kinds that the old versions do not know.

use crate::answers::Case;
use harness::record::Batch;
use harness::wire::{Api, Message};

const fn api(key: i16, version: i16) -> Api {
    Api { key, version }
}

/// An id that no topic has, and the one that stands for none.
const IDS: [(&str, [u8; 16]); 2] = [("an unknown id", [0x5a; 16]), ("no id", [0; 16])];

/// Everything here.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = by_id();
    cases.extend(fetches_by_name());
    cases.extend(offsets());
    cases.extend(leader_epochs());
    cases.extend(topics());
    cases.extend(described());
    cases
}

fn by_id() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, id) in IDS {
        let produce =
            Message::new().compact_null().i16(-1).i32(30_000).compact_count(1).raw(&id).compact_count(1);
        let produce = produce.i32(0).compact_blob(&Batch::one("x").seal()).no_tags().no_tags().no_tags();
        cases.push(Case::flexible(
            &format!("produce to {name}"),
            api(0, 13),
            produce,
            "topics:c[ id:uuid partitions:c[ index:i32 code:i16 base:i64 ~time:i64 start:i64 \
             errors:c[ at:i32 ~message:cstr tags ] ~message:cstr tags ] tags ] throttle:i32 tags",
        ));
        for version in [13, 15, 17, 18] {
            let head = if version < 15 { Message::new().i32(-1) } else { Message::new() };
            let fetch = head.i32(0).i32(0).i32(1 << 20).i8(0).i32(0).i32(-1);
            let fetch = fetch.compact_count(1).raw(&id).compact_count(1);
            let fetch = fetch.i32(0).i32(-1).i64(0).i32(-1).i64(-1).i32(1 << 20).no_tags().no_tags();
            let fetch = fetch.compact_count(0).compact_string("").no_tags();
            cases.push(Case::flexible(
                &format!("fetch from {name}, version {version}"),
                api(1, version),
                fetch,
                "throttle:i32 code:i16 ~session:i32 topics:c[ id:uuid partitions:c[ index:i32 code:i16 \
                 high_watermark:i64 last_stable:i64 start:i64 aborted:c[ id:i64 first:i64 tags ] preferred:i32 \
                 records:cbytes tags ] tags ] tags",
            ));
        }
        let metadata =
            Message::new().compact_count(1).raw(&id).compact_null().no_tags().i8(0).i8(0).no_tags();
        cases.push(Case::flexible(&format!("metadata of {name}"), api(3, 12), metadata, METADATA));
        let delete = Message::new().compact_count(1).compact_null().raw(&id).no_tags().i32(1000).no_tags();
        cases.push(Case::flexible(
            &format!("delete {name}"),
            api(20, 6),
            delete,
            "throttle:i32 topics:c[ name:cstr id:uuid code:i16 ~message:cstr tags ] tags",
        ));
    }
    cases
}

const METADATA: &str = "throttle:i32 ~brokers:c[ id:i32 host:cstr port:i32 rack:cstr tags ] ~cluster:cstr \
                        ~controller:i32 topics:c[ code:i16 name:cstr ~id:uuid internal:i8 partitions:c[ code:i16 \
                        index:i32 ~leader:i32 epoch:i32 replicas:c[ ~id:i32 ] in_sync:c[ ~id:i32 ] offline:c[ ~id:i32 ] \
                        tags ] rights:i32 tags ] tags";

fn fetches_by_name() -> Vec<Case> {
    let fetch = |offset: i64, leader_epoch: i32, last_epoch: i32| {
        let head = Message::new().i32(-1).i32(0).i32(0).i32(1 << 20).i8(0).i32(0).i32(-1);
        let topic = head.compact_count(1).compact_string("t").compact_count(1);
        let topic = topic
            .i32(0)
            .i32(leader_epoch)
            .i64(offset)
            .i32(last_epoch)
            .i64(-1)
            .i32(1 << 20)
            .no_tags()
            .no_tags();
        topic.compact_count(0).compact_string("").no_tags()
    };
    let layout = "throttle:i32 code:i16 ~session:i32 topics:c[ name:cstr partitions:c[ index:i32 code:i16 \
                  high_watermark:i64 last_stable:i64 start:i64 aborted:c[ id:i64 first:i64 tags ] preferred:i32 \
                  records:cbytes tags ] tags ] tags";
    [
        ("whole", fetch(0, -1, -1)),
        ("with the last epoch 0", fetch(3, 0, 0)),
        ("with the last epoch 5", fetch(3, 0, 5)),
        ("with the last epoch -5", fetch(3, 0, -5)),
        ("with the last epoch 5, from behind the end", fetch(77, 0, 5)),
    ]
    .into_iter()
    .map(|(name, body)| Case::flexible(&format!("fetch version 12 {name}"), api(1, 12), body, layout))
    .collect()
}

fn offsets() -> Vec<Case> {
    let layout = "throttle:i32 topics:c[ name:cstr partitions:c[ index:i32 code:i16 ~timestamp:i64 offset:i64 epoch:i32 \
                  tags ] tags ] tags";
    let mut cases = Vec::new();
    for version in [7, 8, 9, 10, 11] {
        for kind in -7..=-1 {
            let body = Message::new().i32(-1).i8(0).compact_count(1).compact_string("t").compact_count(1);
            let body = body.i32(0).i32(-1).i64(kind).no_tags().no_tags();
            let body = if version >= 10 { body.i32(1000) } else { body };
            let name = format!("offsets at {kind}, version {version}");
            cases.push(Case::flexible(&name, api(2, version), body.no_tags(), layout));
        }
    }
    cases
}

fn leader_epochs() -> Vec<Case> {
    let layout = "throttle:i32 topics:c[ name:cstr partitions:c[ code:i16 index:i32 epoch:i32 end:i64 tags ] tags ] tags";
    [
        ("0", "t", 0, -1, 0),
        ("0, sure of 0", "t", 0, 0, 0),
        ("0, sure of 9", "t", 0, 9, 0),
        ("7", "t", 0, -1, 7),
        ("-1", "t", 0, -1, -1),
        ("-7", "t", 0, -1, -7),
        ("0 of an unknown topic", "unknown", 0, -1, 0),
        ("0 of partition 3 of 3", "t", 3, -1, 0),
    ]
    .into_iter()
    .map(|(name, topic, partition, current, asked)| {
        let body = Message::new().i32(-1).compact_count(1).compact_string(topic).compact_count(1);
        let body = body.i32(partition).i32(current).i32(asked).no_tags().no_tags().no_tags();
        Case::flexible(&format!("end of epoch {name}"), api(23, 4), body, layout)
    })
    .collect()
}

fn topics() -> Vec<Case> {
    let create = |name: &str, partitions: i32| {
        let topic = Message::new().compact_count(1).compact_string(name).i32(partitions).i16(1);
        topic.compact_count(0).compact_count(0).no_tags().i32(30_000).i8(0).no_tags()
    };
    // The configs are too many to show; that they are there is shown by what follows being read right.
    let created = "throttle:i32 topics:c[ name:cstr ~id:uuid code:i16 ~message:cstr partitions:i32 replicas:i16 \
                   ~configs:c[ name:cstr value:cstr read_only:i8 source:i8 sensitive:i8 tags ] tags ] tags";
    let partitions = |name: &str, count: i32| {
        let topic = Message::new().compact_count(1).compact_string(name).i32(count).compact_null().no_tags();
        topic.i32(30_000).i8(0).no_tags()
    };
    let grown = "throttle:i32 topics:c[ name:cstr code:i16 ~message:cstr tags ] tags";
    let both =
        Message::new().compact_count(1).compact_string("t").raw(&[0x5a; 16]).no_tags().i32(1000).no_tags();
    vec![
        Case::flexible("create version 7", api(19, 7), create("seven", 2), created),
        Case::flexible("create version 7, as it is", api(19, 7), create("seven", 2), created),
        Case::flexible("grow a topic", api(37, 3), partitions("seven", 4), grown),
        Case::flexible("grow a topic to what it has", api(37, 3), partitions("seven", 4), grown),
        Case::flexible("grow a topic to less", api(37, 3), partitions("seven", 1), grown),
        Case::flexible("grow a topic to 0", api(37, 3), partitions("seven", 0), grown),
        Case::flexible("grow an unknown topic", api(37, 3), partitions("unknown", 4), grown),
        Case::flexible(
            "delete by name and id at once",
            api(20, 6),
            both,
            "throttle:i32 topics:c[ name:cstr id:uuid code:i16 ~message:cstr tags ] tags",
        ),
    ]
}

fn described() -> Vec<Case> {
    let configs = |kind: i8, name: &str, keys: Option<&str>| {
        let resource = Message::new().compact_count(1).i8(kind).compact_string(name);
        let resource = match keys {
            None => resource.compact_null(),
            Some(key) => resource.compact_count(1).compact_string(key),
        };
        resource.no_tags().i8(0).i8(0).no_tags()
    };
    let layout = "throttle:i32 results:c[ code:i16 ~message:cstr kind:i8 name:cstr configs:c[ name:cstr value:cstr \
                  read_only:i8 source:i8 sensitive:i8 synonyms:c[ name:cstr value:cstr source:i8 tags ] type:i8 \
                  ~documentation:cstr tags ] tags ] tags";
    let partitions = |topic: &str, limit: i32| {
        let body = Message::new().compact_count(1).compact_string(topic).no_tags().i32(limit);
        // No cursor.
        body.i8(-1).no_tags()
    };
    let listed = "throttle:i32 topics:c[ code:i16 name:cstr ~id:uuid internal:i8 partitions:c[ code:i16 index:i32 \
                  ~leader:i32 epoch:i32 replicas:c[ ~id:i32 ] in_sync:c[ ~id:i32 ] eligible:c[ ~id:i32 ] \
                  last_known:c[ ~id:i32 ] offline:c[ ~id:i32 ] tags ] rights:i32 tags ] cursor:i8";
    vec![
        Case::flexible(
            "configs of a topic",
            api(32, 4),
            configs(2, "small", Some("max.message.bytes")),
            layout,
        ),
        Case::flexible(
            "configs of a topic, a default",
            api(32, 4),
            configs(2, "small", Some("retention.ms")),
            layout,
        ),
        Case::flexible(
            "configs of a topic, unknown key",
            api(32, 4),
            configs(2, "small", Some("nonsense")),
            layout,
        ),
        Case::flexible("configs of an unknown topic", api(32, 4), configs(2, "unknown", None), layout),
        Case::flexible("configs of an illegal topic", api(32, 4), configs(2, "no/such", None), layout),
        Case::flexible("configs of an empty name", api(32, 4), configs(2, "", None), layout),
        Case::flexible("configs of kind 0", api(32, 4), configs(0, "t", None), layout),
        Case::flexible("configs of kind 99", api(32, 4), configs(99, "t", None), layout),
        Case::flexible("configs of broker 77", api(32, 4), configs(4, "77", None), layout),
        Case::flexible("configs of broker x", api(32, 4), configs(4, "x", None), layout),
        Case::flexible("partitions of a topic", api(75, 0), partitions("t", 100), listed),
        Case::flexible("partitions of a topic, at most 2", api(75, 0), partitions("t", 2), listed),
        Case::flexible("partitions of a topic, at most 0", api(75, 0), partitions("t", 0), listed),
        Case::flexible("partitions of an unknown topic", api(75, 0), partitions("unknown", 100), listed),
        Case::flexible("partitions of an illegal name", api(75, 0), partitions("no/such", 100), listed),
    ]
}
