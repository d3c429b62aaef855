"""aiokafka: manual commits, also when partitions are revoked."""

import asyncio

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

import scenario

history = scenario.History()


async def create_topic():
    admin = AIOKafkaAdminClient(bootstrap_servers=scenario.BOOTSTRAP)
    await admin.start()
    await admin.create_topics([NewTopic(scenario.TOPIC, 4, 1)])
    await admin.close()


async def start_producers():
    producers = {}
    for codec in scenario.CODECS:
        producers[codec] = AIOKafkaProducer(
            bootstrap_servers=scenario.BOOTSTRAP,
            compression_type=None if codec == "none" else codec,
            enable_idempotence=True,
            linger_ms=5,
        )
        await producers[codec].start()
    return producers


async def produce(producers, start, end):
    history.waiting_for = f"records {start} to {end} to be produced"
    sent = []
    for codec, key, value, headers in scenario.records(start, end):
        sent.append(await producers[codec].send(scenario.TOPIC, value, key, headers=headers))
    await asyncio.gather(*sent)


class CommitOnRevoke(ConsumerRebalanceListener):
    def __init__(self, consumer):
        self.consumer = consumer

    async def on_partitions_revoked(self, revoked):
        if revoked:
            await self.consumer.commit()

    async def on_partitions_assigned(self, assigned):
        pass


async def join(member):
    consumer = AIOKafkaConsumer(
        bootstrap_servers=scenario.BOOTSTRAP,
        client_id=member,
        group_id=scenario.GROUP,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        heartbeat_interval_ms=500,
        session_timeout_ms=10_000,
    )
    await consumer.start()
    consumer.subscribe([scenario.TOPIC], listener=CommitOnRevoke(consumer))
    return asyncio.create_task(consume(member, consumer))


async def consume(member, consumer):
    while not history.is_complete():
        batches = await consumer.getmany(timeout_ms=100, max_records=125)
        # No await until all of the batch is noted: a revocation in between would commit all of it.
        for partition, messages in batches.items():
            for message in messages:
                headers = message.headers
                history.add(member, partition.partition, message.offset, message.value, headers)
        await asyncio.sleep(history.pause_s(member, sum(map(len, batches.values()))))
    await consumer.commit()
    await consumer.stop()


async def until(condition, what, members):
    """Waits for `condition`, and ends with the error of a member that fails meanwhile."""
    history.waiting_for = what
    while not condition():
        for member in members:
            if member.done():
                member.result()
        await asyncio.sleep(0.01)


async def main():
    await create_topic()
    producers = await start_producers()
    await producers["none"].send_and_wait(scenario.TOPIC, None, scenario.TOMBSTONE_KEY)
    await produce(producers, 0, scenario.FIRST_PART)

    history.waiting_for = "member A to join"
    members = [await join("A")]
    await until(history.wants_b, f"{scenario.JOIN_AT} consumed records", members)
    history.waiting_for = "member B to join"
    members.append(await join("B"))
    await until(history.wants_second_part, "a record at member B", members)
    await produce(producers, scenario.FIRST_PART, scenario.RECORDS)

    history.waiting_for = "the rest of the records to be consumed"
    await asyncio.gather(*members)
    for producer in producers.values():
        await producer.stop()
    history.close()


asyncio.run(main())
