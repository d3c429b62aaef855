import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Uses the Java client's producer, consumers and admin once each, so that the proxy it is pointed
 * at sees every request it can send. What goes wrong is printed, and the rest goes on.
 */
public final class Capture {
  static final String TOPIC = "capture-java";
  static final TopicPartition FIRST = new TopicPartition(TOPIC, 0);

  public static void main(String[] args) throws Exception {
    System.out.println(clientVersion());
    try (Admin admin = Admin.create(settings())) {
      CaptureAdmin.topics(admin);
      produce();
      try (Group classic = new Group("classic"); Group modern = new Group("consumer")) {
        attempt("share group", Capture::consumeShared);
        CaptureAdmin.groups(admin);
      }
      // Closed members have left by now, so that their groups can be changed and deleted.
      CaptureAdmin.emptyGroups(admin);
      transact(admin);
      CaptureAdmin.cluster(admin);
      CaptureAdmin.security(admin);
      CaptureAdmin.deletions(admin);
    }
  }

  private static String clientVersion() throws Exception {
    var facts = new Properties();
    try (var file = Capture.class.getResourceAsStream("/kafka/kafka-version.properties")) {
      facts.load(file);
    }
    return facts.getProperty("version");
  }

  /** What every client needs to connect. */
  static Properties settings() {
    var settings = new Properties();
    settings.put("bootstrap.servers", System.getenv("BOOTSTRAP"));
    settings.put("security.protocol", "SASL_PLAINTEXT");
    settings.put("sasl.mechanism", "PLAIN");
    settings.put(
        "sasl.jaas.config",
        "org.apache.kafka.common.security.plain.PlainLoginModule required username=\""
            + System.getenv("SASL_USERNAME")
            + "\" password=\""
            + System.getenv("SASL_PASSWORD")
            + "\";");
    return settings;
  }

  static void attempt(String what, Callable<?> step) {
    try {
      step.call();
    } catch (Exception problem) {
      System.err.println(what + ": " + problem);
    }
  }

  static KafkaProducer<String, String> producer(Map<String, Object> more) {
    var settings = settings();
    settings.putAll(more);
    return new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer());
  }

  static ProducerRecord<String, String> record(int number) {
    var record = new ProducerRecord<>(TOPIC, 0, "key-" + number, "value-" + number);
    record.headers().add("header", "text".getBytes());
    return record;
  }

  private static void produce() throws Exception {
    try (var producer = producer(Map.of())) {
      for (int number = 0; number < 3; number++) producer.send(record(number)).get();
    }
    try (var producer = producer(Map.of("enable.idempotence", false, "compression.type", "gzip"))) {
      for (int number = 3; number < 6; number++) producer.send(record(number));
    }
  }

  /** One transaction aborted, and one that commits a consumer's offsets. */
  private static void transact(Admin admin) throws Exception {
    try (var producer = producer(Map.of("transactional.id", "capture-java-transaction"))) {
      producer.initTransactions();
      producer.beginTransaction();
      producer.send(record(6)).get();
      attempt("open transaction", () -> CaptureAdmin.openTransaction(admin));
      producer.abortTransaction();
      producer.beginTransaction();
      producer.send(record(7));
      try (var consumer = new KafkaConsumer<String, String>(consumerSettings("capture-java-eos", "classic"))) {
        consumer.subscribe(List.of(TOPIC));
        while (consumer.poll(Duration.ofMillis(100)).isEmpty()) {}
        var offsets = Map.of(FIRST, new OffsetAndMetadata(2, Optional.of(0), "from a transaction"));
        producer.sendOffsetsToTransaction(offsets, consumer.groupMetadata());
        producer.commitTransaction();
      }
    }
  }

  static Properties consumerSettings(String group, String protocol) {
    var settings = settings();
    settings.put("group.id", group);
    settings.put("group.protocol", protocol);
    settings.put("auto.offset.reset", "earliest");
    settings.put("enable.auto.commit", false);
    settings.put("isolation.level", "read_committed");
    settings.put("client.rack", "rack-a");
    settings.put("key.deserializer", StringDeserializer.class);
    settings.put("value.deserializer", StringDeserializer.class);
    if (protocol.equals("classic")) settings.put("heartbeat.interval.ms", 100);
    return settings;
  }

  /** A member of a group, polling on a thread of its own until it is closed. */
  private static final class Group implements AutoCloseable {
    private final AtomicBoolean closing = new AtomicBoolean();
    private final Thread first;
    private final Thread second;

    Group(String protocol) throws InterruptedException {
      var consumed = new java.util.concurrent.CountDownLatch(2);
      first = new Thread(() -> poll(protocol, "first", consumed));
      second = new Thread(() -> poll(protocol, "second", consumed));
      first.start();
      second.start();
      consumed.await();
    }

    private void poll(String protocol, String name, java.util.concurrent.CountDownLatch consumed) {
      var settings = consumerSettings("capture-java-" + protocol, protocol);
      settings.put("group.instance.id", name);
      var assigned = new AtomicBoolean();
      var listener = new ConsumerRebalanceListener() {
        public void onPartitionsRevoked(java.util.Collection<TopicPartition> partitions) {}

        public void onPartitionsAssigned(java.util.Collection<TopicPartition> partitions) {
          if (partitions.isEmpty() || assigned.getAndSet(true)) return;
          consumed.countDown();
        }
      };
      try (var consumer = new KafkaConsumer<String, String>(settings)) {
        consumer.subscribe(List.of(TOPIC), listener);
        while (!closing.get()) {
          if (!consumer.poll(Duration.ofMillis(50)).isEmpty()) askAround(consumer);
        }
      }
    }

    /** The requests of a consumer beside fetching and being a member. */
    private static void askAround(Consumer<String, String> consumer) {
      consumer.commitSync();
      var mine = consumer.assignment();
      consumer.committed(mine);
      consumer.beginningOffsets(mine);
      consumer.endOffsets(mine);
      var partition = mine.iterator().next();
      consumer.offsetsForTimes(Map.of(partition, 1_000L));
      consumer.partitionsFor(TOPIC);
      consumer.listTopics();
      // A position with a leader epoch is checked with the leader before it is used.
      consumer.seek(partition, new OffsetAndMetadata(consumer.position(partition), Optional.of(0), ""));
    }

    @Override
    public void close() throws InterruptedException {
      closing.set(true);
      first.join();
      second.join();
    }
  }

  /** Takes records as a member of a share group (KIP-932) and acknowledges them. */
  private static Object consumeShared() throws Exception {
    try (var admin = Admin.create(settings())) {
      CaptureAdmin.startShareGroupAtEarliest(admin);
    }
    var settings = settings();
    settings.put("group.id", "capture-java-share");
    settings.put("share.acknowledgement.mode", "explicit");
    settings.put("key.deserializer", StringDeserializer.class);
    settings.put("value.deserializer", StringDeserializer.class);
    try (var consumer = new KafkaShareConsumer<String, String>(settings)) {
      consumer.subscribe(Set.of(TOPIC));
      var deadline = System.nanoTime() + 20_000_000_000L;
      for (;;) {
        var records = consumer.poll(Duration.ofMillis(200));
        if (!records.isEmpty()) {
          records.forEach(record -> consumer.acknowledge(record));
          consumer.commitSync();
          return null;
        }
        if (System.nanoTime() > deadline) throw new Exception("no records within 20 s");
      }
    }
  }
}
