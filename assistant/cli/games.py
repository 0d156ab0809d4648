"""``cuewright game``: the music of a take as a game plays it.

Conventions: as in `assistant.cli`; the take's folder is read only.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from assistant.cli.folders import check_writable, free_folder, named_folder
from assistant.cli.speaking import answer_with, load_library, tell
from assistant.records import to_data
from assistant.settings import from_environment


def run_game(options: argparse.Namespace) -> int:
    """Make the loop, layers, pieces and imports of a take."""
    from assistant.deliver import load_cue
    from assistant.deliver.games import Workshop, make_kit, write_kit
    from assistant.deliver.games.speaking import say_kit

    began = time.perf_counter()
    take = Path(options.folder)
    cue = load_cue(take)
    out = named_folder(options.out) if options.out else take / "game"
    check_writable(out)
    folder = free_folder(out)
    if folder != out:
        tell(f"{out} holds files already; this one is written to {folder}")
    kit = make_kit(cue, Workshop.opened(load_library(), from_environment()), layers=options.layers)
    delivery, manifest = write_kit(folder, kit)
    said = say_kit(kit, asked_layers=options.layers)
    tell(said)
    answer_with(
        {
            "folder": delivery.folder,
            "say": said,
            "files": [file.name for file in delivery.files],
            "manifest": to_data(manifest),
            "seconds": round(time.perf_counter() - began, 2),
        }
    )
    return 0
