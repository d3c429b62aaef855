import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.common.config.ConfigResource;

/** Configs of topics, brokers, groups, loggers and client metrics. */
final class AdminConfigs extends AdminSubject {
  AdminConfigs(AdminRun run) {
    super(run);
  }

  @Override
  void play() throws Exception {
    descriptions();
    changesOfTopics();
    changesOfBrokers();
    changesOfGroups();
    lists();
    changesOfClientMetrics();
  }

  static final ConfigResource TOPIC_CONFIGS = resource(ConfigResource.Type.TOPIC, TOPIC);

  private void descriptions() {
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
  }

  private void changesOfTopics() {
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
  }

  private void changesOfBrokers() {
    var broker = ConfigResource.Type.BROKER;
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
  }

  private void changesOfGroups() {
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
  }

  private void lists() {
    note(
        "listConfigResources: brokers and loggers",
        () -> {
          var types = Set.of(ConfigResource.Type.BROKER, ConfigResource.Type.BROKER_LOGGER);
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
  }

  private void changesOfClientMetrics() {
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

  Object alter(
      ConfigResource resource, AlterConfigOp.OpType type, String name, String value)
      throws Exception {
    var op = new AlterConfigOp(new ConfigEntry(name, value), type);
    return got(admin.incrementalAlterConfigs(Map.of(resource, List.of(op))).all());
  }

  String described(ConfigResource resource, String... names) throws Exception {
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
}
