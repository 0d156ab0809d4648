"""What ten thousand variants take on a cluster, worked out from what was measured here; nothing is measured in it.

Conventions: seconds of a core are those of the machine that measured; a vCPU of the cluster is taken to be as quick.
Prices are US dollars and assumptions: list prices that change with time, place and contract.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

PRICE_USD = 1.36
PRICE_SOURCE = (
    "an assumption: twice what the guide of EC2 Auto Scaling gives as an example for c5.4xlarge, 16 vCPUs, on demand "
    "in us-east-1 ($0.68; docs.aws.amazon.com, Spot price per unit hour); set your own with --price"
)
STORE_USD, PUT_USD = 0.023, 0.005
"""Of a GB and a month; of a thousand requests that write: S3 Standard in us-east-1 as remembered; assumptions too."""


@dataclass(frozen=True)
class Measured:
    """What was measured here.

    Parameters
    ----------
    core_s, long_core_s : float
        Seconds of a core for a small variant, and for one of 30 s.
    wall_s, begin_s : float
        Seconds of a worker for a small variant, with all that a campaign and a cluster add; and until its first one.
    folder_mb, long_mb : float
        Megabytes of their folders.
    files : int
        In a folder.
    local_s : float
        Seconds of a worker for a small variant without a cluster.
    driver_rate : float
        Outcomes a second that one process hands out, gathers and writes down.
    """

    core_s: float = 0.0
    wall_s: float = 0.0
    begin_s: float = 0.0
    long_core_s: float = 0.0
    folder_mb: float = 0.0
    long_mb: float = 0.0
    files: int = 0
    local_s: float = 0.0
    driver_rate: float = 0.0

    def joined(self, more: dict[str, Any]) -> Measured:
        """With other figures in place of these."""
        return replace(self, **{name: value for name, value in more.items() if value})

    def data(self) -> dict[str, Any]:
        """Plain figures."""
        return asdict(self)

    @property
    def missing(self) -> tuple[str, ...]:
        """Figures that nobody measured yet."""
        return tuple(field.name for field in fields(self) if not getattr(self, field.name))


@dataclass(frozen=True)
class Cluster:
    """A cluster: its nodes, what each has, what an hour of one costs, and how long it takes to come up."""

    nodes: int = 16
    vcpus: int = 32
    network_gbit: float = 12.5
    price_usd: float = PRICE_USD
    start_s: float = 300.0

    @property
    def workers(self) -> int:
        """Variants that are made at a time."""
        return self.nodes * self.vcpus


@dataclass(frozen=True)
class Bill:
    """What a campaign takes on a cluster, in seconds, megabits a second and node, gigabytes, and dollars."""

    work_s: float
    all_s: float
    node_mbit: float
    gigabytes: float
    machines_usd: float
    writes_usd: float
    month_usd: float


def billed(
    count: int, each_s: float, megabytes: float, files: int, cluster: Cluster, rate: float = 1e9, begin_s: float = 0.0
) -> Bill:
    """The bill of so many variants, of which the driver hands out ``rate`` a second at most.

    Each worker makes one after the other, the last ones end together but for one variant; results leave while others
    are made. A file is written, copied to its name and its draft deleted: two requests that write, one that is free.

    Examples
    --------
    >>> bill = billed(10_000, 1.0, 1.0, 10, Cluster(nodes=10, vcpus=10, price_usd=3.6, start_s=0.0))
    >>> bill.work_s, round(bill.machines_usd, 2), bill.gigabytes, round(bill.writes_usd, 2), bill.node_mbit
    (100.0, 1.0, 10.0, 1.0, 80.0)
    """
    work_s = max(math.ceil(count / cluster.workers) * each_s, count / rate)
    all_s = work_s + begin_s + cluster.start_s
    gigabytes = count * megabytes / 1000
    return Bill(
        work_s=work_s,
        all_s=all_s,
        node_mbit=8 * megabytes * count / cluster.nodes / work_s,
        gigabytes=gigabytes,
        machines_usd=cluster.nodes * all_s / 3600 * cluster.price_usd,
        writes_usd=2 * count * files / 1000 * PUT_USD,
        month_usd=gigabytes * STORE_USD,
    )


def paper(measured: Measured, *, count: int = 10_000, cluster: Cluster | None = None) -> str:
    """The working, in Markdown."""
    cluster = cluster or Cluster()
    if measured.missing:
        return f"## On paper\n\nNot worked out: {', '.join(measured.missing)} were not measured; run all parts.\n"
    share = measured.core_s / measured.wall_s
    rate = measured.driver_rate
    rows = [
        ("small (4 s)", measured.wall_s, measured.folder_mb),
        ("30 s", measured.long_core_s / share, measured.long_mb),
    ]
    bills = [
        (name, each_s, mb, billed(count, each_s, mb, measured.files, cluster, rate, measured.begin_s))
        for name, each_s, mb in rows
    ]
    lines = [
        f"## On paper: {count:,} variants on {cluster.nodes} nodes of {cluster.vcpus} vCPUs",
        "",
        f"- a worker is busy {measured.wall_s:.2f} s with a small variant (measured, runner and Ray and all), "
        f"{measured.core_s:.2f} s of them composing and playing: a share of {share:.2f}; that of 30 s takes "
        f"{measured.long_core_s:.2f} s of a core, divided by the same share",
        f"- work = ceil({count:,} / {cluster.workers} workers) x seconds of a worker, or {count:,} / {rate:.0f} where "
        "that is more: so many outcomes a second one driver could hand out and write down here; machines = nodes x "
        f"(work + {measured.begin_s:.0f} s until workers have loaded everything + {cluster.start_s:.0f} s to come up) "
        f"/ 3600 x ${cluster.price_usd:g}",
        f"- a node sends megabytes x 8 x {count:,} / {cluster.nodes} / work; it has {cluster.network_gbit:g} Gbit/s",
        f"- {measured.files} files a folder, each two writing requests (draft, name) at ${PUT_USD:g} a thousand; "
        f"a month of storage at ${STORE_USD:g} a GB",
        f"- price of a node: ${cluster.price_usd:g} an hour, {PRICE_SOURCE}",
        "",
        "| variant | seconds of a worker | work | with coming up | a node sends | to store | machines | requests | "
        "storage, a month | all |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {each_s:.2f} | {_time(bill.work_s)} | {_time(bill.all_s)} | {bill.node_mbit:,.0f} Mbit/s | "
        f"{bill.gigabytes:,.1f} GB | ${bill.machines_usd:,.2f} | ${bill.writes_usd:,.2f} | ${bill.month_usd:,.2f} | "
        f"${bill.machines_usd + bill.writes_usd + bill.month_usd:,.2f} |"
        for name, each_s, mb, bill in bills
    ]
    lines += [
        "",
        "What the sum leaves out: nodes billed by the hour; "
        "hyper-threads, of which two may be slower than two cores; traffic out of the cloud when somebody downloads.",
        "",
    ]
    return "\n".join(lines)


def _time(seconds: float) -> str:
    return f"{seconds / 60:.1f} min" if seconds >= 90 else f"{seconds:.0f} s"
