import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** One subject of `AdminCalls`, with what the calls of all subjects are made of. */
abstract class AdminSubject {
  static final String TOPIC = System.getenv("TOPIC");
  static final String GROUP = System.getenv("GROUP");

  final Admin admin;

  /** Gives up soon, where nobody is going to answer. */
  final Admin hasty;

  private final Outcomes outcomes;

  AdminSubject(AdminRun run) {
    admin = run.admin();
    hasty = run.hasty();
    outcomes = run.outcomes();
  }

  /** Makes the calls, and notes what each comes to. */
  abstract void play() throws Exception;

  final void note(String name, Callable<?> call) {
    outcomes.note(name, call);
  }

  final int nodeId() throws Exception {
    return got(admin.describeCluster().nodes()).iterator().next().id();
  }

  static <T> T got(KafkaFuture<T> future) throws Exception {
    return future.get(30, TimeUnit.SECONDS);
  }

  static TopicPartition part(String topic, int partition) {
    return new TopicPartition(topic, partition);
  }

  static ConfigResource resource(ConfigResource.Type type, String name) {
    return new ConfigResource(type, name);
  }

  /** Waits until an answer holds `text`: Apache Kafka's broker hears of a change a little later. */
  static void await(String text, Callable<String> answer) throws Exception {
    for (int attempt = 0; attempt < 50 && !answer.call().contains(text); attempt++)
      Thread.sleep(100);
  }

  static Properties settings(Map<String, ?> more) {
    var properties = new Properties();
    properties.put("bootstrap.servers", System.getenv("BOOTSTRAP"));
    properties.putAll(more);
    return properties;
  }

  static KafkaProducer<byte[], byte[]> producer(Map<String, ?> more) {
    return new KafkaProducer<>(
        settings(more), new ByteArraySerializer(), new ByteArraySerializer());
  }

  static void send(KafkaProducer<byte[], byte[]> producer, int partition) throws Exception {
    producer.send(new ProducerRecord<>(TOPIC, partition, new byte[1], new byte[100])).get();
  }
}
