"""
librdkafka: copies the input to the output, exactly once, as a member of a group: what it reads, what
it writes and the offsets are one transaction. Every sixth transaction is aborted. Ends with 3 where
it was fenced.
"""

import os
import sys
import time

from confluent_kafka import (
    Consumer,
    KafkaError,
    KafkaException,
    Producer,
    TopicPartition,
)

from history import COMMON, INPUT, OUTPUT, PROC, RANDOM, alive, say, stopping, write

GROUP = os.environ["GROUP"]
BATCH = 20
FENCED = (KafkaError._FENCED, KafkaError.FENCED_INSTANCE_ID, KafkaError.INVALID_PRODUCER_EPOCH)


class Copier:
    def __init__(self):
        self.attempts = 0
        self.producer = None
        self.needs_rewind = False
        self.was_rebalanced = False
        settings = {
            **COMMON,
            "group.id": GROUP,
            "group.protocol": os.environ["GROUP_PROTOCOL"],
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "fetch.wait.max.ms": 100,
            "fetch.error.backoff.ms": 50,
            # How long it waits for the answer to a JoinGroup, too, on a connection that is gone.
            "max.poll.interval.ms": 10_000,
        }
        if os.environ["GROUP_PROTOCOL"] == "classic":
            settings.update({"session.timeout.ms": 6000, "heartbeat.interval.ms": 500})
            settings["partition.assignment.strategy"] = "range"
        if os.environ.get("INSTANCE"):
            settings["group.instance.id"] = os.environ["INSTANCE"]
        self.consumer = Consumer(settings)
        changed = {"on_assign": self.on_assign, "on_revoke": self.on_change, "on_lost": self.on_change}
        self.consumer.subscribe([INPUT], **changed)

    def on_assign(self, _consumer, partitions):
        self.was_rebalanced = True
        write("ok", "assign", keys=[f"in-{place.partition}" for place in partitions])

    def on_change(self, _consumer, partitions):
        self.was_rebalanced = True
        write("ok", "revoke", keys=[f"in-{place.partition}" for place in partitions])

    def open_producer(self):
        producer = Producer(
            {
                **COMMON,
                "transactional.id": os.environ["TRANSACTIONAL_ID"],
                "transaction.timeout.ms": 10_000,
                "message.timeout.ms": 5000,
                "linger.ms": 1,
            }
        )
        producer.init_transactions(4)
        self.producer = producer

    def rewind(self):
        """Goes on from where the group is: after an abort, and where the end is unknown."""
        partitions = self.consumer.assignment()
        if not partitions:
            return
        found = self.consumer.committed(partitions, 4)
        if any(place.error for place in found):
            raise KafkaException(next(place.error for place in found if place.error))
        offsets = {f"in-{place.partition}": max(place.offset, -1) for place in found}
        write("ok", "committed", group=GROUP, offsets=offsets)
        write("ok", "assign", keys=list(offsets))
        for place in found:
            self.consumer.seek(TopicPartition(INPUT, place.partition, max(place.offset, 0)))

    def poll(self):
        """
        Returns some records; none where partitions moved meanwhile: some of the records may be those
        of another copier now.
        """
        self.was_rebalanced = False
        messages = []
        while len(messages) < BATCH:
            message = self.consumer.poll(0 if messages else 0.1)
            if message is None:
                break
            if message.error():
                if message.error().fatal() or message.error().code() in FENCED:
                    raise KafkaException(message.error())
                say("poll:", message.error())
                break
            messages.append(message)
        if self.was_rebalanced and messages:
            self.rewind()
            return []
        return messages

    def copy(self, messages):
        read, ends, sends, offsets = {}, {}, [], {}

        def note(error, message):
            if error is None:
                offsets[message.value().decode()] = message.offset()

        self.attempts += 1
        for message in messages:
            partition, value = message.partition(), message.value().decode()
            read.setdefault(f"in-{partition}", []).append([message.offset(), value])
            ends[f"in-{partition}"] = message.offset() + 1
            sends.append((partition, f"{value}#{PROC}.{self.attempts}.{len(sends)}"))
        write("ok", "poll", group=GROUP, mops=[["poll", read]])
        transaction = Transaction(sends, ends, offsets)
        metadata = self.consumer.consumer_group_metadata()
        self.producer.begin_transaction()
        transaction.write("invoke")
        try:
            for partition, value in sends:
                self.producer.produce(OUTPUT, value, partition=partition, on_delivery=note)
            if RANDOM.randrange(3) == 0:
                # A fault shall find it in the middle: the copies are there, and no offsets yet.
                self.producer.flush(4)
                time.sleep(0.05)
            places = [TopicPartition(INPUT, int(key[3:]), end) for key, end in ends.items()]
            self.producer.send_offsets_to_transaction(places, metadata, 4)
            if RANDOM.randrange(6) == 0:
                self.producer.flush(4)
                self.producer.abort_transaction(4)
                transaction.write("fail")
                self.needs_rewind = True
                return
            transaction.is_commit_asked = True
            self.producer.commit_transaction(4)
            transaction.write("ok")
        except KafkaException as error:
            self.fail(transaction, error)

    def fail(self, transaction, error):
        problem = error.args[0]
        say("transaction", self.attempts, error, f"commit asked: {transaction.is_commit_asked}")
        # A commit that has to be aborted was not carried out.
        is_unknown = transaction.is_commit_asked and not problem.txn_requires_abort()
        transaction.write("info" if is_unknown else "fail", note=str(error))
        if problem.fatal() or problem.code() in FENCED:
            raise error
        if is_unknown:
            self.producer = None
        else:
            try:
                self.producer.abort_transaction(4)
            except KafkaException as second:
                say("cannot abort:", second)
                if second.args[0].fatal():
                    raise
                self.producer = None
        self.needs_rewind = True

    def step(self):
        if self.producer is None:
            self.open_producer()
        if self.needs_rewind:
            self.rewind()
            self.needs_rewind = False
        messages = self.poll()
        if messages:
            self.copy(messages)


class Transaction:
    def __init__(self, sends, ends, offsets):
        self.sends, self.ends, self.offsets = sends, ends, offsets
        self.is_commit_asked = False

    def write(self, kind, **more):
        known = self.offsets if kind == "ok" else {}
        mops = [["send", f"out-{p}", value, known.get(value, -1)] for p, value in self.sends]
        write(kind, "txn", mops=mops, **more)
        write(kind, "commit", proc=f"{PROC} offsets", group=GROUP, offsets=self.ends)


def is_fenced(error):
    return error.args[0].code() in FENCED


copier = Copier()
try:
    while not stopping.is_set():
        alive()
        try:
            copier.step()
        except KafkaException as error:
            say("step:", error)
            if is_fenced(error):
                sys.exit(3)
            if error.args[0].fatal():
                copier.producer = None
            copier.needs_rewind = True
            time.sleep(0.02)
finally:
    say("ended after", copier.attempts, "transactions")
    is_fenced_static = not stopping.is_set() and "INSTANCE" in os.environ
    if is_fenced_static:
        # The member is that of the one that has replaced it: not its own to take leave of.
        sys.stderr.flush()
        os._exit(3)
    copier.consumer.close()
