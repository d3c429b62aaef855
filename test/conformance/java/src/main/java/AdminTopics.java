import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.Uuid;

/** Topics and their partitions: created, described and added. */
final class AdminTopics extends AdminSubject {
  AdminTopics(AdminRun run) {
    super(run);
  }

  @Override
  void play() throws Exception {
    creations();
    descriptions();
    partitions();
  }

  private void creations() throws Exception {
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
  }

  private void descriptions() {
    note(
        "listTopics",
        () -> {
          await(TOPIC + "-default", () -> names().toString());
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

  private Object create(NewTopic topic) throws Exception {
    return got(admin.createTopics(List.of(topic)).all());
  }

  private Set<String> names() throws Exception {
    return got(admin.listTopics().names());
  }

  private void partitions() {
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

  private Object more(NewPartitions partitions) throws Exception {
    return got(admin.createPartitions(Map.of(TOPIC, partitions)).all());
  }
}
