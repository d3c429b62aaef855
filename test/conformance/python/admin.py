"""
The scenario of administration: what the client's administrator can do with topics, configs, groups,
offsets, partitions, ACLs and SCRAM users, each step checked. Called with the name of the client.
"""

import asyncio
import os
import sys

BOOTSTRAP = os.environ["BOOTSTRAP"]
USER = os.environ["SASL_USER"]
PASSWORD = os.environ["SASL_PASSWORD"]
TOPIC = os.environ["TOPIC"]
GROUP = os.environ["GROUP"]
TIMEOUT_S = 15
features = []


def check(feature, is_right, found):
    if not is_right:
        raise RuntimeError(f"{feature}: {found}")
    if feature not in features:
        features.append(feature)


def confluent_kafka():
    from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, Producer, TopicPartition, admin

    settings = {
        "bootstrap.servers": BOOTSTRAP,
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-256",
        "sasl.username": USER,
        "sasl.password": PASSWORD,
    }
    client = admin.AdminClient(settings)

    def only(futures):
        [future] = futures.values()
        return future.result(TIMEOUT_S)

    only(client.create_topics([admin.NewTopic(TOPIC, 2, 1, config={"retention.ms": "100000"})]))
    only(client.create_partitions([admin.NewPartitions(TOPIC, 3)]))
    from confluent_kafka import TopicCollection

    described = only(client.describe_topics(TopicCollection([TOPIC])))
    check("topics", len(described.partitions) == 3, described)
    check("partitions", len(described.partitions) == 3, described)
    resource = admin.ConfigResource(admin.ResourceType.TOPIC, TOPIC)
    found = only(client.describe_configs([resource]))["retention.ms"].value
    check("configs", found == "100000", found)
    change = admin.ConfigEntry(
        "retention.ms", "200000", incremental_operation=admin.AlterConfigOpType.SET
    )
    changed = admin.ConfigResource(admin.ResourceType.TOPIC, TOPIC, incremental_configs=[change])
    only(client.incremental_alter_configs([changed]))
    found = only(client.describe_configs([resource]))["retention.ms"].value
    check("configs", found == "200000", found)

    producer = Producer(settings)
    for _ in range(10):
        producer.produce(TOPIC, b"x", partition=0)
    producer.flush()
    consumer = Consumer({**settings, "group.id": GROUP})
    consumer.commit(offsets=[TopicPartition(TOPIC, 0, 4)], asynchronous=False)
    consumer.close()
    place = TopicPartition(TOPIC, 0)
    found = only(client.list_offsets({place: admin.OffsetSpec.latest()})).offset
    check("offsets", found == 10, found)
    only(client.delete_records([TopicPartition(TOPIC, 0, 3)]))
    found = only(client.list_offsets({place: admin.OffsetSpec.earliest()})).offset
    check("delete-records", found == 3, found)
    groups = client.list_consumer_groups().result(TIMEOUT_S).valid
    check("groups", GROUP in [group.group_id for group in groups], groups)
    only(client.describe_consumer_groups([GROUP]))
    moved = ConsumerGroupTopicPartitions(GROUP, [TopicPartition(TOPIC, 0, 7)])
    only(client.alter_consumer_group_offsets([moved]))
    listed = only(client.list_consumer_group_offsets([ConsumerGroupTopicPartitions(GROUP)]))
    offsets = [(each.partition, each.offset) for each in listed.topic_partitions]
    check("offsets", offsets == [(0, 7)], offsets)
    only(client.delete_consumer_groups([GROUP]))

    rule = [admin.ResourceType.TOPIC, TOPIC, admin.ResourcePatternType.LITERAL, "User:ann", "*"]
    rule += [admin.AclOperation.READ, admin.AclPermissionType.ALLOW]
    only(client.create_acls([admin.AclBinding(*rule)]))
    found = client.describe_acls(admin.AclBindingFilter(*rule)).result(TIMEOUT_S)
    check("acls", len(found) == 1, found)
    deleted = only(client.delete_acls([admin.AclBindingFilter(*rule)]))
    check("acls", len(deleted) == 1, deleted)
    mechanism = admin.ScramMechanism.SCRAM_SHA_512
    user = f"user of {GROUP}"
    credential = admin.UserScramCredentialUpsertion(
        user, admin.ScramCredentialInfo(mechanism, 4096), b"password"
    )
    only(client.alter_user_scram_credentials([credential]))
    found = only(client.describe_user_scram_credentials([user])).scram_credential_infos
    check("scram-users", [each.mechanism for each in found] == [mechanism], found)
    only(client.alter_user_scram_credentials([admin.UserScramCredentialDeletion(user, mechanism)]))
    check("cluster", client.describe_cluster().result(TIMEOUT_S).cluster_id is not None, "no id")
    only(client.delete_topics([TOPIC]))
    check("topics", TOPIC not in client.list_topics(timeout=TIMEOUT_S).topics, "is still there")


def kafka_python():
    from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition, admin
    from kafka.structs import OffsetAndMetadata

    settings = {
        "bootstrap_servers": BOOTSTRAP,
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-256",
        "sasl_plain_username": USER,
        "sasl_plain_password": PASSWORD,
    }
    client = KafkaAdminClient(**settings)
    client.create_topics({TOPIC: {"num_partitions": 2, "replication_factor": 1}})
    client.create_partitions({TOPIC: 3})
    [described] = client.describe_topics([TOPIC])
    check("topics", len(described["partitions"]) == 3, described)
    check("partitions", len(described["partitions"]) == 3, described)
    change = {"retention.ms": "200000"}
    client.alter_configs([admin.ConfigResource(admin.ConfigResourceType.TOPIC, TOPIC, change)])
    wanted = admin.ConfigResource(admin.ConfigResourceType.TOPIC, TOPIC)
    found = client.describe_configs([wanted])
    check("configs", "200000" in str(found), found)

    producer = KafkaProducer(**settings)
    for _ in range(10):
        producer.send(TOPIC, b"x", partition=0)
    producer.close()
    consumer = KafkaConsumer(**settings, group_id=GROUP)
    place = TopicPartition(TOPIC, 0)
    consumer.assign([place])
    consumer.commit({place: OffsetAndMetadata(4, "", -1)})
    consumer.close()
    found = client.list_partition_offsets({place: admin.OffsetSpec.LATEST})
    check("offsets", found[place].offset == 10, found)
    client.delete_records({place: 3})
    found = client.list_partition_offsets({place: admin.OffsetSpec.EARLIEST})
    check("delete-records", found[place].offset == 3, found)
    found = client.list_groups()
    check("groups", GROUP in str(found), found)
    client.describe_groups([GROUP])
    client.alter_group_offsets(GROUP, {place: OffsetAndMetadata(7, "", -1)})
    found = client.list_group_offsets({GROUP: None})[GROUP]
    check("offsets", found[place].offset == 7, found)
    client.delete_groups([GROUP])

    pattern = admin.ResourcePattern(admin.ResourceType.TOPIC, TOPIC)
    rule = ["User:ann", "*", admin.ACLOperation.READ, admin.ACLPermissionType.ALLOW, pattern]
    client.create_acls([admin.ACL(*rule)])
    found, _ = client.describe_acls(admin.ACLFilter(*rule))
    check("acls", len(found) == 1, found)
    client.delete_acls([admin.ACLFilter(*rule)])
    user = f"user of {GROUP}"
    mechanism = admin.ScramMechanism.SCRAM_SHA_512
    credential = admin.UserScramCredentialUpsertion(user, mechanism, "password")
    client.alter_user_scram_credentials([credential])
    found = client.describe_user_scram_credentials([user])
    check("scram-users", found[user]["credential_infos"], found)
    client.alter_user_scram_credentials([admin.UserScramCredentialDeletion(user, mechanism)])
    check("cluster", client.describe_cluster()["cluster_id"], "no id")
    client.delete_topics([TOPIC])
    check("topics", TOPIC not in client.list_topics(), "is still there")


async def aiokafka_async():
    from aiokafka import AIOKafkaConsumer, TopicPartition
    from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
    from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

    settings = {
        "bootstrap_servers": BOOTSTRAP,
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-256",
        "sasl_plain_username": USER,
        "sasl_plain_password": PASSWORD,
    }
    client = AIOKafkaAdminClient(**settings)
    await client.start()
    await client.create_topics([NewTopic(TOPIC, 2, 1)])
    await client.create_partitions({TOPIC: NewPartitions(3)})
    [described] = await client.describe_topics([TOPIC])
    check("topics", len(described["partitions"]) == 3, described)
    check("partitions", len(described["partitions"]) == 3, described)
    change = {"retention.ms": "200000"}
    await client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, TOPIC, change)])
    found = await client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, TOPIC)])
    check("configs", "200000" in str(found), found)
    consumer = AIOKafkaConsumer(**settings, group_id=GROUP, enable_auto_commit=False)
    await consumer.start()
    place = TopicPartition(TOPIC, 0)
    consumer.assign([place])
    await consumer.commit({place: 0})
    await consumer.stop()
    found = await client.list_consumer_groups()
    check("groups", GROUP in str(found), found)
    await client.describe_consumer_groups([GROUP])
    found = await client.list_consumer_group_offsets(GROUP)
    check("offsets", found[place].offset == 0, found)
    check("cluster", (await client.describe_cluster())["cluster_id"], "no id")
    await client.delete_topics([TOPIC])
    check("topics", TOPIC not in await client.list_topics(), "is still there")
    await client.close()


def aiokafka():
    asyncio.run(aiokafka_async())


clients = {"confluent-kafka": confluent_kafka, "kafka-python": kafka_python, "aiokafka": aiokafka}
clients[sys.argv[1]]()
print("F", *features, flush=True)
os._exit(0)
