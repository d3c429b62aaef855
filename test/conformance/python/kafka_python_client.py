"""kafka-python: commits when partitions are revoked. Its consumer groups are those of the old protocol."""

import time

from kafka import AsyncConsumerRebalanceListener, KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.admin import NewTopic

import scenario

history = scenario.History()
producers = {
    codec: KafkaProducer(
        bootstrap_servers=scenario.BOOTSTRAP,
        compression_type=None if codec == "none" else codec,
        enable_idempotence=True,
        linger_ms=5,
    )
    for codec in scenario.CODECS
}


def create_topic():
    admin = KafkaAdminClient(bootstrap_servers=scenario.BOOTSTRAP)
    admin.create_topics([NewTopic(scenario.TOPIC, 4, 1)])
    admin.close()
    producers["none"].send(scenario.TOPIC, None, scenario.TOMBSTONE_KEY).get(30)


def produce(start, end):
    history.waiting_for = f"records {start} to {end} to be produced"
    sent = [
        producers[codec].send(scenario.TOPIC, value, key, headers=headers)
        for codec, key, value, headers in scenario.records(start, end)
    ]
    for future in sent:
        future.get(60)


class CommitOnRevoke(AsyncConsumerRebalanceListener):
    """Called on the thread that also does the requests, where nothing may block."""

    def __init__(self, consumer):
        self.consumer = consumer

    async def on_partitions_revoked(self, revoked):
        if revoked:
            await self.consumer.commit_async()

    async def on_partitions_assigned(self, assigned):
        pass


def join(member):
    consumer = KafkaConsumer(
        bootstrap_servers=scenario.BOOTSTRAP,
        client_id=member,
        group_id=scenario.GROUP,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        heartbeat_interval_ms=500,
        session_timeout_ms=10_000,
        max_poll_records=125,
    )
    consumer.subscribe([scenario.TOPIC], listener=CommitOnRevoke(consumer))
    return consumer


def consume_some(member, consumer):
    polled = consumer.poll(5)
    for partition, records in polled.items():
        for record in records:
            value, headers = record.value, record.headers
            history.add(member, partition.partition, record.offset, value, headers)
    time.sleep(history.pause_s(member, sum(map(len, polled.values()))))


create_topic()
produce(0, scenario.FIRST_PART)
members = {"A": join("A")}
second_part_is_produced = False
history.waiting_for = "the records to be consumed"
while not history.is_complete():
    for member, consumer in members.items():
        consume_some(member, consumer)
    if "B" not in members and history.wants_b():
        members["B"] = join("B")
    if not second_part_is_produced and history.wants_second_part():
        produce(scenario.FIRST_PART, scenario.RECORDS)
        history.waiting_for = "the rest of the records to be consumed"
        second_part_is_produced = True

history.waiting_for = "the members to leave"
for consumer in members.values():
    consumer.commit()
    consumer.close()
for producer in producers.values():
    producer.close()
history.close()
