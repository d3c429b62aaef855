import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * What copier.py does, with Apache Kafka's own client: copies the input to the output, exactly once, as
 * a member of a group. Every sixth transaction is aborted. Ends with 3 where it was fenced.
 */
public final class Copier implements ConsumerRebalanceListener {
  private static final String PROC = System.getenv("PROC");
  private static final String GROUP = System.getenv("GROUP");
  private static final String INPUT = System.getenv("INPUT");
  private static final String OUTPUT = System.getenv("OUTPUT");
  private static final int BATCH = 20;
  private static final Random random = new Random((System.getenv("SEED") + PROC).hashCode());
  private static volatile boolean isStopping;

  private final FileOutputStream history;
  private final KafkaConsumer<String, String> consumer;
  private KafkaProducer<String, String> producer;
  private int attempts;
  private boolean needsRewind;

  public static void main(String[] args) throws Exception {
    var end = new Thread(Copier::awaitEnd);
    end.setDaemon(true);
    end.start();
    var copier = new Copier();
    try {
      copier.copyAll();
    } catch (ProducerFencedException | FencedInstanceIdException | InvalidProducerEpochException why) {
      say("fenced: " + why);
      // The static member is that of the one that has replaced it: not its own to take leave of.
      if (System.getenv("INSTANCE") != null) Runtime.getRuntime().halt(3);
    }
    say("ended after " + copier.attempts + " transactions");
    if (copier.producer != null) copier.producer.close(Duration.ZERO);
    copier.consumer.close();
  }

  /** The run closes the input where a program shall end; so does a run that ends itself. */
  private static void awaitEnd() {
    try {
      while (System.in.read() != -1) continue;
    } catch (IOException end) {
      say("input: " + end);
    }
    isStopping = true;
  }

  private static void say(String what) {
    System.err.println(PROC + " " + System.nanoTime() / 1_000_000 / 1e3 + " " + what);
  }

  private Copier() throws IOException {
    history = new FileOutputStream(System.getenv("HISTORY"), true);
    var settings = settings("reconnect.backoff.max.ms", 200);
    var protocol = System.getenv("GROUP_PROTOCOL");
    settings.put("group.id", GROUP);
    settings.put("group.protocol", protocol);
    settings.put("auto.offset.reset", "earliest");
    settings.put("enable.auto.commit", false);
    settings.put("isolation.level", "read_committed");
    settings.put("max.poll.records", BATCH);
    settings.put("fetch.max.wait.ms", 100);
    settings.put("default.api.timeout.ms", 5000);
    // How long it waits for the answer to a JoinGroup, too, on a connection that is gone.
    settings.put("max.poll.interval.ms", 10_000);
    if (protocol.equals("classic")) {
      settings.put("session.timeout.ms", 6000);
      settings.put("heartbeat.interval.ms", 500);
      settings.put(
          "partition.assignment.strategy", "org.apache.kafka.clients.consumer.RangeAssignor");
    }
    var instance = System.getenv("INSTANCE");
    if (instance != null) settings.put("group.instance.id", instance);
    consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
    consumer.subscribe(List.of(INPUT), this);
  }

  /** Short times, so that what a fault has broken is noticed within the run. */
  private static Properties settings(String name, Object value) {
    var settings = new Properties();
    settings.put("bootstrap.servers", System.getenv("BOOTSTRAP"));
    settings.put("client.id", PROC);
    settings.put("request.timeout.ms", 2000);
    settings.put("reconnect.backoff.ms", 20);
    settings.put("retry.backoff.ms", 20);
    settings.put("retry.backoff.max.ms", 200);
    settings.put("metadata.recovery.strategy", "none");
    settings.put(name, value);
    return settings;
  }

  private void openProducer() {
    var settings = settings("reconnect.backoff.max.ms", 200);
    settings.put("transactional.id", System.getenv("TRANSACTIONAL_ID"));
    settings.put("transaction.timeout.ms", 10_000);
    settings.put("delivery.timeout.ms", 5000);
    settings.put("max.block.ms", 4000);
    settings.put("linger.ms", 1);
    producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer());
    producer.initTransactions();
  }

  private void copyAll() throws Exception {
    while (!isStopping) {
      try {
        if (producer == null) openProducer();
        if (needsRewind) rewind();
        needsRewind = false;
        var records = consumer.poll(Duration.ofMillis(100));
        if (!records.isEmpty()) copy(records, consumer.groupMetadata());
      } catch (ProducerFencedException
          | FencedInstanceIdException
          | InvalidProducerEpochException fenced) {
        throw fenced;
      } catch (KafkaException problem) {
        say("step: " + problem);
        closeProducer();
        needsRewind = true;
        Thread.sleep(20);
      }
    }
  }

  private void closeProducer() {
    if (producer != null) producer.close(Duration.ZERO);
    producer = null;
  }

  /** Goes on from where the group is: after an abort, and where the end is unknown. */
  private void rewind() throws IOException {
    var partitions = consumer.assignment();
    if (partitions.isEmpty()) return;
    var found = consumer.committed(partitions);
    var offsets = new TreeMap<String, Long>();
    for (var place : partitions) {
      var offset = found.get(place);
      offsets.put("in-" + place.partition(), offset == null ? -1 : offset.offset());
    }
    write("ok", "committed", PROC, groupAndOffsets(offsets));
    write("ok", "assign", PROC, ", \"keys\": " + keys(partitions));
    for (var place : partitions) consumer.seek(place, Math.max(offsets.get("in-" + place.partition()), 0));
  }

  private void copy(Iterable<ConsumerRecord<String, String>> records, ConsumerGroupMetadata group)
      throws Exception {
    attempts++;
    var read = new TreeMap<String, List<String>>();
    var transaction = new Transaction();
    for (var record : records) {
      var key = "in-" + record.partition();
      read.computeIfAbsent(key, (none) -> new ArrayList<>())
          .add("[" + record.offset() + ", \"" + record.value() + "\"]");
      transaction.ends.put(key, record.offset() + 1);
      var copy = record.value() + "#" + PROC + "." + attempts + "." + transaction.copies.size();
      transaction.copies.add(new ProducerRecord<>(OUTPUT, record.partition(), null, copy));
    }
    var reads = new ArrayList<String>();
    read.forEach((key, rows) -> reads.add("\"" + key + "\": " + rows));
    var poll = "[[\"poll\", {" + String.join(", ", reads) + "}]]";
    write("ok", "poll", PROC, ", \"group\": \"" + GROUP + "\", \"mops\": " + poll);
    producer.beginTransaction();
    transaction.write("invoke");
    try {
      end(transaction, group);
    } catch (KafkaException problem) {
      fail(transaction, problem);
    }
  }

  private void end(Transaction transaction, ConsumerGroupMetadata group)
      throws IOException, InterruptedException {
    for (var copy : transaction.copies) transaction.sent.add(producer.send(copy));
    if (random.nextInt(3) == 0) {
      // A fault shall find it in the middle: the copies are there, and no offsets yet.
      producer.flush();
      Thread.sleep(50);
    }
    producer.sendOffsetsToTransaction(transaction.places(), group);
    if (random.nextInt(6) == 0) {
      // What is not sent yet is dropped by an abort: some of it shall be in the log.
      producer.flush();
      producer.abortTransaction();
      transaction.write("fail");
      needsRewind = true;
      return;
    }
    transaction.isCommitAsked = true;
    producer.commitTransaction();
    transaction.write("ok");
  }

  private void fail(Transaction transaction, KafkaException problem) throws IOException {
    say("transaction " + attempts + " " + problem + ", commit asked: " + transaction.isCommitAsked);
    transaction.write(transaction.isCommitAsked ? "info" : "fail");
    needsRewind = true;
    if (isFenced(problem)) throw problem;
    if (transaction.isCommitAsked) {
      closeProducer();
      return;
    }
    try {
      producer.abortTransaction();
    } catch (KafkaException second) {
      say("cannot abort: " + second);
      if (isFenced(second)) throw second;
      closeProducer();
    }
  }

  private static boolean isFenced(KafkaException problem) {
    return problem instanceof ProducerFencedException
        || problem instanceof FencedInstanceIdException
        || problem instanceof InvalidProducerEpochException;
  }

  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
    event("assign", partitions);
  }

  @Override
  public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
    event("revoke", partitions);
  }

  private void event(String function, Collection<TopicPartition> partitions) {
    try {
      write("ok", function, PROC, ", \"keys\": " + keys(partitions));
    } catch (IOException problem) {
      throw new IllegalStateException(problem);
    }
  }

  private static List<String> keys(Collection<TopicPartition> partitions) {
    return partitions.stream().map((place) -> "\"in-" + place.partition() + "\"").toList();
  }

  private static String groupAndOffsets(Map<String, Long> offsets) {
    var rows = new ArrayList<String>();
    offsets.forEach((key, offset) -> rows.add("\"" + key + "\": " + offset));
    return ", \"group\": \"" + GROUP + "\", \"offsets\": {" + String.join(", ", rows) + "}";
  }

  /** Adds a line, in one system call: a process that is killed leaves whole lines. */
  private void write(String type, String function, String proc, String more) throws IOException {
    var line =
        "{\"t\": " + System.nanoTime() / 1000 + ", \"proc\": \"" + proc + "\", \"type\": \"" + type
            + "\", \"f\": \"" + function + "\"" + more + "}\n";
    history.write(line.getBytes(StandardCharsets.UTF_8));
  }

  /** What is sent, and the offsets that are committed, in one transaction. */
  private final class Transaction {
    final List<ProducerRecord<String, String>> copies = new ArrayList<>();
    final List<Future<RecordMetadata>> sent = new ArrayList<>();
    final Map<String, Long> ends = new TreeMap<>();
    boolean isCommitAsked;

    Map<TopicPartition, OffsetAndMetadata> places() {
      var places = new HashMap<TopicPartition, OffsetAndMetadata>();
      ends.forEach(
          (key, end) ->
              places.put(
                  new TopicPartition(INPUT, Integer.parseInt(key.substring(3))),
                  new OffsetAndMetadata(end)));
      return places;
    }

    void write(String type) throws IOException {
      var mops = new ArrayList<String>();
      for (int index = 0; index < copies.size(); index++) {
        var copy = copies.get(index);
        long offset = type.equals("ok") ? offsetOf(sent.get(index)) : -1;
        mops.add("[\"send\", \"out-" + copy.partition() + "\", \"" + copy.value() + "\", " + offset + "]");
      }
      Copier.this.write(type, "txn", PROC, ", \"mops\": " + mops);
      Copier.this.write(type, "commit", PROC + " offsets", groupAndOffsets(ends));
    }

    private static long offsetOf(Future<RecordMetadata> sent) {
      try {
        return sent.get().offset();
      } catch (Exception problem) {
        throw new IllegalStateException("a committed record has no offset", problem);
      }
    }
  }
}
