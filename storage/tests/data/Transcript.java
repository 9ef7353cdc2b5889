package org.apache.kafka.storage.internals.log;

import java.io.File;
import java.nio.file.Files;
import java.util.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.*;
import org.apache.kafka.common.utils.Time;

/**
 * Drives Kafka's own producer state with random batches and markers and prints what it answered, one line each.
 * Lies in Kafka's package because the duplicate check is not public. Compile and run with Kafka's jars.
 */
public class Transcript {
    static final int EXPIRATION = 1_000_000_000;
    static ProducerStateManager open(File dir) throws Exception {
        return new ProducerStateManager(new TopicPartition("t", 0), dir, 60000, new ProducerStateManagerConfig(EXPIRATION, true), Time.SYSTEM);
    }
    static String opt(Optional<LogOffsetMetadata> o) { return o.map(m -> "" + m.messageOffset).orElse("-"); }

    public static void main(String[] a) throws Exception {
        Random random = new Random(Long.parseLong(a[0]));
        int lines = Integer.parseInt(a[1]);
        File dir = Files.createTempDirectory("transcript").toFile();
        ProducerStateManager manager = open(dir);
        long end = 100, hw = 100, now = System.currentTimeMillis();
        for (int line = 0; line < lines; line++) {
            long pid = 1 + random.nextInt(4);
            Optional<ProducerStateEntry> entry = manager.lastEntry(pid);
            int known = entry.map(e -> (int) e.producerEpoch()).orElse(-1);
            int what = random.nextInt(20);
            String out;
            if (what < 12) {
                int epoch = Math.max(0, known + (random.nextInt(12) == 0 ? random.nextInt(3) - 1 : 0));
                int last = entry.filter(e -> e.producerEpoch() == epoch && !e.isEmpty()).map(ProducerStateEntry::lastSeq).orElse(-1);
                int next = last == Integer.MAX_VALUE ? 0 : last + 1;
                int seq, count = 1 + random.nextInt(4);
                switch (random.nextInt(10)) {
                    case 0: seq = next + 1 + random.nextInt(2); break;
                    case 1: seq = entry.isPresent() ? 0 : Integer.MAX_VALUE - random.nextInt(6); break;
                    case 2: case 3: {
                        List<BatchMetadata> kept = entry.map(e -> (List<BatchMetadata>) new ArrayList<>(e.batchMetadata())).orElse(List.of());
                        if (kept.isEmpty()) { seq = next; break; }
                        BatchMetadata b = kept.get(random.nextInt(kept.size()));
                        seq = b.firstSeq();
                        count = b.offsetDelta() + 1 + (random.nextInt(4) == 0 ? 1 : 0);
                        break;
                    }
                    default: seq = next;
                }
                if (seq < 0) seq = 0;
                boolean txn = entry.map(e -> e.currentTxnFirstOffset().isPresent()).orElse(false) ? random.nextInt(8) > 0 : random.nextInt(3) == 0;
                boolean client = random.nextInt(10) > 0;
                if (!client) seq = 0;
                int verify = !client ? 0 : random.nextInt(12);  // 1: version 1, 2: version 2
                int lowest = verify == 1 || verify == 2 ? Math.max(0, seq - (random.nextInt(3) == 0 ? 1 : 0)) : -1;
                long timestamp = now + line;
                SimpleRecord[] records = new SimpleRecord[count];
                for (int i = 0; i < count; i++) records[i] = new SimpleRecord(timestamp, "v".getBytes());
                MemoryRecords built = txn ? MemoryRecords.withTransactionalRecords(0, Compression.NONE, pid, (short) epoch, seq, 0, records)
                    : MemoryRecords.withIdempotentRecords(0, Compression.NONE, pid, (short) epoch, seq, 0, records);
                MutableRecordBatch batch = built.batches().iterator().next();
                batch.setLastOffset(end + count - 1);
                out = "data " + pid + " " + epoch + " " + seq + " " + count + " " + (txn ? 1 : 0) + " " + (client ? "client" : "coordinator")
                    + " " + (lowest < 0 ? "-" : lowest + (verify == 2 ? "+" : "")) + " at " + end + " " + timestamp + " -> ";
                Optional<BatchMetadata> duplicate = client ? entry.flatMap(e -> e.findDuplicateBatch(batch)) : Optional.empty();
                if (duplicate.isPresent()) {
                    out += "duplicate " + duplicate.get().firstOffset();
                } else {
                    VerificationStateEntry v = lowest < 0 ? null : new VerificationStateEntry(0, lowest, (short) epoch, verify == 2);
                    ProducerAppendInfo info = new ProducerAppendInfo(new TopicPartition("t", 0), pid, entry.orElse(ProducerStateEntry.empty(pid)),
                        client ? AppendOrigin.CLIENT : AppendOrigin.COORDINATOR, v);
                    try {
                        info.append(batch, Optional.of(new LogOffsetMetadata(end)));
                        manager.update(info);
                        end += count;
                        manager.updateMapEndOffset(end);
                        out += "append";
                    } catch (Exception e) {
                        out += e.getClass().getSimpleName();
                    }
                }
            } else if (what < 16) {
                int tv = 1 + random.nextInt(2);
                int epoch = Math.max(0, known + (tv == 2 && random.nextInt(5) > 0 ? 1 : 0) - (random.nextInt(10) == 0 ? 1 : 0));
                int coordinator = Math.max(0, entry.map(ProducerStateEntry::coordinatorEpoch).orElse(0) + (random.nextInt(6) == 0 ? random.nextInt(3) - 1 : 0));
                boolean commit = random.nextBoolean();
                long timestamp = now + line;
                out = "marker " + pid + " " + epoch + " " + coordinator + " " + (commit ? "commit" : "abort") + " " + tv + " at " + end + " " + timestamp + " -> ";
                ProducerAppendInfo info = manager.prepareUpdate(pid, AppendOrigin.COORDINATOR);
                try {
                    Optional<CompletedTxn> done = info.appendEndTxnMarker(
                        new EndTransactionMarker(commit ? ControlRecordType.COMMIT : ControlRecordType.ABORT, coordinator), (short) epoch, end, timestamp, (short) tv);
                    manager.update(info);
                    if (done.isPresent()) {
                        out += "ended " + done.get().firstOffset() + " " + done.get().lastOffset() + " " + (done.get().isAborted() ? "abort" : "commit")
                            + " " + manager.lastStableOffset(done.get());
                        manager.completeTxn(done.get());
                    } else out += "nothing";
                    end += 1;
                    manager.updateMapEndOffset(end);
                } catch (Exception e) {
                    out += e.getClass().getSimpleName();
                }
            } else if (what < 19) {
                hw = Math.min(end, hw + random.nextInt(12));
                manager.onHighWatermarkUpdated(hw);
                out = "high-watermark " + hw + " ->";
            } else {
                // What is decided must lie below the high watermark before Kafka reloads.
                hw = end;
                manager.onHighWatermarkUpdated(hw);
                manager.takeSnapshot();
                manager = open(dir);
                manager.truncateAndReload(0, end, now + line);
                out = "reload " + end + " ->";
            }
            System.out.println(out + " unstable=" + opt(manager.firstUnstableOffset()));
            if (line % 10 == 9) {
                TreeMap<Long, ProducerStateEntry> sorted = new TreeMap<>(manager.activeProducers());
                for (ProducerStateEntry e : sorted.values()) {
                    StringBuilder b = new StringBuilder("state " + e.producerId() + " " + e.producerEpoch() + " " + e.coordinatorEpoch() + " "
                        + e.lastTimestamp() + " " + (e.currentTxnFirstOffset().isPresent() ? e.currentTxnFirstOffset().getAsLong() : "-") + " :");
                    for (BatchMetadata m : e.batchMetadata()) b.append(" ").append(m.firstSeq()).append("-").append(m.lastSeq()).append("@").append(m.firstOffset()).append("-").append(m.lastOffset());
                    System.out.println(b);
                }
            }
        }
    }
}
