//! Deals producers, consumers and their connections out to threads.

use super::consumer::{Consumer, ConsumerTerms};
use super::ledger::Ledger;
use super::notes::{Owner, Report, Seat};
use super::producer::{Producer, ProducerTerms};
use super::request::{FetchTerms, WireVersions};
use super::run::{RunError, RunSpec};
use crate::choose::{Chooser, Filler};
use crate::client::Client;
use crate::layout::Layout;
use crate::number::{index, nanos};
use crate::options::{Acks, Options};
use loglane_model::Compression;
use loglane_net::ApiKey;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread;

/// Nothing of the filler repeats within this many bytes: more than a codec looks back.
const COMPRESSED_POOL_BYTES: usize = 32 << 20;
/// Where nothing is compressed, less does: it stays in the cache of the core.
const PLAIN_POOL_BYTES: usize = 256 << 10;

/// Deals producers, consumers and their lines out to threads.
pub(super) fn seats(
    spec: &RunSpec<'_>,
    layout: &Arc<Layout>,
    ledger: &Arc<Ledger>,
    client: &mut Client,
    reports: &Sender<Report>,
) -> Result<Vec<Seat>, RunError> {
    let options = spec.options;
    let versions = WireVersions {
        produce: client.versions().of(ApiKey::Produce, 13)?,
        fetch: client.versions().of(ApiKey::Fetch, 17)?,
    };
    let members = options.producers as usize + options.consumers as usize;
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let threads = options.threads.unwrap_or(cores).clamp(1, members.max(1));
    let mut seats: Vec<Seat> = (0..threads)
        .map(|index| Seat {
            index,
            layout: Arc::clone(layout),
            ledger: Arc::clone(ledger),
            producer_terms: producer_terms(options, spec.tag),
            consumer_terms: ConsumerTerms {
                tag: (options.producers > 0).then_some(spec.tag),
                verifies: !options.no_verify,
            },
            fetch_terms: fetch_terms(options),
            versions,
            interval_ns: nanos(options.interval()),
            producers: Vec::new(),
            consumers: Vec::new(),
            lines: Vec::new(),
            reports: reports.clone(),
        })
        .collect();
    let filler = filler(options);
    for number in 0..options.producers {
        let seat = &mut seats[number as usize % threads];
        let identity =
            if options.idempotence && options.acks == Acks::All { Some(client.producer_id()?) } else { None };
        let share = f64::from(number) / f64::from(options.producers);
        let seed = options.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(u64::from(number));
        let chooser =
            Chooser::new(seed, options.record_size.clone(), options.keys, filler.starting_at(share));
        let owner = Owner::Producer(seat.producers.len());
        seat.producers.push(Producer::new(number, identity, chooser, layout));
        seat.lines.extend((0..layout.nodes().len()).map(|node| (owner, node)));
    }
    for number in 0..options.consumers {
        let seat = &mut seats[seat_of_consumer(options, number, threads)];
        let owner = Owner::Consumer(seat.consumers.len());
        seat.consumers.push(Consumer::new(number, layout));
        seat.lines.extend((0..layout.nodes().len()).map(|node| (owner, node)));
    }
    Ok(seats)
}

/// Which thread reads for a consumer: they begin behind those of the producers, so that few of either are spread evenly.
pub(super) fn seat_of_consumer(options: &Options, number: u32, threads: usize) -> usize {
    (number as usize + options.producers as usize) % threads
}

fn producer_terms(options: &Options, tag: u32) -> ProducerTerms {
    ProducerTerms {
        tag,
        acks: options.acks.to_i16(),
        compression: options.compression,
        keys: options.keys,
        linger_ns: nanos(options.linger),
        batch_bytes: index(options.batch_size.clamp(128, 1 << 30)),
        batch_records: options.batch_records.unwrap_or(u32::MAX).max(1),
        request_bytes: index(options.request_size.clamp(128, 1 << 30)),
        in_flight: options.in_flight.max(1),
        buffer_bytes: index(options.buffer.clamp(options.batch_size, 1 << 40)),
    }
}

fn fetch_terms(options: &Options) -> FetchTerms {
    let small = |bytes: u64| i32::try_from(bytes).unwrap_or(i32::MAX);
    FetchTerms {
        wait_ms: small(u64::try_from(options.fetch_wait.as_millis()).unwrap_or(u64::MAX)),
        min_bytes: small(options.fetch_min),
        max_bytes: small(options.fetch_max.min(super::line::ANSWER_BYTES_MAX as u64 / 2)),
        partition_max_bytes: small(options.partition_fetch_max),
    }
}

fn filler(options: &Options) -> Filler {
    let pool =
        if options.compression == Compression::None { PLAIN_POOL_BYTES } else { COMPRESSED_POOL_BYTES };
    let largest = index(options.record_size.largest());
    Filler::new(options.seed, options.entropy, pool, largest)
}
