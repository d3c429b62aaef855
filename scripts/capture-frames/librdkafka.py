"""Uses librdkafka through its Python binding: producer, consumers and admin client once each, so
that the proxy they are pointed at sees every request they can send."""

import os
import sys
import time

import confluent_kafka
from confluent_kafka import (
    Consumer,
    ConsumerGroupTopicPartitions,
    ElectionType,
    IsolationLevel,
    Producer,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

TOPIC = "capture-librdkafka"
FIRST = TopicPartition(TOPIC, 0)
SETTINGS = {
    "bootstrap.servers": os.environ["BOOTSTRAP"],
    "security.protocol": "SASL_PLAINTEXT",
    "sasl.mechanism": "PLAIN",
    "sasl.username": os.environ["SASL_USERNAME"],
    "sasl.password": os.environ["SASL_PASSWORD"],
    "client.id": "capture",
}


def attempt(what, call):
    """Makes a call and waits for its futures; what goes wrong is printed and the rest goes on."""
    try:
        result = call()
        futures = result.values() if isinstance(result, dict) else [result]
        for future in futures:
            if hasattr(future, "result"):
                future.result(30)
    except Exception as problem:  # the point is to go on with the next request
        print(f"{what}: {problem}", file=sys.stderr)


def topics(admin):
    new = NewTopic(TOPIC, 1, 1, config={"retention.ms": "3600000"})
    attempt("create_topics", lambda: admin.create_topics([new]))
    attempt("create_partitions", lambda: admin.create_partitions([NewPartitions(TOPIC, 2)]))
    attempt("list_topics", lambda: admin.list_topics(TOPIC, 10))
    attempt("describe_topics", lambda: admin.describe_topics(TopicCollection([TOPIC])))
    resource = ConfigResource(ResourceType.TOPIC, TOPIC)
    attempt("describe_configs", lambda: admin.describe_configs([resource]))
    whole = ConfigResource(ResourceType.TOPIC, TOPIC, set_config={"retention.ms": "7200000"})
    attempt("alter_configs", lambda: admin.alter_configs([whole]))
    entry = ConfigEntry("segment.bytes", "2000000", incremental_operation=AlterConfigOpType.SET)
    change = ConfigResource(ResourceType.TOPIC, TOPIC, incremental_configs=[entry])
    attempt("incremental_alter_configs", lambda: admin.incremental_alter_configs([change]))


def produce(settings):
    producer = Producer({**SETTINGS, **settings})
    for number in range(3):
        producer.produce(TOPIC, f"value-{number}", f"key-{number}", 0, headers={"header": "text"})
        producer.flush()


def transact():
    settings = {**SETTINGS, "transactional.id": "capture-librdkafka-transaction"}
    producer = Producer(settings)
    producer.init_transactions()
    producer.begin_transaction()
    producer.produce(TOPIC, "aborted", "key", 0)
    producer.flush()
    producer.abort_transaction()
    producer.begin_transaction()
    producer.produce(TOPIC, "committed", "key", 0)
    consumer = member("eos", "classic", "eos")
    while consumer.poll(0.1) is None:
        pass
    offsets = [TopicPartition(TOPIC, 0, 2, metadata="from a transaction")]
    producer.send_offsets_to_transaction(offsets, consumer.consumer_group_metadata())
    producer.commit_transaction()
    consumer.close()


def member(group, protocol, instance):
    settings = {
        **SETTINGS,
        "group.id": f"capture-librdkafka-{group}",
        "group.protocol": protocol,
        "group.instance.id": instance,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
    }
    if protocol == "classic":
        settings["heartbeat.interval.ms"] = 100
    consumer = Consumer(settings)
    consumer.subscribe([TOPIC])
    return consumer


def consume(protocol):
    """Returns two members of a group, after both had partitions and asked all a consumer asks."""
    first, second = member(protocol, protocol, "first"), member(protocol, protocol, "second")
    deadline = time.monotonic() + 30
    polled = False
    while not (polled and first.assignment() and second.assignment()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"no two members with partitions in group {protocol}")
        messages = [first.poll(0.1), second.poll(0.1)]
        polled = polled or any(message is not None for message in messages)
    for consumer in (first, second):
        mine = consumer.assignment()
        attempt("commit", lambda: consumer.commit(offsets=[FIRST_AT_1], asynchronous=False))
        attempt("committed", lambda: consumer.committed(mine, 10))
        attempt("watermarks", lambda: consumer.get_watermark_offsets(mine[0], 10))
        timestamp = TopicPartition(TOPIC, mine[0].partition, 1000)
        attempt("offsets_for_times", lambda: consumer.offsets_for_times([timestamp], 10))
        # A position with a leader epoch is checked with the leader before it is used.
        with_epoch = TopicPartition(TOPIC, mine[0].partition, 0, leader_epoch=0)
        attempt("seek", lambda: consumer.seek(with_epoch))
        consumer.poll(0.5)
    return [first, second]


FIRST_AT_1 = TopicPartition(TOPIC, 0, 1, metadata="text")


def groups(admin):
    group = "capture-librdkafka-classic"
    attempt("list_groups", lambda: admin.list_groups())
    attempt("list_consumer_groups", lambda: admin.list_consumer_groups())
    for protocol in ("classic", "consumer"):
        one = [f"capture-librdkafka-{protocol}"]
        attempt("describe", lambda: admin.describe_consumer_groups(one))
    everything = [ConsumerGroupTopicPartitions(group)]
    attempt("list_offsets", lambda: admin.list_consumer_group_offsets(everything))


def empty_groups(admin):
    moved = [ConsumerGroupTopicPartitions("capture-librdkafka-left", [FIRST_AT_1])]
    attempt("alter_offsets", lambda: admin.alter_consumer_group_offsets(moved))
    attempt("delete_groups", lambda: admin.delete_consumer_groups(["capture-librdkafka-left"]))


def cluster(admin):
    attempt("describe_cluster", lambda: admin.describe_cluster(include_authorized_operations=True))
    for spec in (OffsetSpec.earliest(), OffsetSpec.latest(), OffsetSpec.max_timestamp()):
        level = {"isolation_level": IsolationLevel.READ_COMMITTED}
        attempt("list_offsets", lambda: admin.list_offsets({FIRST: spec}, **level))
    attempt("elect_leaders", lambda: admin.elect_leaders(ElectionType.PREFERRED, [FIRST]))


def await_propagation():
    """The broker learns a moment after the controller what was changed."""
    time.sleep(0.3)


def security(admin):
    names = (ResourceType.TOPIC, "other-", ResourcePatternType.PREFIXED, "User:bob", "*")
    right = (AclOperation.READ, AclPermissionType.ALLOW)
    attempt("create_acls", lambda: admin.create_acls([AclBinding(*names, *right)]))
    await_propagation()
    attempt("describe_acls", lambda: admin.describe_acls(AclBindingFilter(*names, *right)))
    attempt("delete_acls", lambda: admin.delete_acls([AclBindingFilter(*names, *right)]))
    info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096)
    credential = UserScramCredentialUpsertion("bob", info, b"bob-secret", b"salt")
    attempt("alter_scram", lambda: admin.alter_user_scram_credentials([credential]))
    await_propagation()
    attempt("describe_scram", lambda: admin.describe_user_scram_credentials(["bob"]))


def main():
    print(confluent_kafka.libversion()[0], flush=True)
    admin = AdminClient(SETTINGS)
    topics(admin)
    attempt("produce", lambda: produce({}))
    attempt("idempotent", lambda: produce({"enable.idempotence": True}))
    attempt("transact", transact)
    members = consume("classic") + consume("consumer")
    groups(admin)
    for consumer in members:
        consumer.close()
    empty_groups(admin)
    cluster(admin)
    security(admin)
    attempt("delete_records", lambda: admin.delete_records([FIRST_AT_1]))
    attempt("delete_topics", lambda: admin.delete_topics([TOPIC]))


main()
