"""Where a campaign is made and where it goes, from the command line: processes here or a cluster; a folder or afar."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.campaign.executor import Executor
from assistant.campaign.local import Local, cores
from assistant.campaign.packing import Results, check_free, write_results
from assistant.campaign.sheet import SHEET_FILE
from assistant.cli.folders import check_writable, named_folder
from assistant.errors import InputError
from assistant.settings import from_environment

if TYPE_CHECKING:
    from assistant.campaign.afar import Afar


@dataclass(frozen=True)
class Whereabouts:
    """Who makes variants, the folder of plan and journal, and what lies afar."""

    executor: Executor
    out: Path
    afar: Afar | None = None

    @property
    def address(self) -> str:
        """Where results are, for people."""
        return self.afar.address if self.afar is not None else str(self.out)

    @property
    def sheet(self) -> str:
        """Where the contact sheet is, for people."""
        return f"{self.address}/{SHEET_FILE}"

    def begun(self) -> None:
        """Hear that the plan is written."""
        if self.afar is not None:
            self.afar.begin()

    def results(self, *, archive: bool) -> Results:
        """Sheet and, in a folder of this machine, archive."""
        return self.afar.finish() if self.afar is not None else write_results(self.out, archive=archive)


@contextmanager
def whereabouts(options: argparse.Namespace) -> Iterator[Whereabouts]:
    """What ``--out``, ``--ray``, ``--ray-code`` and ``--workers`` ask for; all of it is let go at the end."""
    from assistant.campaign.afar import Afar, is_address
    from assistant.campaign.places import Place

    place = Place(options.out) if is_address(options.out) else None
    if place is None or place.folder is not None:
        out = named_folder(options.out) if place is None or place.folder is None else place.folder
        check_writable(out)
        check_free(out)
        with _executor(options, None) as executor:
            yield Whereabouts(executor, out)
        return
    if options.ray is None:
        raise InputError(f"--out {options.out!r:.100} without --ray", "a folder, or --ray as well", "add --ray local")
    afar = Afar(options.out, from_environment().work_dir / "campaigns")
    check_writable(afar.desk)
    afar.fetch()
    with _executor(options, afar) as executor:
        yield Whereabouts(executor, afar.desk, afar)


@contextmanager
def _executor(options: argparse.Namespace, afar: Afar | None) -> Iterator[Executor]:
    """Where variants are made."""
    if options.ray is None:
        yield Local(cores() if options.workers is None else options.workers)
        return
    from assistant.campaign.cluster import on_cluster
    from assistant.campaign.on_ray import needs_of
    from models.registry import get_engine, list_engines

    get_engine(options.engine)  # one that is unknown is told before a cluster is begun
    needs = needs_of(next(info.needs for info in list_engines() if info.name == options.engine))
    place = afar.variants if afar is not None else None
    code, workers = options.ray_code, options.workers
    with on_cluster(options.ray, place=place, needs=needs, code=code, workers=workers) as executor:
        yield executor
