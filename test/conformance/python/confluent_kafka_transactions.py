"""confluent-kafka (librdkafka): the scenario of transactions."""

import os
import sys
import threading

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

INPUT = os.environ["TOPIC"]
OUTPUT = f"{INPUT}-copy"
GROUP = os.environ["GROUP"]
RECORDS = int(os.environ["RECORDS"])
CHUNK = 1_000
DEADLINE_S = 120
common = {"bootstrap.servers": os.environ["BOOTSTRAP"]}
state = {"waiting_for": "the topics", "rounds": 0, "copied": 0}


def give_up():
    print(f"not done after {DEADLINE_S} s, waiting for {state['waiting_for']}", file=sys.stderr)
    os._exit(1)


def create_topics():
    admin = AdminClient(common)
    topics = admin.create_topics([NewTopic(INPUT, 4, 1), NewTopic(OUTPUT, 4, 1)])
    for created in topics.values():
        created.result(30)


def new_producer(name):
    producer = Producer({**common, "transactional.id": f"{GROUP}-{name}", "linger.ms": 5})
    producer.init_transactions(30)
    return producer


def new_consumer(group):
    return Consumer(
        {
            **common,
            "group.id": group,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "session.timeout.ms": 6_000,
        }
    )


def fill():
    """Every third chunk is sent and aborted before it is sent for good."""
    producer = new_producer("fill")
    for start in range(0, RECORDS, CHUNK):
        for is_aborted in [True, False] if start // CHUNK % 3 == 2 else [False]:
            producer.begin_transaction()
            for seq in range(start, min(start + CHUNK, RECORDS)):
                producer.produce(INPUT, f"{seq:<100}", f"key-{seq % 997}")
            if is_aborted:
                # What was not sent is dropped, and if that is all, there is nothing to abort.
                producer.flush()
                producer.abort_transaction(30)
            else:
                producer.commit_transaction(30)


def copy(leaves_open):
    """Copies until all is copied, or, where `leaves_open`, until half is."""
    producer = new_producer("copy")
    consumer = new_consumer(GROUP)
    consumer.subscribe([INPUT])
    while state["copied"] < RECORDS:
        messages = [message for message in consumer.consume(CHUNK, 0.1) if not message.error()]
        if not messages:
            continue
        starts, ends = {}, {}
        producer.begin_transaction()
        for message in messages:
            partition, offset = message.partition(), message.offset()
            starts.setdefault(partition, offset)
            ends[partition] = offset + 1
            producer.produce(OUTPUT, message.value(), message.key(), partition)
        offsets = [TopicPartition(INPUT, *place) for place in ends.items()]
        producer.send_offsets_to_transaction(offsets, consumer.consumer_group_metadata(), 30)
        if leaves_open and state["copied"] >= RECORDS / 2:
            producer.flush()
            break
        state["rounds"] += 1
        if state["rounds"] % 3 == 0:
            producer.flush()
            producer.abort_transaction(30)
            for partition, offset in starts.items():
                consumer.seek(TopicPartition(INPUT, partition, offset))
        else:
            producer.commit_transaction(30)
            state["copied"] += len(messages)
    consumer.close()
    return producer


def check_locked_out(producer):
    try:
        producer.commit_transaction(30)
    except KafkaException as error:
        if error.args[0].fatal():
            return
        raise
    raise RuntimeError("a producer that was replaced could commit")


def read():
    consumer = new_consumer(f"{GROUP}-check")
    consumer.subscribe([OUTPUT])
    lines = []
    while len(lines) < RECORDS:
        for message in consumer.consume(CHUNK, 0.1):
            if message.error():
                raise KafkaException(message.error())
            place = f"{message.partition()} {message.offset()}"
            lines.append(f"R reader {place} {int(message.value())}")
    consumer.close()
    print("\n".join(lines))
    print("F aborts fencing")


deadline = threading.Timer(DEADLINE_S, give_up)
deadline.daemon = True
deadline.start()
create_topics()
state["waiting_for"] = "the records to be produced"
fill()
state["waiting_for"] = "the first copier, which leaves its last transaction open"
abandoned = copy(leaves_open=True)
state["waiting_for"] = "the second copier, which takes the transactional id over"
copy(leaves_open=False)
state["waiting_for"] = "the first copier to learn that it is locked out"
check_locked_out(abandoned)
state["waiting_for"] = "the copies to be read"
read()
