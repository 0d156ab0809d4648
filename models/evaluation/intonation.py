"""How far each sample of a SoundFont is out of tune: ``python -m models.evaluation.intonation [--soundfont FILE]``.

Writes the table by which `assistant.render.intonation` corrects them. A loop's pitch is the number of periods in it, so
it is counted, on the strongest of the lowest partials; what comes before the loop is followed by the phase of that
partial, its mean taken over a third of a second (two swings of a vibrato). Samples that do not loop are measured from
0.1 to 0.9 s. Both channels of one recording are moved alike. Where several samples sound on one key (layers that beat),
all are moved by the mean of them, weighted by their energy, so that they beat as they did. Two runs give the same
figures.

Conventions: cents, against what the zone says of the sample (key, correction, fine tuning). What is `UNTUNED` is not
measured: pianos, whose octaves are stretched; bells, drums and effects, which have no fundamental; electronic sounds,
whose layers are detuned on purpose.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from assistant.audio.soundfont import Loop, Preset, read_preset
from assistant.render.craft import load_craft
from assistant.render.intonation import BOTH, MOST_CENTS, POINT_S, Off, Offs
from assistant.render.soundfonts import find_soundfont
from assistant.render.spoken import FOLDER, fingerprint
from assistant.settings import from_environment
from models.evaluation.tones import Real, phase_hz

ELECTRONIC = (50, 51, 54, 62, 63, *range(80, 104))
UNTUNED = frozenset((*range(8), 9, 14, 47, *ELECTRONIC, 55, 112, 113, *range(115, 128)))
PROGRAMS, VELOCITY = 128, 90
LEAST_CENTS, LEAST_CURVE, MOST_CURVE = 1.0, 3.0, 45.0
"""What is less is left, no one hears it; what is more is no bow that settles."""
AGREE_CENTS, CURVES_AGREE_CENTS = 5.0, 8.0
"""Two partials of one player go together."""
LATE_S = 1.0
"""A loop that begins later is hardly heard where the note dies away."""
SMOOTH_S, WINDOW_S, SPEAKS_S = 0.36, (0.1, 0.9), 0.03
PARTIALS, MIDDLE_CENTS, LOWEST_HZ = 4, 60.0, 20.0
LEAST_SHARE = 0.02
"""Of a sample's energy, that its partial must have to say how high it sounds."""
_KEYS, _VELOCITIES, _COARSE, _FINE, _SAMPLE, _ROOT, _SCALE = 43, 44, 51, 52, 53, 58, 56


@dataclass(frozen=True)
class Zone:
    """A sample as it is played: its sounding keys, its key in tune (with fractions), its loop."""

    sample: int
    keys: tuple[int, int]
    velocities: tuple[int, int]
    root: float
    loop: Loop | None


def zones(preset: Preset) -> Iterator[Zone]:
    """What plays which keys."""
    heads, loops = preset.tables["shdr"], dict(preset.loops())
    for zone in preset.zones():
        sample = zone[_SAMPLE]
        root = zone[_ROOT] if 0 <= zone.get(_ROOT, -1) <= 127 else int(heads["key"][sample])
        tune = int(heads["correction"][sample]) + zone.get(_FINE, 0) + 100 * zone.get(_COARSE, 0)
        if zone.get(_SCALE, 100) == 100:
            yield Zone(
                sample, _span(zone.get(_KEYS)), _span(zone.get(_VELOCITIES)), root - tune / 100, loops.get(sample)
            )


def _span(amount: int | None) -> tuple[int, int]:
    return (0, 127) if amount is None else (amount & 0xFF, amount >> 8 & 0xFF)


def measured(sound: Real, loop: Loop | None, rate_hz: int, hertz: float) -> Off | None:
    """How far a sample is off a frequency; None where it has no partial there.

    Parameters
    ----------
    sound : array
        Mono, as in the file.
    loop : (int, int) or None
    rate_hz : int
    hertz : float
        What its fundamental should be.
    """
    held = sound[: 2 * rate_hz] if loop is None else np.resize(sound[slice(*loop)], max(np.ptp(loop), 2 * rate_hz))
    each = [_followed(sound, loop, rate_hz, hertz, partial) for partial in _partials(held, rate_hz, hertz)]
    found = [off for off in each if off is not None]
    if not found:
        return None
    if np.ptp([off.cents for off in found]) > AGREE_CENTS:
        # Many players in one sample: its middle is what there is.
        return _checked(_middle_cents(held, rate_hz, hertz))
    curves = np.array([off.curve for off in found])
    agree = curves.size and np.ptp(curves, axis=0).max(initial=0.0) <= CURVES_AGREE_CENTS
    mean = curves.mean(axis=0) if agree else np.zeros(0)
    heard = LEAST_CURVE <= np.abs(mean).max(initial=0.0) <= MOST_CURVE
    cents = float(np.mean([off.cents for off in found]))
    if not heard and loop is not None and loop[0] > LATE_S * rate_hz:
        # Stiff strings: the partials go different ways, and the loop comes when the note is nearly over.
        first, last = (round(edge / POINT_S) for edge in WINDOW_S)
        cents = found[0].cents + float(np.mean(found[0].curve[first:last]))
    return _checked(cents, tuple(map(float, mean)) if heard else ())


def _partials(sound: Real, rate_hz: int, hertz: float) -> tuple[int, ...]:
    """The lowest two partials that are within 15 dB of the strongest of the first few; none where it has none."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    axis = np.fft.rfftfreq(len(sound), 1 / rate_hz)
    reach = 2 ** (MOST_CENTS / 1200)
    inside = [(axis > number * hertz / reach) & (axis < number * hertz * reach) for number in range(1, PARTIALS + 1)]
    energies = [float(spectrum[each].sum()) for each in inside]
    if max(energies) < LEAST_SHARE * float(spectrum[axis > LOWEST_HZ].sum()):
        return ()
    return tuple(number for number, energy in enumerate(energies, 1) if energy > max(energies) / 30)[:2]


def _followed(sound: Real, loop: Loop | None, rate_hz: int, hertz: float, partial: int) -> Off | None:
    """How far one partial is off, and its curve before the loop."""
    if loop is None:
        found, _ = phase_hz(sound[: round(1.2 * rate_hz)], rate_hz, partial * hertz, apart_hz=hertz)
        first, last = (round(edge * rate_hz) for edge in WINDOW_S)
        piece = found[first:last] if len(found) > last else found[len(found) // 8 :]
        window = np.hanning(len(piece) + 2)[1:-1]
        return _checked(_cents(float(np.dot(piece, window) / window.sum()), partial * hertz))
    turn = loop[1] - loop[0]
    turns = max(-(-rate_hz // (2 * turn)), 2) + 2
    whole = np.concatenate((sound[: loop[0]], np.tile(sound[loop[0] : loop[1]], turns)))
    found, _ = phase_hz(whole, rate_hz, partial * hertz, apart_hz=hertz)
    # Far from either end of the tiled loop, one turn has a whole number of periods.
    periods = round(float(found[len(found) - 2 * turn : len(found) - turn].sum()) / rate_hz)
    off = _checked(_cents(periods * rate_hz / turn, partial * hertz))
    return None if off is None else replace(off, curve=_curve(found, loop[0], periods * rate_hz / turn, rate_hz))


def _middle_cents(sound: Real, rate_hz: int, hertz: float) -> float:
    """The middle of the energy about the first partials."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    axis = np.fft.rfftfreq(len(sound), 1 / rate_hz)
    total, weight = 0.0, 0.0
    for partial in range(1, PARTIALS):
        middle = 0.0
        for _ in range(3):
            inside = np.abs(1200 * np.log2(np.maximum(axis, 1.0) / (partial * hertz)) - middle) < MIDDLE_CENTS
            power = spectrum[inside]
            middle = _cents(float(np.dot(axis[inside], power) / max(power.sum(), 1e-30)), partial * hertz)
        total, weight = total + middle * float(power.sum()), weight + float(power.sum())
    return total / max(weight, 1e-30)


def _curve(found: Real, loop_at: int, target_hz: float, rate_hz: int) -> tuple[float, ...]:
    """Cents of the mean over `SMOOTH_S` beside the loop, every `POINT_S` before it; at first that of the first whole
    mean, since half a swing of a vibrato has another. Nothing where the loop comes before that.
    """
    half, speaks = round(SMOOTH_S / 2 * rate_hz), round(SPEAKS_S * rate_hz)
    if loop_at < SMOOTH_S * rate_hz or len(found) < speaks + 2 * half + 1:
        return ()
    window = np.hanning(2 * half + 1)
    cents = np.clip(1200 * np.log2(np.maximum(found, 1.0) / target_hz), -MOST_CENTS, MOST_CENTS)
    middles = np.arange(0, loop_at, POINT_S * rate_hz).astype(int).clip(speaks + half, len(cents) - half - 1)
    return tuple(float(np.average(cents[middle - half : middle + half + 1], weights=window)) for middle in middles)


def _cents(hertz: float, wanted_hz: float) -> float:
    return float(1200 * np.log2(max(hertz, 1e-9) / wanted_hz))


def _checked(cents: float, curve: tuple[float, ...] = ()) -> Off | None:
    return Off(cents, curve) if abs(cents) <= MOST_CENTS else None


def offs(preset: Preset) -> Offs:
    """How far each sample of a preset is to be moved."""
    played = list(zones(preset))
    own: dict[Zone, Off] = {}
    energy: dict[Zone, float] = {}
    for zone in played:
        sound = preset.samples[zone.sample].astype(np.float64) / 32768
        hertz = 440 * 2 ** ((zone.root - 69) / 12)
        found = measured(sound, zone.loop, preset.rate_hz(zone.sample), hertz) if len(sound) > 64 else None
        if found is not None:
            own[zone] = found
            energy[zone] = float(np.mean(sound[: preset.rate_hz(zone.sample)] ** 2))
    said: dict[str, list[Off]] = {}
    for zone in own:
        key = min(max(round(zone.root), zone.keys[0]), zone.keys[1])
        velocity = min(max(VELOCITY, zone.velocities[0]), zone.velocities[1])
        beside = [
            other for other in own
            if other.keys[0] <= key <= other.keys[1] and other.velocities[0] <= velocity <= other.velocities[1]
        ]  # fmt: skip
        weights = np.array([energy[other] + 1e-12 for other in beside])
        mean = float(np.average([own[other].cents for other in beside], weights=weights))
        said.setdefault(preset.name_of(zone.sample), []).append(Off(mean, _together(preset, zone, own)))
    result: Offs = {}
    for name, each in said.items():
        off = Off(round(np.mean([one.cents for one in each])), tuple(round(value) for value in each[0].curve))
        if abs(off.cents) >= LEAST_CENTS or off.curve:
            result[name] = off
    return result


def _together(preset: Preset, zone: Zone, own: dict[Zone, Off]) -> tuple[float, ...]:
    """The curve of a sample and of the other channel of the same recording: their mean."""
    name = preset.name_of(zone.sample)
    pair = {name, name.replace("(L)", "(R)"), name.replace("(R)", "(L)")}
    both = [
        own[other].curve for other in own
        if preset.name_of(other.sample) in pair and other.loop == zone.loop and own[other].curve
    ]  # fmt: skip
    return tuple(float(value) for value in np.mean(both, axis=0)) if both else ()


def _paired(found: Offs) -> Offs:
    """Both channels of a recording under one name, where they are moved alike."""
    result: Offs = {}
    for name, off in found.items():
        left, right = name.replace("(R)", "(L)"), name.replace("(L)", "(R)")
        alike = left != right and found.get(left) == found.get(right) == off
        result[left.replace("(L)", BOTH) if alike else name] = off
    return result


def table(soundfont: Path, name: str) -> str:
    """The text of a SoundFont's table."""
    lines = [
        f"# How far the samples of {name} are out of tune, by program: cents of the loop, then of what comes",
        f"# before it, beside the loop, every {POINT_S:g} s. Left out: below {LEAST_CENTS:g}, {LEAST_CURVE:g}.",
        'sources = ["measured on the file itself: python -m models.evaluation.intonation"]',
        f'fingerprint = "{fingerprint(soundfont)}"',
    ]
    for program in range(PROGRAMS):
        preset = None if program in UNTUNED else read_preset(soundfont, 0, program)
        found = offs(preset) if preset is not None else {}
        if found:
            lines.append(f"\n[programs.{program}]")
        for sample, off in sorted(_paired(found).items()):
            row = ", ".join(f"{value:g}" for value in (off.cents, *off.curve))
            lines.append(f"{json.dumps(sample)} = [{row}]")
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m models.evaluation.intonation", description=__doc__)
    parser.add_argument("--soundfont", type=Path, help="the one that would be played here, unless given")
    options = parser.parse_args(arguments)
    settings = from_environment()
    font = find_soundfont(load_craft(settings.prompts_dir).soundfonts, options.soundfont or settings.soundfont)
    path = FOLDER / "intonation" / f"{font.name.lower().replace(' ', '-')}.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(table(font.path, font.name), encoding="utf-8")
    sys.stderr.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
