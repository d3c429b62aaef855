"""What the Python programs of a run have in common: settings, the history they write, the end."""

import faulthandler
import json
import os
import random
import sys
import threading
import time

BOOTSTRAP = os.environ["BOOTSTRAP"]
PROC = os.environ["PROC"]
INPUT = os.environ["INPUT"]
OUTPUT = os.environ["OUTPUT"]
PARTITIONS = int(os.environ["PARTITIONS"])
# From the seed of the run, and different for each process.
RANDOM = random.Random(f"{os.environ['SEED']} {PROC}")

# Short times, so that what a fault has broken is noticed within the run.
COMMON = {
    "bootstrap.servers": BOOTSTRAP,
    "client.id": PROC,
    "socket.timeout.ms": 2000,
    "reconnect.backoff.ms": 20,
    "reconnect.backoff.max.ms": 200,
    "retry.backoff.ms": 20,
    "retry.backoff.max.ms": 200,
    # When the only broker is down, librdkafka 2.16 forgets it otherwise, in order to begin anew, and with it
    # the requests that wait for it: a call such as send_offsets_to_transaction then never returns.
    "metadata.recovery.strategy": "none",
    # Connections that break are no news here.
    "log_level": 2,
}
if os.environ.get("LIBRDKAFKA_DEBUG"):
    COMMON.update({"debug": os.environ["LIBRDKAFKA_DEBUG"], "log_level": 7})

_file = os.open(os.environ["HISTORY"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
stopping = threading.Event()


def write(kind, function, proc=PROC, **fields):
    """Adds a line, in one system call: a process that is killed leaves whole lines."""
    t = time.monotonic_ns() // 1000
    line = {"t": t, "proc": proc, "type": kind, "f": function, **fields}
    os.write(_file, (json.dumps(line) + "\n").encode())


def say(*words):
    print(PROC, f"{time.monotonic():.3f}", *words, file=sys.stderr, flush=True)


def alive():
    """
    To be called in between steps. A client whose call does not return in the time that it was given, and
    some more, says where it is and ends; it is started again, as a supervisor would.
    """
    faulthandler.dump_traceback_later(12, exit=True)


def _await_end():
    sys.stdin.read()
    stopping.set()


# The run closes the input where a program shall end; so does a run that ends itself.
threading.Thread(target=_await_end, daemon=True).start()
