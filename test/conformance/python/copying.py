"""
What the Python programs of the scenario of transactions have in common: numbered records, which
transactions are aborted, when a copier is replaced, the deadline. The contract with the runner is in
../README.md.
"""

import os
import sys
import threading

BOOTSTRAP = os.environ["BOOTSTRAP"]
INPUT = os.environ["TOPIC"]
OUTPUT = f"{INPUT}-copy"
GROUP = os.environ["GROUP"]
RECORDS = int(os.environ["RECORDS"])
PARTITIONS = 4
CHUNK = 1000
DEADLINE_S = 120


def chunks():
    """Yields (records, is aborted): every third chunk is aborted before it is sent for good."""
    for start in range(0, RECORDS, CHUNK):
        numbers = range(start, min(start + CHUNK, RECORDS))
        records = [(b"key-%d" % (seq % 997), b"%-100d" % seq) for seq in numbers]
        if start // CHUNK % 3 == 2:
            yield records, True
        yield records, False


class Copying:
    """How far the copies are, over both copiers."""

    def __init__(self):
        self.waiting_for = "the topics"
        self._copied = 0
        self._rounds = 0
        self._lines = []
        timer = threading.Timer(DEADLINE_S, self._give_up)
        timer.daemon = True
        timer.start()

    def is_half_done(self):
        return self._copied >= RECORDS / 2

    def is_done(self):
        return self._copied >= RECORDS

    def aborts(self):
        """Whether this transaction is to be aborted; asked once for each."""
        self._rounds += 1
        return self._rounds % 3 == 0

    def committed(self, count):
        self._copied += count

    def is_read(self):
        return len(self._lines) >= RECORDS

    def read(self, partition, offset, value):
        self._lines.append(f"R reader {partition} {offset} {int(value)}")

    def close(self, *features):
        print("\n".join(self._lines))
        print("F", "aborts", *features, flush=True)

    def _give_up(self):
        text = f"not done after {DEADLINE_S} s, waiting for {self.waiting_for}"
        print(f"{text}, {self._copied} copied, {len(self._lines)} read", file=sys.stderr, flush=True)
        os._exit(1)
