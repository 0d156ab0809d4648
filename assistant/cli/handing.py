"""``cuewright export``: files of a take for studios and editors.

Conventions: as in `assistant.cli`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from assistant.cli.speaking import answer_with
from assistant.records import to_data


def run_export(options: argparse.Namespace) -> int:
    """Make the files that were asked for, into the folder of the take."""
    from assistant.deliver.papers.write import note_again
    from assistant.deliver.turnover import export

    folder = Path(options.folder)
    names = [name.strip() for name in options.formats.split(",") if name.strip()]
    made = export(folder, names, start=options.start)
    note_again(folder, [each.file for each in made])
    answer_with({"folder": str(folder), "files": [to_data(each) for each in made]})
    return 0
