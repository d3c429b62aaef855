import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;

/**
 * Prints batches as Apache Kafka writes them, one JSON object a line; or, with files of batches
 * as arguments, prints how many of their records Apache Kafka reads as expected.
 *
 * <p>The records follow a rule, so that a test can know them: see `recordAt`.
 */
public class Batches {
  static final int FEW = 5;
  /** More than one block of every codec. */
  static final int MANY = 1000;

  public static void main(String[] args) throws IOException {
    if (args.length > 0) {
      for (String file : args) read(ByteBuffer.wrap(Files.readAllBytes(Path.of(file))));
      return;
    }
    Map<String, Compression> codecs =
        Map.of(
            "gzip", Compression.gzip().build(),
            "snappy", Compression.snappy().build(),
            "lz4", Compression.lz4().build(),
            "zstd", Compression.zstd().build());
    print("none", FEW, idempotent(Compression.NONE, FEW));
    for (String name : List.of("gzip", "snappy", "lz4", "zstd")) {
      for (int count : new int[] {FEW, MANY}) print(name, count, idempotent(codecs.get(name), count));
    }
    for (ControlRecordType type : List.of(ControlRecordType.ABORT, ControlRecordType.COMMIT)) {
      EndTransactionMarker marker = new EndTransactionMarker(type, 17);
      MemoryRecords batch =
          MemoryRecords.withEndTransactionMarker(42, 1700000000000L, 3, 4000, (short) 5, marker);
      print(type.name().toLowerCase(), 1, batch);
    }
  }

  static MemoryRecords idempotent(Compression compression, int count) {
    List<SimpleRecord> records = new ArrayList<>();
    for (int i = 0; i < count; i++) records.add(recordAt(i));
    return MemoryRecords.withRecords(
        RecordBatch.CURRENT_MAGIC_VALUE,
        100,
        compression,
        TimestampType.CREATE_TIME,
        4000,
        (short) 5,
        77,
        3,
        true,
        records.toArray(SimpleRecord[]::new));
  }

  static SimpleRecord recordAt(int i) {
    byte[] key = i % 5 == 1 ? null : bytes("key-" + i);
    byte[] value = i % 7 == 2 ? null : bytes("värde " + i + "-".repeat(i % 50 * 5));
    Header[] headers = {new RecordHeader("trace", bytes("" + i)), new RecordHeader("nåll", null)};
    long timestamp = 1700000000000L + (i % 2 == 0 ? i : -i);
    return new SimpleRecord(timestamp, key, value, i % 3 == 0 ? headers : new Header[0]);
  }

  static void print(String name, int count, MemoryRecords batch) {
    byte[] bytes = new byte[batch.sizeInBytes()];
    batch.buffer().get(bytes);
    String base64 = Base64.getEncoder().encodeToString(bytes);
    System.out.printf("{\"name\":\"%s\",\"recordCount\":%d,\"batch\":\"%s\"}%n", name, count, base64);
  }

  static void read(ByteBuffer buffer) {
    for (RecordBatch batch : MemoryRecords.readableRecords(buffer).batches()) {
      batch.ensureValid();
      int matching = 0;
      int count = 0;
      for (Record record : batch) {
        SimpleRecord expected = recordAt(count);
        boolean isNext = record.offset() == batch.baseOffset() + count++;
        if (isNext && new SimpleRecord(record).equals(expected)) matching++;
      }
      System.out.printf("%s: %d of %d%n", batch.compressionType().name, matching, count);
    }
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
