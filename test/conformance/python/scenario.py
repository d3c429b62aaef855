"""
What the Python programs have in common: settings, numbered records, the history they print and the
deadline. How a client does it is in the file named after the client. The contract with the runner
is in ../README.md.
"""

import atexit
import os
import sys
import threading

BOOTSTRAP = os.environ["BOOTSTRAP"]
TOPIC = os.environ["TOPIC"]
GROUP = os.environ["GROUP"]
GROUP_PROTOCOL = os.environ.get("GROUP_PROTOCOL", "classic")
RECORDS = int(os.environ.get("RECORDS", "100000"))

# Member B joins after this many consumed records.
JOIN_AT = RECORDS // 5
# The records after this one are produced once both members are at work, so each gets some.
FIRST_PART = RECORDS * 4 // 5
CHUNK = 1000
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
DEADLINE_S = 120

# Has a null value. It is produced first, consumed like the others, and has no number.
TOMBSTONE_KEY = b"tombstone"


def records(start, end):
    """
    Yields (codec, key, value, headers) of the numbered records. Each chunk has its own codec; every
    thousandth record has a header with its number.
    """
    for seq in range(start, end):
        number = str(seq).encode()
        headers = [("seq", number)] if seq % 1000 == 0 else []
        yield CODECS[seq // CHUNK % 5], b"key-%d" % (seq % 997), number.ljust(100), headers


class History:
    """The consumed records, printed in the order of consumption."""

    def __init__(self):
        self.consumed_by = {"A": 0, "B": 0}
        self.features = set(CODECS) - {"none"}
        self.waiting_for = "the topic"
        self._lines = []
        self._until_pause = 125
        timer = threading.Timer(DEADLINE_S, self._give_up)
        timer.daemon = True
        timer.start()
        atexit.register(self._flush)

    @property
    def count(self):
        return sum(self.consumed_by.values())

    def wants_b(self):
        return self.count >= JOIN_AT

    def wants_second_part(self):
        return self.consumed_by["B"] > 0 or self.count >= FIRST_PART

    def is_complete(self):
        return self.count >= RECORDS

    def add(self, member, partition, offset, value, headers):
        """To be called in the order of consumption, before the record's offset is committed."""
        if value is None:
            self.features.add("tombstone")
            return
        seq = int(value)
        for _, header in headers or ():
            if int(header) != seq:
                raise ValueError(f"record {seq} has the header of record {header}")
            self.features.add("headers")
        self.consumed_by[member] += 1
        self._lines.append(f"R {member} {partition} {offset} {seq}\n")
        if len(self._lines) >= 1000 or self.is_complete():
            self._flush()

    def pause_s(self, member, count=1):
        """
        Returns how long to sleep after `count` records, or 0. From the moment member B is asked to
        join until it has its first record, this makes member A slow: the rebalance then happens in
        the middle of the work, with fetched records waiting in A.
        """
        if member != "A" or self.consumed_by["B"] > 0 or not self.wants_b():
            return 0
        self._until_pause -= count
        if self._until_pause > 0:
            return 0
        self._until_pause = 125
        return 0.05

    def close(self):
        self._flush()
        print("F", *sorted(self.features), flush=True)

    def _flush(self):
        sys.stdout.write("".join(self._lines))
        sys.stdout.flush()
        self._lines = []

    def _give_up(self):
        text = f"not done after {DEADLINE_S} s: waiting for {self.waiting_for}"
        print(f"{text} (consumed {self.consumed_by})", file=sys.stderr, flush=True)
        os._exit(1)
