"""confluent-kafka (librdkafka), in both group protocols: commits when partitions are revoked."""

import time

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient, NewTopic

import scenario

history = scenario.History()
common = {"bootstrap.servers": scenario.BOOTSTRAP}
producers = {
    codec: Producer({**common, "compression.type": codec, "enable.idempotence": True, "linger.ms": 5})
    for codec in scenario.CODECS
}


def check_delivery(error, _message):
    if error is not None:
        raise KafkaException(error)


def create_topic():
    admin = AdminClient(common)
    admin.create_topics([NewTopic(scenario.TOPIC, 4, 1)])[scenario.TOPIC].result(30)
    producers["none"].produce(scenario.TOPIC, None, scenario.TOMBSTONE_KEY, callback=check_delivery)
    producers["none"].flush()


def produce(start, end):
    history.waiting_for = f"records {start} to {end} to be produced"
    for codec, key, value, headers in scenario.records(start, end):
        producer = producers[codec]
        producer.produce(scenario.TOPIC, value, key, callback=check_delivery, headers=headers)
        producer.poll(0)
    for producer in producers.values():
        producer.flush()


def commit(consumer, _partitions=None):
    try:
        consumer.commit(asynchronous=False)
    except KafkaException as error:
        if error.args[0].code() != KafkaError._NO_OFFSET:
            raise


def join(member):
    settings = {
        **common,
        "client.id": member,
        "group.id": scenario.GROUP,
        "group.protocol": scenario.GROUP_PROTOCOL,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "enable.auto.offset.store": True,
    }
    if scenario.GROUP_PROTOCOL == "classic":
        settings.update({"heartbeat.interval.ms": 500, "session.timeout.ms": 10_000})
    consumer = Consumer(settings)
    consumer.subscribe([scenario.TOPIC], on_revoke=commit)
    return consumer


def consume_one(member, consumer):
    message = consumer.poll(0)
    if message is None:
        return False
    if message.error():
        raise KafkaException(message.error())
    value, headers = message.value(), message.headers()
    history.add(member, message.partition(), message.offset(), value, headers)
    pause_s = history.pause_s(member)
    if pause_s > 0:
        time.sleep(pause_s)
    return True


create_topic()
produce(0, scenario.FIRST_PART)
members = {"A": join("A")}
second_part_is_produced = False
history.waiting_for = "the records to be consumed"
while not history.is_complete():
    busy = [consume_one(member, consumer) for member, consumer in members.items()]
    if not any(busy):
        time.sleep(0.005)
    if "B" not in members and history.wants_b():
        members["B"] = join("B")
    if not second_part_is_produced and history.wants_second_part():
        produce(scenario.FIRST_PART, scenario.RECORDS)
        history.waiting_for = "the rest of the records to be consumed"
        second_part_is_produced = True

history.waiting_for = "the members to leave"
for consumer in members.values():
    commit(consumer)
    consumer.close()
history.close()
