import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.quota.ClientQuotaFilter;
import org.apache.kafka.common.quota.ClientQuotaFilterComponent;

/** Quotas of users and clients. */
final class AdminQuotas extends AdminSubject {
  AdminQuotas(AdminRun run) {
    super(run);
  }

  @Override
  void play() {
    var user = new ClientQuotaEntity(Map.of("user", TOPIC));
    var both = new HashMap<String, String>();
    both.put("user", TOPIC);
    both.put("client-id", null);
    note("alterClientQuotas", () -> quota(user, "producer_byte_rate", 1e9));
    note(
        "alterClientQuotas: of a user and all clients",
        () -> quota(new ClientQuotaEntity(both), "request_percentage", 12.5));
    note(
        "alterClientQuotas: of an address",
        () ->
            quota(
                new ClientQuotaEntity(Map.of("ip", "10.1.2.3")),
                "connection_creation_rate",
                100.0));
    note(
        "describeClientQuotas",
        () -> {
          var filter =
              ClientQuotaFilter.contains(
                  List.of(ClientQuotaFilterComponent.ofEntity("user", TOPIC)));
          await("12.5", () -> got(admin.describeClientQuotas(filter).entities()).toString());
          return got(admin.describeClientQuotas(filter).entities()).entrySet().stream()
              .map(
                  one ->
                      new TreeMap<>(one.getKey().entries()) + " " + new TreeMap<>(one.getValue()))
              .sorted()
              .toList();
        });
    note(
        "describeClientQuotas: strictly",
        () -> {
          var filter =
              ClientQuotaFilter.containsOnly(
                  List.of(ClientQuotaFilterComponent.ofEntity("user", TOPIC)));
          return got(admin.describeClientQuotas(filter).entities()).size();
        });
    note(
        "describeClientQuotas: defaults",
        () -> {
          var filter =
              ClientQuotaFilter.contains(
                  List.of(
                      ClientQuotaFilterComponent.ofEntity("user", TOPIC),
                      ClientQuotaFilterComponent.ofDefaultEntity("client-id")));
          return got(admin.describeClientQuotas(filter).entities()).size();
        });
    note(
        "describeClientQuotas: of a type",
        () ->
            got(
                    admin
                        .describeClientQuotas(
                            ClientQuotaFilter.contains(
                                List.of(ClientQuotaFilterComponent.ofEntityType("ip"))))
                        .entities())
                .keySet()
                .stream()
                .filter(one -> "10.1.2.3".equals(one.entries().get("ip")))
                .count());
    note(
        "describeClientQuotas: of an unknown type",
        () ->
            got(
                admin
                    .describeClientQuotas(
                        ClientQuotaFilter.contains(
                            List.of(ClientQuotaFilterComponent.ofEntityType("group"))))
                    .entities()));
    note(
        "describeClientQuotas: address and user",
        () ->
            got(
                admin
                    .describeClientQuotas(
                        ClientQuotaFilter.contains(
                            List.of(
                                ClientQuotaFilterComponent.ofEntityType("ip"),
                                ClientQuotaFilterComponent.ofEntityType("user"))))
                    .entities()));
    note("alterClientQuotas: an unknown quota", () -> quota(user, "no_rate", 1.0));
    note("alterClientQuotas: a negative one", () -> quota(user, "producer_byte_rate", -1.0));
    note("alterClientQuotas: a fraction", () -> quota(user, "producer_byte_rate", 1.5));
    note(
        "alterClientQuotas: of an unknown type",
        () -> quota(new ClientQuotaEntity(Map.of("group", "a")), "producer_byte_rate", 1.0));
    note(
        "alterClientQuotas: of an address and a user",
        () ->
            quota(
                new ClientQuotaEntity(Map.of("ip", "10.1.2.3", "user", "a")),
                "connection_creation_rate",
                1.0));
    note(
        "alterClientQuotas: of no name",
        () -> quota(new ClientQuotaEntity(Map.of("user", "")), "producer_byte_rate", 1.0));
    note(
        "alterClientQuotas: removed",
        () -> {
          quota(user, "producer_byte_rate", null);
          quota(new ClientQuotaEntity(both), "request_percentage", null);
          return quota(
              new ClientQuotaEntity(Map.of("ip", "10.1.2.3")), "connection_creation_rate", null);
        });
    note("alterClientQuotas: removed again", () -> quota(user, "producer_byte_rate", null));
  }

  private Object quota(ClientQuotaEntity entity, String name, Double value)
      throws Exception {
    var change =
        new ClientQuotaAlteration(entity, List.of(new ClientQuotaAlteration.Op(name, value)));
    return got(admin.alterClientQuotas(List.of(change)).all());
  }
}
