"""A Ray cluster, found or begun, for as long as a campaign takes; and how its workers find Cuewright.

Conventions: an address is ``local`` (a cluster of this machine's own, for as long as the work takes), ``auto`` (the one
that this machine belongs to), ``host:port`` of that one, or ``ray://host:port`` from outside. Ray is an extra: it is
imported here alone, when a cluster is asked for.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Literal

from assistant.campaign.local import ONE_THREAD
from assistant.campaign.on_ray import Needs, RayExecutor
from assistant.campaign.places import Place
from assistant.errors import InputError
from assistant.settings import ROOT

Code = Literal["here", "ship", "installed"]
"""Where a worker finds Cuewright: in this very folder, in a copy that Ray brings, or installed on its machine."""

ADDRESSES = "local, auto, host:port or ray://host:port"
CURE = "pip install 'cuewright[ray]'"
_ADDRESS = re.compile(r"(?:ray://)?[\w.\-\[\]:]+:\d{1,5}")
_SHIPPED = frozenset({"assistant", "models", "prompts"})
"""What of a clone travels; "all but" can't be said to Ray, whose patterns then match the clone itself."""
_TOLD = ("CUEWRIGHT_SOUNDFONT", "CUEWRIGHT_RENDERER")
"""What workers in this very folder are told of the environment; elsewhere their own counts."""


@contextmanager
def on_cluster(
    address: str,
    *,
    place: Place | None = None,
    needs: Needs | None = None,
    code: Code | None = None,
    workers: int | None = None,
) -> Iterator[RayExecutor]:
    """An executor on the cluster of an address; left, it lets go of the cluster.

    Parameters
    ----------
    address : str
        `ADDRESSES`.
    place : Place, optional
        Where finished folders go; the folder that `RayExecutor.run` is given else.
    needs : Needs, optional
        One core, unless given.
    code : {"here", "ship", "installed"}, optional
        Where workers find Cuewright. A copy of a clone travels, unless told; to a ``local`` cluster nothing must.
    workers : int, optional
        Cores that a ``local`` cluster offers; all that there are, unless given.

    Raises
    ------
    InputError
        If Ray is not installed, or there is no such cluster.
    """
    if address not in ("local", "auto") and not _ADDRESS.fullmatch(address):
        raise InputError(f"--ray {address!r:.60}", ADDRESSES, "correct it")
    ray = _ray()
    began_here = not ray.is_initialized()
    if began_here:
        _connect(ray, address, code or _usual_code(address), workers)
    try:
        yield RayExecutor(ray, place, needs or Needs())
    finally:
        if began_here:
            ray.shutdown()


def _ray() -> Any:
    """Ray; an `InputError` that names the cure where it isn't installed."""
    try:
        import ray  # type: ignore[import-not-found,unused-ignore]
        import ray.exceptions  # type: ignore[import-not-found,unused-ignore]
    except ImportError as error:
        raise InputError(f"--ray without Ray ({error})", "Ray 2.40 or later", CURE) from error
    return ray


def _connect(ray: Any, address: str, code: Code, workers: int | None) -> None:
    """Connect this process with the cluster, or begin one of its own."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    told: dict[str, Any] = {"log_to_driver": False, "runtime_env": runtime_env(code)}
    if address == "local":
        told |= {"address": "local", "num_cpus": workers or os.cpu_count(), "include_dashboard": False}
    else:
        told |= {"address": address}
    if not address.startswith("ray://"):
        told |= {"logging_level": "warning"}
    try:
        ray.init(**told)
    except (OSError, RuntimeError, ValueError, ImportError, ray.exceptions.RayError) as error:
        with suppress(Exception):
            ray.shutdown()
        reason = next(iter(str(error).strip().splitlines()), "") or type(error).__name__
        cure = (
            "begin one with ray start --head, or take --ray local; one with a token wants RAY_AUTH_MODE and it here too"
        )
        if isinstance(error, ImportError):
            cure = "pip install 'ray[client]', or start from a machine of the cluster: --ray auto"
        raise InputError(f"--ray {address}: {reason:.200}", f"a cluster that runs ({ADDRESSES})", cure) from error


def _usual_code(address: str) -> Code:
    """A cluster of this machine alone reads this folder; to others a clone is brought, what is no clone is there."""
    if address == "local":
        return "here"
    return "ship" if (ROOT / "prompts").is_dir() and (ROOT / "pyproject.toml").is_file() else "installed"


def runtime_env(code: Code) -> dict[str, Any]:
    """What Ray does before a worker begins, so that it finds Cuewright.

    Examples
    --------
    >>> sorted(runtime_env("installed"))
    ['env_vars']
    """
    variables = {"HF_HUB_OFFLINE": "1"} | ONE_THREAD
    if code == "here":
        known = {name: os.environ[name] for name in _TOLD if os.environ.get(name)}
        return {"env_vars": variables | known | {"PYTHONPATH": str(ROOT)}}
    if code == "ship":
        left = sorted(f"/{path.name}" for path in ROOT.iterdir() if path.name not in _SHIPPED)
        return {"env_vars": variables, "working_dir": str(ROOT), "excludes": [*left, "__pycache__"]}
    return {"env_vars": variables}
