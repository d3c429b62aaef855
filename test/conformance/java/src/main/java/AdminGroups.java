import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Groups of both protocols, their members, and the offsets that they have committed. */
final class AdminGroups extends AdminSubject {
  AdminGroups(AdminRun run) {
    super(run);
  }

  @Override
  void play() throws Exception {
    offsets();
    groups();
  }

  private void offsets() {
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

  private void groups() throws Exception {
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
  private void member(String protocol) throws Exception {
    var group = GROUP + "-" + protocol;
    var facts =
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
            settings(facts), new ByteArrayDeserializer(), new ByteArrayDeserializer());
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
}
