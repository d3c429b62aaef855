import java.util.List;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.common.acl.AclBindingFilter;

/** Passwords of SCRAM, and what needs an authorizer or authentication, where there is none. */
final class AdminSecurity extends AdminSubject {
  AdminSecurity(AdminRun run) {
    super(run);
  }

  @Override
  void play() throws Exception {
    credentials();
    tokens();
  }

  private void credentials() {
    var info = new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096);
    note(
        "alterUserScramCredentials",
        () ->
            got(
                admin
                    .alterUserScramCredentials(
                        List.of(new UserScramCredentialUpsertion(TOPIC, info, "secret")))
                    .all()));
    note(
        "describeUserScramCredentials",
        () -> {
          await(
              "4096",
              () ->
                  got(admin.describeUserScramCredentials(List.of(TOPIC)).users()).contains(TOPIC)
                      ? "4096"
                      : "");
          return got(admin.describeUserScramCredentials(List.of(TOPIC)).description(TOPIC))
              .credentialInfos();
        });
    note(
        "describeUserScramCredentials: of nobody",
        () ->
            got(
                admin
                    .describeUserScramCredentials(List.of(TOPIC + "-none"))
                    .description(TOPIC + "-none")));
    note(
        "describeUserScramCredentials: named twice",
        () -> got(admin.describeUserScramCredentials(List.of(TOPIC, TOPIC)).description(TOPIC)));
    note(
        "alterUserScramCredentials: too few iterations",
        () ->
            got(
                admin
                    .alterUserScramCredentials(
                        List.of(
                            new UserScramCredentialUpsertion(
                                TOPIC,
                                new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 1),
                                "s")))
                    .all()));
    note("alterUserScramCredentials: deleted", this::deleteCredential);
    note("alterUserScramCredentials: deleted again", this::deleteCredential);
    note("describeAcls", () -> got(admin.describeAcls(AclBindingFilter.ANY).values()));
    note("createAcls", () -> got(admin.createAcls(List.of()).all()));
    note("deleteAcls", () -> got(admin.deleteAcls(List.of(AclBindingFilter.ANY)).all()));
  }

  private Object deleteCredential() throws Exception {
    var deletion = new UserScramCredentialDeletion(TOPIC, ScramMechanism.SCRAM_SHA_256);
    return got(admin.alterUserScramCredentials(List.of(deletion)).all());
  }

  private void tokens() {
    note("createDelegationToken", () -> got(admin.createDelegationToken().delegationToken()));
    note(
        "renewDelegationToken",
        () -> got(admin.renewDelegationToken(new byte[4]).expiryTimestamp()));
    note(
        "expireDelegationToken",
        () -> got(admin.expireDelegationToken(new byte[4]).expiryTimestamp()));
    note("describeDelegationToken", () -> got(admin.describeDelegationToken().delegationTokens()));
  }
}
