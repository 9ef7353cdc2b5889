//! Produce and fetch requests, written straight into what is sent.

use crate::client::CLIENT_ID;
use crate::layout::Layout;
use loglane_net::header::RequestHeader;
use loglane_net::{ApiKey, Format, frame, put};

/// The first version of Produce and of Fetch that names topics by id.
const FIRST_WITH_TOPIC_ID: i16 = 13;
/// The first version of Fetch with sessions.
const FIRST_WITH_SESSION: i16 = 7;

/// The versions that the load uses.
#[derive(Debug, Clone, Copy)]
pub(super) struct WireVersions {
    pub(super) produce: i16,
    pub(super) fetch: i16,
}

fn begin(out: &mut Vec<u8>, api: ApiKey, version: i16, correlation_id: i32) -> (frame::FrameStart, Format) {
    let start = frame::begin(out);
    let header = RequestHeader { api, version, correlation_id, client_id: Some(CLIENT_ID) };
    header.encode(out).expect("our name is short");
    (start, Format { version, flexible: api.is_flexible(version) })
}

/// How a request names a topic.
fn topic(out: &mut Vec<u8>, layout: &Layout, topic: usize, format: Format) {
    let topic = &layout.topics()[topic];
    if format.version >= FIRST_WITH_TOPIC_ID {
        put::uuid(out, topic.id);
    } else {
        put::string(out, &topic.name, format).expect("the broker took the name");
    }
}

/// Calls `each` for every topic's run of places: `places` are sorted.
fn by_topic<T>(
    layout: &Layout,
    entries: &[T],
    place: impl Fn(&T) -> usize,
    mut each: impl FnMut(usize, &[T]),
) -> usize {
    let topic_of = |entry: &T| layout.places()[place(entry)].topic;
    let runs = entries.chunk_by(|a, b| topic_of(a) == topic_of(b));
    let mut count = 0;
    for run in runs {
        each(topic_of(&run[0]), run);
        count += 1;
    }
    count
}

fn count(out: &mut Vec<u8>, count: usize, format: Format) {
    put::count(out, count, format).expect("a request has few partitions");
}

/// Appends a produce request: one batch for each place, places sorted.
pub(super) fn produce<'b>(
    out: &mut Vec<u8>,
    layout: &Layout,
    version: i16,
    correlation_id: i32,
    acks: i16,
    batches: &'b [(u32, &'b [u8])],
) {
    let (start, format) = begin(out, ApiKey::Produce, version, correlation_id);
    put::nullable_string(out, None, format).expect("null is short");
    put::int16(out, acks);
    put::int32(out, 30_000);
    let place = |(place, _): &(u32, &[u8])| *place as usize;
    let topics = by_topic(layout, batches, place, |_, _| {});
    count(out, topics, format);
    by_topic(layout, batches, place, |index, run| {
        topic(out, layout, index, format);
        count(out, run.len(), format);
        for (place, bytes) in run {
            put::int32(out, layout.places()[*place as usize].partition);
            put::bytes(out, bytes, format).expect("a batch is below 2 GiB");
            put::no_tagged_fields(out, format);
        }
        put::no_tagged_fields(out, format);
    });
    put::no_tagged_fields(out, format);
    frame::end(out, start, 0);
}

/// What every fetch asks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct FetchTerms {
    pub(super) wait_ms: i32,
    pub(super) min_bytes: i32,
    pub(super) max_bytes: i32,
    pub(super) partition_max_bytes: i32,
}

/// Appends a fetch request for places and offsets, places sorted.
pub(super) fn fetch(
    out: &mut Vec<u8>,
    layout: &Layout,
    version: i16,
    correlation_id: i32,
    terms: &FetchTerms,
    session: (i32, i32),
    offsets: &[(u32, i64)],
) {
    let (start, format) = begin(out, ApiKey::Fetch, version, correlation_id);
    if version < 15 {
        put::int32(out, -1);
    }
    put::int32(out, terms.wait_ms);
    put::int32(out, terms.min_bytes);
    put::int32(out, terms.max_bytes);
    put::int8(out, 0);
    if version >= FIRST_WITH_SESSION {
        put::int32(out, session.0);
        put::int32(out, session.1);
    }
    let place = |(place, _): &(u32, i64)| *place as usize;
    let topics = by_topic(layout, offsets, place, |_, _| {});
    count(out, topics, format);
    by_topic(layout, offsets, place, |index, run| {
        topic(out, layout, index, format);
        count(out, run.len(), format);
        for (place, offset) in run {
            put::int32(out, layout.places()[*place as usize].partition);
            if version >= 9 {
                put::int32(out, -1);
            }
            put::int64(out, *offset);
            if version >= 12 {
                put::int32(out, -1);
            }
            if version >= 5 {
                put::int64(out, -1);
            }
            put::int32(out, terms.partition_max_bytes);
            put::no_tagged_fields(out, format);
        }
        put::no_tagged_fields(out, format);
    });
    if version >= FIRST_WITH_SESSION {
        count(out, 0, format);
    }
    if version >= 11 {
        put::string(out, "", format).expect("no rack");
    }
    put::no_tagged_fields(out, format);
    frame::end(out, start, 0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::{Node, Topic};
    use loglane_model::TopicId;
    use loglane_net::message::{fetch::FetchRequest, produce::ProduceRequest};
    use loglane_net::{Message, Reader};

    fn layout() -> Layout {
        let topic = |name: &str, id: u8| Topic {
            name: name.to_owned(),
            id: TopicId([id; 16]),
            leaders: vec![Some(0); 3],
        };
        Layout::new(vec![Node { id: 1, address: String::new() }], vec![topic("a", 1), topic("b", 2)])
    }

    fn body(out: &[u8]) -> (RequestHeader<'_>, Reader<'_>) {
        let mut reader = Reader::new(&out[4..]);
        let header = RequestHeader::decode(&mut reader).unwrap();
        (header, reader)
    }

    #[test]
    fn requests_are_what_the_generated_codec_reads_in_every_version() {
        let layout = layout();
        for version in 3..=13 {
            let mut out = Vec::new();
            produce(&mut out, &layout, version, 9, -1, &[(0, b"x"), (2, b"yy"), (4, b"z")]);
            let (header, mut reader) = body(&out);
            assert_eq!((header.correlation_id, header.version), (9, version));
            let request = ProduceRequest::decode(&mut reader, version).unwrap();
            reader.finish().unwrap();
            let seen: Vec<_> = request
                .topic_data
                .iter()
                .map(|topic| topic.partition_data.iter().map(|p| (p.index, p.records)).collect::<Vec<_>>())
                .collect();
            assert_eq!(seen[0], [(0, Some(&b"x"[..])), (2, Some(b"yy"))]);
            assert_eq!(seen[1], [(1, Some(&b"z"[..]))]);
        }
        let terms = FetchTerms { wait_ms: 1, min_bytes: 2, max_bytes: 3, partition_max_bytes: 4 };
        for version in 4..=17 {
            let mut out = Vec::new();
            fetch(&mut out, &layout, version, 9, &terms, (7, 8), &[(1, 10), (3, 20)]);
            let (_, mut reader) = body(&out);
            let request = FetchRequest::decode(&mut reader, version).unwrap();
            reader.finish().unwrap();
            assert_eq!((request.max_wait_ms, request.min_bytes, request.max_bytes), (1, 2, 3));
            let partitions: Vec<_> =
                request.topics.iter().flat_map(|topic| topic.partitions.iter().collect::<Vec<_>>()).collect();
            assert_eq!((partitions[0].partition, partitions[0].fetch_offset), (1, 10));
            assert_eq!((partitions[1].partition, partitions[1].fetch_offset), (0, 20));
            assert_eq!(partitions[1].partition_max_bytes, 4);
        }
    }
}
