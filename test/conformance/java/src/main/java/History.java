import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;

/**
 * The consumed records, printed in the order of consumption, and what the scenario asks of them:
 * when member B joins, when the rest is produced, when all is done. The contract with the runner
 * is in ../../../../README.md.
 */
final class History {
  static final int RECORDS = Integer.parseInt(System.getenv().getOrDefault("RECORDS", "100000"));

  /** Member B joins after this many consumed records. */
  static final int JOIN_AT = RECORDS / 5;

  /** The records after this one are produced once both members are at work, so each gets some. */
  static final int FIRST_PART = RECORDS / 5 * 4;

  private static final long DEADLINE_MS = 120_000;
  private static final int RECORDS_A_PAUSE = 125;
  private static final long PAUSE_MS = 50;

  private final long startNanos = System.nanoTime();
  private final StringBuilder unwritten = new StringBuilder();
  private final Set<String> features = new TreeSet<>();
  private int consumedByA;
  private int consumedByB;
  private int untilPause = RECORDS_A_PAUSE;

  /**
   * Notes a consumed record, in the order of consumption and before its offset is committed.
   *
   * @param header the value of the record's header `seq`, or null
   */
  synchronized void consumed(String member, int partition, long offset, String value, String header) {
    if (value == null) {
      features.add("tombstone");
      return;
    }
    int seq = Integer.parseInt(value.strip());
    if (header != null) {
      if (Integer.parseInt(header) != seq) fail("record " + seq + " has the header of " + header);
      features.add("headers");
    }
    if (member.equals("A")) consumedByA++;
    else consumedByB++;
    unwritten.append("R ").append(member).append(' ').append(partition);
    unwritten.append(' ').append(offset).append(' ').append(seq).append('\n');
    if (unwritten.length() > 65_536 || count() >= RECORDS) flush();
  }

  /**
   * To be called after each record. From the moment member B is asked to join until it has its
   * first record, this makes member A slow: the rebalance then happens in the middle of the work,
   * with fetched records waiting in A.
   */
  void pace(String member) throws InterruptedException {
    synchronized (this) {
      if (!member.equals("A") || consumedByB > 0 || consumedByA < JOIN_AT) return;
      if (--untilPause > 0) return;
      untilPause = RECORDS_A_PAUSE;
    }
    Thread.sleep(PAUSE_MS);
  }

  /** Blocks until `condition`, asked about the history; ends the program after the deadline. */
  synchronized void await(String what, BooleanSupplier condition) throws InterruptedException {
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - startNanos > DEADLINE_MS * 1_000_000) {
        fail("not done after " + DEADLINE_MS + " ms: waiting for " + what);
      }
      wait(10);
    }
  }

  synchronized int count() {
    return consumedByA + consumedByB;
  }

  synchronized int countOfB() {
    return consumedByB;
  }

  synchronized void complete(String... moreFeatures) {
    features.addAll(Set.of(moreFeatures));
    unwritten.append("F ").append(String.join(" ", features)).append('\n');
    flush();
  }

  /** Ends the program as failed, at once: threads may be stuck in a client. */
  synchronized void fail(String why) {
    flush();
    System.err.println(why + " (A consumed " + consumedByA + " records, B " + consumedByB + ")");
    Runtime.getRuntime().halt(1);
  }

  private void flush() {
    System.out.print(unwritten);
    System.out.flush();
    unwritten.setLength(0);
  }
}
