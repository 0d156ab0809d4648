"""What was asked, completed: everything that no wish fixes gets a value, and each such value a remark.

*Conventions*: a stated tempo counts felt beats (dotted quarters in 6/8, quarters in 7/8); inside, tempi are quarter
notes a minute. A region brings its players and scales; a style asked beside it brings groove and harmony.

What it does not know: bars. Codes of remarks are lines of ``prompts/replies/<language>.toml``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from assistant.clip import Clip
from assistant.constraints import Constraints
from assistant.errors import DataError
from assistant.library import Library, Region, Style
from assistant.plan.arcs import is_as_calm, mean_arousal, mean_valence, opening_arousal
from assistant.plan.craft import Craft, UseCraft, interpolate, read_craft
from assistant.plan.grooves import choose_groove, kept_groove, second_groove
from assistant.plan.own_music import REGIONAL_STYLES, only_suggested, region_rules
from assistant.plan.palette import Palette, read_palette
from assistant.plan.regional.anchors import meter_of
from assistant.plan.regional.dial import dial_of
from assistant.plan.tempo import TempoWish
from assistant.plan.values import Plan
from assistant.remark import Remark
from assistant.score import Meter
from assistant.settings import LONGEST_S, SHORTEST_S

STRONG_STYLE, CLEAR_MOOD = 0.4, 0.2
"""A style of at least so much valence or arousal has a mood of its own; a brief of more than this asks for one."""
STILL = -0.2
"""Below this mean arousal nobody dances."""
HELD = 0.04
"""How far that tempo may move for a hit that moved: an odd bar hides there, and under 6 % is hardly noticed."""


@dataclass(frozen=True)
class Frame:
    """Everything that holds for the whole cue.

    ``wish`` is in quarter notes a minute; ``chords_a_bar`` is the style's harmonic rhythm times the palette's pace;
    ``dances`` is whether the metre is asked as a dance of the region, which its drum tells.
    """

    asked: Constraints
    craft: Craft
    use: UseCraft
    length_s: float
    style: Style
    region: Region | None
    meter: Meter
    wish: TempoWish
    palette: Palette
    chords_a_bar: float
    groove: str
    second_groove: str
    swing: float
    reverb: str
    loudness_lufs: float
    seed: int
    remarks: tuple[Remark, ...]
    dances: bool = False

    @property
    def is_regional_harmony(self) -> bool:
        """Whether chords keep to the region's own scale, no style having been asked."""
        return self.region is not None and region_rules(self.asked)

    def peak_arousal(self) -> float:
        """The highest arousal of the arc."""
        return max(point.arousal for point in self.asked.arc)


def complete(asked: Constraints, *, library: Library, clip: Clip | None, seed: int, previous: Plan | None) -> Frame:
    """Everything that holds for the whole cue, asked or filled in."""
    craft = read_craft(library)
    use = craft.uses.get(asked.use, craft.uses["other"])
    said: list[Remark] = []
    length_s = _length_s(asked, use, clip, said)
    style = _style(asked, use, library, previous, said)
    region = library.region(asked.region) if asked.region else None
    if region is not None and region_rules(asked) and region.harmony:
        palette = read_palette(library, region.harmony)
    else:
        palette = read_palette(library, style.harmony)
    meter = _meter(asked, style, region)
    dance = _dance_tempo(asked, region, meter, library)
    wish = _tempo_wish(asked, dance or _usual_tempo(asked, style, region), meter, craft, previous, said)
    groove = kept_groove(asked, style, meter, library, previous)
    if groove is None:
        groove = choose_groove(asked, style, region, meter, library, wish, seed)
    loudness = asked.loudness_lufs
    if loudness is None:
        loudness = use.loudness_lufs
        said.append(Remark.of("default_loudness", lufs=loudness, use=asked.use))
    rhythm = min(2.0, max(0.25, style.harmonic_rhythm * palette.pace * 2 ** (0.35 * mean_arousal(asked))))
    swing = library.groove(groove).swing if groove else style.swing
    return Frame(
        asked=asked,
        craft=craft,
        use=use,
        length_s=length_s,
        style=style,
        region=region,
        meter=meter,
        wish=wish,
        palette=palette,
        chords_a_bar=rhythm,
        groove=groove,
        second_groove=second_groove(groove, style, region, meter, library),
        swing=max(swing, style.swing) if region is None or not region_rules(asked) else region.swing,
        reverb=style.reverb,
        loudness_lufs=loudness,
        seed=seed,
        remarks=tuple(said),
        dances=dance is not None,
    )


def _length_s(asked: Constraints, use: UseCraft, clip: Clip | None, said: list[Remark]) -> float:
    """The length asked, else the clip's, else the use's; always one that we can make."""
    if asked.duration_s is not None:
        wanted = asked.duration_s
    elif clip is not None and clip.has_length:
        wanted = clip.length_s
        said.append(Remark.of("length_from_clip", seconds=round(wanted, 3)))
    else:
        latest = max((hit.at_s for hit in asked.hits), default=0.0)
        wanted = max(use.length_s, latest + use.ring_s[1])
        said.append(Remark.of("default_length", seconds=round(wanted, 3), use=asked.use))
    given = min(LONGEST_S, max(SHORTEST_S, wanted))
    if given != wanted:
        said.append(Remark.of("length_clamped", asked_s=wanted, given_s=given))
    return given


def _style(asked: Constraints, use: UseCraft, library: Library, previous: Plan | None, said: list[Remark]) -> Style:
    """The first style asked that we have; else the one that use and mood suggest.

    A style that a word of the brief only suggested gives way where it contradicts the mood of the whole.
    """
    known = [library.styles[name] for name in asked.styles if name in library.styles]
    if previous is not None and previous.asked is not None and previous.asked.styles == asked.styles:
        known = [style for style in known if style.id == previous.style] or known
    elif only_suggested(asked):
        known = [style for style in known if not _contradicts(style, asked) and not _only_of_a_place(style, asked)]
    if known:
        return known[0]
    if asked.styles and not only_suggested(asked):
        said.append(Remark.of("style_unknown", style=asked.styles[0]))
    if previous is not None and previous.asked is not None and not asked.styles and not previous.asked.styles:
        same = (previous.asked.use, previous.asked.region) == (asked.use, asked.region)
        if same and previous.style in library.styles:
            return library.styles[previous.style]
    mood = ("bright" if mean_valence(asked) >= -0.1 else "dark", "lively" if mean_arousal(asked) > 0.25 else "calm")
    at_home = "world" if asked.region and asked.colour != "hint" else ""
    candidates = (at_home, use.styles.get("_".join(mood), ""), "cinematic", *library.styles)
    if not library.styles:
        raise DataError("no styles in prompts/styles/", "restore the folder")
    name = next(name for name in candidates if name in library.styles)
    if asked.region is None or asked.colour == "hint":
        said.append(Remark.of("default_style", style=name))
    return library.styles[name]


def _only_of_a_place(style: Style, asked: Constraints) -> bool:
    """Whether a suggested style only says that a region fills it, where a hint of the region is asked."""
    return asked.region is not None and asked.colour == "hint" and style.id in REGIONAL_STYLES


def _contradicts(style: Style, asked: Constraints) -> bool:
    """Whether a style has a mood of its own that is the opposite of what is clearly asked (horror for delight)."""
    moods = ((style.valence, mean_valence(asked)), (style.arousal, mean_arousal(asked)))
    return any(abs(own) >= STRONG_STYLE and abs(wanted) > CLEAR_MOOD and own * wanted < 0 for own, wanted in moods)


def _meter(asked: Constraints, style: Style, region: Region | None) -> Meter:
    """The metre asked, else the region's when it stands alone, else the style's first; limping as in the region."""
    regional = region if region is not None and region_rules(asked) else None
    if asked.meter:
        return _limping(Meter.parse(asked.meter), regional)
    if regional is not None:
        return _limping(Meter.parse(_own_meter(asked, regional)), regional)
    return Meter.parse(style.meters[0])


def _limping(meter: Meter, region: Region | None) -> Meter:
    """The metre with its beats in twos and threes, as the region's cycle in this metre has them."""
    cycles = region.profile.cycles if region is not None else ()
    groups = (cycle.limping(meter.beats) for cycle in cycles)
    return replace(meter, groups=next((found for found in groups if found), ()))


def _own_meter(asked: Constraints, region: Region) -> str:
    """The region's first metre; for a motif that is not to give up its rhythm, the first that it is in already."""
    if asked.motif is None or dial_of(asked).on_cycle:
        return region.meters[0]
    own = str(meter_of(asked.motif.notes))
    return own if own in region.meters else region.meters[0]


def _tempo_wish(
    asked: Constraints,
    usual: tuple[float, float],
    meter: Meter,
    craft: Craft,
    previous: Plan | None,
    said: list[Remark],
) -> TempoWish:
    """The tempo asked, else the mood's within the usual range of style, region or dance."""
    if asked.tempo_bpm is not None:
        low, high = (bpm * meter.count_q for bpm in asked.tempo_bpm)
        middle = _within_map(low, high)
        return TempoWish(min(low, middle), max(high, middle), middle, asked=True)
    low, high = usual
    count_q = meter.count_q if meter.unit >= 4 else 1.0
    target = _kept_tempo(asked, meter, previous)
    if target is None:
        target = min(high, max(low, interpolate(craft.tempo, opening_arousal(asked)))) * count_q
    else:
        held = target / count_q
        low, high = max(low, held / (1 + HELD)), min(high, held * (1 + HELD))
    said.append(Remark.of("default_tempo", bpm=round(target / count_q)))
    return TempoWish(min(low * count_q, target), max(high * count_q, target), target)


def _within_map(low: float, high: float) -> float:
    """The middle of a range, brought to where a tempo map can follow."""
    return min(400.0, max(16.0, (low + high) / 2))


def _dance_tempo(
    asked: Constraints, region: Region | None, meter: Meter, library: Library
) -> tuple[float, float] | None:
    """The range in which a region dances its groove in an asked metre, where the mood is not calm; None elsewhere."""
    if region is None or asked.meter is None or not region_rules(asked) or mean_arousal(asked) < STILL:
        return None
    own = (library.grooves[name] for name in region.grooves if name in library.grooves)
    return next((groove.dance for groove in own if groove.dance and groove.meter == str(meter)), None)


def _usual_tempo(asked: Constraints, style: Style, region: Region | None) -> tuple[float, float]:
    """The range of the style, of the region when it stands alone, or what both share."""
    if region is None:
        return style.tempo
    if region_rules(asked):
        return region.tempo
    if asked.colour == "hint":
        return style.tempo
    low, high = max(style.tempo[0], region.tempo[0]), min(style.tempo[1], region.tempo[1])
    return (low, high) if low < high else style.tempo


def keeps_course(frame: Frame, previous: Plan | None) -> bool:
    """Whether nothing changed that the tempo map of the take before depends on."""
    if previous is None or previous.asked is None or previous.length_s != frame.length_s:
        return False
    before, asked = previous.asked, frame.asked
    names = ("hits", "meter", "tempo_bpm", "loop", "styles", "region", "colour", "use")
    calm = asked.tempo_bpm is not None or is_as_calm(before, asked)
    return calm and all(getattr(before, name) == getattr(asked, name) for name in names)


def _kept_tempo(asked: Constraints, meter: Meter, previous: Plan | None) -> float | None:
    """The tempo of the take before, where nothing was asked that would change it."""
    if previous is None or previous.asked is None or previous.asked.tempo_bpm is not None:
        return None
    before = previous.asked
    same = (before.styles, before.region, before.colour, before.use, before.meter) == (
        asked.styles,
        asked.region,
        asked.colour,
        asked.use,
        asked.meter,
    )
    if same and is_as_calm(before, asked):
        return main_tempo(previous)
    return None


def main_tempo(plan: Plan) -> float:
    """The tempo that holds longest, in quarter notes a minute."""
    spans: dict[float, float] = {}
    places = [*(tempo.at_q for tempo in plan.tempo_map.tempos), max(plan.final_q, 1e-3)]
    for tempo, start_q, end_q in zip(plan.tempo_map.tempos, places, places[1:], strict=False):
        spans[tempo.quarter_bpm] = spans.get(tempo.quarter_bpm, 0.0) + (end_q - start_q) / tempo.quarter_bpm
    return max(spans, key=lambda tempo: spans[tempo])
