"""Do opposite references under one brief give opposite cues? Composed, judged, compared.

``python -m models.evaluation.references [--engine NAME]`` prints it. The references are cues of our own engine: fast,
bright, in major, with drums against slow, dark, in minor, without. Each is rendered, written as a file, measured as a
clip and given with briefs that leave things open; the cue that follows is judged by `assistant.judge`, from its notes.

Conventions: a pair is opposite in a measure when the bright reference's cue has more of it by at least `LEAST`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from assistant.audio import Waveform
from assistant.audio.waveform import save_wav
from assistant.brief import Brief
from assistant.clip import Clip, measure_clip
from assistant.constraints import Constraints, Instruments, arc_of
from assistant.interpret import read_brief
from assistant.judge import Judgement, judge_score
from assistant.library import load
from assistant.settings import RATE_HZ
from models.evaluation.sounds import composed, rendered
from models.registry import default_engine

LEAST = {"tempo_bpm": 15.0, "density_onsets_per_s": 2.0, "valence": 0.2, "arousal": 0.2}
"""By how much the two cues must differ, in the unit of the measure."""
REFERENCES = {
    "bright": Constraints(
        duration_s=20, styles=("pop",), key="D major", tempo_bpm=(132, 132),
        instruments=Instruments(include=("drums",)), arc=arc_of([(0, 0.8, 0.8)]),
    ),
    "dark": Constraints(
        duration_s=20, styles=("cinematic",), key="C minor", tempo_bpm=(62, 62),
        instruments=Instruments(("cello", "piano"), ("drums", "percussion")), arc=arc_of([(0, -0.7, -0.7)]),
    ),
}  # fmt: skip
BRIEFS = (
    "Music for a short film about a lighthouse, 24 seconds. Stay close to my temp track.",
    "a harbour, 20 seconds, like the attached track",
    "Ein Film über einen Leuchtturm, 20 Sekunden, wie meine Referenz",
)


@dataclass(frozen=True)
class Pair:
    """The two cues of one brief."""

    brief: str
    bright: Judgement
    dark: Judgement


def clip_of(asked: Constraints, folder: Path, name: str, *, seed: int = 2) -> Clip:
    """A reference as a measured file of sound."""
    path = folder / f"{name}.wav"
    save_wav(path, Waveform(rendered(asked, seed=seed), RATE_HZ))
    return measure_clip(path)


def followed(brief: str, clip: Clip, *, engine: str, seed: int = 4) -> Judgement:
    """The cue that a brief and a reference give, judged by its notes."""
    asked = read_brief(Brief(brief, clip.path), library=load(), clip=clip).constraints
    return judge_score(composed(asked, seed=seed, engine=engine)[1])


def measure(engine: str) -> list[Pair]:
    """Every brief with both references."""
    with tempfile.TemporaryDirectory() as folder:
        clips = {name: clip_of(asked, Path(folder), name) for name, asked in REFERENCES.items()}
    return [
        Pair(brief, *(followed(brief, clips[name], engine=engine) for name in ("bright", "dark"))) for brief in BRIEFS
    ]


def opposite(pair: Pair) -> dict[str, bool]:
    """For each measure, whether the two cues differ as their references do."""
    out = {}
    for name, least in LEAST.items():
        high, low = getattr(pair.bright, name), getattr(pair.dark, name)
        out[name] = high is not None and low is not None and high - low >= least
    return out


def table(pairs: list[Pair]) -> str:
    """Both cues of every brief, measure by measure."""
    lines = [
        "| brief | " + " | ".join(f"{name}: bright / dark" for name in LEAST) + " |",
        "|---|" + "---|" * len(LEAST),
    ]
    for pair in pairs:
        cells = [f"{getattr(pair.bright, name)} / {getattr(pair.dark, name)}{'' if good else ' !'}"
                 for name, good in opposite(pair).items()]  # fmt: skip
        lines.append(f"| {pair.brief} | " + " | ".join(cells) + " |")
    verdicts = [good for pair in pairs for good in opposite(pair).values()]
    return "\n".join([*lines, "", f"Opposite in {sum(verdicts)} of {len(verdicts)} comparisons."])


def main() -> int:
    """Print the table; 1 where a comparison is not opposite."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", default=default_engine())
    pairs = measure(parser.parse_args().engine)
    sys.stdout.write(table(pairs) + "\n")
    return int(not all(all(opposite(pair).values()) for pair in pairs))


if __name__ == "__main__":
    raise SystemExit(main())
