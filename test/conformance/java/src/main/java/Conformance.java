import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Plays the scenario of ../../../../README.md with Apache Kafka's own client. */
public final class Conformance {
  private static final String TOPIC = System.getenv("TOPIC");
  private static final String[] CODECS = {"none", "gzip", "snappy", "lz4", "zstd"};
  private static final int CHUNK = 1_000;
  private static final History history = new History();

  public static void main(String[] args) throws Exception {
    Thread deadline = new Thread(Conformance::awaitDeadline);
    deadline.setDaemon(true);
    deadline.start();
    try {
      createTopic();
      produce(0, History.FIRST_PART);
      var a = new Member("A");
      history.await("member A's share", () -> history.count() >= History.JOIN_AT);
      var b = new Member("B");
      history.await(
          "a record at member B",
          () -> history.countOfB() > 0 || history.count() >= History.FIRST_PART);
      produce(History.FIRST_PART, History.RECORDS);
      history.await("all records", () -> history.count() >= History.RECORDS);
      a.leave();
      b.leave();
      history.complete("gzip", "snappy", "lz4", "zstd");
    } catch (Exception problem) {
      problem.printStackTrace();
      history.fail("" + problem);
    }
  }

  /** For when the main thread waits for the client rather than for the history. */
  private static void awaitDeadline() {
    try {
      history.await("the client, which is stuck", () -> false);
    } catch (InterruptedException end) {
      throw new IllegalStateException(end);
    }
  }

  private static Properties settings() {
    var settings = new Properties();
    settings.put("bootstrap.servers", System.getenv("BOOTSTRAP"));
    return settings;
  }

  private static void createTopic() throws Exception {
    try (var admin = Admin.create(settings())) {
      var topic = new NewTopic(TOPIC, Optional.of(4), Optional.empty());
      admin.createTopics(List.of(topic)).all().get();
    }
  }

  /** Produces records in chunks, each with its own codec, until all are acknowledged. */
  private static void produce(int from, int to) throws Exception {
    var producers = new ArrayList<KafkaProducer<String, String>>();
    for (var codec : CODECS) {
      var settings = settings();
      settings.put("compression.type", codec);
      producers.add(new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer()));
    }
    var sent = new ArrayList<Future<RecordMetadata>>();
    if (from == 0) sent.add(producers.get(0).send(new ProducerRecord<>(TOPIC, "tombstone", null)));
    for (int seq = from; seq < to; seq++) {
      sent.add(producers.get(seq / CHUNK % CODECS.length).send(record(seq)));
    }
    for (var future : sent) future.get();
    for (var producer : producers) producer.close();
  }

  private static ProducerRecord<String, String> record(int seq) {
    var record = new ProducerRecord<>(TOPIC, "key-" + seq % 997, String.format("%-100d", seq));
    if (seq % 1000 == 0) record.headers().add("seq", String.valueOf(seq).getBytes());
    return record;
  }

  /** A consumer in the group, on a thread of its own. */
  private static final class Member implements ConsumerRebalanceListener {
    private final String name;
    private final KafkaConsumer<String, String> consumer;
    private final Thread thread;
    private volatile boolean isLeaving;

    Member(String name) {
      this.name = name;
      var settings = settings();
      settings.put("group.id", System.getenv("GROUP"));
      settings.putAll(
          Map.of(
              "group.protocol", System.getenv().getOrDefault("GROUP_PROTOCOL", "classic"),
              "auto.offset.reset", "earliest",
              "enable.auto.commit", false,
              // Small fetches, so that the partitions take turns, and all of them are at work when
              // some are handed over.
              "max.partition.fetch.bytes", 16_384));
      consumer =
          new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
      thread = new Thread(this::run, "member " + name);
      thread.start();
    }

    private void run() {
      try (consumer) {
        consumer.subscribe(List.of(TOPIC), this);
        while (!isLeaving) {
          var records = consumer.poll(Duration.ofMillis(100));
          for (var record : records) {
            consume(record);
            history.pace(name);
          }
          if (!records.isEmpty()) consumer.commitAsync();
        }
        consumer.commitSync();
      } catch (Exception problem) {
        problem.printStackTrace();
        history.fail("member " + name + ": " + problem);
      }
    }

    private void consume(ConsumerRecord<String, String> record) {
      var header = record.headers().lastHeader("seq");
      history.consumed(
          name,
          record.partition(),
          record.offset(),
          record.value(),
          header == null ? null : new String(header.value()));
    }

    /** Called by `poll`, thus between records: all that were returned have been consumed. */
    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      if (!partitions.isEmpty()) consumer.commitSync();
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      System.err.println("member " + name + " was assigned " + partitions);
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
      if (!partitions.isEmpty()) history.fail("member " + name + " lost " + partitions);
    }

    void leave() throws InterruptedException {
      isLeaving = true;
      thread.join();
    }
  }
}
