"""confluent-kafka (librdkafka): a group goes from the classic protocol to that of KIP-848 and back."""

import os
import sys
import threading
import time
from collections import Counter

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourceType,
)

common = {"bootstrap.servers": os.environ["BOOTSTRAP"]}
PARTITIONS = 6
# librdkafka waits as long for the answer to a heartbeat, but for a second at least, and takes no
# notice of an assignment whose answer came too late: against Apache Kafka, too. A machine that
# holds the broker up for a second shall not decide this test.
HEARTBEAT_MS = "3000"
DEADLINE = time.monotonic() + 110


def wait_for(what, condition):
    while not condition():
        if time.monotonic() > DEADLINE:
            sys.exit(f"waiting for {what}")
        time.sleep(0.02)


class Migration:
    """One run, with one assignor of the classic protocol."""

    def __init__(self, assignor):
        self.assignor = assignor
        self.topic = f"{os.environ['TOPIC']}-{assignor}"
        self.lock = threading.Lock()
        self.reads = Counter()
        self.owners = {}
        self.problems = []
        self.sent = 0
        self.is_producing = True

    def run(self):
        admin = AdminClient(common)
        admin.create_topics([NewTopic(self.topic, PARTITIONS, 1)])[self.topic].result(30)
        interval = ConfigEntry(
            "consumer.heartbeat.interval.ms",
            HEARTBEAT_MS,
            incremental_operation=AlterConfigOpType.SET,
        )
        group = ConfigResource(ResourceType.GROUP, self.topic, incremental_configs=[interval])
        admin.incremental_alter_configs([group])[group].result(30)
        producing = threading.Thread(target=self.produce)
        producing.start()
        classic_1, classic_2 = Member(self, "classic-1"), Member(self, "classic-2")
        self.await_shares(classic_1, classic_2)
        consumer_1 = Member(self, "consumer-1")
        self.await_shares(classic_1, classic_2, consumer_1)
        classic_1.leave()
        classic_2.leave()
        consumer_2 = Member(self, "consumer-2")
        self.await_shares(consumer_1, consumer_2)
        classic_3 = Member(self, "classic-3")
        self.await_shares(consumer_1, consumer_2, classic_3)
        consumer_1.leave()
        consumer_2.leave()
        self.await_shares(classic_3)
        self.is_producing = False
        producing.join()
        wait_for("all records", lambda: len(self.reads) >= self.sent)
        classic_3.leave()
        self.problems += [f"{seq} was read {n} times" for seq, n in self.reads.items() if n != 1]
        if self.problems:
            sys.exit(f"{self.assignor}: {len(self.problems)} problems: {self.problems[:20]}")

    def produce(self):
        producer = Producer({**common, "enable.idempotence": True, "linger.ms": 1})
        while self.is_producing:
            producer.produce(self.topic, str(self.sent), partition=self.sent % PARTITIONS)
            self.sent += 1
            producer.poll(0)
            time.sleep(0.002)
        producer.flush()

    def await_shares(self, *members):
        names = sorted(member.name for member in members)

        def are_shared():
            with self.lock:
                owning = sorted(set(self.owners.values()))
                return len(self.owners) == PARTITIONS and owning == names

        wait_for(f"partitions of {names}", are_shared)


class Member:
    def __init__(self, migration, name):
        self.migration = migration
        self.name = name
        self.read = {}
        self.is_leaving = False
        settings = {
            **common,
            "client.id": name,
            "group.id": migration.topic,
            "group.protocol": name.split("-")[0],
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
        if name.startswith("classic"):
            settings["partition.assignment.strategy"] = migration.assignor
            settings["heartbeat.interval.ms"] = 300
        self.is_incremental = name.startswith("consumer") or "cooperative" in migration.assignor
        self.consumer = Consumer(settings)
        self.thread = threading.Thread(target=self.work)
        self.thread.start()

    def leave(self):
        self.is_leaving = True
        self.thread.join()

    def work(self):
        handlers = {"on_assign": self.assigned, "on_revoke": self.revoked, "on_lost": self.lost}
        self.consumer.subscribe([self.migration.topic], **handlers)
        while not self.is_leaving:
            message = self.consumer.poll(0.05)
            if message is None or message.error():
                continue
            with self.migration.lock:
                self.migration.reads[int(message.value())] += 1
            self.read[message.partition()] = message.offset() + 1
        self.consumer.close()

    def assigned(self, consumer, partitions):
        with self.migration.lock:
            for each in partitions:
                other = self.migration.owners.get(each.partition)
                if other not in (None, self.name):
                    problem = f"{self.name} and {other} have partition {each.partition}"
                    self.migration.problems.append(problem)
                self.migration.owners[each.partition] = self.name
        if self.is_incremental:
            consumer.incremental_assign(partitions)
        else:
            consumer.assign(partitions)

    def revoked(self, consumer, partitions):
        given_up = [
            TopicPartition(each.topic, each.partition, self.read.pop(each.partition))
            for each in partitions
            if each.partition in self.read
        ]
        if given_up:
            consumer.commit(offsets=given_up, asynchronous=False)
        self.give_up(consumer, partitions)

    def lost(self, consumer, partitions):
        self.migration.problems.append(f"{self.name} lost {len(partitions)} partitions")
        self.give_up(consumer, partitions)

    def give_up(self, consumer, partitions):
        with self.migration.lock:
            for each in partitions:
                self.migration.owners.pop(each.partition, None)
        if self.is_incremental:
            consumer.incremental_unassign(partitions)
        else:
            consumer.unassign()


for assignor in ("range", "cooperative-sticky"):
    Migration(assignor).run()
print("F eager cooperative")
