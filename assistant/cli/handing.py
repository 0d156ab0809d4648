"""``cuewright export``: files of a take for studios and editors.

Conventions: as in `assistant.cli`.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from assistant.cli.speaking import answer_with, names_in
from assistant.records import to_data


def run_export(options: argparse.Namespace) -> int:
    """Make the files that were asked for, into the folder of the take."""
    from assistant.deliver.papers.certificates import signer_for
    from assistant.deliver.papers.write import note_again
    from assistant.deliver.turnover import FORMATS, export
    from assistant.settings import from_environment

    names, folder = names_in(options.formats, "--as", ", ".join(sorted(FORMATS))), Path(options.folder)
    made = export(folder, names, start=options.start)
    note_again(folder, [each.file for each in made], signer=signer_for(from_environment()))
    made = tuple(replace(each, size_bytes=(folder / each.file).stat().st_size) for each in made)
    answer_with({"folder": str(folder), "files": [to_data(each) for each in made]})
    return 0
