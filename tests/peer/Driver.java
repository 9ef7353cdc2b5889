import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Kafka's own Java client, told what to do line by line on standard input.
 *
 * A line is a command and key=value arguments, separated by tabs. The answer is any number of lines and then "ok", or
 * "failed", the exception and its message. Arguments of the form client.KEY=VALUE become properties of the client.
 */
public final class Driver {
  private final String bootstrap;
  private final Admin admin;
  private final PrintStream out;

  private Driver(String bootstrap) {
    this.bootstrap = bootstrap;
    this.out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    this.admin = Admin.create(Map.of("bootstrap.servers", bootstrap, "default.api.timeout.ms", "60000"));
  }

  public static void main(String[] args) throws Exception {
    Driver driver = new Driver(args[0]);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      driver.answer(line.split("\t"));
    }
    System.exit(0);
  }

  private void answer(String[] fields) {
    Map<String, String> args = new TreeMap<>();
    for (int at = 1; at < fields.length; at++) {
      int equals = fields[at].indexOf('=');
      args.put(fields[at].substring(0, equals), fields[at].substring(equals + 1));
    }
    try {
      run(fields[0], args);
      out.println("ok");
    } catch (Exception e) {
      Throwable cause = e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
      String message = String.valueOf(cause.getMessage()).replace('\n', ' ');
      out.println("failed\t" + cause.getClass().getSimpleName() + "\t" + message);
    }
    out.flush();
  }

  private void run(String command, Map<String, String> args) throws Exception {
    switch (command) {
      case "create-topic" -> createTopic(args);
      case "delete-topic" -> admin.deleteTopics(List.of(args.get("topic"))).all().get();
      case "create-partitions" -> admin.createPartitions(Map.of(args.get("topic"),
          NewPartitions.increaseTo(Integer.parseInt(args.get("partitions"))))).all().get();
      case "topics" -> admin.listTopics().names().get().stream().sorted().forEach(out::println);
      case "describe-topic" -> describeTopic(args);
      case "describe-cluster" -> describeCluster();
      case "configs" -> configs(args);
      case "set-config" -> setConfig(args);
      case "offset" -> offset(args);
      case "delete-records" -> out.println(admin.deleteRecords(Map.of(partition(args),
          RecordsToDelete.beforeOffset(Long.parseLong(args.get("offset")))))
          .lowWatermarks().get(partition(args)).get().lowWatermark());
      case "produce" -> produce(args);
      case "transaction" -> transaction(args);
      case "consume" -> consume(args);
      case "join" -> join(args);
      case "converge" -> converge(args);
      case "read" -> read(args);
      case "quit" -> members.remove(args.get("member")).close();
      default -> throw new IllegalArgumentException("no such command: " + command);
    }
  }

  private static TopicPartition partition(Map<String, String> args) {
    return new TopicPartition(args.get("topic"), Integer.parseInt(args.getOrDefault("partition", "0")));
  }

  /** Arguments: topic, partitions, config.KEY. */
  private void createTopic(Map<String, String> args) throws Exception {
    Map<String, String> configs = new HashMap<>();
    args.forEach((key, value) -> {
      if (key.startsWith("config.")) {
        configs.put(key.substring("config.".length()), value);
      }
    });
    Optional<Integer> partitions = Optional.ofNullable(args.get("partitions")).map(Integer::parseInt);
    NewTopic topic = new NewTopic(args.get("topic"), partitions, Optional.empty()).configs(configs);
    admin.createTopics(List.of(topic)).all().get();
  }

  /** Prints "partition, leader, replicas, in-sync replicas" for each partition. */
  private void describeTopic(Map<String, String> args) throws Exception {
    TopicDescription topic = admin.describeTopics(List.of(args.get("topic"))).allTopicNames().get().get(args.get("topic"));
    topic.partitions().forEach(p -> out.println(p.partition() + "\t" + (p.leader() == null ? -1 : p.leader().id())
        + "\t" + p.replicas().size() + "\t" + p.isr().size()));
  }

  private void describeCluster() throws Exception {
    out.println("cluster\t" + admin.describeCluster().clusterId().get());
    out.println("controller\t" + admin.describeCluster().controller().get().id());
    for (var node : admin.describeCluster().nodes().get()) {
      out.println("node\t" + node.id() + "\t" + node.host() + "\t" + node.port());
    }
  }

  private static ConfigResource resource(Map<String, String> args) {
    return args.containsKey("topic") ? new ConfigResource(ConfigResource.Type.TOPIC, args.get("topic"))
        : new ConfigResource(ConfigResource.Type.BROKER, args.get("broker"));
  }

  /** Prints "key, value, source, type, read-only" for each config of a topic or broker, sorted by key. */
  private void configs(Map<String, String> args) throws Exception {
    Config config = admin.describeConfigs(List.of(resource(args))).all().get().get(resource(args));
    List<ConfigEntry> entries = new ArrayList<>(config.entries());
    entries.sort((a, b) -> a.name().compareTo(b.name()));
    for (ConfigEntry entry : entries) {
      out.println(entry.name() + "\t" + entry.value() + "\t" + entry.source() + "\t" + entry.type() + "\t"
          + entry.isReadOnly());
    }
  }

  /** Arguments: topic or broker, key, value; without a value the config is removed. */
  private void setConfig(Map<String, String> args) throws Exception {
    var type = args.containsKey("value") ? AlterConfigOp.OpType.SET : AlterConfigOp.OpType.DELETE;
    AlterConfigOp op = new AlterConfigOp(new ConfigEntry(args.get("key"), args.getOrDefault("value", "")), type);
    admin.incrementalAlterConfigs(Map.of(resource(args), Collections.singletonList(op))).all().get();
  }

  /** Arguments: topic, partition, at (earliest, latest, max-timestamp, earliest-local, latest-tiered or a time). */
  private void offset(Map<String, String> args) throws Exception {
    OffsetSpec spec = switch (args.get("at")) {
      case "earliest" -> OffsetSpec.earliest();
      case "latest" -> OffsetSpec.latest();
      case "max-timestamp" -> OffsetSpec.maxTimestamp();
      case "earliest-local" -> OffsetSpec.earliestLocal();
      case "latest-tiered" -> OffsetSpec.latestTiered();
      default -> OffsetSpec.forTimestamp(Long.parseLong(args.get("at")));
    };
    IsolationLevel isolation = "true".equals(args.get("committed")) ? IsolationLevel.READ_COMMITTED
        : IsolationLevel.READ_UNCOMMITTED;
    ListOffsetsResultInfo info = admin.listOffsets(Map.of(partition(args), spec), new ListOffsetsOptions(isolation))
        .partitionResult(partition(args)).get();
    out.println(info.offset() + "\t" + info.timestamp() + "\t" + info.leaderEpoch().map(String::valueOf).orElse("-"));
  }

  private Properties clientProperties(Map<String, String> args) {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", bootstrap);
    args.forEach((key, value) -> {
      if (key.startsWith("client.")) {
        properties.put(key.substring("client.".length()), value);
      }
    });
    return properties;
  }

  /**
   * Record number N of a prefix has the value PREFIX-vN followed by so many "." that it has "size" characters, the
   * key PREFIX-kN where keys=true, the header "hI" with PREFIX-hN for each I below "headers", and the time
   * "timestamp" + N where that is given. Where nulls=true, every fifth record has no value.
   */
  private static ProducerRecord<String, String> record(Map<String, String> args, int n) {
    String prefix = args.get("prefix");
    StringBuilder value = new StringBuilder(prefix + "-v" + n);
    int size = Integer.parseInt(args.getOrDefault("size", "0"));
    while (value.length() < size) {
      value.append('.');
    }
    boolean isNull = "true".equals(args.get("nulls")) && n % 5 == 4;
    Long timestamp = args.containsKey("timestamp") ? Long.valueOf(Long.parseLong(args.get("timestamp")) + n) : null;
    String key = "true".equals(args.get("keys")) ? prefix + "-k" + n : null;
    var record = new ProducerRecord<>(args.get("topic"), partition(args).partition(), timestamp, key,
        isNull ? null : value.toString());
    for (int h = 0; h < Integer.parseInt(args.getOrDefault("headers", "0")); h++) {
      record.headers().add("h" + h, (prefix + "-h" + n).getBytes(StandardCharsets.UTF_8));
    }
    return record;
  }

  private List<Future<RecordMetadata>> send(KafkaProducer<String, String> producer, Map<String, String> args) {
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    for (int n = 0; n < Integer.parseInt(args.get("count")); n++) {
      sent.add(producer.send(record(args, n)));
    }
    producer.flush();
    return sent;
  }

  private void printOffsets(List<Future<RecordMetadata>> sent) throws Exception {
    for (Future<RecordMetadata> future : sent) {
      RecordMetadata metadata = future.get();
      out.println(metadata.hasOffset() ? metadata.offset() : -1);
    }
  }

  /** Prints the offset of each record. */
  private void produce(Map<String, String> args) throws Exception {
    var strings = new StringSerializer();
    try (var producer = new KafkaProducer<>(clientProperties(args), strings, strings)) {
      printOffsets(send(producer, args));
    }
  }

  /** As produce, in a transaction with the given id and outcome: commit, abort, or open (left as it is). */
  private void transaction(Map<String, String> args) throws Exception {
    var strings = new StringSerializer();
    Properties properties = clientProperties(args);
    properties.put("transactional.id", args.get("id"));
    var producer = new KafkaProducer<>(properties, strings, strings);
    producer.initTransactions();
    producer.beginTransaction();
    List<Future<RecordMetadata>> sent = send(producer, args);
    switch (args.get("outcome")) {
      case "commit" -> producer.commitTransaction();
      case "abort" -> producer.abortTransaction();
      default -> { }
    }
    printOffsets(sent);
    if (!args.get("outcome").equals("open")) {
      producer.close();
    }
  }

  /** Prints "partition, offset, timestamp, key, value, headers" for each record, by assignment and without a group. */
  private void consume(Map<String, String> args) throws Exception {
    var strings = new StringDeserializer();
    int count = Integer.parseInt(args.get("count"));
    Properties properties = clientProperties(args);
    properties.putIfAbsent("auto.offset.reset", "none");
    properties.putIfAbsent("enable.auto.commit", "false");
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    int seen = 0;
    try (var consumer = new KafkaConsumer<>(properties, strings, strings)) {
      consumer.assign(List.of(partition(args)));
      consumer.seek(partition(args), Long.parseLong(args.get("offset")));
      while (seen < count) {
        if (System.nanoTime() > deadline) {
          throw new IllegalStateException("only " + seen + " of " + count + " records came");
        }
        for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) {
          if (seen < count) {
            print(record);
          }
          seen++;
        }
      }
    }
  }

  /** Members of groups by name, of which each command may poll all. */
  private final Map<String, KafkaConsumer<String, String>> members = new TreeMap<>();

  /** Arguments: member, group, topic. */
  private void join(Map<String, String> args) {
    var strings = new StringDeserializer();
    Properties properties = clientProperties(args);
    properties.put("group.id", args.get("group"));
    properties.putIfAbsent("auto.offset.reset", "earliest");
    properties.putIfAbsent("enable.auto.commit", "false");
    var consumer = new KafkaConsumer<>(properties, strings, strings);
    consumer.subscribe(List.of(args.get("topic")));
    members.put(args.get("member"), consumer);
  }

  /** Polls until the members have so many partitions, and each has one at least; prints "member, partitions". */
  private void converge(Map<String, String> args) {
    int wanted = Integer.parseInt(args.get("partitions"));
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (true) {
      int had = 0;
      boolean isEverybodyIn = true;
      for (var consumer : members.values()) {
        if (!consumer.poll(Duration.ofMillis(50)).isEmpty()) {
          throw new IllegalStateException("records came before they were asked for");
        }
        had += consumer.assignment().size();
        isEverybodyIn &= !consumer.assignment().isEmpty();
      }
      if (had == wanted && isEverybodyIn) {
        break;
      }
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(had + " of " + wanted + " partitions are assigned");
      }
    }
    members.forEach((name, consumer) -> {
      List<String> numbers = new ArrayList<>();
      consumer.assignment().stream().map(TopicPartition::partition).sorted().forEach(n -> numbers.add("" + n));
      out.println(name + "\t" + String.join(",", numbers));
    });
  }

  /** Polls until the members have got so many records, and commits; prints "member, partition, offset" of each. */
  private void read(Map<String, String> args) {
    int count = Integer.parseInt(args.get("count"));
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    int seen = 0;
    while (seen < count) {
      for (var member : members.entrySet()) {
        for (ConsumerRecord<String, String> record : member.getValue().poll(Duration.ofMillis(50))) {
          out.println(member.getKey() + "\t" + record.partition() + "\t" + record.offset());
          seen++;
        }
      }
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("only " + seen + " of " + count + " records came");
      }
    }
    members.values().forEach(KafkaConsumer::commitSync);
  }

  private void print(ConsumerRecord<String, String> record) {
    List<String> headers = new ArrayList<>();
    for (Header header : record.headers()) {
      headers.add(header.key() + "=" + new String(header.value(), StandardCharsets.UTF_8));
    }
    out.println(record.partition() + "\t" + record.offset() + "\t" + record.timestamp() + "\t"
        + (record.key() == null ? "-" : record.key()) + "\t" + (record.value() == null ? "-" : record.value()) + "\t"
        + (headers.isEmpty() ? "-" : String.join(",", headers)));
  }
}
