import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionReplica;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.quota.ClientQuotaFilter;
import org.apache.kafka.common.quota.ClientQuotaFilterComponent;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Every method of Apache Kafka's `Admin` that a single broker can serve, with what is right and
 * what is wrong: each comes to what it came to with Apache Kafka, which `admin-calls.txt` holds.
 */
public final class AdminCalls {
  private static final String TOPIC = System.getenv("TOPIC");
  private static final String GROUP = System.getenv("GROUP");
  private static final Outcomes outcomes = new Outcomes(TOPIC);
  private static final Map<String, Object> SETTINGS =
      Map.of(
          "bootstrap.servers", System.getenv("BOOTSTRAP"),
          "default.api.timeout.ms", 20_000,
          "request.timeout.ms", 15_000);
  private static Admin admin;

  /** Gives up soon, where nobody is going to answer. */
  private static Admin hasty;

  public static void main(String[] args) throws Exception {
    var soon = Map.of("default.api.timeout.ms", 1_500, "request.timeout.ms", 1_000);
    try (var patient = Admin.create(properties(Map.of()));
        var impatient = Admin.create(properties(soon))) {
      admin = patient;
      hasty = impatient;
      topics();
      partitions();
      configs();
      records();
      offsets();
      groups();
      transactions();
      quotas();
      credentials();
      cluster();
      features();
      logDirs();
      reassignments();
      tokens();
      voters();
      removals();
    }
    var count = outcomes.judge("/admin-calls.txt");
    System.out.println("F admin-calls:" + count);
  }

  private static Properties properties(Map<String, ?> more) {
    var properties = new Properties();
    properties.putAll(SETTINGS);
    properties.putAll(more);
    return properties;
  }

  private static void note(String name, Callable<?> call) {
    outcomes.note(name, call);
  }

  private static <T> T got(KafkaFuture<T> future) throws Exception {
    return future.get(30, TimeUnit.SECONDS);
  }

  private static TopicPartition part(String topic, int partition) {
    return new TopicPartition(topic, partition);
  }

  private static ConfigResource resource(ConfigResource.Type type, String name) {
    return new ConfigResource(type, name);
  }

  private static void topics() throws Exception {
    note(
        "createTopics: three partitions",
        () -> {
          var made =
              admin.createTopics(
                  List.of(
                      new NewTopic(TOPIC, 3, (short) 1).configs(Map.of("retention.ms", "100000"))));
          var config = got(made.config(TOPIC)).get("retention.ms");
          return got(made.numPartitions(TOPIC))
              + " "
              + got(made.replicationFactor(TOPIC))
              + " "
              + config.value()
              + " "
              + config.source()
              + " "
              + !got(made.topicId(TOPIC)).equals(Uuid.ZERO_UUID);
        });
    note("createTopics: again", () -> create(new NewTopic(TOPIC, 3, (short) 1)));
    note("createTopics: of no name", () -> create(new NewTopic("", 3, (short) 1)));
    note("createTopics: of a bad name", () -> create(new NewTopic("a b", 3, (short) 1)));
    note("createTopics: of a long name", () -> create(new NewTopic("a".repeat(250), 3, (short) 1)));
    note(
        "createTopics: a lookalike",
        () -> {
          create(new NewTopic(TOPIC + ".a", 1, (short) 1));
          return create(new NewTopic(TOPIC + "_a", 1, (short) 1));
        });
    note(
        "createTopics: without partitions", () -> create(new NewTopic(TOPIC + "-b", 0, (short) 1)));
    note("createTopics: two replicas", () -> create(new NewTopic(TOPIC + "-b", 1, (short) 2)));
    note("createTopics: no replicas", () -> create(new NewTopic(TOPIC + "-b", 1, (short) 0)));
    note(
        "createTopics: an unknown config",
        () -> create(new NewTopic(TOPIC + "-b", 1, (short) 1).configs(Map.of("no.config", "1"))));
    note(
        "createTopics: a bad config",
        () ->
            create(
                new NewTopic(TOPIC + "-b", 1, (short) 1).configs(Map.of("retention.ms", "soon"))));
    note(
        "createTopics: assigned to a broker that is not there",
        () -> create(new NewTopic(TOPIC + "-b", Map.of(0, List.of(77)))));
    note(
        "createTopics: assigned to no broker",
        () -> create(new NewTopic(TOPIC + "-b", Map.of(0, List.of()))));
    note(
        "createTopics: assigned to a broker twice",
        () -> create(new NewTopic(TOPIC + "-b", Map.of(0, List.of(nodeId(), nodeId())))));
    note(
        "createTopics: an assignment with a gap",
        () -> create(new NewTopic(TOPIC + "-b", Map.of(1, List.of(nodeId())))));
    note(
        "createTopics: assigned",
        () ->
            create(
                new NewTopic(
                    TOPIC + "-assigned", Map.of(0, List.of(nodeId()), 1, List.of(nodeId())))));
    note(
        "createTopics: only checked",
        () -> {
          var options = new CreateTopicsOptions().validateOnly(true);
          var made = admin.createTopics(List.of(new NewTopic(TOPIC + "-b", 2, (short) 1)), options);
          return got(made.numPartitions(TOPIC + "-b")) + " " + names().contains(TOPIC + "-b");
        });
    note(
        "createTopics: only checked, again",
        () -> {
          var options = new CreateTopicsOptions().validateOnly(true);
          return got(admin.createTopics(List.of(new NewTopic(TOPIC, 2, (short) 1)), options).all());
        });
    note(
        "createTopics: defaults",
        () -> {
          var topic = new NewTopic(TOPIC + "-default", Optional.empty(), Optional.empty());
          var made = admin.createTopics(List.of(topic));
          return got(made.numPartitions(TOPIC + "-default"))
              + " "
              + got(made.replicationFactor(TOPIC + "-default"));
        });
    note(
        "createTopics: an internal one",
        () -> create(new NewTopic("__cluster_metadata", 1, (short) 1)));
    note(
        "listTopics",
        () -> {
          var listed =
              got(admin.listTopics().listings()).stream()
                  .filter(one -> one.name().startsWith(TOPIC));
          return listed
              .map(one -> one.name() + (one.isInternal() ? " internal" : ""))
              .sorted()
              .toList();
        });
    note(
        "describeTopics",
        () -> {
          var options = new DescribeTopicsOptions().includeAuthorizedOperations(true);
          var topic = got(admin.describeTopics(List.of(TOPIC), options).allTopicNames()).get(TOPIC);
          var first = topic.partitions().get(0);
          return topic.partitions().size()
              + " "
              + (first.leader().id() == nodeId())
              + " "
              + first.replicas().size()
              + first.isr().size()
              + " elr "
              + first.elr()
              + " known "
              + first.lastKnownElr()
              + " "
              + new TreeSet<>(topic.authorizedOperations());
        });
    note(
        "describeTopics: of an id",
        () -> {
          var id = got(admin.describeTopics(List.of(TOPIC)).allTopicNames()).get(TOPIC).topicId();
          return got(admin.describeTopics(TopicCollection.ofTopicIds(List.of(id))).allTopicIds())
              .get(id)
              .name();
        });
    note(
        "describeTopics: of no name that there is",
        () -> got(admin.describeTopics(List.of(TOPIC + "-none")).allTopicNames()));
    note(
        "describeTopics: of a bad name",
        () -> got(admin.describeTopics(List.of("a b")).allTopicNames()));
    note(
        "describeTopics: of an id that there is not",
        () ->
            got(
                admin
                    .describeTopics(TopicCollection.ofTopicIds(List.of(new Uuid(1, 2))))
                    .allTopicIds()));
  }

  private static Object create(NewTopic topic) throws Exception {
    return got(admin.createTopics(List.of(topic)).all());
  }

  private static Set<String> names() throws Exception {
    return got(admin.listTopics().names());
  }

  private static int nodeId() throws Exception {
    return got(admin.describeCluster().nodes()).iterator().next().id();
  }

  private static void partitions() {
    note(
        "createPartitions",
        () -> {
          more(NewPartitions.increaseTo(4));
          return got(admin.describeTopics(List.of(TOPIC)).allTopicNames())
              .get(TOPIC)
              .partitions()
              .size();
        });
    note("createPartitions: as many as there are", () -> more(NewPartitions.increaseTo(4)));
    note("createPartitions: fewer", () -> more(NewPartitions.increaseTo(2)));
    note("createPartitions: none", () -> more(NewPartitions.increaseTo(0)));
    note(
        "createPartitions: of no topic",
        () -> {
          return got(
              admin.createPartitions(Map.of(TOPIC + "-none", NewPartitions.increaseTo(4))).all());
        });
    note(
        "createPartitions: with too few assignments",
        () -> more(NewPartitions.increaseTo(6, List.of(List.of(nodeId())))));
    note(
        "createPartitions: on a broker that is not there",
        () -> more(NewPartitions.increaseTo(5, List.of(List.of(77)))));
    note(
        "createPartitions: assigned",
        () -> more(NewPartitions.increaseTo(5, List.of(List.of(nodeId())))));
    note(
        "createPartitions: only checked",
        () -> {
          var options = new CreatePartitionsOptions().validateOnly(true);
          var wanted = Map.of(TOPIC, NewPartitions.increaseTo(9));
          got(admin.createPartitions(wanted, options).all());
          return got(admin.describeTopics(List.of(TOPIC)).allTopicNames())
              .get(TOPIC)
              .partitions()
              .size();
        });
  }

  private static Object more(NewPartitions partitions) throws Exception {
    return got(admin.createPartitions(Map.of(TOPIC, partitions)).all());
  }

  private static final ConfigResource TOPIC_CONFIGS = resource(ConfigResource.Type.TOPIC, TOPIC);

  private static void configs() {
    var broker = ConfigResource.Type.BROKER;
    note("describeConfigs: of a topic", () -> described(TOPIC_CONFIGS, "retention.ms"));
    note(
        "describeConfigs: synonyms and documentation",
        () -> {
          var options =
              new DescribeConfigsOptions().includeSynonyms(true).includeDocumentation(true);
          var entry =
              got(admin.describeConfigs(List.of(TOPIC_CONFIGS), options).all())
                  .get(TOPIC_CONFIGS)
                  .get("max.message.bytes");
          return entry.synonyms().stream()
                  .map(one -> one.name() + "=" + one.value() + " " + one.source())
                  .toList()
              + " "
              + (entry.documentation().length() > 20)
              + " "
              + entry.type();
        });
    note(
        "describeConfigs: of no topic",
        () -> described(resource(ConfigResource.Type.TOPIC, TOPIC + "-none"), "retention.ms"));
    note(
        "describeConfigs: of the broker",
        () -> {
          var id = String.valueOf(nodeId());
          return described(
              resource(broker, id),
              "num.partitions",
              "auto.create.topics.enable",
              "message.max.bytes",
              "compression.type",
              "transaction.max.timeout.ms",
              "offset.metadata.max.bytes",
              "group.max.session.timeout.ms",
              "default.replication.factor",
              "no.such.config");
        });
    note(
        "describeConfigs: defaults of all brokers",
        () -> described(resource(broker, ""), "num.partitions"));
    note(
        "describeConfigs: of a broker that is not there",
        () -> got(hasty.describeConfigs(List.of(resource(broker, "77"))).all()));
    note(
        "describeConfigs: of a broker that is no number",
        () -> described(resource(broker, "a"), "num.partitions"));
    note(
        "describeConfigs: of loggers",
        () -> {
          var loggers = resource(ConfigResource.Type.BROKER_LOGGER, String.valueOf(nodeId()));
          return got(admin.describeConfigs(List.of(loggers)).all())
              .get(loggers)
              .get("root")
              .source();
        });
    note(
        "describeConfigs: of client metrics",
        () ->
            described(
                resource(ConfigResource.Type.CLIENT_METRICS, "m"),
                "interval.ms",
                "metrics",
                "match"));
    note(
        "describeConfigs: of client metrics of no name",
        () -> described(resource(ConfigResource.Type.CLIENT_METRICS, ""), "interval.ms"));
    note(
        "describeConfigs: of a group",
        () -> described(resource(ConfigResource.Type.GROUP, "g"), "consumer.session.timeout.ms"));
    note(
        "describeConfigs: names of a group's",
        () -> {
          var group = resource(ConfigResource.Type.GROUP, "g");
          return got(admin.describeConfigs(List.of(group)).all()).get(group).entries().stream()
              .map(ConfigEntry::name)
              .filter(one -> one.matches("consumer[.](session|heartbeat).*"))
              .sorted()
              .toList();
        });
    note(
        "describeConfigs: of a group of no name",
        () -> described(resource(ConfigResource.Type.GROUP, ""), "consumer.session.timeout.ms"));
    note(
        "incrementalAlterConfigs: set",
        () -> alter(TOPIC_CONFIGS, AlterConfigOp.OpType.SET, "retention.ms", "5"));
    note("describeConfigs: afterwards", () -> described(TOPIC_CONFIGS, "retention.ms"));
    note(
        "incrementalAlterConfigs: delete",
        () -> alter(TOPIC_CONFIGS, AlterConfigOp.OpType.DELETE, "retention.ms", ""));
    note("describeConfigs: deleted", () -> described(TOPIC_CONFIGS, "retention.ms"));
    note(
        "incrementalAlterConfigs: append",
        () -> alter(TOPIC_CONFIGS, AlterConfigOp.OpType.APPEND, "cleanup.policy", "compact"));
    note(
        "incrementalAlterConfigs: subtract",
        () -> alter(TOPIC_CONFIGS, AlterConfigOp.OpType.SUBTRACT, "cleanup.policy", "delete"));
    note(
        "describeConfigs: appended and subtracted",
        () -> described(TOPIC_CONFIGS, "cleanup.policy"));
    note(
        "incrementalAlterConfigs: append to no list",
        () -> alter(TOPIC_CONFIGS, AlterConfigOp.OpType.APPEND, "retention.ms", "1"));
    note(
        "incrementalAlterConfigs: an unknown one",
        () -> alter(TOPIC_CONFIGS, AlterConfigOp.OpType.SET, "no.config", "1"));
    note(
        "incrementalAlterConfigs: a bad value",
        () -> alter(TOPIC_CONFIGS, AlterConfigOp.OpType.SET, "retention.ms", "soon"));
    note(
        "incrementalAlterConfigs: only checked",
        () -> {
          var op =
              new AlterConfigOp(new ConfigEntry("retention.ms", "7"), AlterConfigOp.OpType.SET);
          var options = new AlterConfigsOptions().validateOnly(true);
          got(admin.incrementalAlterConfigs(Map.of(TOPIC_CONFIGS, List.of(op)), options).all());
          return described(TOPIC_CONFIGS, "retention.ms");
        });
    note(
        "incrementalAlterConfigs: of no topic",
        () ->
            alter(
                resource(ConfigResource.Type.TOPIC, TOPIC + "-none"),
                AlterConfigOp.OpType.SET,
                "retention.ms",
                "1"));
    note(
        "incrementalAlterConfigs: of the broker, dynamic",
        () -> {
          var self = resource(broker, String.valueOf(nodeId()));
          alter(self, AlterConfigOp.OpType.SET, "message.max.bytes", "2000000");
          await("DYNAMIC_BROKER_CONFIG", () -> described(self, "message.max.bytes"));
          var dynamic = described(self, "message.max.bytes");
          alter(self, AlterConfigOp.OpType.DELETE, "message.max.bytes", "");
          await("DEFAULT_CONFIG", () -> described(self, "message.max.bytes"));
          return dynamic + " " + described(self, "message.max.bytes");
        });
    note(
        "incrementalAlterConfigs: of all brokers, dynamic",
        () -> {
          var all = resource(broker, "");
          var self = resource(broker, String.valueOf(nodeId()));
          alter(all, AlterConfigOp.OpType.SET, "log.retention.ms", "86400000");
          await("DYNAMIC_DEFAULT", () -> described(self, "log.retention.ms"));
          var found =
              described(self, "log.retention.ms")
                  + " "
                  + described(all, "log.retention.ms")
                  + " "
                  + described(
                      resource(ConfigResource.Type.TOPIC, TOPIC + "-default"), "retention.ms");
          alter(all, AlterConfigOp.OpType.DELETE, "log.retention.ms", "");
          return found;
        });
    note(
        "incrementalAlterConfigs: of the broker, a bad value",
        () ->
            alter(
                resource(broker, String.valueOf(nodeId())),
                AlterConfigOp.OpType.SET,
                "message.max.bytes",
                "x"));
    note(
        "incrementalAlterConfigs: of the broker, static",
        () ->
            alter(
                resource(broker, String.valueOf(nodeId())),
                AlterConfigOp.OpType.SET,
                "num.partitions",
                "2"));
    note(
        "incrementalAlterConfigs: a logger",
        () -> {
          var loggers = resource(ConfigResource.Type.BROKER_LOGGER, String.valueOf(nodeId()));
          return alter(loggers, AlterConfigOp.OpType.SET, "root", "LOUD");
        });
    note(
        "incrementalAlterConfigs: a logger that is not there",
        () -> {
          var loggers = resource(ConfigResource.Type.BROKER_LOGGER, String.valueOf(nodeId()));
          return alter(loggers, AlterConfigOp.OpType.SET, "no.such.logger", "INFO");
        });
    var group = resource(ConfigResource.Type.GROUP, GROUP);
    note(
        "incrementalAlterConfigs: of a group",
        () -> {
          alter(group, AlterConfigOp.OpType.SET, "consumer.session.timeout.ms", "50000");
          await("50000", () -> described(group, "consumer.session.timeout.ms"));
          return described(group, "consumer.session.timeout.ms");
        });
    note(
        "incrementalAlterConfigs: of a group, beyond the limit",
        () -> alter(group, AlterConfigOp.OpType.SET, "consumer.session.timeout.ms", "999999999"));
    note(
        "incrementalAlterConfigs: of a group, unknown",
        () -> alter(group, AlterConfigOp.OpType.SET, "no.config", "1"));
    note(
        "incrementalAlterConfigs: of a group of no name",
        () ->
            alter(
                resource(ConfigResource.Type.GROUP, ""),
                AlterConfigOp.OpType.SET,
                "consumer.session.timeout.ms",
                "50000"));
    note(
        "listConfigResources: groups",
        () ->
            got(
                    admin
                        .listConfigResources(
                            Set.of(ConfigResource.Type.GROUP), new ListConfigResourcesOptions())
                        .all())
                .stream()
                .map(ConfigResource::name)
                .filter(GROUP::equals)
                .count());
    note(
        "incrementalAlterConfigs: of a group, back to the default",
        () -> alter(group, AlterConfigOp.OpType.DELETE, "consumer.session.timeout.ms", ""));
    note(
        "listConfigResources: brokers and loggers",
        () -> {
          var types = Set.of(broker, ConfigResource.Type.BROKER_LOGGER);
          return got(admin.listConfigResources(types, new ListConfigResourcesOptions()).all())
              .size();
        });
    note(
        "listConfigResources: topics",
        () ->
            got(admin
                    .listConfigResources(
                        Set.of(ConfigResource.Type.TOPIC), new ListConfigResourcesOptions())
                    .all())
                .contains(TOPIC_CONFIGS));
    var metrics = resource(ConfigResource.Type.CLIENT_METRICS, TOPIC + "-metrics");
    note(
        "incrementalAlterConfigs: of client metrics",
        () -> {
          alter(metrics, AlterConfigOp.OpType.SET, "interval.ms", "1000");
          await("1000", () -> described(metrics, "interval.ms"));
          return described(metrics, "interval.ms");
        });
    note(
        "incrementalAlterConfigs: of client metrics, a bad interval",
        () -> alter(metrics, AlterConfigOp.OpType.SET, "interval.ms", "1"));
    note(
        "incrementalAlterConfigs: of client metrics, unknown",
        () -> alter(metrics, AlterConfigOp.OpType.SET, "no.config", "1"));
    note(
        "listConfigResources: client metrics",
        () -> {
          var types = Set.of(ConfigResource.Type.CLIENT_METRICS);
          var found = got(admin.listConfigResources(types, new ListConfigResourcesOptions()).all());
          alter(metrics, AlterConfigOp.OpType.DELETE, "interval.ms", "");
          return found.stream()
              .map(ConfigResource::name)
              .filter(one -> one.startsWith(TOPIC))
              .toList();
        });
  }

  private static Object alter(
      ConfigResource resource, AlterConfigOp.OpType type, String name, String value)
      throws Exception {
    var op = new AlterConfigOp(new ConfigEntry(name, value), type);
    return got(admin.incrementalAlterConfigs(Map.of(resource, List.of(op))).all());
  }

  private static String described(ConfigResource resource, String... names) throws Exception {
    var config = got(admin.describeConfigs(List.of(resource)).all()).get(resource);
    var texts = new ArrayList<String>();
    for (var name : names) {
      var entry = config.get(name);
      if (entry == null) texts.add(name + "?");
      else {
        texts.add(
            name
                + "="
                + entry.value()
                + " "
                + entry.source()
                + (entry.isReadOnly() ? " read-only" : ""));
      }
    }
    return texts.toString();
  }

  /** Waits until an answer holds `text`: Apache Kafka's broker hears of a change a little later. */
  private static void await(String text, Callable<String> answer) throws Exception {
    for (int attempt = 0; attempt < 50 && !answer.call().contains(text); attempt++)
      Thread.sleep(100);
  }

  private static void records() throws Exception {
    try (var producer = producer(Map.of())) {
      for (int count = 0; count < 10; count++) send(producer, 0);
    }
    note(
        "listOffsets",
        () -> {
          var wanted = new TreeMap<String, OffsetSpec>();
          wanted.put("earliest", OffsetSpec.earliest());
          wanted.put("latest", OffsetSpec.latest());
          wanted.put("maxTimestamp", OffsetSpec.maxTimestamp());
          wanted.put("time 0", OffsetSpec.forTimestamp(0));
          wanted.put("a later time", OffsetSpec.forTimestamp(Long.MAX_VALUE - 1));
          var found = new TreeMap<String, Object>();
          for (var one : wanted.entrySet())
            found.put(one.getKey(), offset(part(TOPIC, 0), one.getValue()));
          return found;
        });
    note(
        "listOffsets: local and tiered",
        () ->
            offset(part(TOPIC, 0), OffsetSpec.earliestLocal())
                + " "
                + offset(part(TOPIC, 0), OffsetSpec.latestTiered()));
    note("listOffsets: of no topic", () -> offset(part(TOPIC + "-none", 0), OffsetSpec.latest()));
    note(
        "listOffsets: of no partition",
        () -> got(hasty.listOffsets(Map.of(part(TOPIC, 77), OffsetSpec.latest())).all()));
    note(
        "deleteRecords: of a topic that is compacted",
        () ->
            got(
                admin
                    .deleteRecords(Map.of(part(TOPIC, 0), RecordsToDelete.beforeOffset(3)))
                    .all()));
    alter(TOPIC_CONFIGS, AlterConfigOp.OpType.DELETE, "cleanup.policy", "");
    await("delete", () -> described(TOPIC_CONFIGS, "cleanup.policy"));
    // Apache Kafka's log hears of it a little after that.
    Thread.sleep(500);
    note(
        "deleteRecords",
        () -> {
          var low =
              admin
                  .deleteRecords(Map.of(part(TOPIC, 0), RecordsToDelete.beforeOffset(3)))
                  .lowWatermarks();
          return got(low.get(part(TOPIC, 0))).lowWatermark()
              + " "
              + offset(part(TOPIC, 0), OffsetSpec.earliest());
        });
    note(
        "deleteRecords: beyond the end",
        () ->
            got(
                admin
                    .deleteRecords(Map.of(part(TOPIC, 0), RecordsToDelete.beforeOffset(99)))
                    .all()));
    note(
        "deleteRecords: of no topic",
        () ->
            got(
                hasty
                    .deleteRecords(
                        Map.of(part(TOPIC + "-none", 0), RecordsToDelete.beforeOffset(1)))
                    .all()));
  }

  private static long offset(TopicPartition partition, OffsetSpec spec) throws Exception {
    return got(admin.listOffsets(Map.of(partition, spec)).partitionResult(partition)).offset();
  }

  private static KafkaProducer<byte[], byte[]> producer(Map<String, ?> more) {
    return new KafkaProducer<>(
        properties2(more), new ByteArraySerializer(), new ByteArraySerializer());
  }

  private static Properties properties2(Map<String, ?> more) {
    var properties = new Properties();
    properties.put("bootstrap.servers", System.getenv("BOOTSTRAP"));
    properties.putAll(more);
    return properties;
  }

  private static void send(KafkaProducer<byte[], byte[]> producer, int partition) throws Exception {
    producer.send(new ProducerRecord<>(TOPIC, partition, new byte[1], new byte[100])).get();
  }

  private static void offsets() {
    note(
        "alterConsumerGroupOffsets",
        () -> {
          var offsets = Map.of(part(TOPIC, 0), new OffsetAndMetadata(5, Optional.empty(), "note"));
          return got(admin.alterConsumerGroupOffsets(GROUP, offsets).all());
        });
    note(
        "alterConsumerGroupOffsets: of no topic",
        () ->
            got(
                admin
                    .alterConsumerGroupOffsets(
                        GROUP, Map.of(part(TOPIC + "-none", 0), new OffsetAndMetadata(5)))
                    .all()));
    note(
        "alterConsumerGroupOffsets: of a group without a name",
        () ->
            got(
                admin
                    .alterConsumerGroupOffsets("", Map.of(part(TOPIC, 0), new OffsetAndMetadata(5)))
                    .all()));
    note(
        "alterConsumerGroupOffsets: with a long note",
        () ->
            got(
                admin
                    .alterConsumerGroupOffsets(
                        GROUP, Map.of(part(TOPIC, 0), new OffsetAndMetadata(5, "x".repeat(5000))))
                    .all()));
    note(
        "listConsumerGroupOffsets",
        () -> {
          var found = got(admin.listConsumerGroupOffsets(GROUP).partitionsToOffsetAndMetadata());
          return found.size()
              + " "
              + found.get(part(TOPIC, 0)).offset()
              + " "
              + found.get(part(TOPIC, 0)).metadata();
        });
    note(
        "listConsumerGroupOffsets: of one partition",
        () -> {
          var spec = new ListConsumerGroupOffsetsSpec().topicPartitions(List.of(part(TOPIC, 1)));
          var found =
              admin
                  .listConsumerGroupOffsets(Map.of(GROUP, spec))
                  .partitionsToOffsetAndMetadata(GROUP);
          return new HashMap<>(got(found));
        });
    note(
        "listConsumerGroupOffsets: of no group",
        () -> got(admin.listConsumerGroupOffsets(GROUP + "-none").partitionsToOffsetAndMetadata()));
    note(
        "deleteConsumerGroupOffsets",
        () -> {
          var partitions = Set.of(part(TOPIC, 0));
          got(admin.deleteConsumerGroupOffsets(GROUP, partitions).all());
          return got(admin.listConsumerGroupOffsets(GROUP).partitionsToOffsetAndMetadata()).size();
        });
    note(
        "deleteConsumerGroupOffsets: of no group",
        () -> got(admin.deleteConsumerGroupOffsets(GROUP + "-none", Set.of(part(TOPIC, 0))).all()));
  }

  private static void groups() throws Exception {
    note(
        "describeConsumerGroups: of no group",
        () -> got(admin.describeConsumerGroups(List.of(GROUP + "-none")).all()));
    note(
        "describeClassicGroups: of no group",
        () -> got(admin.describeClassicGroups(List.of(GROUP + "-none")).all()));
    for (var protocol : List.of("classic", "consumer")) member(protocol);
    note(
        "removeMembersFromConsumerGroup: of no group",
        () ->
            got(
                admin
                    .removeMembersFromConsumerGroup(
                        GROUP + "-none",
                        new RemoveMembersFromConsumerGroupOptions(List.of(new MemberToRemove("i"))))
                    .all()));
    note(
        "deleteConsumerGroups: of no group",
        () -> got(admin.deleteConsumerGroups(List.of(GROUP + "-none")).all()));
    note(
        "deleteConsumerGroups: of no name",
        () -> got(admin.deleteConsumerGroups(List.of("")).all()));
  }

  /** A group with one member, which is described, removed, and deleted. */
  private static void member(String protocol) throws Exception {
    var group = GROUP + "-" + protocol;
    var settings =
        Map.of(
            "group.id",
            group,
            "group.protocol",
            protocol,
            "group.instance.id",
            "i",
            "client.id",
            "c",
            "enable.auto.commit",
            false);
    var consumer =
        new KafkaConsumer<>(
            properties2(settings), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    consumer.subscribe(List.of(TOPIC));
    for (int attempt = 0; attempt < 200 && consumer.assignment().size() < 5; attempt++) {
      consumer.poll(Duration.ofMillis(100));
    }
    note(
        protocol + ": describeConsumerGroups",
        () -> {
          var options = new DescribeConsumerGroupsOptions().includeAuthorizedOperations(true);
          var found = got(admin.describeConsumerGroups(List.of(group), options).all()).get(group);
          var one = found.members().iterator().next();
          return found.type()
              + " "
              + found.groupState()
              + " "
              + found.partitionAssignor()
              + " "
              + found.members().size()
              + " "
              + one.groupInstanceId()
              + " "
              + one.clientId()
              + " "
              + one.assignment().topicPartitions().size()
              + " "
              + one.host().startsWith("/")
              + " "
              + new TreeSet<>(found.authorizedOperations());
        });
    note(
        protocol + ": describeClassicGroups",
        () -> {
          var found = got(admin.describeClassicGroups(List.of(group)).all()).get(group);
          return found.protocol() + " " + found.state() + " " + found.members().size();
        });
    note(
        protocol + ": listGroups",
        () -> {
          var all = got(admin.listGroups(ListGroupsOptions.forConsumerGroups()).all());
          return all.stream()
              .filter(one -> one.groupId().equals(group))
              .map(one -> one.protocol() + " " + one.type() + " " + one.groupState())
              .toList();
        });
    note(
        protocol + ": listGroups, of a type",
        () -> {
          var options = new ListGroupsOptions().withTypes(Set.of(GroupType.parse(protocol)));
          return got(admin.listGroups(options).all()).stream()
              .filter(one -> one.groupId().equals(group))
              .count();
        });
    note(
        protocol + ": deleteConsumerGroups, not empty",
        () -> got(admin.deleteConsumerGroups(List.of(group)).all()));
    note(
        protocol + ": alterConsumerGroupOffsets, not empty",
        () ->
            got(
                admin
                    .alterConsumerGroupOffsets(
                        group, Map.of(part(TOPIC, 0), new OffsetAndMetadata(5)))
                    .all()));
    consumer.commitSync(Map.of(part(TOPIC, 0), new OffsetAndMetadata(7)));
    note(
        protocol + ": deleteConsumerGroupOffsets, of a topic that is read",
        () -> {
          var result = admin.deleteConsumerGroupOffsets(group, Set.of(part(TOPIC, 0)));
          return got(result.partitionResult(part(TOPIC, 0)));
        });
    note(
        protocol + ": removeMembersFromConsumerGroup, of another name",
        () ->
            got(
                admin
                    .removeMembersFromConsumerGroup(
                        group,
                        new RemoveMembersFromConsumerGroupOptions(List.of(new MemberToRemove("j"))))
                    .all()));
    // The member stays in the group, and does not join again once it is removed.
    consumer.close(
        CloseOptions.groupMembershipOperation(
            CloseOptions.GroupMembershipOperation.REMAIN_IN_GROUP));
    note(
        protocol + ": removeMembersFromConsumerGroup",
        () -> {
          got(
              admin
                  .removeMembersFromConsumerGroup(
                      group,
                      new RemoveMembersFromConsumerGroupOptions(List.of(new MemberToRemove("i"))))
                  .all());
          return got(admin.describeConsumerGroups(List.of(group)).all()).get(group).groupState();
        });
    note(
        protocol + ": deleteConsumerGroups",
        () -> got(admin.deleteConsumerGroups(List.of(group)).all()));
  }

  private static void transactions() throws Exception {
    var id = GROUP + "-tx";
    var producer = producer(Map.of("transactional.id", id));
    producer.initTransactions();
    producer.beginTransaction();
    send(producer, 1);
    note(
        "describeProducers",
        () -> {
          var state =
              got(admin.describeProducers(List.of(part(TOPIC, 1))).partitionResult(part(TOPIC, 1)));
          var one = state.activeProducers().get(0);
          return state.activeProducers().size()
              + " epoch "
              + one.producerEpoch()
              + " seq "
              + one.lastSequence()
              + " "
              + one.currentTransactionStartOffset()
              + " "
              + one.coordinatorEpoch();
        });
    note(
        "describeProducers: of no partition",
        () ->
            got(
                hasty
                    .describeProducers(List.of(part(TOPIC, 77)))
                    .partitionResult(part(TOPIC, 77))));
    note(
        "describeTransactions",
        () -> {
          var found = got(admin.describeTransactions(List.of(id)).all()).get(id);
          return found.state()
              + " "
              + found.producerEpoch()
              + " "
              + found.transactionTimeoutMs()
              + " "
              + found.topicPartitions()
              + " "
              + found.transactionStartTimeMs().isPresent();
        });
    note(
        "describeTransactions: of no id",
        () -> got(admin.describeTransactions(List.of(id + "-none")).all()));
    note(
        "listTransactions: by state",
        () -> {
          var options =
              new ListTransactionsOptions().filterStates(Set.of(TransactionState.ONGOING));
          return listed(options);
        });
    note(
        "listTransactions: by another state",
        () ->
            listed(
                new ListTransactionsOptions()
                    .filterStates(Set.of(TransactionState.COMPLETE_ABORT))));
    note(
        "listTransactions: by age",
        () -> listed(new ListTransactionsOptions().filterOnDuration(100_000)));
    note(
        "listTransactions: by pattern",
        () ->
            listed(
                new ListTransactionsOptions()
                    .filterOnTransactionalIdPattern("^" + GROUP + "-t[xyz]$")));
    note(
        "listTransactions: by another pattern",
        () -> listed(new ListTransactionsOptions().filterOnTransactionalIdPattern("no-.*")));
    note(
        "listTransactions: by a part",
        () -> listed(new ListTransactionsOptions().filterOnTransactionalIdPattern(GROUP)));
    note(
        "listTransactions: by a bad pattern",
        () -> listed(new ListTransactionsOptions().filterOnTransactionalIdPattern("(")));
    note(
        "abortTransaction: of another producer",
        () ->
            got(
                admin
                    .abortTransaction(
                        new AbortTransactionSpec(part(TOPIC, 1), 123_456, (short) 0, 0))
                    .all()));
    note(
        "abortTransaction: of no partition",
        () ->
            got(
                hasty
                    .abortTransaction(new AbortTransactionSpec(part(TOPIC, 77), 1, (short) 0, 0))
                    .all()));
    note("forceTerminateTransaction", () -> got(admin.forceTerminateTransaction(id).result()));
    note(
        "fenceProducers",
        () -> {
          var fenced = admin.fenceProducers(List.of(id));
          return got(fenced.epochId(id)) > 0;
        });
    note(
        "describeTransactions: fenced",
        () -> got(admin.describeTransactions(List.of(id)).all()).get(id).state());
    producer.close(Duration.ZERO);
  }

  private static Object listed(ListTransactionsOptions options) throws Exception {
    return got(admin.listTransactions(options).all()).stream()
        .map(TransactionListing::transactionalId)
        .filter(one -> one.startsWith(GROUP))
        .count();
  }

  private static void quotas() {
    var user = new ClientQuotaEntity(Map.of("user", TOPIC));
    var both = new HashMap<String, String>();
    both.put("user", TOPIC);
    both.put("client-id", null);
    note("alterClientQuotas", () -> quota(user, "producer_byte_rate", 1e9));
    note(
        "alterClientQuotas: of a user and all clients",
        () -> quota(new ClientQuotaEntity(both), "request_percentage", 12.5));
    note(
        "alterClientQuotas: of an address",
        () ->
            quota(
                new ClientQuotaEntity(Map.of("ip", "10.1.2.3")),
                "connection_creation_rate",
                100.0));
    note(
        "describeClientQuotas",
        () -> {
          var filter =
              ClientQuotaFilter.contains(
                  List.of(ClientQuotaFilterComponent.ofEntity("user", TOPIC)));
          await("12.5", () -> got(admin.describeClientQuotas(filter).entities()).toString());
          return got(admin.describeClientQuotas(filter).entities()).entrySet().stream()
              .map(
                  one ->
                      new TreeMap<>(one.getKey().entries()) + " " + new TreeMap<>(one.getValue()))
              .sorted()
              .toList();
        });
    note(
        "describeClientQuotas: strictly",
        () -> {
          var filter =
              ClientQuotaFilter.containsOnly(
                  List.of(ClientQuotaFilterComponent.ofEntity("user", TOPIC)));
          return got(admin.describeClientQuotas(filter).entities()).size();
        });
    note(
        "describeClientQuotas: defaults",
        () -> {
          var filter =
              ClientQuotaFilter.contains(
                  List.of(
                      ClientQuotaFilterComponent.ofEntity("user", TOPIC),
                      ClientQuotaFilterComponent.ofDefaultEntity("client-id")));
          return got(admin.describeClientQuotas(filter).entities()).size();
        });
    note(
        "describeClientQuotas: of a type",
        () ->
            got(
                    admin
                        .describeClientQuotas(
                            ClientQuotaFilter.contains(
                                List.of(ClientQuotaFilterComponent.ofEntityType("ip"))))
                        .entities())
                .keySet()
                .stream()
                .filter(one -> "10.1.2.3".equals(one.entries().get("ip")))
                .count());
    note(
        "describeClientQuotas: of an unknown type",
        () ->
            got(
                admin
                    .describeClientQuotas(
                        ClientQuotaFilter.contains(
                            List.of(ClientQuotaFilterComponent.ofEntityType("group"))))
                    .entities()));
    note(
        "describeClientQuotas: address and user",
        () ->
            got(
                admin
                    .describeClientQuotas(
                        ClientQuotaFilter.contains(
                            List.of(
                                ClientQuotaFilterComponent.ofEntityType("ip"),
                                ClientQuotaFilterComponent.ofEntityType("user"))))
                    .entities()));
    note("alterClientQuotas: an unknown quota", () -> quota(user, "no_rate", 1.0));
    note("alterClientQuotas: a negative one", () -> quota(user, "producer_byte_rate", -1.0));
    note("alterClientQuotas: a fraction", () -> quota(user, "producer_byte_rate", 1.5));
    note(
        "alterClientQuotas: of an unknown type",
        () -> quota(new ClientQuotaEntity(Map.of("group", "a")), "producer_byte_rate", 1.0));
    note(
        "alterClientQuotas: of an address and a user",
        () ->
            quota(
                new ClientQuotaEntity(Map.of("ip", "10.1.2.3", "user", "a")),
                "connection_creation_rate",
                1.0));
    note(
        "alterClientQuotas: of no name",
        () -> quota(new ClientQuotaEntity(Map.of("user", "")), "producer_byte_rate", 1.0));
    note(
        "alterClientQuotas: removed",
        () -> {
          quota(user, "producer_byte_rate", null);
          quota(new ClientQuotaEntity(both), "request_percentage", null);
          return quota(
              new ClientQuotaEntity(Map.of("ip", "10.1.2.3")), "connection_creation_rate", null);
        });
    note("alterClientQuotas: removed again", () -> quota(user, "producer_byte_rate", null));
  }

  private static Object quota(ClientQuotaEntity entity, String name, Double value)
      throws Exception {
    var change =
        new ClientQuotaAlteration(entity, List.of(new ClientQuotaAlteration.Op(name, value)));
    return got(admin.alterClientQuotas(List.of(change)).all());
  }

  private static void credentials() {
    var info = new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096);
    note(
        "alterUserScramCredentials",
        () ->
            got(
                admin
                    .alterUserScramCredentials(
                        List.of(new UserScramCredentialUpsertion(TOPIC, info, "secret")))
                    .all()));
    note(
        "describeUserScramCredentials",
        () -> {
          await(
              "4096",
              () ->
                  got(admin.describeUserScramCredentials(List.of(TOPIC)).users()).contains(TOPIC)
                      ? "4096"
                      : "");
          return got(admin.describeUserScramCredentials(List.of(TOPIC)).description(TOPIC))
              .credentialInfos();
        });
    note(
        "describeUserScramCredentials: of nobody",
        () ->
            got(
                admin
                    .describeUserScramCredentials(List.of(TOPIC + "-none"))
                    .description(TOPIC + "-none")));
    note(
        "describeUserScramCredentials: named twice",
        () -> got(admin.describeUserScramCredentials(List.of(TOPIC, TOPIC)).description(TOPIC)));
    note(
        "alterUserScramCredentials: too few iterations",
        () ->
            got(
                admin
                    .alterUserScramCredentials(
                        List.of(
                            new UserScramCredentialUpsertion(
                                TOPIC,
                                new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 1),
                                "s")))
                    .all()));
    note(
        "alterUserScramCredentials: deleted",
        () ->
            got(
                admin
                    .alterUserScramCredentials(
                        List.of(
                            new UserScramCredentialDeletion(TOPIC, ScramMechanism.SCRAM_SHA_256)))
                    .all()));
    note(
        "alterUserScramCredentials: deleted again",
        () ->
            got(
                admin
                    .alterUserScramCredentials(
                        List.of(
                            new UserScramCredentialDeletion(TOPIC, ScramMechanism.SCRAM_SHA_256)))
                    .all()));
    note("describeAcls", () -> got(admin.describeAcls(AclBindingFilter.ANY).values()));
    note("createAcls", () -> got(admin.createAcls(List.of()).all()));
    note("deleteAcls", () -> got(admin.deleteAcls(List.of(AclBindingFilter.ANY)).all()));
  }

  private static void cluster() {
    note(
        "describeCluster",
        () -> {
          var options = new DescribeClusterOptions().includeAuthorizedOperations(true);
          var found = admin.describeCluster(options);
          return got(found.nodes()).size()
              + " "
              + (got(found.controller()).id() == nodeId())
              + " "
              + got(found.clusterId()).length()
              + " "
              + new TreeSet<>(got(found.authorizedOperations()));
        });
    note(
        "describeCluster: fenced brokers as well",
        () -> {
          var found =
              admin.describeCluster(new DescribeClusterOptions().includeFencedBrokers(true));
          return got(found.nodes()).stream().map(one -> one.isFenced()).toList();
        });
    note(
        "describeMetadataQuorum",
        () -> {
          var found = got(admin.describeMetadataQuorum().quorumInfo());
          return (found.leaderId() == nodeId())
              + " "
              + found.voters().size()
              + " "
              + found.observers().size()
              + " "
              + (found.highWatermark() > 0);
        });
    note("unregisterBroker: that is not there", () -> got(admin.unregisterBroker(77).all()));
    note("metrics", () -> !admin.metrics().isEmpty());
  }

  private static final Set<String> FEATURES =
      Set.of("group.version", "metadata.version", "transaction.version");

  private static void features() {
    note(
        "describeFeatures",
        () -> {
          var found = got(admin.describeFeatures().featureMetadata());
          var levels = new TreeMap<String, Object>();
          found
              .finalizedFeatures()
              .forEach(
                  (name, range) -> {
                    if (FEATURES.contains(name)) levels.put(name, range.maxVersionLevel());
                  });
          found
              .supportedFeatures()
              .forEach(
                  (name, range) -> {
                    if (FEATURES.contains(name))
                      levels.merge(name, "", (level, none) -> level + " of " + range);
                  });
          return levels;
        });
    note(
        "updateFeatures: the same",
        () -> feature("transaction.version", 2, FeatureUpdate.UpgradeType.UPGRADE));
    note(
        "updateFeatures: only checked",
        () ->
            got(
                admin
                    .updateFeatures(
                        Map.of(
                            "transaction.version",
                            new FeatureUpdate((short) 2, FeatureUpdate.UpgradeType.UPGRADE)),
                        new UpdateFeaturesOptions().validateOnly(true))
                    .all()));
    note(
        "updateFeatures: an unknown one",
        () -> feature("no.version", 1, FeatureUpdate.UpgradeType.UPGRADE));
    note(
        "updateFeatures: too high",
        () -> feature("transaction.version", 77, FeatureUpdate.UpgradeType.UPGRADE));
    note(
        "updateFeatures: a negative level",
        () -> feature("transaction.version", -1, FeatureUpdate.UpgradeType.UPGRADE));
    note(
        "updateFeatures: lower, as an upgrade",
        () -> feature("transaction.version", 1, FeatureUpdate.UpgradeType.UPGRADE));
    note(
        "updateFeatures: metadata too high",
        () -> feature("metadata.version", 777, FeatureUpdate.UpgradeType.UPGRADE));
    note(
        "updateFeatures: metadata away",
        () -> feature("metadata.version", 0, FeatureUpdate.UpgradeType.UNSAFE_DOWNGRADE));
  }

  private static Object feature(String name, int level, FeatureUpdate.UpgradeType type)
      throws Exception {
    var update = new FeatureUpdate((short) level, type);
    return got(admin.updateFeatures(Map.of(name, update), new UpdateFeaturesOptions()).all());
  }

  private static void logDirs() {
    note(
        "describeLogDirs",
        () -> {
          var found = got(admin.describeLogDirs(List.of(nodeId())).allDescriptions()).get(nodeId());
          var dir = found.values().iterator().next();
          return found.size()
              + " "
              + dir.replicaInfos().keySet().stream()
                  .filter(one -> one.topic().equals(TOPIC))
                  .count()
              + " "
              + (dir.replicaInfos().get(part(TOPIC, 0)).size() > 500)
              + " "
              + dir.isCordoned();
        });
    note(
        "describeReplicaLogDirs",
        () -> {
          var here = new TopicPartitionReplica(TOPIC, 0, nodeId());
          var none = new TopicPartitionReplica(TOPIC, 77, nodeId());
          var found = got(admin.describeReplicaLogDirs(List.of(here, none)).all());
          return found.get(here).getCurrentReplicaOffsetLag()
              + " "
              + (found.get(none).getCurrentReplicaLogDir() == null);
        });
    note(
        "alterReplicaLogDirs: to where it is",
        () -> {
          var here = new TopicPartitionReplica(TOPIC, 0, nodeId());
          var dir =
              got(admin.describeReplicaLogDirs(List.of(here)).all())
                  .get(here)
                  .getCurrentReplicaLogDir();
          return got(admin.alterReplicaLogDirs(Map.of(here, dir)).all());
        });
    note(
        "alterReplicaLogDirs: to nowhere",
        () ->
            got(
                admin
                    .alterReplicaLogDirs(
                        Map.of(new TopicPartitionReplica(TOPIC, 0, nodeId()), "/no/such/folder"))
                    .all()));
    note(
        "alterReplicaLogDirs: to no absolute path",
        () ->
            got(
                admin
                    .alterReplicaLogDirs(
                        Map.of(new TopicPartitionReplica(TOPIC, 0, nodeId()), "folder"))
                    .all()));
    note(
        "alterReplicaLogDirs: of no partition",
        () -> {
          var here = new TopicPartitionReplica(TOPIC, 0, nodeId());
          var dir =
              got(admin.describeReplicaLogDirs(List.of(here)).all())
                  .get(here)
                  .getCurrentReplicaLogDir();
          return got(
              admin
                  .alterReplicaLogDirs(Map.of(new TopicPartitionReplica(TOPIC, 77, nodeId()), dir))
                  .all());
        });
  }

  private static void reassignments() {
    note(
        "electLeaders",
        () -> {
          var one = Set.of(part(TOPIC, 0));
          return got(admin.electLeaders(ElectionType.PREFERRED, one).partitions())
              .get(part(TOPIC, 0))
              .map(error -> error.getClass().getSimpleName());
        });
    note(
        "electLeaders: unclean",
        () ->
            got(admin.electLeaders(ElectionType.UNCLEAN, Set.of(part(TOPIC, 0))).partitions())
                .get(part(TOPIC, 0))
                .map(error -> error.getClass().getSimpleName()));
    note(
        "electLeaders: of no partition",
        () ->
            got(admin.electLeaders(ElectionType.PREFERRED, Set.of(part(TOPIC, 77))).partitions())
                .get(part(TOPIC, 77))
                .map(error -> error.getClass().getSimpleName()));
    note(
        "electLeaders: all",
        () -> got(admin.electLeaders(ElectionType.PREFERRED, null).partitions()).size());
    note(
        "alterPartitionReassignments: to the same broker",
        () -> reassign(TOPIC, 0, List.of(nodeId())));
    note(
        "alterPartitionReassignments: to a broker that is not there",
        () -> reassign(TOPIC, 0, List.of(77)));
    note("alterPartitionReassignments: to none", () -> reassign(TOPIC, 0, List.of()));
    note(
        "alterPartitionReassignments: of no partition",
        () -> reassign(TOPIC, 77, List.of(nodeId())));
    note(
        "alterPartitionReassignments: cancelled",
        () ->
            got(admin.alterPartitionReassignments(Map.of(part(TOPIC, 0), Optional.empty())).all()));
    note(
        "listPartitionReassignments",
        () -> got(admin.listPartitionReassignments().reassignments()));
    note(
        "listPartitionReassignments: of a partition",
        () -> got(admin.listPartitionReassignments(Set.of(part(TOPIC, 0))).reassignments()));
    note(
        "listPartitionReassignments: of no partition",
        () -> got(admin.listPartitionReassignments(Set.of(part(TOPIC, 77))).reassignments()));
  }

  private static Object reassign(String topic, int partition, List<Integer> brokers)
      throws Exception {
    return got(
        admin
            .alterPartitionReassignments(
                Map.of(part(topic, partition), Optional.of(new NewPartitionReassignment(brokers))))
            .all());
  }

  private static void tokens() {
    note("createDelegationToken", () -> got(admin.createDelegationToken().delegationToken()));
    note(
        "renewDelegationToken",
        () -> got(admin.renewDelegationToken(new byte[4]).expiryTimestamp()));
    note(
        "expireDelegationToken",
        () -> got(admin.expireDelegationToken(new byte[4]).expiryTimestamp()));
    note("describeDelegationToken", () -> got(admin.describeDelegationToken().delegationTokens()));
  }

  private static void voters() {
    var endpoints = Set.of(new RaftVoterEndpoint("CONTROLLER", "localhost", 1));
    note("addRaftVoter", () -> got(admin.addRaftVoter(77, new Uuid(1, 2), endpoints).all()));
    note("removeRaftVoter", () -> got(admin.removeRaftVoter(77, new Uuid(1, 2)).all()));
  }

  private static void removals() {
    note("deleteTopics", () -> got(admin.deleteTopics(List.of(TOPIC + ".a")).all()));
    note(
        "deleteTopics: by id",
        () -> {
          var id =
              got(admin.describeTopics(List.of(TOPIC + "-assigned")).allTopicNames())
                  .get(TOPIC + "-assigned")
                  .topicId();
          return got(admin.deleteTopics(TopicCollection.ofTopicIds(List.of(id))).all());
        });
    note("deleteTopics: again", () -> got(admin.deleteTopics(List.of(TOPIC + ".a")).all()));
    note(
        "deleteTopics: of an id that there is not",
        () -> got(admin.deleteTopics(TopicCollection.ofTopicIds(List.of(new Uuid(1, 2)))).all()));
    note("deleteTopics: of no name", () -> got(admin.deleteTopics(List.of("")).all()));
    note(
        "deleteTopics: several, one is not there",
        () -> {
          var result =
              admin.deleteTopics(List.of(TOPIC + "-default", TOPIC + "-none")).topicNameValues();
          return result.entrySet().stream()
              .map(one -> one.getKey() + " " + errorOf(one.getValue()))
              .sorted()
              .toList();
        });
  }

  private static String errorOf(KafkaFuture<Void> future) {
    try {
      got(future);
      return "deleted";
    } catch (Exception error) {
      return error.getCause().getClass().getSimpleName();
    }
  }
}
