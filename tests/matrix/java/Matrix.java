import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Kafka's Java clients, from 2.1 to the newest, in the language of the drivers: see tests/README.md. */
public final class Matrix {
  private static final String END = "";

  private final String bootstrap;
  private final PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
  private AdminClient admin;

  private Matrix(String bootstrap) {
    this.bootstrap = bootstrap;
  }

  public static void main(String[] args) throws Exception {
    Matrix matrix = new Matrix(args[0]);
    Thread reader = new Thread(matrix::read);
    reader.setDaemon(true);
    reader.start();
    for (String line = matrix.lines.take(); !line.equals(END); line = matrix.lines.take()) {
      matrix.answer(line.split("\t"));
    }
    System.exit(0);
  }

  private void read() {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        lines.put(line);
      }
      lines.put(END);
    } catch (Exception e) {
      System.exit(1);
    }
  }

  private void answer(String[] fields) {
    Map<String, String> args = new TreeMap<>();
    for (int at = 1; at < fields.length; at++) {
      int equals = fields[at].indexOf('=');
      args.put(fields[at].substring(0, equals), fields[at].substring(equals + 1));
    }
    try {
      run(fields[0], args);
      say("ok");
    } catch (Exception e) {
      Throwable cause = e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
      say("failed", cause.getClass().getSimpleName(), String.valueOf(cause.getMessage()).replaceAll("\\s", " "));
    }
  }

  private synchronized void say(Object... fields) {
    out.println(List.of(fields).stream().map(String::valueOf).collect(Collectors.joining("\t")));
    out.flush();
  }

  /** Whether the command that is under way shall end. */
  private boolean stopped() {
    String line = lines.poll();
    if (END.equals(line)) {
      System.exit(0);
    }
    return line != null;
  }

  private AdminClient admin() {
    if (admin == null) {
      admin = AdminClient.create(common());
    }
    return admin;
  }

  private void run(String command, Map<String, String> args) throws Exception {
    String topic = args.get("topic");
    switch (command) {
      case "create-topic" -> createTopic(args);
      case "delete-topic" -> admin().deleteTopics(List.of(topic)).all().get();
      case "create-partitions" -> admin().createPartitions(Map.of(topic,
          NewPartitions.increaseTo(Integer.parseInt(args.get("partitions"))))).all().get();
      case "topics" -> admin().listTopics().names().get().forEach(this::say);
      case "partitions" -> partitions(topic);
      case "config" -> say(admin().describeConfigs(List.of(resource(topic))).all().get().get(resource(topic))
          .get(args.get("name")).value());
      case "set-config" -> setConfig(topic, new ConfigEntry(args.get("name"), args.get("value")));
      case "produce" -> produce(args);
      case "consume" -> consume(args);
      case "load" -> load(args);
      case "join" -> join(args);
      case "commit" -> commit(args);
      case "committed" -> committed(args);
      default -> throw new IllegalArgumentException("no such command: " + command);
    }
  }

  private Properties common() {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", bootstrap);
    return properties;
  }

  private static TopicPartition partition(Map<String, String> args) {
    return new TopicPartition(args.get("topic"), Integer.parseInt(args.get("partition")));
  }

  private static ConfigResource resource(String topic) {
    return new ConfigResource(ConfigResource.Type.TOPIC, topic);
  }

  private void createTopic(Map<String, String> args) throws Exception {
    Map<String, String> configs = new HashMap<>();
    args.forEach((key, value) -> {
      if (key.startsWith("config.")) {
        configs.put(key.substring("config.".length()), value);
      }
    });
    NewTopic topic = new NewTopic(args.get("topic"), Integer.parseInt(args.get("partitions")), (short) 1);
    admin().createTopics(List.of(topic.configs(configs))).all().get();
  }

  /** The administrative clients of all releases have no call for this in common, but their consumers have. */
  private void partitions(String topic) {
    try (var consumer = consumer("unused", "none")) {
      say(consumer.partitionsFor(topic).size());
    }
  }

  /** Releases before 2.3 replace all configurations of a topic; newer ones say what to do with each. */
  private void setConfig(String topic, ConfigEntry entry) throws Exception {
    Object result;
    try {
      Class<?> operation = Class.forName("org.apache.kafka.clients.admin.AlterConfigOp");
      Class<?> kind = Class.forName("org.apache.kafka.clients.admin.AlterConfigOp$OpType");
      Object set = kind.getField("SET").get(null);
      Object alteration = operation.getConstructor(ConfigEntry.class, kind).newInstance(entry, set);
      result = AdminClient.class.getMethod("incrementalAlterConfigs", Map.class)
          .invoke(admin(), Map.of(resource(topic), List.of(alteration)));
    } catch (ClassNotFoundException e) {
      result = AdminClient.class.getMethod("alterConfigs", Map.class)
          .invoke(admin(), Map.of(resource(topic), new Config(List.of(entry))));
    }
    ((org.apache.kafka.common.KafkaFuture<?>) result.getClass().getMethod("all").invoke(result)).get();
  }

  private KafkaProducer<String, String> producer(Map<String, String> settings) {
    Properties properties = common();
    properties.putAll(settings);
    return new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer());
  }

  private static ProducerRecord<String, String> record(Map<String, String> args, int n) {
    String prefix = args.get("prefix");
    StringBuilder value = new StringBuilder(prefix + "-v" + n);
    while (value.length() < Integer.parseInt(args.get("size"))) {
      value.append('.');
    }
    boolean isNull = "true".equals(args.get("nulls")) && n % 5 == 4;
    Long timestamp = args.containsKey("timestamp") ? Long.valueOf(Long.parseLong(args.get("timestamp")) + n) : null;
    String key = "true".equals(args.get("keys")) ? prefix + "-k" + n : null;
    var record = new ProducerRecord<>(args.get("topic"), partition(args).partition(), timestamp, key,
        isNull ? null : value.toString());
    for (int h = 0; h < Integer.parseInt(args.get("headers")); h++) {
      record.headers().add("h" + h, (prefix + "-h" + n).getBytes(StandardCharsets.UTF_8));
    }
    return record;
  }

  private void produce(Map<String, String> args) throws Exception {
    boolean singles = "true".equals(args.get("client.singles"));
    Map<String, String> settings = Map.of("acks", args.get("client.acks"), "enable.idempotence",
        args.get("client.idempotent"), "compression.type", args.get("client.codec"), "linger.ms", singles ? "0" : "20",
        "batch.size", singles ? "1" : "16384");
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    try (var producer = producer(settings)) {
      for (int n = 0; n < Integer.parseInt(args.get("count")); n++) {
        sent.add(producer.send(record(args, n)));
      }
      producer.flush();
    }
    for (Future<RecordMetadata> future : sent) {
      say(future.get().hasOffset() ? future.get().offset() : -1);
    }
  }

  private void load(Map<String, String> args) throws Exception {
    int partitions = Integer.parseInt(args.get("partitions"));
    Semaphore underWay = new Semaphore(200);
    try (var producer = producer(Map.of("acks", "all", "enable.idempotence", "true", "compression.type",
        args.get("codec"), "linger.ms", "5"))) {
      for (int n = 0; !stopped(); n++) {
        int number = n;
        underWay.acquire();
        producer.send(new ProducerRecord<>(args.get("topic"), n % partitions, null, "" + n), (metadata, error) -> {
          underWay.release();
          if (error == null) {
            say("acked", number, metadata.partition(), metadata.offset());
          } else {
            say("failed-record", number, error.toString().replaceAll("\\s", " "));
          }
        });
        if (n % 10 == 0) {
          Thread.sleep(10);
        }
      }
    }
  }

  private KafkaConsumer<String, String> consumer(String group, String reset) {
    return consumer(group, reset, "30000");
  }

  private KafkaConsumer<String, String> consumer(String group, String reset, String session) {
    Properties properties = common();
    properties.put("group.id", group);
    properties.put("auto.offset.reset", reset);
    properties.put("enable.auto.commit", "false");
    properties.put("session.timeout.ms", session);
    properties.put("heartbeat.interval.ms", "300");
    return new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer());
  }

  private void consume(Map<String, String> args) {
    int count = Integer.parseInt(args.get("count"));
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    try (var consumer = consumer("unused", "none")) {
      consumer.assign(List.of(partition(args)));
      consumer.seek(partition(args), Long.parseLong(args.get("offset")));
      while (count > 0) {
        if (System.nanoTime() > deadline) {
          throw new IllegalStateException(count + " records did not come");
        }
        for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) {
          if (count-- > 0) {
            say(record);
          }
        }
      }
    }
  }

  private void say(ConsumerRecord<String, String> record) {
    List<String> headers = new ArrayList<>();
    for (Header header : record.headers()) {
      headers.add(header.key() + "=" + new String(header.value(), StandardCharsets.UTF_8));
    }
    say(record.partition(), record.offset(), record.timestamp(), record.key() == null ? "-" : record.key(),
        record.value() == null ? "-" : record.value(), headers.isEmpty() ? "-" : String.join(",", headers));
  }

  private void join(Map<String, String> args) {
    // Where the next commit of each partition is; what is taken away another member gets again.
    Map<TopicPartition, OffsetAndMetadata> positions = new HashMap<>();
    try (var consumer = consumer(args.get("group"), "earliest", args.get("session"))) {
      consumer.subscribe(List.of(args.get("topic")), new ConsumerRebalanceListener() {
        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> revoked) {
          var left = new TreeSet<>(consumer.assignment().stream().map(TopicPartition::partition).toList());
          revoked.forEach(partition -> left.remove(partition.partition()));
          positions.keySet().removeAll(revoked);
          sayAssigned(left);
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> assigned) {
          sayAssigned(consumer.assignment().stream().map(TopicPartition::partition).toList());
        }
      });
      while (!stopped()) {
        for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) {
          say("record", record.partition(), record.offset(), record.value());
          positions.put(new TopicPartition(record.topic(), record.partition()),
              new OffsetAndMetadata(record.offset() + 1));
        }
        try {
          if (!positions.isEmpty()) {
            consumer.commitSync(positions);
            positions.forEach((partition, position) -> say("committed", partition.partition(), position.offset()));
            positions.clear();
          }
        } catch (KafkaException e) {
          // The broker is away, or the group moves on: it is tried again as long as they are its own.
          continue;
        }
      }
    }
  }

  private void sayAssigned(Collection<Integer> partitions) {
    say("assigned", partitions.stream().sorted().map(String::valueOf).collect(Collectors.joining(",")));
  }

  private void commit(Map<String, String> args) {
    try (var consumer = consumer(args.get("group"), "none")) {
      consumer.commitSync(Collections.singletonMap(partition(args),
          new OffsetAndMetadata(Long.parseLong(args.get("offset")))));
    }
  }

  private void committed(Map<String, String> args) throws Exception {
    var offsets = admin().listConsumerGroupOffsets(args.get("group")).partitionsToOffsetAndMetadata().get();
    OffsetAndMetadata position = offsets.get(partition(args));
    say(position == null ? -1 : position.offset());
  }
}
