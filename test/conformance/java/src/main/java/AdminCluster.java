import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.common.Uuid;

/** The cluster, its features and its voters. */
final class AdminCluster extends AdminSubject {
  AdminCluster(AdminRun run) {
    super(run);
  }

  @Override
  void play() throws Exception {
    cluster();
    features();
    voters();
  }

  private void cluster() {
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

  private void features() {
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

  private Object feature(String name, int level, FeatureUpdate.UpgradeType type)
      throws Exception {
    var update = new FeatureUpdate((short) level, type);
    return got(admin.updateFeatures(Map.of(name, update), new UpdateFeaturesOptions()).all());
  }

  private void voters() {
    var endpoints = Set.of(new RaftVoterEndpoint("CONTROLLER", "localhost", 1));
    note("addRaftVoter", () -> got(admin.addRaftVoter(77, new Uuid(1, 2), endpoints).all()));
    note("removeRaftVoter", () -> got(admin.removeRaftVoter(77, new Uuid(1, 2)).all()));
  }
}
