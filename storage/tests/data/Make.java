import java.util.*;
import java.util.concurrent.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.header.internals.RecordHeader;

/** Fills a broker with what the fixtures hold. First argument: bootstrap; second: "first" or "second" (after a restart). */
public class Make {
    static Map<String, Object> config(String bootstrap, String compression) {
        Map<String, Object> c = new HashMap<>();
        c.put("bootstrap.servers", bootstrap);
        c.put("key.serializer", "org.apache.kafka.common.serialization.StringSerializer");
        c.put("value.serializer", "org.apache.kafka.common.serialization.StringSerializer");
        c.put("compression.type", compression);
        c.put("linger.ms", 500);
        c.put("batch.size", 200000);
        c.put("acks", "all");
        return c;
    }

    static ProducerRecord<String, String> record(String topic, int i) {
        String key = i % 5 == 3 ? null : "key-" + i;
        String value = i % 7 == 5 ? null : ("value-" + i + "-").repeat(1 + i % 6);
        ProducerRecord<String, String> r = new ProducerRecord<>(topic, 0, 1700000000000L + (i * 37 % 100), key, value);
        if (i % 4 == 1) r.headers().add(new RecordHeader("h", ("head" + i).getBytes())).add(new RecordHeader("none", null));
        return r;
    }

    static void send(Producer<String, String> p, String topic, int from, int count) throws Exception {
        List<Future<RecordMetadata>> all = new ArrayList<>();
        for (int i = from; i < from + count; i++) all.add(p.send(record(topic, i)));
        p.flush();
        for (Future<RecordMetadata> f : all) f.get();
    }

    /** One record of 150 KB, more than one block of snappy and lz4, in each codec. */
    static void large(String bootstrap) throws Exception {
        StringBuilder unit = new StringBuilder();
        Random random = new Random(1);
        for (int i = 0; i < 100; i++) unit.append((char) ('a' + random.nextInt(26)));
        String value = unit.toString().repeat(1500);
        for (String codec : List.of("gzip", "snappy", "lz4", "zstd")) {
            try (Producer<String, String> p = new KafkaProducer<>(config(bootstrap, codec))) {
                p.send(new ProducerRecord<>("blocks", 0, 1700000000000L, "k", value)).get();
            }
        }
    }

    /** Overwritten keys, a tombstone and transactions, in segments that the cleaner may touch. */
    static void compacted(String bootstrap) throws Exception {
        Map<String, Object> c = config(bootstrap, "none");
        c.put("transactional.id", "compacted");
        try (Producer<String, String> p = new KafkaProducer<>(c)) {
            p.initTransactions();
            for (int round = 0; round < 4; round++) {
                p.beginTransaction();
                for (int i = 0; i < 6; i++)
                    p.send(new ProducerRecord<>("compacted", 0, null, "key-" + i, i == round ? null : "v" + round));
                p.flush();
                if (round == 1) p.abortTransaction(); else p.commitTransaction();
                Thread.sleep(150);
            }
        }
    }

    public static void main(String[] a) throws Exception {
        String bootstrap = a[0];
        boolean first = a[1].equals("first");
        if (first) try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            Map<String, String> fine = Map.of("index.interval.bytes", "700");
            NewTopic codecs = new NewTopic("codecs", 1, (short) 1).configs(fine);
            NewTopic stamped = new NewTopic("stamped", 1, (short) 1).configs(Map.of("message.timestamp.type", "LogAppendTime"));
            NewTopic txn = new NewTopic("txn", 1, (short) 1).configs(fine);
            NewTopic blocks = new NewTopic("blocks", 1, (short) 1);
            NewTopic compacted = new NewTopic("compacted", 1, (short) 1).configs(Map.of("cleanup.policy", "compact",
                "segment.ms", "100", "min.cleanable.dirty.ratio", "0.01", "min.compaction.lag.ms", "0"));
            admin.createTopics(List.of(codecs, stamped, txn, blocks, compacted)).all().get();
        }
        int from = first ? 0 : 1000;
        for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
            try (Producer<String, String> p = new KafkaProducer<>(config(bootstrap, codec))) {
                for (int batch = 0; batch < 3; batch++) send(p, "codecs", from + batch * 20, 20);
                if (codec.equals("none") || codec.equals("zstd")) send(p, "stamped", from, 4);
            }
        }
        if (first) {
            large(bootstrap);
            compacted(bootstrap);
        }
        Map<String, Object> plain = config(bootstrap, "none");
        Map<String, Object> one = new HashMap<>(plain), two = new HashMap<>(plain), three = new HashMap<>(plain);
        one.put("transactional.id", "one");
        two.put("transactional.id", "two");
        three.put("transactional.id", "three");
        try (Producer<String, String> p1 = new KafkaProducer<>(one); Producer<String, String> p2 = new KafkaProducer<>(two);
             Producer<String, String> idempotent = new KafkaProducer<>(plain)) {
            p1.initTransactions();
            p2.initTransactions();
            p1.beginTransaction(); send(p1, "txn", 0, 3);
            p2.beginTransaction(); send(p2, "txn", 10, 3);
            send(idempotent, "txn", 20, 2);
            p1.abortTransaction();
            p1.beginTransaction(); send(p1, "txn", 30, 2); p1.commitTransaction();
            p2.abortTransaction();
            p1.beginTransaction(); send(p1, "txn", 40, 2); p1.abortTransaction();
            for (int i = 0; i < 7; i++) send(idempotent, "txn", 50 + i, 1);
        }
        if (!first) {
            // Stays open over the shutdown.
            Producer<String, String> p3 = new KafkaProducer<>(three);
            p3.initTransactions();
            p3.beginTransaction(); send(p3, "txn", 60, 2);
            System.out.println("open");
            System.out.flush();
            Runtime.getRuntime().halt(0);
        }
    }
}
