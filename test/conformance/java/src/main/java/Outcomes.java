import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/**
 * What calls came to, a line each, held against a file that Apache Kafka has written: with `RECORD`
 * set to a path, the lines are written there instead.
 */
final class Outcomes {
  private final List<String> lines = new ArrayList<>();
  private final String topic;

  /**
   * @param topic a name of this run, which lines call TOPIC
   */
  Outcomes(String topic) {
    this.topic = topic;
  }

  /** Notes what a call answers, or the class of what it throws. */
  void note(String name, Callable<?> call) {
    String outcome;
    try {
      outcome = String.valueOf(call.call());
    } catch (ExecutionException | CompletionException error) {
      outcome = error.getCause().getClass().getSimpleName();
    } catch (Exception error) {
      outcome = "thrown: " + error.getClass().getSimpleName();
    }
    var line = (name + " = " + outcome).replace(topic, "TOPIC").replace('\n', ' ');
    System.err.println(line);
    lines.add(line);
  }

  /** Returns how many calls there were. @throws IllegalStateException naming those that differ */
  int judge(String resource) throws Exception {
    var record = System.getenv("RECORD");
    if (record != null) {
      Files.writeString(Path.of(record), String.join("\n", lines) + "\n");
      return lines.size();
    }
    String expected;
    try (var stream = Outcomes.class.getResourceAsStream(resource)) {
      expected = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }
    var wanted = expected.lines().toList();
    var problems = new ArrayList<String>();
    for (int index = 0; index < Math.max(lines.size(), wanted.size()); index++) {
      var line = index < lines.size() ? lines.get(index) : "nothing";
      var want = index < wanted.size() ? wanted.get(index) : "nothing";
      if (!line.equals(want)) problems.add("expected " + want + "\n     got " + line);
    }
    if (!problems.isEmpty()) throw new IllegalStateException("\n" + String.join("\n", problems));
    return lines.size();
  }
}
