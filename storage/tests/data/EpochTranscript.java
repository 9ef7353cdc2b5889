import java.io.File;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.util.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.server.util.Scheduler;
import org.apache.kafka.storage.internals.checkpoint.LeaderEpochCheckpointFile;
import org.apache.kafka.storage.internals.epoch.LeaderEpochFileCache;
import org.apache.kafka.storage.internals.log.EpochEntry;
import org.apache.kafka.storage.internals.log.LogDirFailureChannel;

/** Drives Kafka's own leader epoch cache at random and prints what it answered. */
public class EpochTranscript {
    public static void main(String[] a) throws Exception {
        Random random = new Random(Long.parseLong(a[0]));
        File dir = Files.createTempDirectory("epochs").toFile();
        Scheduler never = (Scheduler) Proxy.newProxyInstance(EpochTranscript.class.getClassLoader(), new Class<?>[] {Scheduler.class}, (p, m, x) -> null);
        LeaderEpochFileCache cache = new LeaderEpochFileCache(new TopicPartition("t", 0),
            new LeaderEpochCheckpointFile(LeaderEpochCheckpointFile.newFile(dir), new LogDirFailureChannel(1)), never);
        int epoch = 0;
        long end = 0;
        for (int line = 0; line < Integer.parseInt(a[1]); line++) {
            String out;
            switch (random.nextInt(10)) {
                case 0: case 1: case 2: case 3: {
                    if (random.nextInt(2) == 0) epoch += random.nextInt(3);
                    if (random.nextInt(12) == 0) { epoch = Math.max(0, epoch - 1 - random.nextInt(3)); }
                    long at = random.nextInt(12) == 0 ? Math.max(0, end - random.nextInt(30)) : end;
                    cache.assign(epoch, at);
                    out = "assign " + epoch + " " + at;
                    end = at + random.nextInt(20);
                    break;
                }
                case 4: {
                    end = Math.max(0, end - random.nextInt(20));
                    cache.truncateFromEndAsyncFlush(end);
                    out = "cut-end " + end;
                    break;
                }
                case 5: {
                    long start = Math.max(0, end - random.nextInt(60));
                    cache.truncateFromStartAsyncFlush(start);
                    out = "cut-start " + start;
                    break;
                }
                case 6: case 7: {
                    long offset = Math.max(0, end - random.nextInt(80));
                    OptionalInt found = cache.epochForOffset(offset);
                    out = "epoch-at " + offset + " -> " + (found.isPresent() ? found.getAsInt() : "-");
                    break;
                }
                default: {
                    int wanted = epoch + 2 - random.nextInt(9);
                    Map.Entry<Integer, Long> found = cache.endOffsetFor(wanted, end);
                    out = "end-of " + wanted + " with " + end + " -> " + found.getKey() + " " + found.getValue();
                }
            }
            StringBuilder entries = new StringBuilder();
            for (EpochEntry e : cache.epochEntries()) entries.append(" ").append(e.epoch()).append("@").append(e.startOffset());
            System.out.println(out + " |" + entries);
        }
    }
}
