"""kafka-python: the scenario of transactions."""

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

from copying import BOOTSTRAP, CHUNK, GROUP, INPUT, OUTPUT, PARTITIONS, Copying, chunks

copying = Copying()


def create_topics():
    admin = KafkaAdminClient(bootstrap_servers=BOOTSTRAP)
    admin.create_topics([NewTopic(INPUT, PARTITIONS, 1), NewTopic(OUTPUT, PARTITIONS, 1)])
    admin.close()


def new_producer(name):
    producer = KafkaProducer(
        bootstrap_servers=BOOTSTRAP, transactional_id=f"{GROUP}-{name}", linger_ms=5
    )
    producer.init_transactions()
    return producer


def new_consumer(group):
    return KafkaConsumer(
        bootstrap_servers=BOOTSTRAP,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        isolation_level="read_committed",
        session_timeout_ms=6000,
        heartbeat_interval_ms=500,
        max_poll_records=CHUNK,
    )


def fill():
    producer = new_producer("fill")
    for records, is_aborted in chunks():
        producer.begin_transaction()
        for key, value in records:
            producer.send(INPUT, value, key)
        # What is not sent yet is dropped by an abort: all shall be in the log.
        producer.flush()
        if is_aborted:
            producer.abort_transaction()
        else:
            producer.commit_transaction()
    producer.close()


def copy(leaves_open):
    """Copies until all is copied, or, where `leaves_open`, until half is."""
    producer = new_producer("copy")
    consumer = new_consumer(GROUP)
    consumer.subscribe([INPUT])
    while not copying.is_done():
        polled = consumer.poll(100)
        if not polled:
            continue
        producer.begin_transaction()
        for place, records in polled.items():
            for record in records:
                producer.send(OUTPUT, record.value, record.key, partition=place.partition)
        ends = {
            place: OffsetAndMetadata(records[-1].offset + 1, "", -1)
            for place, records in polled.items()
        }
        producer.send_offsets_to_transaction(ends, consumer.group_metadata())
        producer.flush()
        if leaves_open and copying.is_half_done():
            break
        if copying.aborts():
            producer.abort_transaction()
            for place, records in polled.items():
                consumer.seek(place, records[0].offset)
        else:
            producer.commit_transaction()
            copying.committed(sum(map(len, polled.values())))
    consumer.close()
    return producer


def check_locked_out(producer):
    try:
        producer.commit_transaction()
    except KafkaError:
        return
    raise RuntimeError("a producer that was replaced could commit")


def read():
    consumer = new_consumer(None)
    consumer.assign([TopicPartition(OUTPUT, partition) for partition in range(PARTITIONS)])
    while not copying.is_read():
        for place, records in consumer.poll(100).items():
            for record in records:
                copying.read(place.partition, record.offset, record.value)
    consumer.close()


create_topics()
copying.waiting_for = "the records to be produced"
fill()
copying.waiting_for = "the first copier, which leaves its last transaction open"
abandoned = copy(leaves_open=True)
copying.waiting_for = "the second copier, which takes the transactional id over"
copy(leaves_open=False).close()
copying.waiting_for = "the first copier to learn that it is locked out"
check_locked_out(abandoned)
copying.waiting_for = "the copies to be read"
read()
copying.close("fencing")
