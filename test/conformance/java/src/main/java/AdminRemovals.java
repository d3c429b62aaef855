import java.util.List;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.Uuid;

/** Topics are deleted, when all else is done. */
final class AdminRemovals extends AdminSubject {
  AdminRemovals(AdminRun run) {
    super(run);
  }

  @Override
  void play() {
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

  private String errorOf(KafkaFuture<Void> future) {
    try {
      got(future);
      return "deleted";
    } catch (Exception error) {
      return error.getCause().getClass().getSimpleName();
    }
  }
}
