"""As much of Ray as campaigns call, in this process, for tests of who calls it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from assistant.campaign.values import Job, Outcome


class DiedError(Exception):
    """What the toy raises where a worker died."""


@dataclass
class ToyRay:
    """As much of Ray as the executor calls; a task is made when it is waited for, the newest first."""

    cpus: float = 4.0
    dies: frozenset[str] = frozenset()
    most: int = 0
    puts: int = 0
    begun: int = 0
    cancelled: int = 0
    asked: dict[str, Any] = field(default_factory=dict)
    flying: dict[int, Callable[[], Outcome]] = field(default_factory=dict)
    exceptions: Any = field(default_factory=lambda: SimpleNamespace(RayError=DiedError))

    def cluster_resources(self) -> dict[str, float]:
        return {"CPU": self.cpus, "GPU": 2.0}

    def put(self, value: object) -> object:
        self.puts += 1
        return value

    def remote(self, **asked: Any) -> Callable[[Callable[..., Outcome]], Any]:
        self.asked = asked
        return lambda make: SimpleNamespace(remote=lambda *given: self._fly(lambda: make(*given), given[0]))

    def _fly(self, work: Callable[[], Outcome], job: Job) -> int:
        self.begun += 1

        def died() -> Outcome:
            raise DiedError("the worker died\nkilled by the system")

        ref = len(self.flying) + self.most * 10_000
        while ref in self.flying:
            ref += 1
        self.flying[ref] = died if job.variant.id in self.dies else work
        self.most = max(self.most, len(self.flying))
        return ref

    def wait(self, refs: list[int], **_: object) -> tuple[list[int], list[int]]:
        return refs[-1:], refs[:-1]

    def get(self, ref: int) -> Outcome:
        return self.flying.pop(ref)()

    def cancel(self, ref: int, *, force: bool) -> None:
        self.cancelled += force
        self.flying.pop(ref)
