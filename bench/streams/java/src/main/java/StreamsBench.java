import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.JoinWindows;
import org.apache.kafka.streams.kstream.Joined;
import org.apache.kafka.streams.kstream.KGroupedStream;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.SessionWindows;
import org.apache.kafka.streams.kstream.StreamJoined;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.kstream.WindowedSerdes;

/** One of the workloads of ../../../../workloads.ts, run by Kafka Streams until it is killed. */
public final class StreamsBench {
  record Order(long id, String customer, String product, long amount, String note) {}

  record Payment(long id, String customer, long cents) {}

  record Customer(String customer, String name) {}

  record Total(long id, String customer, long total) {}

  record Paid(long order, long payment, long amount) {}

  record Known(long id, String name) {}

  private static final Serde<String> STRINGS = Serdes.String();
  private static final Serde<Long> LONGS = Serdes.Long();
  private static final String OUTPUT = System.getenv("OUTPUT");

  public static void main(String[] args) {
    var settings = new Properties();
    settings.put("bootstrap.servers", System.getenv("BOOTSTRAP"));
    settings.put("application.id", System.getenv("APPLICATION"));
    settings.put("state.dir", System.getenv("STATE"));
    settings.put("auto.offset.reset", "earliest");
    // Each record gives its result, as it does with the others.
    settings.put("statestore.cache.max.bytes", 0);
    settings.put("processing.guarantee", System.getenv("GUARANTEE"));
    settings.put("dsl.store.suppliers.class", stores());
    var builder = new StreamsBuilder();
    build(builder, System.getenv("WORKLOAD"));
    var streams = new KafkaStreams(builder.build(), settings);
    streams.setUncaughtExceptionHandler(
        error -> {
          error.printStackTrace();
          System.exit(1);
          return null;
        });
    streams.start();
  }

  private static String stores() {
    var kind = System.getenv("STORES").equals("memory") ? "InMemory" : "RocksDB";
    var suppliers = "org.apache.kafka.streams.state.BuiltInDslStoreSuppliers$";
    return suppliers + kind + "DslStoreSuppliers";
  }

  private static void build(StreamsBuilder builder, String workload) {
    KStream<String, Order> orders =
        builder.stream(System.getenv("ORDERS"), Consumed.with(STRINGS, json(Order.class)));
    KGroupedStream<String, Order> byKey = orders.groupByKey(Grouped.with(STRINGS, json(Order.class)));
    switch (workload) {
      case "filter-map" ->
          orders
              .filter((key, order) -> order.amount() % 4 != 0)
              .mapValues(order -> new Total(order.id(), order.customer(), order.amount() * 2))
              .to(OUTPUT, Produced.with(STRINGS, json(Total.class)));
      case "count" -> byKey.count().toStream().to(OUTPUT, Produced.with(STRINGS, LONGS));
      case "tumbling" -> countInWindows(byKey, 10_000, 10_000);
      case "hopping" -> countInWindows(byKey, 10_000, 5_000);
      case "session" ->
          byKey
              .windowedBy(SessionWindows.ofInactivityGapWithNoGrace(Duration.ofSeconds(5)))
              .count()
              .toStream()
              .to(OUTPUT, Produced.with(WindowedSerdes.sessionWindowedSerdeFrom(String.class), LONGS));
      case "stream-join" -> joinPayments(builder, orders);
      case "table-join" -> lookUpCustomers(builder, orders);
      case "repartitioned" ->
          orders
              .groupBy((key, order) -> order.product(), Grouped.with(STRINGS, json(Order.class)))
              .count()
              .toStream()
              .to(OUTPUT, Produced.with(STRINGS, LONGS));
      default -> throw new IllegalArgumentException(workload);
    }
  }

  private static void countInWindows(KGroupedStream<String, Order> byKey, long size, long advance) {
    var windows = TimeWindows.ofSizeWithNoGrace(Duration.ofMillis(size));
    byKey
        .windowedBy(windows.advanceBy(Duration.ofMillis(advance)))
        .count()
        .toStream()
        .to(OUTPUT, Produced.with(WindowedSerdes.timeWindowedSerdeFrom(String.class, size), LONGS));
  }

  private static void joinPayments(StreamsBuilder builder, KStream<String, Order> orders) {
    KStream<String, Payment> payments =
        builder.stream(System.getenv("PAYMENTS"), Consumed.with(STRINGS, json(Payment.class)));
    var windows =
        JoinWindows.ofTimeDifferenceAndGrace(Duration.ofMillis(50), Duration.ofSeconds(20));
    orders
        .join(
            payments,
            (order, payment) -> new Paid(order.id(), payment.id(), order.amount()),
            windows,
            StreamJoined.with(STRINGS, json(Order.class), json(Payment.class)))
        .to(OUTPUT, Produced.with(STRINGS, json(Paid.class)));
  }

  private static void lookUpCustomers(StreamsBuilder builder, KStream<String, Order> orders) {
    var customers =
        builder.table(System.getenv("CUSTOMERS"), Consumed.with(STRINGS, json(Customer.class)));
    orders
        .join(
            customers,
            (order, customer) -> new Known(order.id(), customer.name()),
            Joined.with(STRINGS, json(Order.class), json(Customer.class)))
        .to(OUTPUT, Produced.with(STRINGS, json(Known.class)));
  }

  private static <T> Serde<T> json(Class<T> type) {
    var mapper = new ObjectMapper();
    var reader = mapper.readerFor(type);
    var writer = mapper.writerFor(type);
    return Serdes.serdeFrom(
        (topic, value) -> {
          try {
            return value == null ? null : writer.writeValueAsBytes(value);
          } catch (IOException error) {
            throw new UncheckedIOException(error);
          }
        },
        (topic, bytes) -> {
          try {
            return bytes == null ? null : reader.readValue(bytes);
          } catch (IOException error) {
            throw new UncheckedIOException(error);
          }
        });
  }
}
