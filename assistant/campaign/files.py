"""The files of one variant: the sound, the notes, the papers, and a picture for the contact sheet.

Conventions: names of files are the same in every variant and plain ASCII; names that people read are given by
`assistant.campaign.names`. Without ``full`` nothing is signed and there are no stems, report or project files.
"""

from __future__ import annotations

from pathlib import Path

from assistant.campaign.studio import Studio
from assistant.campaign.thumbnail import thumbnail_svg
from assistant.campaign.values import Job, Shared
from assistant.deliver.cue import cue_of, save_cue
from assistant.deliver.folder import deliver, listed
from assistant.deliver.masters import write_lossy_mix
from assistant.deliver.papers.certificates import signer_for
from assistant.deliver.papers.finish import finish
from assistant.deliver.papers.write import RIGHTS_FILE, origin_of
from assistant.deliver.rights import rights_of
from assistant.deliver.turnover import Sounding, save_sound, turnover_of
from assistant.deliver.turnover.cue_sheet import write_csv
from assistant.deliver.values import Materials
from assistant.records import to_json
from assistant.render.craft import load_craft
from assistant.score.midi import write_midi

THUMBNAIL_FILE, SHEET_FILE = "thumbnail.svg", "cue-sheet.csv"


def write_variant(folder: Path, materials: Materials, job: Job, shared: Shared, studio: Studio) -> int:
    """Write everything but ``variant.json`` into an empty folder; the bytes that it then holds."""
    if shared.full:
        deliver(folder, materials, signer=signer_for(studio.settings))
    else:
        _write_small(folder, materials, studio)
    picture = thumbnail_svg(materials.take.score, materials.mixdown.mix)
    (folder / THUMBNAIL_FILE).write_text(picture, encoding="utf-8")
    return sum(file.size_bytes for file in listed(folder))


def _write_small(folder: Path, materials: Materials, studio: Studio) -> None:
    """The mix in two forms, the notes, the cue, its sheet and its rights."""
    mixdown, plan, turnover = materials.mixdown, materials.take.plan, turnover_of(materials)
    save_sound(folder / "mix.wav", mixdown.mix, turnover, Sounding(is_mix=True))
    master = load_craft(studio.settings.prompts_dir).in_style(plan.style).master
    write_lossy_mix(folder / "mix.m4a", mixdown, master, loop=plan.loop)
    write_midi(materials.take.score, folder / "score.mid")
    save_cue(cue_of(materials), folder)
    write_csv(turnover, folder / SHEET_FILE)
    papers = finish(folder, None, origin_of(materials))
    (folder / RIGHTS_FILE).write_text(to_json(rights_of(materials, papers), indent=2) + "\n", encoding="utf-8")
