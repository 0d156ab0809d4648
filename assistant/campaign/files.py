"""The files of one variant: the sound, the notes, the papers, and a picture for the contact sheet.

Conventions: names of files are the same in every variant and plain ASCII; names that people read are given by
`assistant.campaign.names`. Without ``full`` nothing is signed and there are no stems, report or project files.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from assistant.audio import Waveform
from assistant.campaign.cue_sheet import cue_sheet
from assistant.campaign.names import sheet_language
from assistant.campaign.studio import Studio
from assistant.campaign.thumbnail import thumbnail_svg
from assistant.campaign.values import Job, Shared, VoiceOver
from assistant.deliver.blend import mix_sound
from assistant.deliver.cue import cue_of, save_cue
from assistant.deliver.folder import deliver, listed
from assistant.deliver.masters import write_lossy_mix
from assistant.deliver.media import write_m4a
from assistant.deliver.own_sound import OwnSound, sound_begins_s
from assistant.deliver.papers.certificates import signer_for
from assistant.deliver.papers.disclosure import disclose
from assistant.deliver.papers.finish import finish
from assistant.deliver.papers.page import rights_html
from assistant.deliver.papers.write import RIGHTS_FILE, note_again, origin_of
from assistant.deliver.rights import rights_of
from assistant.deliver.turnover import Sounding, save_sound, turnover_of
from assistant.deliver.values import Materials
from assistant.records import to_json
from assistant.render.craft import load_craft
from assistant.score.midi import write_midi

THUMBNAIL_FILE, CUE_SHEET_FILE, RIGHTS_PAGE = "thumbnail.svg", "cue-sheet.csv", "rights.html"
VOICED_FILE = "voiced.m4a"


def write_variant(folder: Path, materials: Materials, job: Job, shared: Shared, studio: Studio) -> dict[str, int]:
    """Write everything but ``variant.json`` into an empty folder; the bytes of each file."""
    signer = signer_for(studio.settings) if shared.full else None
    if shared.full:
        deliver(folder, materials, signer=signer)
    else:
        _write_small(folder, materials, studio)
    besides = _write_besides(folder, materials, job, shared)
    if shared.full:
        if VOICED_FILE in besides:
            disclose(folder / VOICED_FILE)
        note_again(folder, besides, signer=signer)
    else:
        rights = rights_of(materials, finish(folder, None, origin_of(materials)))
        (folder / RIGHTS_FILE).write_text(to_json(rights, indent=2) + "\n", encoding="utf-8")
        (folder / RIGHTS_PAGE).write_text(rights_html(materials, rights), encoding="utf-8")
    return {file.name: file.size_bytes for file in listed(folder)}


def _write_small(folder: Path, materials: Materials, studio: Studio) -> None:
    """The mix in two forms, the notes, and the cue."""
    mixdown, plan = materials.mixdown, materials.take.plan
    save_sound(folder / "mix.wav", mixdown.mix, turnover_of(materials), Sounding(is_mix=True))
    master = load_craft(studio.settings.prompts_dir).in_style(plan.style).master
    write_lossy_mix(folder / "mix.m4a", mixdown, master, loop=plan.loop)
    write_midi(materials.take.score, folder / "score.mid")
    save_cue(cue_of(materials), folder)


def _write_besides(folder: Path, materials: Materials, job: Job, shared: Shared) -> list[str]:
    """What every variant has, whole delivery or not: the voiced mix, its region's cue sheet, a picture; their names."""
    names = [CUE_SHEET_FILE, THUMBNAIL_FILE]
    sheet = cue_sheet(turnover_of(materials), sheet_language(job.variant.region))
    (folder / CUE_SHEET_FILE).write_text(sheet, encoding="utf-8-sig", newline="")
    picture = thumbnail_svg(materials.take.score, materials.mixdown.mix)
    (folder / THUMBNAIL_FILE).write_text(picture, encoding="utf-8")
    voice = shared.voice(job.variant.voice_path)
    if voice is not None:
        _write_voiced(folder / VOICED_FILE, materials, voice)
        names.append(VOICED_FILE)
    return names


def _write_voiced(path: Path, materials: Materials, voice: VoiceOver) -> None:
    """The music under the voice-over, as loud as the music alone; what lasts longer than the music is not heard."""
    said, music = Path(voice.clip.path), materials.mixdown.mix
    begins_s = sound_begins_s(said) or 0.0
    blocks = mix_sound(said, music, OwnSound.UNDER, begins_s, 0.0, speech=voice.clip.speech)
    write_m4a(path, Waveform(np.concatenate(list(blocks), axis=1), music.rate_hz))
