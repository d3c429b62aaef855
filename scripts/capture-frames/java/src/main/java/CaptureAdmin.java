import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.AbortTransactionSpec;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UpdateFeaturesOptions;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionReplica;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.quota.ClientQuotaFilter;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/** The requests of the Java client's Admin, in the order in which they can succeed. */
final class CaptureAdmin {
  private static final String TOPIC = Capture.TOPIC;
  private static final TopicPartition FIRST = Capture.FIRST;
  private static final ConfigResource TOPIC_CONFIG =
      new ConfigResource(ConfigResource.Type.TOPIC, TOPIC);

  private CaptureAdmin() {}

  static void topics(Admin admin) throws Exception {
    var topic = new NewTopic(TOPIC, 1, (short) 1).configs(Map.of("retention.ms", "3600000"));
    var placed = new NewTopic(TOPIC + "-placed", Map.of(0, List.of(1)));
    admin.createTopics(List.of(topic, placed)).all().get();
    admin.createPartitions(Map.of(TOPIC, NewPartitions.increaseTo(2))).all().get();
    admin.listTopics().names().get();
    admin.describeTopics(List.of(TOPIC)).allTopicNames().get();
    admin.describeConfigs(List.of(TOPIC_CONFIG)).all().get();
    admin.incrementalAlterConfigs(Map.of(TOPIC_CONFIG, changes())).all().get();
  }

  private static Collection<AlterConfigOp> changes() {
    return List.of(
        new AlterConfigOp(new ConfigEntry("retention.ms", "7200000"), AlterConfigOp.OpType.SET),
        new AlterConfigOp(new ConfigEntry("cleanup.policy", "compact"), AlterConfigOp.OpType.APPEND));
  }

  static void groups(Admin admin) {
    Capture.attempt("listGroups", () -> admin.listGroups().all().get());
    Capture.attempt(
        "describeConsumerGroups",
        () -> admin.describeConsumerGroups(List.of("capture-java-consumer")).all().get());
    Capture.attempt(
        "describeClassicGroups",
        () -> admin.describeClassicGroups(List.of("capture-java-classic")).all().get());
    Capture.attempt(
        "describeShareGroups",
        () -> admin.describeShareGroups(List.of("capture-java-share")).all().get());
    var everything = new ListConsumerGroupOffsetsSpec();
    var groups = Map.of("capture-java-classic", everything, "capture-java-consumer", everything);
    Capture.attempt(
        "listConsumerGroupOffsets", () -> admin.listConsumerGroupOffsets(groups).all().get());
  }

  static void startShareGroupAtEarliest(Admin admin) throws Exception {
    var group = new ConfigResource(ConfigResource.Type.GROUP, "capture-java-share");
    var earliest = new ConfigEntry("share.auto.offset.reset", "earliest");
    var change = new AlterConfigOp(earliest, AlterConfigOp.OpType.SET);
    admin.incrementalAlterConfigs(Map.of(group, List.of(change))).all().get();
  }

  static void emptyGroups(Admin admin) {
    var group = "capture-java-classic";
    var member = Set.of(new MemberToRemove("first"), new MemberToRemove("second"));
    Capture.attempt(
        "removeMembers",
        () ->
            admin
                .removeMembersFromConsumerGroup(
                    group, new RemoveMembersFromConsumerGroupOptions(member))
                .all()
                .get());
    var offsets = Map.of(FIRST, new OffsetAndMetadata(1, Optional.of(0), "moved"));
    Capture.attempt(
        "alterOffsets", () -> admin.alterConsumerGroupOffsets(group, offsets).all().get());
    Capture.attempt(
        "deleteOffsets", () -> admin.deleteConsumerGroupOffsets(group, Set.of(FIRST)).all().get());
    Capture.attempt("deleteGroups", () -> admin.deleteConsumerGroups(List.of(group)).all().get());

    var share = "capture-java-share";
    var specs = Map.of(share, new ListShareGroupOffsetsSpec());
    Capture.attempt("shareOffsets", () -> admin.listShareGroupOffsets(specs).all().get());
    Capture.attempt(
        "alterShareOffsets", () -> admin.alterShareGroupOffsets(share, Map.of(FIRST, 0L)).all().get());
    Capture.attempt(
        "deleteShareOffsets",
        () -> admin.deleteShareGroupOffsets(share, Set.of(TOPIC)).all().get());
  }

  /** While a transaction of `capture-java-transaction` has records in the first partition. */
  static Object openTransaction(Admin admin) throws Exception {
    var id = "capture-java-transaction";
    admin.listTransactions().all().get();
    admin.describeTransactions(List.of(id)).all().get();
    var producers = admin.describeProducers(List.of(FIRST)).partitionResult(FIRST).get();
    for (var producer : producers.activeProducers()) {
      if (producer.currentTransactionStartOffset().isEmpty()) continue;
      var epoch = (short) producer.producerEpoch();
      var coordinatorEpoch = producer.coordinatorEpoch().orElse(0);
      var hanging = new AbortTransactionSpec(FIRST, producer.producerId(), epoch, coordinatorEpoch);
      Capture.attempt("abortTransaction", () -> admin.abortTransaction(hanging).all().get());
    }
    Capture.attempt("fence", () -> admin.fenceProducers(List.of(id + "-2")).all().get());
    return null;
  }

  static void cluster(Admin admin) {
    var options = new DescribeClusterOptions().includeAuthorizedOperations(true);
    Capture.attempt("describeCluster", () -> admin.describeCluster(options).nodes().get());
    Capture.attempt("listOffsets", () -> listOffsets(admin));
    Capture.attempt("features", () -> admin.describeFeatures().featureMetadata().get());
    var group = new FeatureUpdate((short) 1, FeatureUpdate.UpgradeType.UPGRADE);
    var dry = new UpdateFeaturesOptions().validateOnly(true);
    Capture.attempt(
        "updateFeatures", () -> admin.updateFeatures(Map.of("group.version", group), dry).all().get());
    Capture.attempt("quorum", () -> admin.describeMetadataQuorum().quorumInfo().get());
    Capture.attempt(
        "logDirs", () -> admin.describeLogDirs(List.of(1)).allDescriptions().get());
    Capture.attempt("moveLogDir", () -> moveToSameFolder(admin));
    Capture.attempt(
        "electLeaders",
        () -> admin.electLeaders(ElectionType.PREFERRED, Set.of(FIRST)).partitions().get());
    var same = new NewPartitionReassignment(List.of(1));
    Capture.attempt(
        "reassign",
        () -> admin.alterPartitionReassignments(Map.of(FIRST, Optional.of(same))).all().get());
    Capture.attempt(
        "reassignments", () -> admin.listPartitionReassignments(Set.of(FIRST)).reassignments().get());
    Capture.attempt("configResources", () -> admin.listConfigResources().all().get());
  }

  private static Object moveToSameFolder(Admin admin) throws Exception {
    var folder = admin.describeLogDirs(List.of(1)).allDescriptions().get().get(1).keySet();
    var replica = new TopicPartitionReplica(TOPIC, 0, 1);
    return admin.alterReplicaLogDirs(Map.of(replica, folder.iterator().next())).all().get();
  }

  private static Object listOffsets(Admin admin) throws Exception {
    var specs =
        List.of(
            OffsetSpec.earliest(),
            OffsetSpec.latest(),
            OffsetSpec.maxTimestamp(),
            OffsetSpec.forTimestamp(0),
            OffsetSpec.earliestLocal(),
            OffsetSpec.latestTiered(),
            OffsetSpec.earliestPendingUpload());
    for (var spec : specs) {
      Capture.attempt("" + spec, () -> admin.listOffsets(Map.of(FIRST, spec)).all().get());
    }
    return null;
  }

  static void security(Admin admin) {
    var resource = new ResourcePattern(ResourceType.TOPIC, "other-", PatternType.PREFIXED);
    var entry =
        new AccessControlEntry("User:bob", "*", AclOperation.READ, AclPermissionType.ALLOW);
    var acl = new AclBinding(resource, entry);
    Capture.attempt("createAcls", () -> admin.createAcls(List.of(acl)).all().get());
    awaitPropagation();
    Capture.attempt("describeAcls", () -> admin.describeAcls(AclBindingFilter.ANY).values().get());
    Capture.attempt("deleteAcls", () -> admin.deleteAcls(List.of(acl.toFilter())).all().get());

    var scram = new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096);
    var credential =
        new UserScramCredentialUpsertion("bob", scram, "bob-secret".getBytes(), "salt".getBytes());
    Capture.attempt(
        "alterScram", () -> admin.alterUserScramCredentials(List.of(credential)).all().get());
    awaitPropagation();
    Capture.attempt(
        "describeScram",
        () -> admin.describeUserScramCredentials(List.of("bob")).description("bob").get());

    var entity = new ClientQuotaEntity(new HashMap<>(Map.of(ClientQuotaEntity.USER, "bob")));
    var quota = new ClientQuotaAlteration.Op("consumer_byte_rate", 1e6);
    var change = new ClientQuotaAlteration(entity, List.of(quota));
    Capture.attempt("alterQuotas", () -> admin.alterClientQuotas(List.of(change)).all().get());
    awaitPropagation();
    Capture.attempt(
        "describeQuotas", () -> admin.describeClientQuotas(ClientQuotaFilter.all()).entities().get());
  }

  /** The broker learns a moment after the controller what was changed. */
  private static void awaitPropagation() {
    Capture.attempt(
        "waiting",
        () -> {
          Thread.sleep(300);
          return null;
        });
  }

  static void deletions(Admin admin) {
    var upTo = Map.of(FIRST, RecordsToDelete.beforeOffset(1));
    Capture.attempt("deleteRecords", () -> admin.deleteRecords(upTo).all().get());
    Capture.attempt(
        "deleteTopics", () -> admin.deleteTopics(List.of(TOPIC, TOPIC + "-placed")).all().get());
  }
}
