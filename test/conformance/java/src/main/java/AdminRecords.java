import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.common.TopicPartition;

/** Where records begin and end, and the deletion of some. */
final class AdminRecords extends AdminSubject {
  private final AdminRun run;

  AdminRecords(AdminRun run) {
    super(run);
    this.run = run;
  }

  @Override
  void play() throws Exception {
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
    var configs = new AdminConfigs(run);
    var ofTopic = AdminConfigs.TOPIC_CONFIGS;
    configs.alter(ofTopic, AlterConfigOp.OpType.DELETE, "cleanup.policy", "");
    await("delete", () -> configs.described(ofTopic, "cleanup.policy"));
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

  private long offset(TopicPartition partition, OffsetSpec spec) throws Exception {
    return got(admin.listOffsets(Map.of(partition, spec)).partitionResult(partition)).offset();
  }
}
