"""
librdkafka: reads what is committed. As `watch` it reads the output until it shall end. As `judge` it
reads the input to its end, says `complete` once each record of it has a copy, and ends when it shall,
with the output read to its end.
"""

import sys
import time

from confluent_kafka import Consumer, KafkaError, TopicPartition

from history import COMMON, INPUT, OUTPUT, PARTITIONS, say, stopping, write

ROLE = sys.argv[1]
END_S = 20


def open_consumer(topic):
    consumer = Consumer(
        {
            **COMMON,
            "group.id": "no group",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
            "fetch.wait.max.ms": 100,
            "fetch.error.backoff.ms": 50,
        }
    )
    consumer.assign([TopicPartition(topic, partition, 0) for partition in range(PARTITIONS)])
    return consumer


class Reader:
    """A reader of one topic. Its ends are the offsets where a fetch had nothing more."""

    def __init__(self, topic, prefix):
        self.consumer = open_consumer(topic)
        self.topic = topic
        self.prefix = prefix
        self.ends = {}
        self.values = set()

    def poll(self, timeout_s):
        """Reads what there is; partitions take turns, so that order is by partition only."""
        read = {}
        for message in self.consumer.consume(200, timeout_s):
            if message.error():
                if message.error().code() == KafkaError._PARTITION_EOF:
                    self.ends[message.partition()] = message.offset()
                else:
                    say(self.topic, message.error())
                continue
            value = message.value().decode()
            self.values.add(value)
            key = f"{self.prefix}-{message.partition()}"
            read.setdefault(key, []).append([message.offset(), value])
        if read:
            write("ok", "poll", mops=[["poll", read]])

    def read_to_end(self):
        """Open transactions hide what is behind them: they have to be over, or time out."""
        deadline = time.monotonic() + END_S
        while True:
            ends = {}
            for partition in range(PARTITIONS):
                place = TopicPartition(self.topic, partition)
                ends[partition] = self.consumer.get_watermark_offsets(place, 10, cached=False)[1]
            while any(self.ends.get(partition, -1) < end for partition, end in ends.items()):
                if time.monotonic() > deadline:
                    say(f"{self.topic} could not be read to {ends}, only to {self.ends}")
                    sys.exit(1)
                self.poll(0.2)
            return


if ROLE == "watch":
    watcher = Reader(OUTPUT, "out")
    while not stopping.is_set():
        watcher.poll(0.1)
else:
    inputs, outputs = Reader(INPUT, "in"), Reader(OUTPUT, "out")
    inputs.read_to_end()
    inputs.consumer.close()
    say(f"{len(inputs.values)} inputs")
    is_told = False
    while not stopping.is_set():
        outputs.poll(0.1)
        copied = {value.split("#")[0] for value in outputs.values}
        if not is_told and inputs.values <= copied:
            print("complete", len(inputs.values), flush=True)
            is_told = True
    if not is_told:
        missing = sorted(inputs.values - {value.split("#")[0] for value in outputs.values})
        say(f"{len(missing)} inputs have no copy: {missing[:10]}")
    outputs.read_to_end()
    say(f"{len(outputs.values)} outputs")
