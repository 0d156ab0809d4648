"""A Space on this machine: the uploaded files alone, started as Spaces start them, in an environment like theirs.

Conventions: ``python app.py`` in the folder; the environment is made anew, so no setting of this machine reaches it;
the home folder takes nothing, from root neither, and what should last lies in a volume of its own.

Sources: huggingface.co/docs/hub/spaces-overview, "Built-in environment variables"; Gradio's own on Spaces.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PASSED_ON = (
    "PATH",
    "LANG",
    "TMPDIR",
    "LD_LIBRARY_PATH",
    "OPENBLAS_CORETYPE",
    "OPENBLAS_L2_SIZE",
    "CUEWRIGHT_SOUNDFONT",
)
"""What a Space has of its machine, and what this machine needs."""
PATIENCE_S = 180.0
WITHOUT_SPACES = "`spaces` package is required to run hot-reloading"
"""What Gradio's own thread for developers dies of where the package spaces is missing; Spaces have it."""


@dataclass(frozen=True)
class Running:
    """A Space that answers."""

    address: str
    volume: Path
    log: Path
    pid: int

    @property
    def faults(self) -> int:
        """Tracebacks in the log that are ours."""
        told = self.log.read_text("utf-8")
        return told.count("Traceback") - told.count(WITHOUT_SPACES)


def environment(port: int, volume: Path, **more: str) -> dict[str, str]:
    """The variables of a CPU Space of somebody's."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return kept | {
        "HOME": "/proc/self",
        "SYSTEM": "spaces",
        "SPACE_ID": "someone/cuewright",
        "SPACE_HOST": "someone-cuewright.hf.space",
        "SPACE_AUTHOR_NAME": "someone",
        "SPACE_REPO_NAME": "cuewright",
        "SPACE_TITLE": "Cuewright",
        "SPACE_CREATOR_USER_ID": "6032802e1f993496bc14d9e3",
        "ACCELERATOR": "none",
        "CPU_CORES": str(min(2, os.cpu_count() or 1)),
        "MEMORY": "16Gi",
        "GRADIO_SERVER_NAME": "0.0.0.0",
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_NUM_PORTS": "1",
        "GRADIO_ALLOW_FLAGGING": "never",
        "GRADIO_THEME": "huggingface",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "CUEWRIGHT_VOLUME": str(volume),
        **more,
    }


@contextmanager
def running(folder: Path, room: Path, **more: str) -> Iterator[Running]:
    """The Space of a folder, its volume and its log in another; ended on leaving."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    volume, log = room / "data", room / "log"
    volume.mkdir(parents=True, exist_ok=True)
    with log.open("w") as told:
        server = subprocess.Popen(
            [sys.executable, "app.py"],
            cwd=folder,
            env=environment(port, volume, **more),
            stdout=told,
            stderr=subprocess.STDOUT,
        )
    try:
        space = Running(f"http://127.0.0.1:{port}", volume, log, server.pid)
        _wait_for(space, server)
        yield space
    finally:
        server.terminate()
        server.wait(30)


def _wait_for(space: Running, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(space.address, timeout=5).read(1)
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(space.log.read_text("utf-8"))
