"""Measure how fast every program of a SoundFont speaks: ``python -m models.evaluation.speaking [--soundfont FILE]``.

The samples whose loops turn with a corner are named beside it (`assistant.render.loops`). Writes the table that
`assistant.render.spoken` reads, and says where a table that is there already differs. Two runs give the same figures.

Conventions: milliseconds; the player is the one that renders here.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from assistant.audio.soundfont import read_preset
from assistant.render.attack import GRID, measure_speech
from assistant.render.craft import load_craft
from assistant.render.loops import corners
from assistant.render.players import choose_player
from assistant.render.spoken import FOLDER, fingerprint, known_speech
from assistant.settings import RATE_HZ, Settings, from_environment

PROGRAMS = 128


def table(settings: Settings) -> tuple[str, str]:
    """The name of the SoundFont's table and its text."""
    craft = load_craft(settings.prompts_dir)
    band = choose_player(settings, craft, rate_hz=RATE_HZ)
    velocity = craft.attack.test_velocity
    lines = [
        f"# How fast the programs of {band.soundfont.name} speak: milliseconds to half and to nearly full level.",
        f'sources = ["measured on the file itself: python -m models.evaluation.speaking ({band.player.name})"]',
        f'player = "{band.player.name}"',
        f'fingerprint = "{fingerprint(band.player.soundfont)}"',
        f"rate_hz = {RATE_HZ}",
        f"velocity = {velocity}",
        f"pitches = {list(GRID)}",
    ]
    for program in range(PROGRAMS):
        speech = measure_speech(band.player, program, velocity)
        rows = (
            ("half_ms", [round(1000 * each) for each in speech.half_s]),
            ("full_ms", [round(1000 * each) for each in speech.full_s]),
        )
        lines += [f"\n[programs.{program}]", *(f"{name} = {row}" for name, row in rows)]
        lines += [f"corners = {json.dumps(names)}" for names in corner_names(band.player.soundfont, program)]
        known = known_speech(band.player.name, band.player.soundfont, RATE_HZ, program, velocity, GRID)
        if known and known != (speech.half_s, speech.full_s):
            sys.stderr.write(f"program {program}: the table differs from what was measured\n")
    return band.soundfont.name.lower().replace(" ", "-"), "\n".join(lines) + "\n"


def corner_names(soundfont: Path, program: int) -> list[list[str]]:
    """The samples of a program whose loops have corners; nothing where the file isn't read."""
    preset = read_preset(soundfont, 0, program)
    if preset is None:
        return []
    return [list(dict.fromkeys(preset.name_of(sample) for sample, _ in corners(preset)))]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m models.evaluation.speaking", description=__doc__)
    parser.add_argument("--soundfont", type=Path, help="the one that would be played here, unless given")
    options = parser.parse_args(arguments)
    settings = from_environment()
    name, text = table(replace(settings, soundfont=options.soundfont or settings.soundfont))
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    sys.stderr.write(f"{path}: {PROGRAMS} programs\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
