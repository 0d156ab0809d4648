"""``cuewright masters``: the take in a folder, mastered for several places, nothing composed anew.

Conventions: as in `assistant.cli`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from assistant.cli.speaking import answer_with, names_in, tell
from assistant.explain import voice
from assistant.records import to_data
from assistant.settings import from_environment


def run_masters(options: argparse.Namespace) -> int:
    """Write the masters, and say which were held back."""
    from assistant.deliver.cue import load_cue
    from assistant.deliver.masters import FOLDER, write_masters
    from assistant.render.craft import load_craft
    from assistant.render.targets import load_targets, named_targets

    settings = from_environment()
    targets = load_targets(settings.prompts_dir)
    named = ",".join(names_in(options.targets, "--for", f"{', '.join(sorted(targets))}, or a number such as -19"))
    chosen = named_targets(named, targets) if named else dict(targets)
    folder = Path(options.folder)
    out = Path(options.out) if options.out else folder / FOLDER
    cue = load_cue(folder)
    files = write_masters(folder, chosen, load_craft(settings.prompts_dir).in_style(cue.plan.style).master, out)
    said = [
        voice(cue.constraints.language).say(file.remark) for file in files if file.remark and file.file.endswith(".wav")
    ]
    if said:
        tell("\n".join(said))
    answer_with({"folder": str(out), "masters": [to_data(file) for file in files], "say": " ".join(said)})
    return 0
