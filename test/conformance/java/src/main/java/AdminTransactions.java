import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.*;

/** Producers and their transactions: described, listed, aborted and fenced. */
final class AdminTransactions extends AdminSubject {
  AdminTransactions(AdminRun run) {
    super(run);
  }

  @Override
  void play() throws Exception {
    var id = GROUP + "-tx";
    var producer = producer(Map.of("transactional.id", id));
    producer.initTransactions();
    producer.beginTransaction();
    send(producer, 1);
    note(
        "describeProducers",
        () -> {
          var state =
              got(admin.describeProducers(List.of(part(TOPIC, 1))).partitionResult(part(TOPIC, 1)));
          var one = state.activeProducers().get(0);
          return state.activeProducers().size()
              + " epoch "
              + one.producerEpoch()
              + " seq "
              + one.lastSequence()
              + " "
              + one.currentTransactionStartOffset()
              + " "
              + one.coordinatorEpoch();
        });
    note(
        "describeProducers: of no partition",
        () ->
            got(
                hasty
                    .describeProducers(List.of(part(TOPIC, 77)))
                    .partitionResult(part(TOPIC, 77))));
    note(
        "describeTransactions",
        () -> {
          var found = got(admin.describeTransactions(List.of(id)).all()).get(id);
          return found.state()
              + " "
              + found.producerEpoch()
              + " "
              + found.transactionTimeoutMs()
              + " "
              + found.topicPartitions()
              + " "
              + found.transactionStartTimeMs().isPresent();
        });
    note(
        "describeTransactions: of no id",
        () -> got(admin.describeTransactions(List.of(id + "-none")).all()));
    note(
        "listTransactions: by state",
        () -> {
          var options =
              new ListTransactionsOptions().filterStates(Set.of(TransactionState.ONGOING));
          return listed(options);
        });
    note(
        "listTransactions: by another state",
        () ->
            listed(
                new ListTransactionsOptions()
                    .filterStates(Set.of(TransactionState.COMPLETE_ABORT))));
    note(
        "listTransactions: by age",
        () -> listed(new ListTransactionsOptions().filterOnDuration(100_000)));
    note(
        "listTransactions: by pattern",
        () ->
            listed(
                new ListTransactionsOptions()
                    .filterOnTransactionalIdPattern("^" + GROUP + "-t[xyz]$")));
    note(
        "listTransactions: by another pattern",
        () -> listed(new ListTransactionsOptions().filterOnTransactionalIdPattern("no-.*")));
    note(
        "listTransactions: by a part",
        () -> listed(new ListTransactionsOptions().filterOnTransactionalIdPattern(GROUP)));
    note(
        "listTransactions: by a bad pattern",
        () -> listed(new ListTransactionsOptions().filterOnTransactionalIdPattern("(")));
    note(
        "abortTransaction: of another producer",
        () ->
            got(
                admin
                    .abortTransaction(
                        new AbortTransactionSpec(part(TOPIC, 1), 123_456, (short) 0, 0))
                    .all()));
    note(
        "abortTransaction: of no partition",
        () ->
            got(
                hasty
                    .abortTransaction(new AbortTransactionSpec(part(TOPIC, 77), 1, (short) 0, 0))
                    .all()));
    note("forceTerminateTransaction", () -> got(admin.forceTerminateTransaction(id).result()));
    note(
        "fenceProducers",
        () -> {
          var fenced = admin.fenceProducers(List.of(id));
          return got(fenced.epochId(id)) > 0;
        });
    note(
        "describeTransactions: fenced",
        () -> got(admin.describeTransactions(List.of(id)).all()).get(id).state());
    producer.close(Duration.ZERO);
  }

  private Object listed(ListTransactionsOptions options) throws Exception {
    return got(admin.listTransactions(options).all()).stream()
        .map(TransactionListing::transactionalId)
        .filter(one -> one.startsWith(GROUP))
        .count();
  }
}
