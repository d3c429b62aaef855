"""
librdkafka: fills the input, in transactions over several partitions of which every fourth is
aborted, until it shall end. The last producer ends what the one before it left open.
"""

import time

from confluent_kafka import KafkaException, Producer

from history import COMMON, INPUT, PARTITIONS, PROC, RANDOM, alive, say, stopping, write

SETTINGS = {
    **COMMON,
    "transactional.id": PROC,
    "transaction.timeout.ms": 10_000,
    "message.timeout.ms": 5000,
    "linger.ms": 1,
}


def new_producer():
    while True:
        alive()
        try:
            producer = Producer(SETTINGS)
            producer.init_transactions(4)
            return producer
        except KafkaException as error:
            say("cannot begin:", error)
            if error.args[0].fatal():
                raise


def send(producer, number):
    """Returns the sends, and what became of them once they were flushed."""
    offsets = {}

    def note(error, message):
        if error is None:
            offsets[message.value().decode()] = message.offset()

    sends = []
    for index in range(RANDOM.randint(1, 8)):
        partition = RANDOM.randrange(PARTITIONS)
        value = f"{PROC}:{number}.{index}"
        sends.append((f"in-{partition}", value))
        producer.produce(INPUT, value, partition=partition, on_delivery=note)
    return sends, offsets


def mops(sends, offsets):
    return [["send", key, value, offsets.get(value, -1)] for key, value in sends]


def run_one(producer, number):
    """Returns whether the producer is good for another transaction."""
    is_commit_asked = False
    producer.begin_transaction()
    sends, offsets = send(producer, number)
    write("invoke", "txn", mops=mops(sends, {}))
    try:
        # What is not sent yet is dropped by an abort: some of it shall be in the log.
        producer.flush(4)
        if RANDOM.randrange(4) == 0:
            producer.abort_transaction(4)
            write("fail", "txn", mops=mops(sends, offsets))
            return True
        is_commit_asked = True
        producer.commit_transaction(4)
        write("ok", "txn", mops=mops(sends, offsets))
        return True
    except KafkaException as error:
        say("transaction", number, error, "commit asked" if is_commit_asked else "")
        note = f"{error}"
        needs_abort = error.args[0].txn_requires_abort()
        # A commit that has to be aborted was not carried out.
        outcome = "info" if is_commit_asked and not needs_abort else "fail"
        write(outcome, "txn", mops=mops(sends, {}), note=note)
        return needs_abort and abort(producer)


def abort(producer):
    try:
        producer.abort_transaction(4)
        return True
    except KafkaException as error:
        say("cannot abort:", error)
        return False


number = 0
producer = new_producer()
while not stopping.is_set():
    alive()
    if not run_one(producer, number):
        del producer
        producer = new_producer()
    number += 1
    time.sleep(0.004)
say("ended after", number, "transactions")
