//! The aborted transactions that a reader of committed records has to skip.

use crate::log::Log;
use crate::reader::ReadError;
use crate::transaction_index::AbortedTransaction;
use loglane_model::Offset;

impl Log {
    /// Adds to `found` the aborted transactions that have records in `from..end`. Returns `false` where the index of
    /// a sealed segment has to be loaded first: `found` is then as it was, and [`Log::take_reads_ready`] says when
    /// to try again.
    ///
    /// # Errors
    /// [`ReadError::Disk`] if an index cannot be read, [`ReadError::Offline`].
    pub fn aborted_transactions(
        &mut self,
        from: Offset,
        end: Offset,
        found: &mut Vec<AbortedTransaction>,
    ) -> Result<bool, ReadError> {
        if self.is_offline() {
            return Err(ReadError::Offline);
        }
        let before = found.len();
        let first = self.segments.partition_point(|segment| segment.base_offset <= from).saturating_sub(1);
        for at in first..self.segments.len() {
            let segment = &self.segments[at];
            if !segment.has_transactions {
                continue;
            }
            let Some(transactions) = &segment.transactions else {
                found.truncate(before);
                self.want_loaded(at)?;
                return Ok(false);
            };
            if transactions.collect(from, end, found) {
                break;
            }
        }
        Ok(true)
    }
}
