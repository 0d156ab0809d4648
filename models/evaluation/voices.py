"""Our own voices against the SoundFont's stand-ins: which of the two is nearer to what is known of the instrument.

``python -m models.evaluation.voices [--only oud,ney]``

Every instrument of ``prompts/voices.toml`` is played by its voice and by its program of the SoundFont, at the same
pitches, and measured (`models.evaluation.tones`). What is known of it stands in the file as ranges with their sources
(``targets``), and some counts for all (`SHARED`). The voice should play where it keeps `STAND_IN` more of them than the
SoundFont, `RECORDED` more where the SoundFont has a recording of the instrument itself, and breaks none of the demands
on a voice (`DEMANDS`). The table marks what lies out of range, and where the file has chosen otherwise.

Conventions: three pitches, a sixth, a half and five sixths up the instrument's range; velocity 90 where nothing else is
said. Bends of the SoundFont are asked of both renderers; ours are the same with either (`tests/test_voices.py`).

What this cannot say: whether the voice sounds like the instrument. Ranges are necessary, not sufficient; many are our
own reading of words, set when the first measurements of both were known; the voices were built knowing what counts, the
samples were not; nobody has listened.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from assistant.library import Instrument, load
from assistant.render import fallback, fluid
from assistant.render.craft import load_craft
from assistant.render.performance import Performance, Stroke, Turn
from assistant.render.player import Player
from assistant.render.soundfonts import find_soundfont
from assistant.render.voiced import Voiced
from assistant.render.voices import Voice, load_voices
from assistant.score.values import IN_TUNE, PITCH_BEND
from assistant.settings import RATE_HZ, ROOT, from_environment
from models.evaluation import tones
from models.evaluation.missed import Bound, bounded, printed

DEMANDS: Mapping[str, tuple[float, float]] = {
    "tuning": (0.0, 2.0), "bend": (0.0, 10.0), "bend fall-back": (0.0, 10.0), "even": (0.0, 3.0),
    "folded": (-300.0, -50.0),
}  # fmt: skip
"""What a voice must keep to be chosen: cents out of tune, cents off a glide of a tone with either renderer, spread of
level over the range in dB, and what lies below the fundamental of a high plucked note (folded or rumbling), in dB."""
SHARED: Mapping[str, tuple[float, float]] = {
    "tuning": (0.0, 5.0), "bend": (0.0, 10.0), "even": (0.0, 3.0), "louder": (1.03, 2.5),
}  # fmt: skip
"""Counted for every instrument beside its own targets: five cents are about what is noticed (Moore 2012), and louder is
brighter (Jaffe and Smith 1983; Fletcher and Rossing 1998)."""
STAND_IN, RECORDED = 2, 3
"""How many more a voice must keep than another instrument's samples, and than a recording of the instrument itself: our
ranges know little of timbre, of which a recording has the whole."""
COLUMNS = {
    "tuning": "worst distance from the pitch, cents",
    "bend": "from a glide of a tone down and up, cents, rms; FluidSynth, and the fall-back",
    "even": "spread of level from pitch to pitch, dB",
    "folded": "level below the fundamental of the highest note, dB",
    "attack": "rise at the middle pitch, ms",
    "decay low": "s to -60 dB at the lowest of the pitches, the middle one, the highest",
    "dying": "by what factor the middle of the spectrum sinks in half a second",
    "louder": "by what factor the middle partial rises from velocity 50 to 110",
    "stiffness": "inharmonicity B at the lowest pitch, in 10^-4",
    "bloom": "gain of high on low partials from 30 to 250 ms, dB",
    "odd": "odd over even partials 2 to 5, dB",
    "noise": "between the partials against the whole, dB",
    "formant": "level of 4 to 6 kHz at the middle pitch, dB",
    "glide": "ms that a joined third is under way",
}
Measures = dict[str, float]


@dataclass(frozen=True)
class Case:
    """An instrument, who plays it, and the same with the other renderer."""

    instrument: Instrument
    player: Player
    other: Player | None

    def pitch(self, share: float) -> int:
        """A pitch of its range."""
        return round(self.instrument.low + share * (self.instrument.high - self.instrument.low))

    def tone(self, pitch: int, *, velocity: int = 90, held_s: float = 1.2, length_s: float = 1.2) -> tones.Real:
        """One note, from its key's time, mono."""
        return self.sound((Stroke(0.0, held_s, pitch, velocity),), length_s=length_s)

    def sound(
        self, strokes: tuple[Stroke, ...], turns: tuple[Turn, ...] = (), *, length_s: float, other: bool = False
    ) -> tones.Real:
        """Some notes, mono."""
        player = self.other if other and self.other is not None else self.player
        performance = Performance(self.instrument.program, False, strokes, turns, self.instrument.id)
        return tones.mono(player.play(performance, round(length_s * RATE_HZ)))


def hertz(pitch: float) -> float:
    """The frequency of a pitch."""
    return float(440.0 * 2 ** ((pitch - 69) / 12))


def measured(case: Case) -> Measures:
    """Everything that is measured of one player."""
    low, middle, high = (case.pitch(share) for share in (1 / 6, 1 / 2, 5 / 6))
    out = {"tuning": _tuning(case), "even": _even(case)}
    out["bend"] = _bend(case, middle, other=False)
    out["bend fall-back"] = _bend(case, middle, other=True) if case.other else out["bend"]
    out["attack"] = 1000 * tones.attack_s(case.tone(middle), RATE_HZ)
    soft, loud = (_settled(case.tone(middle, velocity=velocity)) for velocity in (50, 110))
    out["louder"] = float(np.divide(*(tones.mean_partial(each, RATE_HZ, hertz(middle)) for each in (loud, soft))))
    return out | (_blown(case, middle) if case.instrument.sustained else _plucked(case, low, middle, high))


def _settled(tone: tones.Real, from_s: float = 0.05, to_s: float = 0.45) -> tones.Real:
    return tone[round(from_s * RATE_HZ) : round(to_s * RATE_HZ)]


def _plucked(case: Case, low: int, middle: int, high: int) -> Measures:
    """What is measured of strings alone."""
    out = {"folded": _folded(case)}
    for name, pitch in (("low", low), ("middle", middle), ("high", high)):
        out[f"decay {name}"] = tones.decay_s(case.tone(pitch, held_s=5.0, length_s=5.0), RATE_HZ)
    tone = case.tone(middle)
    early, late = _settled(tone, 0.0, 0.15), _settled(tone, 0.5, 0.65)
    out["dying"] = tones.centroid_hz(early, RATE_HZ) / tones.centroid_hz(late, RATE_HZ)
    out["stiffness"] = 1e4 * tones.stiffness(_settled(case.tone(low)), RATE_HZ, hertz(low))
    out["bloom"] = tones.bloom_db(case.tone(low), RATE_HZ, hertz(low))
    return out


def _blown(case: Case, middle: int) -> Measures:
    """What is measured of blown and bowed tones alone."""
    tone = _settled(case.tone(middle), 0.3, 1.1)
    out = {
        "odd": tones.odd_db(tone, RATE_HZ, hertz(middle)),
        "noise": tones.noise_db(tone, RATE_HZ, hertz(middle)),
        "formant": tones.band_db(tone, RATE_HZ, 4000, 6000),
    }
    joined = case.sound((Stroke(0.0, 0.64, middle, 90), Stroke(0.6, 1.2, middle + 3, 90)), length_s=1.2)
    track = 12 * np.log2(tones.pitch_track(joined, RATE_HZ, hertz(middle), hop_s=0.005, window_s=0.05) / hertz(middle))
    out["glide"] = 5.0 * int(((track > 0.45) & (track < 2.55)).sum())
    return out


def _tuning(case: Case) -> float:
    pitches = [case.pitch(share) for share in (0.0, 0.25, 0.5, 0.75, 1.0)]
    from_s = 0.3 if case.instrument.sustained else 0.06
    return max(abs(tones.cents_off(case.tone(pitch), RATE_HZ, hertz(pitch), from_s=from_s)) for pitch in pitches)


def _even(case: Case) -> float:
    levels = [20 * np.log10(_settled(case.tone(case.pitch(share))).std()) for share in np.linspace(0, 1, 9)]
    return float(np.std(levels))


def _folded(case: Case) -> float:
    pitch = case.instrument.high
    tone = _settled(case.tone(pitch, velocity=110), 0.1, 0.5)
    return tones.band_db(tone, RATE_HZ, 0.1 * hertz(pitch), 0.85 * hertz(pitch))


def _bend(case: Case, pitch: int, *, other: bool) -> float:
    """How far a glide of a tone down and up again is missed, root mean square."""
    at_s = np.arange(0.25, 1.05, 0.005)
    asked = -np.sin(np.pi * (at_s - 0.25) / 0.8)
    turns = tuple(
        Turn(float(at), PITCH_BEND, round(IN_TUNE * (1 + bend))) for at, bend in zip(at_s, asked, strict=True)
    )
    sound = case.sound((Stroke(0.0, 1.3, pitch, 90),), turns, length_s=1.3, other=other)
    track = 1200 * np.log2(tones.pitch_track(sound, RATE_HZ, hertz(pitch)) / hertz(pitch))
    middles = 0.03 + 0.01 * np.arange(len(track))
    wanted = 200 * np.interp(middles, at_s, asked, left=0.0, right=0.0)
    inside = (middles > 0.2) & (middles < 1.15)
    return float(np.sqrt(np.mean((track - wanted)[inside] ** 2)))


@dataclass(frozen=True)
class Verdict:
    """One instrument, both players, and who keeps how much of what is known."""

    name: str
    voice: Voice
    ours: Measures
    theirs: Measures
    is_stand_in: bool = True

    @property
    def counted(self) -> dict[str, tuple[float, float]]:
        """The ranges that count for this instrument."""
        return {**SHARED, **{name: (target.low, target.high) for name, target in self.voice.targets}}

    def kept(self, measures: Measures) -> int:
        """How many targets a player keeps."""
        return sum(low <= measures[name] <= high for name, (low, high) in self.counted.items())

    def broken(self, measures: Measures) -> list[str]:
        """The demands that a player breaks."""
        return [name for name, (low, high) in DEMANDS.items() if not low <= measures.get(name, low) <= high]

    @property
    def is_better(self) -> bool:
        """Whether the voice should play."""
        least = STAND_IN if self.is_stand_in else RECORDED
        return not self.broken(self.ours) and self.kept(self.ours) >= self.kept(self.theirs) + least


def verdicts(only: Iterable[str] = ()) -> list[Verdict]:
    """Every instrument that has a voice, or those named, measured."""
    settings, library = from_environment(), load()
    font = find_soundfont(load_craft(settings.prompts_dir).soundfonts, settings.soundfont).path
    sampled: Player = fluid.FluidSynth(font, RATE_HZ)
    other = fallback.Fallback(font, RATE_HZ) if fallback.library() else None
    out = []
    for name, voice in load_voices(ROOT / "prompts").items():
        if only and name not in only:
            continue
        instrument = library.instrument(name)
        ours = Voiced(sampled, {name: voice})
        out.append(
            Verdict(
                name,
                voice,
                measured(Case(instrument, ours, None)),
                measured(Case(instrument, sampled, other)),
                bool(instrument.stand_in),
            )
        )
    return out


def _cell(name: str, value: float, limits: Mapping[str, tuple[float, float]]) -> str:
    low, high = limits.get(name, (-np.inf, np.inf))
    return f"{value:.3g}" + ("" if low <= value <= high else " !")


def table(found: list[Verdict]) -> str:
    """Both players of every instrument, voice / SoundFont, and the verdict."""
    lines = ["| instrument | kept: voice, SoundFont | plays | voice / SoundFont, ! out of range |", "|---|---|---|---|"]
    for verdict in found:
        limits = verdict.counted
        cells = [
            f"{name} {_cell(name, verdict.ours[name], limits)} / {_cell(name, verdict.theirs[name], limits)}"
            for name in verdict.ours
        ]
        plays = "voice" if verdict.voice.chosen else "SoundFont"
        odd = "" if verdict.voice.chosen == verdict.is_better else " (the measure says otherwise)"
        kept = f"{verdict.kept(verdict.ours)}, {verdict.kept(verdict.theirs)} of {len(verdict.counted)}"
        lines.append(f"| {verdict.name} | {kept} | {plays}{odd} | {'; '.join(cells)} |")
    key = [f"- {name}: {words}" for name, words in COLUMNS.items()]
    return "\n".join([*lines, "", *key])


def report(*, corpus: object = None, engines: object = (), seeds: int = 1) -> str:
    """The section of ``make eval``; it needs no corpus and no engine."""
    del corpus, engines, seeds
    return told(verdicts())


def told(found: list[Verdict]) -> str:
    """The table under its bounds: voices play where the measure says so, and break no demand."""
    agree = [verdict for verdict in found if verdict.voice.chosen == verdict.is_better]
    playing = [verdict for verdict in found if verdict.voice.chosen]
    whole = [verdict for verdict in playing if not verdict.broken(verdict.ours)]
    kept, theirs = (sum(counts) for counts in zip(*((each.kept(each.ours), each.kept(each.theirs)) for each in playing),
                                                  strict=True)) if playing else (0, 0)  # fmt: skip
    ranges = sum(len(each.counted) for each in playing)
    bounds = [
        Bound("a voice is chosen where it is better by the measure, and nowhere else", "every instrument",
              f"{len(agree)} of {len(found)}", len(agree) == len(found)),
        Bound("chosen voices in tune, bending and even, nothing folded", "every demand on all of them",
              f"{len(whole)} of {len(playing)}", len(whole) == len(playing)),
        Bound("ranges of the literature that the chosen voices keep", "more than the SoundFont's stand-ins",
              f"{kept} of {ranges}; the SoundFont {theirs}", kept > theirs or not playing),
    ]  # fmt: skip
    return bounded(bounds, table(found))


def main() -> int:
    """Print the table; 1 where the file chooses against the measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="")
    names = [name for name in parser.parse_args().only.split(",") if name]
    return printed(lambda: told(verdicts(names)))


if __name__ == "__main__":
    raise SystemExit(main())
