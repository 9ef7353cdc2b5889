//! One partition's directory, as the doctor sees it.

use super::Look;
use super::report::{Report, Weight};
use crate::metadata::METADATA_DIRECTORY_NAME;
use loglane_model::{Offset, TopicId};
use loglane_storage::directory::{
    PartitionDirectory, SegmentFile, SegmentFileName, SegmentFileState, segment_file_name,
};
use loglane_storage::leader_epoch::{self, LeaderEpochs};
use loglane_storage::partition_metadata;
use loglane_storage::scrub::{Scrub, ScrubNext, ScrubVerdict, SumsFound};
use loglane_storage::sums::{Damage, SumsKey};
use std::collections::BTreeSet;
use std::io;
use std::path::Path;

/// Read at once; the doctor has nothing else to do.
const STEP_BYTES: u64 = 64 << 20;

impl Look<'_> {
    /// Looks at a partition; returns where its log ends, as far as that can be told.
    pub(super) fn examine_partition(
        &self,
        path: &Path,
        name: &PartitionDirectory,
        report: &mut Report,
    ) -> io::Result<Option<Offset>> {
        report.partitions += 1;
        let is_metadata = path.file_name().is_some_and(|name| name == METADATA_DIRECTORY_NAME);
        let topic_id = if is_metadata { Some(TopicId::METADATA) } else { self.topic_of(path, report)? };
        if let Some(id) = topic_id.filter(|_| !is_metadata) {
            self.examine_place(path, name, id, report);
        }
        let names: Vec<SegmentFileName> = self
            .fs
            .list(path)?
            .into_iter()
            .filter(|entry| !entry.is_dir)
            .filter_map(|entry| SegmentFileName::parse(&entry.name))
            .filter(|name| name.state == SegmentFileState::Live)
            .collect();
        let of_kind = |file| {
            names
                .iter()
                .filter(move |name| name.file == file)
                .map(|name| name.base_offset)
                .collect::<BTreeSet<_>>()
        };
        let segments: Vec<Offset> = of_kind(SegmentFile::Log).into_iter().collect();
        if segments.is_empty() && !names.is_empty() {
            report.add(
                Weight::Problem,
                "no-segments",
                path,
                "there are indexes or snapshots, and no segment: the records are gone",
                "restore the .log files before the next start, which begins the log anew",
            );
        }
        self.examine_epochs(path, report)?;
        let (offsets, times) = (of_kind(SegmentFile::OffsetIndex), of_kind(SegmentFile::TimeIndex));
        let key = SumsKey { topic_id: topic_id.unwrap_or(TopicId::ZERO), partition: name.partition };
        let mut end = None;
        for (at, base_offset) in segments.iter().copied().enumerate() {
            let next = segments.get(at + 1).copied();
            if next.is_some() && !(offsets.contains(&base_offset) && times.contains(&base_offset)) {
                report.add(
                    Weight::Note,
                    "missing-index",
                    &path.join(segment_file_name(base_offset, SegmentFile::Log)),
                    "an index of this segment is missing",
                    "nothing: it is made anew from the segment when somebody reads it",
                );
            }
            let verdict = self.read_segment(path, key, base_offset, next, report)?;
            end = Some(verdict.end_offset);
            let whose = topic_id.is_some();
            self.report_verdict(path, base_offset, next.is_none(), whose, &verdict, report);
        }
        Ok(end)
    }

    /// Whose directory it is; `None`, with a finding, where that cannot be told.
    fn topic_of(&self, path: &Path, report: &mut Report) -> io::Result<Option<TopicId>> {
        let file = path.join(partition_metadata::FILE_NAME);
        let text = self.read_text(&file)?.unwrap_or_default();
        if text.is_empty() {
            report.add(
                Weight::Warning,
                "no-topic-id",
                path,
                "the directory does not say which topic it belongs to: partition.metadata is missing",
                "the next start gives it the name of a stray; if its records are missed, restore partition.metadata \
                 (version: 0, topic_id: the topic's id) before that",
            );
            return Ok(None);
        }
        let found = partition_metadata::decode(&text);
        if found.is_err() {
            report.add(
                Weight::Problem,
                "bad-topic-id",
                &file,
                "the file is damaged: the partition stays offline",
                "write it anew: `version: 0`, and `topic_id: ` with the id that the topic has",
            );
        }
        Ok(found.ok())
    }

    /// Whether the metadata know the partition here.
    fn examine_place(&self, path: &Path, name: &PartitionDirectory, id: TopicId, report: &mut Report) {
        let Some(image) = self.image else { return };
        let topic = image.topics.by_id(id).filter(|topic| *topic.name == *name.topic);
        let is_known = topic.is_some_and(|topic| topic.partitions.get(&name.partition).is_some());
        if !is_known {
            report.add(
                Weight::Warning,
                "unknown-partition",
                path,
                "the metadata do not know this partition: its topic was deleted, or it comes from another cluster",
                "nothing, if nobody misses it: the next start gives it the name of a stray and keeps its records",
            );
        }
    }

    fn examine_epochs(&self, path: &Path, report: &mut Report) -> io::Result<()> {
        let file = path.join(leader_epoch::FILE_NAME);
        let Some(text) = self.read_text(&file)? else { return Ok(()) };
        if LeaderEpochs::decode(&text).is_err() {
            report.add(
                Weight::Warning,
                "bad-epochs",
                &file,
                "the file is damaged",
                "nothing: the epochs of the last segment are found in its batches; remove the file and the mark \
                 .kafka_cleanshutdown to have all of them found again",
            );
        }
        Ok(())
    }

    fn read_segment(
        &self,
        path: &Path,
        key: SumsKey,
        base_offset: Offset,
        next: Option<Offset>,
        report: &mut Report,
    ) -> io::Result<ScrubVerdict> {
        let end_offset = next.unwrap_or(Offset(i64::MAX));
        let mut scrub = Box::new(Scrub::new(path, key, base_offset, end_offset, 4096, false));
        report.segments += 1;
        loop {
            let step = scrub.step(self.fs, STEP_BYTES)?;
            report.bytes += step.read_bytes;
            match step.next {
                ScrubNext::More(more) => scrub = more,
                ScrubNext::Done(verdict) => return Ok(verdict),
            }
        }
    }

    fn report_verdict(
        &self,
        path: &Path,
        base_offset: Offset,
        is_last: bool,
        is_known: bool,
        verdict: &ScrubVerdict,
        report: &mut Report,
    ) {
        let segment = path.join(segment_file_name(base_offset, SegmentFile::Log));
        // What a crash leaves at the end of the last segment is what the next start cuts off; only where the checksums
        // say that the file was complete is it more than that.
        let is_unfinished = is_last && matches!(verdict.sums, SumsFound::Missing | SumsFound::Misfit);
        for Damage { position, end, .. } in &verdict.damage {
            if is_unfinished && !self.directory.is_clean && verdict.zeros_from == Some(*position) {
                continue; // Room for what was to come.
            }
            if is_unfinished && !self.directory.is_clean {
                report.add(
                    Weight::Note,
                    "unfinished-end",
                    &segment,
                    &format!("behind byte {position} there are {} bytes that are no complete batches", end - position),
                    "nothing: the next start cuts them off; nothing in them was acknowledged, unless the disk has lost \
                     what it had confirmed",
                );
                continue;
            }
            report.add(
                Weight::Problem,
                "damaged-batches",
                &segment,
                &format!("bytes {position} to {end} are not what was written there"),
                "copy the directory, and restore the segment from a backup or another replica; as it is, the batches in \
                 that range are refused to readers (CORRUPT_MESSAGE), and all others are served",
            );
        }
        match verdict.sums {
            SumsFound::OtherIndexes if verdict.damage.is_empty() => report.add(
                Weight::Warning,
                "other-indexes",
                &segment,
                "the indexes beside it are not those that were written with it",
                "nothing: they are not believed, and the broker makes them anew in the background; if no Kafka has run \
                 here since, the disk may be failing",
            ),
            // Without the topic's id nobody can tell whether they fit.
            SumsFound::Misfit if !is_last && is_known => report.add(
                Weight::Note,
                "outdated-sums",
                &segment,
                "its own checksums are of another state of the file: a Kafka has written it since, or it was copied",
                "nothing: the broker makes them anew in the background",
            ),
            SumsFound::OtherIndexes
            | SumsFound::Misfit
            | SumsFound::Fitting
            | SumsFound::Missing
            | SumsFound::SegmentGone => {}
        }
    }
}
