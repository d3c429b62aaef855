"""
The scenario of security: every mechanism that the client has, with and without TLS, and a wrong
password. Called with the name of the client.
"""

import asyncio
import os
import ssl
import sys

BOOTSTRAP = os.environ["BOOTSTRAP"]
USER = os.environ["SASL_USER"]
PASSWORD = os.environ["SASL_PASSWORD"]
CA_FILE = os.environ["CA_FILE"]
MECHANISMS = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]
TIMEOUT_S = 15


def confluent_kafka(topic, mechanism, tls, password):
    from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
    from confluent_kafka.admin import AdminClient, NewTopic

    settings = {
        "bootstrap.servers": BOOTSTRAP,
        "security.protocol": "SASL_SSL" if tls else "SASL_PLAINTEXT",
        "sasl.mechanism": mechanism,
        "sasl.username": USER,
        "sasl.password": password,
        "ssl.ca.location": CA_FILE,
        "log_level": 0,
    }
    problems = []
    admin = AdminClient({**settings, "error_cb": problems.append})
    if password != PASSWORD:
        admin.poll(1)
        while not problems:
            admin.poll(0.1)
        raise KafkaException(problems[0])
    admin.create_topics([NewTopic(topic, 1, 1)])[topic].result(TIMEOUT_S)
    producer = Producer(settings)
    producer.produce(topic, b"secret")
    if producer.flush(TIMEOUT_S) > 0:
        raise RuntimeError("nothing was produced")
    consumer = Consumer({**settings, "group.id": "none"})
    consumer.assign([TopicPartition(topic, 0, 0)])
    value = consumer.poll(TIMEOUT_S).value()
    consumer.close()
    return value


def kafka_python(topic, mechanism, tls, password):
    from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
    from kafka.admin import NewTopic

    settings = {
        "bootstrap_servers": BOOTSTRAP,
        "security_protocol": "SASL_SSL" if tls else "SASL_PLAINTEXT",
        "sasl_mechanism": mechanism,
        "sasl_plain_username": USER,
        "sasl_plain_password": password,
        "ssl_cafile": CA_FILE,
    }
    # It tries a wrong password again and again, as long as this.
    admin = KafkaAdminClient(**settings, bootstrap_timeout_ms=5000)
    admin.create_topics([NewTopic(topic, 1, 1)])
    admin.close()
    producer = KafkaProducer(**settings)
    producer.send(topic, b"secret").get(TIMEOUT_S)
    producer.close()
    consumer = KafkaConsumer(**settings, auto_offset_reset="earliest")
    consumer.assign([TopicPartition(topic, 0)])
    [[record]] = consumer.poll(TIMEOUT_S * 1000).values()
    consumer.close()
    return record.value


async def aiokafka_async(topic, mechanism, tls, password):
    from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

    settings = {
        "bootstrap_servers": BOOTSTRAP,
        "security_protocol": "SASL_SSL" if tls else "SASL_PLAINTEXT",
        "sasl_mechanism": mechanism,
        "sasl_plain_username": USER,
        "sasl_plain_password": password,
        "ssl_context": ssl.create_default_context(cafile=CA_FILE) if tls else None,
    }
    async with AIOKafkaProducer(**settings) as producer:
        await producer.send_and_wait(topic, b"secret")
    consumer = AIOKafkaConsumer(**settings, auto_offset_reset="earliest")
    await consumer.start()
    consumer.assign([TopicPartition(topic, 0)])
    record = await asyncio.wait_for(consumer.getone(), TIMEOUT_S)
    await consumer.stop()
    return record.value


def aiokafka(topic, mechanism, tls, password):
    return asyncio.run(aiokafka_async(topic, mechanism, tls, password))


clients = {"confluent-kafka": confluent_kafka, "kafka-python": kafka_python, "aiokafka": aiokafka}
exchange = clients[sys.argv[1]]
for mechanism in MECHANISMS:
    for tls in [False, True]:
        topic = f"{os.environ['TOPIC']}-{mechanism}-{tls}"
        value = exchange(topic, mechanism, tls, PASSWORD)
        if value != b"secret":
            raise RuntimeError(f"{mechanism}, TLS {tls}: {value}")
    try:
        exchange("nothing", mechanism, True, "wrong")
    except Exception as error:
        print(f"{mechanism} with a wrong password: {error!r}", file=sys.stderr)
    else:
        raise RuntimeError(f"{mechanism} takes a wrong password")
print("F", *(mechanism.lower() for mechanism in MECHANISMS), "tls", flush=True)
os._exit(0)
