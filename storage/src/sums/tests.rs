use super::*;
use loglane_model::BATCH_HEADER_BYTES;

const KEY: SumsKey = SumsKey { topic_id: TopicId(*b"0123456789abcdef"), partition: PartitionId(7) };

fn head(number: u8) -> [u8; BATCH_HEADER_BYTES] {
    let mut bytes = [number; BATCH_HEADER_BYTES];
    bytes[16] = 2;
    bytes
}

fn header(bytes: &[u8; BATCH_HEADER_BYTES]) -> &BatchHeader {
    BatchHeader::peek(bytes).unwrap()
}

fn chain(count: u64) -> Sums {
    let mut sums = Sums::new(KEY, Offset(100), 0);
    for at in 0..count {
        sums.on_append(header(&head((at % 251) as u8)), 1500);
    }
    sums
}

fn file(sums: Sums) -> SegmentSums {
    SegmentSums {
        state: FileState { inode: 5, len: sums.end().position, modified_ms: 77 },
        end_offset: Offset(400),
        newest: Some(TimeRow { timestamp: 9, offset: Offset(120) }),
        indexes: IndexSums { offsets: 1, times: 2, transactions: 3 },
        sums,
    }
}

#[test]
fn the_file_survives_the_round_trip_and_no_flipped_bit_passes() {
    for written in
        [file(chain(0)), file(chain(1)), file(chain(40)), SegmentSums { newest: None, ..file(chain(9)) }]
    {
        let bytes = written.encode(KEY, Offset(100));
        assert_eq!(SegmentSums::decode(&bytes, KEY, Offset(100)), Some(written.clone()));
        let others = SumsKey { partition: PartitionId(8), ..KEY };
        assert_eq!(SegmentSums::decode(&bytes, others, Offset(100)), None);
        assert_eq!(SegmentSums::decode(&bytes, KEY, Offset(101)), None);
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(SegmentSums::decode(&flipped, KEY, Offset(100)), None, "bit {bit}");
        }
        for cut in 0..bytes.len() {
            assert_eq!(SegmentSums::decode(&bytes[..cut], KEY, Offset(100)), None, "cut at {cut}");
        }
    }
}

#[test]
fn every_bit_of_a_head_and_every_place_changes_the_chain() {
    let good = head(3);
    let before = link(17, header(&good));
    for bit in 0..HEAD_BYTES * 8 {
        let mut bad = good;
        bad[bit / 8] ^= 1 << (bit % 8);
        assert_ne!(link(17, header(&bad)), before, "bit {bit}");
    }
    for bit in 0..32 {
        assert_ne!(link(17 ^ (1 << bit), header(&good)), before);
    }
    let seeds = [
        KEY.seed(Offset(0), 0),
        KEY.seed(Offset(1), 0),
        KEY.seed(Offset(0), 1),
        SumsKey { partition: PartitionId(8), ..KEY }.seed(Offset(0), 0),
        SumsKey { topic_id: TopicId::ZERO, ..KEY }.seed(Offset(0), 0),
    ];
    for (at, seed) in seeds.iter().enumerate() {
        assert!(!seeds[..at].contains(seed));
    }
}

#[test]
fn rows_stay_few_and_lie_on_the_same_chain() {
    let all = chain(200_000);
    assert!(all.row_count() <= ROWS_MAX && all.row_count() > ROWS_MAX / 4, "{}", all.row_count());
    assert!(all.encode().len() <= FILE_BYTES_MAX);
    let few = all.thinned(50);
    assert!(few.row_count() <= 51 && few.end() == all.end());
    for sums in [&all, &few, &Sums::decode(&all.encode()).unwrap()] {
        let mut position = 0;
        while position < sums.end().position {
            let (from, to) = sums.stretch(position, sums.end()).unwrap();
            let mut at = from;
            while at.position < to.position {
                let number = (at.position / 1500 % 251) as u8;
                at = Row { position: at.position + 1500, chain: link(at.chain, header(&head(number))) };
            }
            assert_eq!(at, to);
            position = to.position;
        }
        assert_eq!(sums.stretch(position, sums.end()), None);
    }
}

#[test]
fn what_lies_before_the_chain_or_behind_the_limit_is_not_spoken_of() {
    let mut sums = Sums::new(KEY, Offset(100), 9000);
    for at in 0..10 {
        sums.on_append(header(&head(at)), 1500);
    }
    assert_eq!(sums.stretch(8999, sums.end()), None);
    let limit = Row { position: 12_000, chain: 1 };
    assert_eq!(sums.stretch(10_500, limit), Some((sums.rows[0], limit)));
    assert_eq!(sums.stretch(12_000, limit), None);
}

#[test]
fn a_copy_of_a_segment_keeps_the_chain_and_only_that_of_the_original() {
    let written = file(chain(40));
    let bytes = written.encode(KEY, Offset(100));
    let FileState { inode, len, modified_ms } = written.state;
    let from = FileStat { inode, len, modified_ms };
    let to = FileStat { inode: 6, modified_ms: 99, ..from };
    let copy = for_copy(&bytes, from, to).unwrap();
    let state = FileState { inode: 6, modified_ms: 99, ..written.state };
    assert_eq!(SegmentSums::decode(&copy, KEY, Offset(100)), Some(SegmentSums { state, ..written }));
    assert_eq!(for_copy(&bytes, to, from), None, "they are another segment's");
    assert_eq!(for_copy(&bytes, from, FileStat { len: 1, ..to }), None, "the copy is none");
    let mut damaged = bytes;
    damaged[70] ^= 1;
    assert_eq!(for_copy(&damaged, from, to), None);
    assert_eq!(for_copy(&[], from, to), None);
}
