//! Bugs planted on purpose, for the tests of the tests: a campaign that finds none of them would find no real one.
//!
//! They are there in builds with the feature `planted-bugs` only, which the tests of the broker switch on and no other
//! build does: without it [`planted`] is a constant `false`, and nothing is left of what it guards.

macro_rules! bugs {
    ($($name:ident $what:literal;)*) => {
        /// A mistake that somebody could make.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Bug {
            $(
                #[doc = $what]
                $name,
            )*
        }

        #[cfg(feature = "planted-bugs")]
        impl Bug {
            /// All of them.
            pub const ALL: &[Bug] = &[$(Bug::$name),*];

            /// What it is.
            #[must_use]
            pub const fn what(self) -> &'static str {
                match self {
                    $(Bug::$name => $what,)*
                }
            }
        }
    };
}

bugs! {
    WriteWithoutFlush "Durable writes are written without a flush.";
    AcknowledgeBeforeWritten "A produce is acknowledged before its write has completed.";
    TwoWritesOnOnePage "A second write begins in the page in which the one before it ends.";
    ForgetTail "The page in which a write ends is begun with zeros by the next one.";
    IgnoreFailedWrite "A failed write counts as written.";
    ForgetDirectorySync "The directory is not synced when a segment was made.";
    ForgetCutSync "The old segment's cut is not synced when it is rolled.";
    RecoverWithoutCrc "Recovery does not look at the CRC.";
    CutOneBatchTooMany "Recovery takes the last batch for damaged when the file ends with it.";
    ForgetProducers "Recovery forgets what batches say of their producers.";
    AppendWithoutCrc "An append does not look at the CRC.";
    SkipEpochCheck "A batch of a producer's older epoch is taken.";
    SkipSequenceCheck "A batch behind a gap in the sequence is taken.";
    WrongSequenceWrap "Sequences do not begin anew behind the largest one.";
    ForgetBatches "A batch that was appended before is not recognised.";
    IndexBehindData "An index row points behind its batch.";
    ServeUnflushed "Consumers are shown what is not flushed.";
    DropSegmentTooMany "A deletion of records lets a segment go that still holds some that stay.";
    DeleteBeforeCheckpoint "A deletion of records is answered before it is on the disk.";
    LoseWaiter "One in eight of those who wait for a produce is forgotten.";
    LoseDeadline "The deadline of a parked fetch is not set.";
    DropMail "Mail that finds a full mailbox is dropped.";
    ReorderMail "Of several mails that wait for a full mailbox the last one goes first.";
    AnswerAcksZero "A produce with acks=0 is answered.";
    AnswerOutOfOrder "Produces are answered as soon as they are done, whatever was asked before.";
    StaleSession "A fetch session does not take in where its client has got to.";
    VolatileMetadata "The metadata log is not durable.";
    RepeatProducerIds "A block of producer ids is given out twice.";
    CommitBeforeReplicated "A coordinator answers before its records are replicated.";
    LoadOldestCommit "Of several commits of an offset, loading keeps the first.";
    NeverExpireMembers "Members that are silent stay in their group for ever.";
    SwapAssignments "A member is given another one's assignment.";
    LeakReservation "Memory of a frame is not given back when its connection goes.";
    RefuseInMove "A batch is refused because its partition moves to another log directory.";
    LeakBlocks "Blocks of a deleted log are not given back.";
}

/// Whether the bug is there.
#[cfg(not(feature = "planted-bugs"))]
#[inline(always)]
#[must_use]
pub const fn planted(_: Bug) -> bool {
    false
}

#[cfg(feature = "planted-bugs")]
thread_local! {
    static PLANTED: std::cell::Cell<Option<Bug>> = const { std::cell::Cell::new(None) };
}

/// Whether the bug is there: on this thread, by [`plant`].
#[cfg(feature = "planted-bugs")]
#[inline]
#[must_use]
pub fn planted(bug: Bug) -> bool {
    PLANTED.get() == Some(bug)
}

/// Plants a bug on this thread, or takes it away.
#[cfg(feature = "planted-bugs")]
pub fn plant(bug: Option<Bug>) {
    PLANTED.set(bug);
}
