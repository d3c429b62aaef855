import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;

/**
 * Every method of Apache Kafka's `Admin` that a single broker can serve, with what is right and
 * what is wrong: each comes to what it came to with Apache Kafka, which `admin-calls.txt` holds.
 */
public final class AdminCalls {
  private static final Map<String, ?> PATIENT =
      Map.of("default.api.timeout.ms", 20_000, "request.timeout.ms", 15_000);
  private static final Map<String, ?> HASTY =
      Map.of("default.api.timeout.ms", 1_500, "request.timeout.ms", 1_000);

  public static void main(String[] args) throws Exception {
    var outcomes = new Outcomes(AdminSubject.TOPIC);
    try (var admin = Admin.create(AdminSubject.settings(PATIENT));
        var hasty = Admin.create(AdminSubject.settings(HASTY))) {
      for (var subject : subjects(new AdminRun(admin, hasty, outcomes))) subject.play();
    }
    var count = outcomes.judge("/admin-calls.txt");
    System.out.println("F admin-calls:" + count);
  }

  /** In this order, since the later ones use topics and records of the earlier ones. */
  private static List<AdminSubject> subjects(AdminRun run) {
    return List.of(
        new AdminTopics(run),
        new AdminConfigs(run),
        new AdminRecords(run),
        new AdminGroups(run),
        new AdminTransactions(run),
        new AdminQuotas(run),
        new AdminSecurity(run),
        new AdminCluster(run),
        new AdminReplicas(run),
        new AdminRemovals(run));
  }
}
