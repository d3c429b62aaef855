import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Rolls a group from the classic protocol to that of KIP-848 and back, one member at a time, while
 * records keep coming: each of them must be read exactly once, since members commit what they give
 * up. Once with an eager assignor, once with a cooperative one.
 */
public final class GroupMigration {
  private static final String TOPIC = System.getenv("TOPIC");
  private static final int PARTITIONS = 6;
  private static final long DEADLINE_NANOS = System.nanoTime() + 110_000_000_000L;

  private final String topic;
  private final String group;
  private final String assignor;
  private final Map<String, AtomicInteger> reads = new ConcurrentHashMap<>();
  private final Map<TopicPartition, String> owners = new HashMap<>();
  private final List<String> problems = new ArrayList<>();
  private final AtomicInteger sent = new AtomicInteger();
  private volatile boolean isProducing = true;

  private GroupMigration(String name, String assignor) {
    this.assignor = "org.apache.kafka.clients.consumer." + assignor;
    topic = TOPIC + "-" + name;
    group = topic;
  }

  public static void main(String[] args) throws Exception {
    new GroupMigration("eager", "RangeAssignor").run(GroupMigration::rollDynamic);
    new GroupMigration("cooperative", "CooperativeStickyAssignor").run(GroupMigration::rollDynamic);
    new GroupMigration("static", "RangeAssignor").run(GroupMigration::rollStatic);
    System.out.println("F eager cooperative static");
  }

  private interface Roll {
    /** Returns the members that are left. */
    List<Member> roll(GroupMigration migration, Admin admin) throws Exception;
  }

  private void run(Roll roll) throws Exception {
    try (var admin = Admin.create(settings())) {
      var wanted = new NewTopic(topic, Optional.of(PARTITIONS), Optional.empty());
      admin.createTopics(List.of(wanted)).all().get();
      var producer = new Thread(this::produce);
      producer.start();
      var left = roll.roll(this, admin);
      isProducing = false;
      producer.join();
      await("all records", () -> reads.size() >= sent.get());
      for (var member : left) member.leave();
      judge();
    }
  }

  private List<Member> rollDynamic(Admin admin) throws Exception {
    var classic1 = new Member("classic-1", null);
    var classic2 = new Member("classic-2", null);
    awaitShares(List.of(classic1, classic2));
    expectType(admin, GroupType.CLASSIC);

    var consumer1 = new Member("consumer-1", null);
    awaitShares(List.of(classic1, classic2, consumer1));
    expectType(admin, GroupType.CONSUMER);
    classic1.leave();
    awaitShares(List.of(classic2, consumer1));
    classic2.leave();
    var consumer2 = new Member("consumer-2", null);
    awaitShares(List.of(consumer1, consumer2));

    var classic3 = new Member("classic-3", null);
    awaitShares(List.of(consumer1, consumer2, classic3));
    expectType(admin, GroupType.CONSUMER);
    consumer1.leave();
    consumer2.leave();
    awaitShares(List.of(classic3));
    expectType(admin, GroupType.CLASSIC);
    return List.of(classic3);
  }

  /** Static members take the places of those before them, as in a rolling restart. */
  private List<Member> rollStatic(Admin admin) throws Exception {
    var classic1 = new Member("classic-1", "i1");
    var classic2 = new Member("classic-2", "i2");
    awaitShares(List.of(classic1, classic2));
    classic1.leave();
    var consumer1 = new Member("consumer-1", "i1");
    awaitShares(List.of(classic2, consumer1));
    expectType(admin, GroupType.CONSUMER);
    classic2.leave();
    var consumer2 = new Member("consumer-2", "i2");
    awaitShares(List.of(consumer1, consumer2));

    consumer1.leave();
    var classic3 = new Member("classic-3", "i1");
    awaitShares(List.of(classic3, consumer2));
    expectType(admin, GroupType.CONSUMER);
    consumer2.leave();
    var classic4 = new Member("classic-4", "i2");
    awaitShares(List.of(classic3, classic4));
    expectType(admin, GroupType.CLASSIC);
    return List.of(classic3, classic4);
  }

  private void judge() {
    for (var entry : reads.entrySet()) {
      int count = entry.getValue().get();
      if (count != 1) problems.add("record " + entry.getKey() + " was read " + count + " times");
    }
    if (reads.size() != sent.get()) {
      problems.add(reads.size() + " of " + sent.get() + " records were read");
    }
    if (problems.isEmpty()) return;
    problems.stream().limit(20).forEach(System.err::println);
    throw new IllegalStateException(assignor + ": " + problems.size() + " problems");
  }

  private void produce() {
    try (var producer =
        new KafkaProducer<>(settings(), new StringSerializer(), new StringSerializer())) {
      while (isProducing) {
        int seq = sent.getAndIncrement();
        producer.send(new ProducerRecord<>(topic, seq % PARTITIONS, null, "" + seq));
        Thread.sleep(2);
      }
    } catch (InterruptedException end) {
      throw new IllegalStateException(end);
    }
  }

  private void expectType(Admin admin, GroupType expected) throws Exception {
    var listed = admin.listGroups().all().get();
    var type =
        listed.stream()
            .filter(each -> each.groupId().equals(group))
            .findFirst()
            .flatMap(each -> each.type())
            .orElse(null);
    if (type != expected) problems.add("the group is " + type + ", not " + expected);
  }

  /** Waits until exactly these members read, each its share. */
  private void awaitShares(List<Member> members) throws Exception {
    var names = members.stream().map(member -> member.name).sorted().toList();
    await(
        "partitions of " + names,
        () -> {
          synchronized (owners) {
            var owning = owners.values().stream().distinct().sorted().toList();
            return owners.size() == PARTITIONS && owning.equals(names);
          }
        });
  }

  private interface Condition {
    boolean holds();
  }

  private static void await(String what, Condition condition) throws Exception {
    while (!condition.holds()) {
      if (System.nanoTime() > DEADLINE_NANOS) {
        System.err.println("waiting for " + what);
        System.exit(1);
      }
      Thread.sleep(20);
    }
  }

  private static Properties settings() {
    var settings = new Properties();
    settings.put("bootstrap.servers", System.getenv("BOOTSTRAP"));
    return settings;
  }

  private final class Member implements ConsumerRebalanceListener {
    final String name;
    private final KafkaConsumer<String, String> consumer;
    private final Thread thread;
    /** How far it has read the partitions that it has. */
    private final Map<TopicPartition, OffsetAndMetadata> read = new HashMap<>();
    private volatile boolean isLeaving;

    /** The name begins with the group protocol. */
    Member(String name, String instanceId) {
      this.name = name;
      var protocol = name.split("-")[0];
      var settings = settings();
      settings.put("group.id", group);
      settings.put("client.id", name);
      settings.put("group.protocol", protocol);
      if (instanceId != null) settings.put("group.instance.id", instanceId);
      settings.put("enable.auto.commit", "false");
      settings.put("auto.offset.reset", "earliest");
      if (protocol.equals("classic")) {
        settings.put("partition.assignment.strategy", assignor);
        settings.put("heartbeat.interval.ms", "300");
      }
      consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
      thread = new Thread(this::work);
      thread.start();
    }

    void leave() throws InterruptedException {
      isLeaving = true;
      thread.join();
    }

    private void work() {
      consumer.subscribe(List.of(topic), this);
      while (!isLeaving) {
        for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(50))) {
          reads.computeIfAbsent(record.value(), key -> new AtomicInteger()).incrementAndGet();
          var next = new OffsetAndMetadata(record.offset() + 1);
          read.put(new TopicPartition(record.topic(), record.partition()), next);
        }
      }
      consumer.close();
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      synchronized (owners) {
        for (var partition : partitions) {
          var other = owners.put(partition, name);
          if (other != null) problems.add(name + " and " + other + " have " + partition);
        }
      }
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      var givenUp = new HashMap<TopicPartition, OffsetAndMetadata>();
      for (var partition : partitions) {
        var next = read.remove(partition);
        if (next != null) givenUp.put(partition, next);
      }
      if (!givenUp.isEmpty()) consumer.commitSync(givenUp);
      synchronized (owners) {
        for (var partition : partitions) owners.remove(partition, name);
      }
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
      synchronized (owners) {
        problems.add(name + " lost " + partitions);
        for (var partition : partitions) owners.remove(partition, name);
      }
    }
  }
}
