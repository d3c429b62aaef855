"""aiokafka: the scenario of transactions."""

import asyncio

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError

from copying import BOOTSTRAP, CHUNK, GROUP, INPUT, OUTPUT, PARTITIONS, Copying, chunks

copying = Copying()


async def create_topics():
    admin = AIOKafkaAdminClient(bootstrap_servers=BOOTSTRAP)
    await admin.start()
    await admin.create_topics([NewTopic(INPUT, PARTITIONS, 1), NewTopic(OUTPUT, PARTITIONS, 1)])
    await admin.close()


async def new_producer(name):
    producer = AIOKafkaProducer(
        bootstrap_servers=BOOTSTRAP, transactional_id=f"{GROUP}-{name}", linger_ms=5
    )
    await producer.start()
    return producer


async def new_consumer(group):
    consumer = AIOKafkaConsumer(
        bootstrap_servers=BOOTSTRAP,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        isolation_level="read_committed",
        session_timeout_ms=6000,
        heartbeat_interval_ms=500,
    )
    await consumer.start()
    return consumer


async def fill():
    producer = await new_producer("fill")
    for records, is_aborted in chunks():
        await producer.begin_transaction()
        sent = [await producer.send(INPUT, value, key) for key, value in records]
        await asyncio.gather(*sent)
        if is_aborted:
            await producer.abort_transaction()
        else:
            await producer.commit_transaction()
    await producer.stop()


async def copy(leaves_open):
    """Copies until all is copied, or, where `leaves_open`, until half is."""
    producer = await new_producer("copy")
    consumer = await new_consumer(GROUP)
    consumer.subscribe([INPUT])
    while not copying.is_done():
        polled = await consumer.getmany(timeout_ms=100, max_records=CHUNK)
        if not polled:
            continue
        await producer.begin_transaction()
        sent = [
            await producer.send(OUTPUT, record.value, record.key, partition=place.partition)
            for place, records in polled.items()
            for record in records
        ]
        await asyncio.gather(*sent)
        ends = {place: records[-1].offset + 1 for place, records in polled.items()}
        await producer.send_offsets_to_transaction(ends, GROUP)
        if leaves_open and copying.is_half_done():
            break
        if copying.aborts():
            await producer.abort_transaction()
            for place, records in polled.items():
                consumer.seek(place, records[0].offset)
        else:
            await producer.commit_transaction()
            copying.committed(sum(map(len, polled.values())))
    await consumer.stop()
    return producer


async def check_locked_out(producer):
    try:
        await producer.commit_transaction()
    except KafkaError:
        return
    raise RuntimeError("a producer that was replaced could commit")


async def read():
    consumer = await new_consumer(None)
    consumer.assign([TopicPartition(OUTPUT, partition) for partition in range(PARTITIONS)])
    await consumer.seek_to_beginning()
    while not copying.is_read():
        for place, records in (await consumer.getmany(timeout_ms=100)).items():
            for record in records:
                copying.read(place.partition, record.offset, record.value)
    await consumer.stop()


async def main():
    await create_topics()
    copying.waiting_for = "the records to be produced"
    await fill()
    copying.waiting_for = "the first copier, which leaves its last transaction open"
    abandoned = await copy(leaves_open=True)
    copying.waiting_for = "the second copier, which takes the transactional id over"
    await (await copy(leaves_open=False)).stop()
    copying.waiting_for = "the first copier to learn that it is locked out"
    await check_locked_out(abandoned)
    copying.waiting_for = "the copies to be read"
    await read()
    copying.close("fencing")
    await abandoned.stop()


asyncio.run(main())
