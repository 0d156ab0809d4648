"""Keys: the home key, and the key of every section by its valence.

*Conventions*: valence above 0.2 wants a bright mode, below -0.2 a dark one; in between dorian or mixolydian where the
style knows them. Beyond 0.5 the feeling is plain, and so is the mode: the happiest of the style, or a minor darker than
dorian. An asked key is home: it begins and ends the cue, and a section of the opposite mood goes to the relative key. A
key of ours changes to the parallel one, which keeps its tonic (sunrise: minor to major).

Sources: Eerola, Friberg and Bresin 2013 (mode is the strongest cue to valence); Lehman, *Hollywood Harmony* (lydian for
wonder, phrygian for threat); Temperley and Tan 2013 (happiness falls from major by lydian and mixolydian to dorian).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np

from assistant.errors import InputError
from assistant.library import Library
from assistant.plan.craft import stream
from assistant.plan.defaults import Frame
from assistant.plan.form import Block
from assistant.plan.regional.dial import dial_of
from assistant.plan.regional.mapping import nearest_scale, own_key
from assistant.plan.values import Key, Plan
from assistant.remark import Remark
from assistant.score.keys import pitch_class
from assistant.score.mood import brightness

BRIGHT, DARK = 0.2, -0.2
PLAINLY = 0.5
"""Beyond this a style's most typical mode gives way to one that cannot be mistaken."""
HAPPIEST = ("major", "pentatonic-major", "lydian", "mixolydian", "harmonic-major", "blues-major")
"""Modes with a major third, the happiest first."""
SADDEST = ("minor", "harmonic-minor", "melodic-minor", "phrygian", "locrian", "pentatonic-minor", "hungarian-minor")
"""Modes with a minor third alone that are darker than dorian; octatonic and blues have both thirds."""
SURE = 0.4
"""At this valence a region's brightest (or, below zero, darkest) scale is taken."""
MOVED = 0.02
"""A section whose valence moved by less is as happy as it was."""
TONICS_MAJOR = (0, 2, 3, 5, 7, 9, 10)
TONICS_MINOR = (9, 11, 0, 2, 4, 5, 7)
"""Tonics that sit well under most hands."""


def choose_keys(
    frame: Frame, blocks: Sequence[Block], library: Library, previous: Plan | None = None
) -> tuple[Key, tuple[Key, ...], list[Remark]]:
    """The home key, the key of each section, and what must be said of them; a revision keeps the tonic."""
    asked = parse_key(frame.asked.key, library.modes) if frame.asked.key else None
    coloured = _of_motif(frame, blocks, library)
    if coloured:
        home = max(coloured, key=coloured.count)
        return home, coloured, [] if asked is not None else [Remark.of("default_key", key=home.name)]
    if asked is not None:
        home = _in_region(asked, frame)
        around = _around(home, frame, blocks, library)
        return home, _of_others(around, asked, frame, blocks, library), []
    modes = [_mode(block, frame, library) for block in blocks]
    tonic = previous.key.tonic if previous is not None and previous.asked is not None else _tonic(frame, modes[0][1])
    keys = _steady_each([Key(tonic, name, scale) for name, scale in modes], blocks)
    keys = [_going(key, block, frame, previous) for key, block in zip(keys, blocks, strict=True)]
    weights: dict[str, int] = {}
    for key, block in zip(keys, blocks, strict=True):
        weights[key.name] = weights.get(key.name, 0) + block.bars
    home = max(keys, key=lambda key: weights[key.name])
    return home, tuple(keys), [Remark.of("default_key", key=home.name)]


def parse_key(text: str, modes: Mapping[str, tuple[int, ...]]) -> Key:
    """A key from ``"Bb major"``, ``"F# dorian"``; the mode may be left out.

    Raises
    ------
    InputError
        If tonic or mode are not known.

    Examples
    --------
    >>> parse_key("D minor", {"minor": (0, 2, 3, 5, 7, 8, 10)}).tonic
    2
    """
    tonic, _, mode = text.strip().partition(" ")
    name = mode.strip().lower().replace(" ", "-") or "major"
    place = pitch_class(tonic)
    if place is None or name not in modes:
        raise InputError(f"key {text!r}", f"a tonic and one of {', '.join(modes)}", "give a key such as D minor")
    return Key(place, name, tuple(modes[name]))


def mood_of(key: Key, valence: float) -> str:
    """Which progressions of a palette suit a key at a valence."""
    if 3 not in key.scale and 4 not in key.scale:
        return "dark" if valence < DARK / 2 else "bright" if valence > BRIGHT else "neutral"
    if key.mode in ("dorian", "mixolydian", "pentatonic-minor") or (abs(valence) < 0.1 and key.mode not in PLAIN):
        return "neutral"
    return "dark" if key.is_minor else "bright"


PLAIN = ("major", "minor", "harmonic-minor", "melodic-minor", "harmonic-major")
"""Modes whose palettes may borrow: chords need not keep to the scale."""


def _in_region(key: Key, frame: Frame) -> Key:
    """An asked key with the region's scale of the same third, where it has one."""
    if frame.region is None:
        return key
    for name, scale in frame.region.scales:
        regional = Key(key.tonic, name, scale)
        if regional.is_minor == key.is_minor:
            return Key(key.tonic, key.mode, scale) if frame.is_regional_harmony else key
    return key


def _of_motif(frame: Frame, blocks: Sequence[Block], library: Library) -> tuple[Key, ...]:
    """The keys of a cue in a region's colour on the tonic of a given motif, where no words name a key; else none.

    In full colour each section has the scale of its mood, else the one that is nearest to the motif, of several that
    are as near the one of the mood.
    """
    region, motif, said = frame.region, frame.asked.motif, frame.asked.evidence_for("key")
    dial = dial_of(frame.asked)
    named = frame.asked.key is not None and (said is None or not said.words.startswith("motif:"))
    if named or region is None or motif is None or not dial.in_scale:
        return ()
    asked = own_key(motif, library.modes)
    if not dial.by_mood:
        return tuple(_steady_each([_nearest(block, frame, asked, library) for block in blocks], blocks))
    return tuple(_steady_each([Key(asked.tonic, *_mode(block, frame, library)) for block in blocks], blocks))


def _nearest(block: Block, frame: Frame, own: Key, library: Library) -> Key:
    """The key of a section on a motif's tonic, where the motif goes to the scale that is nearest to it."""
    motif, region = frame.asked.motif, library.regions.get(block.region or "", frame.region)
    assert motif is not None and region is not None
    is_minor = own.is_minor if DARK <= block.valence <= BRIGHT else block.valence < DARK
    bright = min(1.0, max(0.0, (SURE + block.valence) / (2 * SURE)))
    return Key(own.tonic, *nearest_scale(motif, own, region, is_minor=is_minor, bright=bright))


def _of_others(
    keys: tuple[Key, ...], asked: Key, frame: Frame, blocks: Sequence[Block], library: Library
) -> tuple[Key, ...]:
    """The keys around an asked one, sections of a second region with its scale."""
    own = [library.regions.get(block.region or "") for block in blocks]
    return tuple(
        key if region is None else _in_region(asked, replace(frame, region=region))
        for key, region in zip(keys, own, strict=True)
    )


def _around(home: Key, frame: Frame, blocks: Sequence[Block], library: Library) -> tuple[Key, ...]:
    """Home at both ends; the relative key where the mood is clearly the other."""
    keys = []
    for index, block in enumerate(blocks):
        inner = 0 < index < len(blocks) - 2
        opposite = block.valence > 0.45 if home.is_minor else block.valence < -0.45
        plain = home.mode in ("major", "minor") and frame.region is None
        if inner and opposite and plain:
            tonic, mode = (home.tonic + 3, "major") if home.is_minor else (home.tonic + 9, "minor")
            keys.append(Key(tonic % 12, mode, tuple(library.modes[mode])))
        else:
            keys.append(home)
    return tuple(keys)


def _going(key: Key, block: Block, frame: Frame, previous: Plan | None) -> Key:
    """The key, or in a revision the one that was there, where that is the sadder one for a place that is to be sadder.

    So with happier: a style names its modes by what is typical of it, not by how bright they are.
    """
    if previous is None or block.start_bar >= previous.bar_count:
        return key
    earlier = previous.section_of(block.start_bar)
    region = previous.region if previous.asked is not None else None
    if earlier.key.tonic != key.tonic or (previous.style, region) != (frame.style.id, frame.asked.region):
        return key
    wanted = block.valence - earlier.valence
    goes = _brightness(key) - _brightness(earlier.key)
    return earlier.key if abs(wanted) > MOVED and wanted * goes < 0 else key


def _brightness(key: Key) -> float:
    """How bright a scale is whose degrees all sound."""
    return brightness(np.array([float(above in key.scale) for above in range(12)]), 0)


def _mode(block: Block, frame: Frame, library: Library) -> tuple[str, tuple[int, ...]]:
    """Name and scale for the mood of one section."""
    if frame.region is not None and frame.asked.colour != "hint":
        scales = library.regions.get(block.region or "", frame.region).scales
        share = min(1.0, max(0.0, (SURE - block.valence) / (2 * SURE)))
        place = round(share * (len(scales) - 1))
        return scales[place]
    name = _mode_name(block, frame)
    return name, tuple(library.modes[name])


def _mode_name(block: Block, frame: Frame) -> str:
    """The style's bright or dark mode; wonder, threat and the in-between get their own where the style has them."""
    style, chance = frame.style, stream(frame.seed, "mode").random()
    bright, dark = style.modes_bright or ("major",), style.modes_dark or ("minor",)
    if block.valence > BRIGHT:
        wonder = "lydian" in bright and block.arousal < 0.4 and frame.asked.use in ("film", "vr", "game", "wellness")
        if wonder and chance < 0.4:
            return "lydian"
        happy = [mode for mode in HAPPIEST if mode in bright] if block.valence > PLAINLY else []
        return happy[0] if happy else bright[0]
    if block.valence < DARK:
        threat = "phrygian" in dark and block.arousal > 0.2
        if threat and chance < 0.5:
            return "phrygian"
        sad = [mode for mode in dark if mode in SADDEST] if block.valence < -PLAINLY else []
        return sad[0] if sad else dark[0]
    between = [mode for mode in (*dark, *bright) if mode in ("dorian", "mixolydian")]
    if between:
        return between[0] if len(between) == 1 or block.valence < 0 else between[-1]
    return bright[0] if block.valence >= 0 else dark[0]


def _steady_each(keys: list[Key], blocks: Sequence[Block]) -> list[Key]:
    """The same for each stretch of sections of one region by itself: where another begins, its scale does."""
    stretches = [list(rows) for _, rows in groupby(zip(keys, blocks, strict=True), key=lambda row: row[1].region)]
    return [key for rows in stretches for key in _steady([key for key, _ in rows], [block for _, block in rows])]


def _steady(keys: list[Key], blocks: Sequence[Block]) -> list[Key]:
    """The same keys, changed only where the valence clearly moved since the last change."""
    steady, anchor = [keys[0]], blocks[0].valence
    for key, block in zip(keys[1:], blocks[1:], strict=True):
        if key != steady[-1] and abs(block.valence - anchor) >= 0.25 and block.name != "ending":
            steady.append(key)
            anchor = block.valence
        else:
            steady.append(steady[-1])
    return steady


def _tonic(frame: Frame, scale: tuple[int, ...]) -> int:
    """A comfortable tonic by chance; the same for every mode of one kind."""
    tonics = TONICS_MINOR if 3 in scale and 4 not in scale else TONICS_MAJOR
    return tonics[int(stream(frame.seed, "tonic", frame.style.id, frame.asked.region).random() * len(tonics))]
