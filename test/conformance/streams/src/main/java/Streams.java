import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.LongDeserializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.JoinWindows;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.StreamJoined;

/** Plays the scenario of streams of ../../../../README.md with Apache Kafka's own library. */
public final class Streams {
  private static final String NAME = System.getenv("TOPIC");
  private static final int LINES = 20_000;
  private static final long DEADLINE_MS = 110_000;
  private static final long START_MS = System.currentTimeMillis();
  private static final Random random = new Random(1);
  private static final Map<String, Long> counts = new TreeMap<>();
  private static final TreeSet<String> joined = new TreeSet<>();

  public static void main(String[] args) throws Exception {
    createTopics();
    produce(0, LINES / 2);
    // Ends without leaving its group, like a process that is killed.
    try (var first = start()) {
      read("-counts", new LongDeserializer(), (key, value, seen) -> seen > LINES / 4);
      first.close(Duration.ZERO);
    }
    produce(LINES / 2, LINES);
    try (var second = start()) {
      var found = new TreeMap<String, Long>();
      read("-counts", new LongDeserializer(), (word, count, seen) -> {
        found.put(word, count);
        return found.equals(counts);
      });
      var pairs = new ArrayList<String>();
      read("-joined", new StringDeserializer(), (key, value, seen) -> {
        pairs.add(value);
        return pairs.size() == joined.size();
      });
      if (!new TreeSet<>(pairs).equals(joined)) throw new IllegalStateException("wrong pairs");
      second.close(Duration.ofSeconds(5));
    }
    System.out.print("F word-count windowed-join exactly-once crash\n");
    System.exit(0);
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
      for (var name : List.of("-lines", "-others", "-counts", "-joined")) {
        topics.add(new NewTopic(NAME + name, Optional.of(2), Optional.empty()));
      }
      admin.createTopics(topics).all().get();
    }
  }

  /** Each line has a partner with the same key and time; only these are to be joined. */
  private static void produce(int from, int to) {
    var serializer = new StringSerializer();
    try (var producer = new KafkaProducer<>(settings(Map.of("linger.ms", 5)), serializer, serializer)) {
      for (int number = from; number < to; number++) {
        var line = "w" + random.nextInt(100) + " w" + random.nextInt(100);
        for (var word : line.split(" ")) counts.merge(word, 1L, Long::sum);
        var key = "line-" + number;
        var timeMs = START_MS - LINES + number;
        producer.send(new ProducerRecord<>(NAME + "-lines", null, timeMs, key, line));
        producer.send(new ProducerRecord<>(NAME + "-others", null, timeMs, key, "#" + number));
        joined.add(line + "#" + number);
      }
    }
  }

  private static KafkaStreams start() throws Exception {
    var strings = Serdes.String();
    var builder = new StreamsBuilder();
    var lines = builder.stream(NAME + "-lines", Consumed.with(strings, strings));
    lines
        .flatMapValues(line -> List.of(line.split(" ")))
        .groupBy((key, word) -> word, Grouped.with(strings, strings))
        .count()
        .toStream()
        .to(NAME + "-counts", Produced.with(strings, Serdes.Long()));
    lines
        .join(
            builder.stream(NAME + "-others", Consumed.with(strings, strings)),
            (line, other) -> line + other,
            JoinWindows.ofTimeDifferenceWithNoGrace(Duration.ofMinutes(1)),
            StreamJoined.with(strings, strings, strings))
        .to(NAME + "-joined", Produced.with(strings, strings));
    var settings =
        settings(
            Map.of(
                "application.id", System.getenv("GROUP"),
                "processing.guarantee", "exactly_once_v2",
                "state.dir", Files.createTempDirectory("streams-state").toString(),
                "commit.interval.ms", 100,
                "statestore.cache.max.bytes", 0,
                "num.stream.threads", 2,
                "session.timeout.ms", 6_000,
                "heartbeat.interval.ms", 500));
    var streams = new KafkaStreams(builder.build(), settings);
    streams.start();
    return streams;
  }

  private interface Condition<V> {
    boolean holds(String key, V value, int seen);
  }

  /** Reads a topic from its start, as far as it is committed, until `isDone` holds. */
  private static <V> void read(String topic, Deserializer<V> values, Condition<V> isDone) {
    var settings =
        settings(
            Map.of(
                "group.id", System.getenv("GROUP") + "-check" + System.nanoTime(),
                "auto.offset.reset", "earliest",
                "isolation.level", "read_committed"));
    int seen = 0;
    try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), values)) {
      consumer.subscribe(List.of(NAME + topic));
      while (System.currentTimeMillis() - START_MS < DEADLINE_MS) {
        for (var record : consumer.poll(Duration.ofMillis(200))) {
          if (isDone.holds(record.key(), record.value(), ++seen)) return;
        }
      }
    }
    System.err.println("not done after " + DEADLINE_MS + " ms: " + seen + " records of " + topic);
    System.exit(1);
  }
}
