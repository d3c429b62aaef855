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
          var here = replica(0);
          var none = replica(77);
          var found = got(admin.describeReplicaLogDirs(List.of(here, none)).all());
          return found.get(here).getCurrentReplicaOffsetLag()
              + " "
              + (found.get(none).getCurrentReplicaLogDir() == null);
        });
    note("alterReplicaLogDirs: to where it is", () -> move(0, logDir()));
    note("alterReplicaLogDirs: to nowhere", () -> move(0, "/no/such/folder"));
    note("alterReplicaLogDirs: to no absolute path", () -> move(0, "folder"));
    note("alterReplicaLogDirs: of no partition", () -> move(77, logDir()));
  }

  private TopicPartitionReplica replica(int partition) throws Exception {
    return new TopicPartitionReplica(TOPIC, partition, nodeId());
  }

  private String logDir() throws Exception {
    var first = replica(0);
    var found = got(admin.describeReplicaLogDirs(List.of(first)).all());
    return found.get(first).getCurrentReplicaLogDir();
  }

  private Object move(int partition, String dir) throws Exception {
    return got(admin.alterReplicaLogDirs(Map.of(replica(partition), dir)).all());
  }

  private void reassignments() {
    note("electLeaders", () -> elected(ElectionType.PREFERRED, 0));
    note("electLeaders: unclean", () -> elected(ElectionType.UNCLEAN, 0));
    note("electLeaders: of no partition", () -> elected(ElectionType.PREFERRED, 77));
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

  private Object elected(ElectionType type, int partition) throws Exception {
    var one = part(TOPIC, partition);
    return got(admin.electLeaders(type, Set.of(one)).partitions())
        .get(one)
        .map(error -> error.getClass().getSimpleName());
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
