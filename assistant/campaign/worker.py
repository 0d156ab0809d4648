"""A worker's process: reads jobs, a line of JSON each, and answers each with its outcome.

Conventions: the first line is what all jobs share and where variants go. Whatever a library prints goes to standard
error, for standard output is the answer's. The end of the input ends it: no worker outlives who started it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from assistant.campaign.making import make_variant
from assistant.campaign.values import Job, Shared
from assistant.memory import few_pools
from assistant.records import from_data, from_json, to_json


def main() -> None:
    """Answer until nothing more is asked."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a person's Ctrl-C is for who leads the work
    few_pools()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    head = json.loads(sys.stdin.buffer.readline())
    shared, out = from_data(Shared, head["shared"]), Path(head["out"])
    for line in sys.stdin.buffer:
        outcome = make_variant(from_json(Job, line.decode()), shared, out)
        answers.write(to_json(outcome) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
