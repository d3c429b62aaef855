import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicPartitionReplica;

/** Where replicas are: log dirs, elections and reassignments. */
final class AdminReplicas extends AdminSubject {
  AdminReplicas(AdminRun run) {
    super(run);
  }

  @Override
  void play() throws Exception {
    logDirs();
    reassignments();
  }

  private void logDirs() {
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

  private void reassignments() {
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

  private Object reassign(String topic, int partition, List<Integer> brokers)
      throws Exception {
    return got(
        admin
            .alterPartitionReassignments(
                Map.of(part(topic, partition), Optional.of(new NewPartitionReassignment(brokers))))
            .all());
  }
}
