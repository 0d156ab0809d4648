"""One region's demo with its sound files, as a process of its own makes it.

Conventions: two files a region, the mix as it is mastered and the lead alone, as loud as it is in that mix.
"""

from __future__ import annotations

from pathlib import Path

from assistant.audio.loudness import amplitude, integrated_lufs
from assistant.audio.waveform import Waveform
from assistant.deliver.media import write_m4a
from assistant.errors import AssistantError
from assistant.library import load
from assistant.settings import from_environment
from models.regional.demos import make_demo
from models.regional.page import Shown, shown

BIT_RATE = 160_000
SOUND = "sound"


def made(region: str, engine: str, folder: Path) -> Shown | str:
    """The demo of a region with its sound files, or why there is none."""
    library, settings = load(), from_environment()
    try:
        demo = make_demo(region, library, settings, engine=engine)
    except AssistantError as error:
        return f"{region}: {error}"
    leads = [part.id for part in demo.score.parts if part.role == "lead"]
    stems = {stem.part_id: stem.waveform for stem in demo.mixdown.stems}
    lead = stems[leads[0]] if leads else demo.mixdown.premaster
    # As loud as in the mix, which mastering made louder than its parts.
    gain = amplitude(demo.mixdown.loudness_lufs - integrated_lufs(demo.mixdown.premaster))
    alone = Waveform(
        (lead.samples * min(gain, 0.98 / (abs(lead.samples).max() + 1e-9))).astype("float32"), lead.rate_hz
    )
    names = tuple(f"{SOUND}/{region}{ending}.m4a" for ending in ("", "-lead"))
    for name, waveform in zip(names, (demo.mixdown.mix, alone), strict=True):
        write_m4a(folder / name, waveform, bit_rate=BIT_RATE)
    return shown(demo, library.region(region), sound=names[0], alone=names[1])
