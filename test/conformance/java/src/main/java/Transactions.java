import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Plays the scenario of transactions of ../../../../README.md with Apache Kafka's own client. */
public final class Transactions {
  private static final String INPUT = System.getenv("TOPIC");
  private static final String OUTPUT = INPUT + "-copy";
  private static final String GROUP = System.getenv("GROUP");
  private static final int RECORDS = Integer.parseInt(System.getenv("RECORDS"));
  private static final int CHUNK = 1_000;
  private static final int PARTITIONS = 4;
  private static final long DEADLINE_MS = 120_000;
  private static volatile String waitingFor = "the topics";
  private static int rounds;
  private static int copied;

  public static void main(String[] args) throws Exception {
    var deadline = new Thread(Transactions::awaitDeadline);
    deadline.setDaemon(true);
    deadline.start();
    createTopics();
    waitingFor = "the records to be produced";
    fill();
    waitingFor = "the first copier, which leaves its last transaction open";
    var abandoned = copy(true);
    waitingFor = "the second copier, which takes the transactional id over";
    copy(false).close();
    waitingFor = "the first copier to learn that it is locked out";
    try {
      abandoned.commitTransaction();
      throw new IllegalStateException("a producer that was replaced could commit");
    } catch (ProducerFencedException expected) {
      abandoned.close();
    }
    waitingFor = "the copies to be read";
    read();
  }

  private static void awaitDeadline() {
    try {
      Thread.sleep(DEADLINE_MS);
    } catch (InterruptedException end) {
      throw new IllegalStateException(end);
    }
    System.err.println("not done after " + DEADLINE_MS + " ms, waiting for " + waitingFor);
    System.exit(1);
  }

  private static Properties settings(Map<String, Object> more) {
    var settings = new Properties();
    settings.put("bootstrap.servers", System.getenv("BOOTSTRAP"));
    settings.putAll(more);
    return settings;
  }

  private static void createTopics() throws Exception {
    try (var admin = Admin.create(settings(Map.of()))) {
      var topics = new ArrayList<NewTopic>();
      for (var name : List.of(INPUT, OUTPUT)) {
        topics.add(new NewTopic(name, Optional.of(PARTITIONS), Optional.empty()));
      }
      admin.createTopics(topics).all().get();
    }
  }

  private static KafkaProducer<String, String> producer(String name) {
    var settings = settings(Map.of("transactional.id", GROUP + name, "linger.ms", 5));
    var producer =
        new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer());
    producer.initTransactions();
    return producer;
  }

  private static KafkaConsumer<String, String> consumer(String group) {
    var settings =
        settings(
            Map.of(
                "group.id", group,
                "auto.offset.reset", "earliest",
                "enable.auto.commit", false,
                "max.poll.records", CHUNK,
                "isolation.level", "read_committed"));
    return new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
  }

  /** Every third chunk is sent and aborted before it is sent for good. */
  private static void fill() {
    try (var producer = producer("-fill")) {
      for (int start = 0; start < RECORDS; start += CHUNK) {
        for (boolean abort : start / CHUNK % 3 == 2 ? new boolean[] {true, false} : new boolean[1]) {
          producer.beginTransaction();
          for (int seq = start; seq < Math.min(start + CHUNK, RECORDS); seq++) {
            var value = String.format("%-100d", seq);
            producer.send(new ProducerRecord<>(INPUT, "key-" + seq % 997, value));
          }
          if (abort) producer.abortTransaction();
          else producer.commitTransaction();
        }
      }
    }
  }

  /** Copies until all is copied, or, where `leavesOpen`, until half is. */
  private static KafkaProducer<String, String> copy(boolean leavesOpen) {
    var producer = producer("-copy");
    try (var consumer = consumer(GROUP)) {
      consumer.subscribe(List.of(INPUT));
      while (copied < RECORDS) {
        var records = consumer.poll(Duration.ofMillis(100));
        if (records.isEmpty()) continue;
        var ends = new HashMap<TopicPartition, OffsetAndMetadata>();
        var starts = new HashMap<TopicPartition, Long>();
        producer.beginTransaction();
        for (var record : records) {
          var place = new TopicPartition(record.topic(), record.partition());
          starts.putIfAbsent(place, record.offset());
          ends.put(place, new OffsetAndMetadata(record.offset() + 1));
          producer.send(
              new ProducerRecord<>(OUTPUT, record.partition(), record.key(), record.value()));
        }
        producer.sendOffsetsToTransaction(ends, consumer.groupMetadata());
        if (leavesOpen && copied >= RECORDS / 2) {
          producer.flush();
          break;
        }
        if (++rounds % 3 == 0) {
          producer.abortTransaction();
          starts.forEach(consumer::seek);
        } else {
          producer.commitTransaction();
          copied += records.count();
        }
      }
    }
    return producer;
  }

  private static void read() {
    var lines = new StringBuilder();
    try (var consumer = consumer(GROUP + "-check")) {
      consumer.subscribe(List.of(OUTPUT));
      for (int count = 0; count < RECORDS; ) {
        for (var record : consumer.poll(Duration.ofMillis(100))) {
          var seq = record.value().trim();
          lines.append("R reader " + record.partition() + ' ' + record.offset() + ' ' + seq + '\n');
          count++;
        }
      }
    }
    System.out.print(lines + "F aborts fencing\n");
  }
}
