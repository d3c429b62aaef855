import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Plays the scenario of security of ../../../../README.md with Apache Kafka's own client. */
public final class Security {
  public static void main(String[] args) throws Exception {
    for (var mechanism : List.of("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")) {
      for (var isTls : new boolean[] {false, true}) {
        var topic = System.getenv("TOPIC") + '-' + mechanism + '-' + isTls;
        exchange(topic, settings(mechanism, isTls, System.getenv("SASL_PASSWORD")));
      }
      try (var admin = Admin.create(settings(mechanism, true, "wrong"))) {
        admin.listTopics().names().get();
        throw new IllegalStateException(mechanism + " takes a wrong password");
      } catch (ExecutionException refused) {
        if (!(refused.getCause() instanceof SaslAuthenticationException)) throw refused;
      }
    }
    System.out.print("F plain scram-sha-256 scram-sha-512 tls\n");
  }

  private static Properties settings(String mechanism, boolean isTls, String password) {
    var module = mechanism.equals("PLAIN") ? "plain.PlainLoginModule" : "scram.ScramLoginModule";
    var settings = new Properties();
    settings.put("bootstrap.servers", System.getenv("BOOTSTRAP"));
    settings.put("security.protocol", isTls ? "SASL_SSL" : "SASL_PLAINTEXT");
    settings.put("sasl.mechanism", mechanism);
    settings.put(
        "sasl.jaas.config",
        "org.apache.kafka.common.security." + module + " required username=\""
            + System.getenv("SASL_USER") + "\" password=\"" + password + "\";");
    settings.put("ssl.truststore.type", "PEM");
    settings.put("ssl.truststore.location", System.getenv("CA_FILE"));
    return settings;
  }

  private static void exchange(String topic, Properties settings) throws Exception {
    try (var admin = Admin.create(settings)) {
      admin.createTopics(List.of(new NewTopic(topic, Optional.of(1), Optional.empty()))).all().get();
    }
    try (var producer =
        new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
      producer.send(new ProducerRecord<>(topic, "secret")).get();
    }
    try (var consumer =
        new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
      consumer.assign(List.of(new TopicPartition(topic, 0)));
      consumer.seekToBeginning(consumer.assignment());
      var read = consumer.poll(Duration.ofSeconds(15));
      if (!read.iterator().next().value().equals("secret")) throw new IllegalStateException(topic);
    }
  }
}
