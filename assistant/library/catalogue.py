"""The library as one value: look-ups by id, family members, General MIDI programs, and strokes of grooves.

Conventions: every look-up of an unknown id raises `InputError` with the legal ids; nothing is guessed. Mappings are
read-only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, TypeVar

from assistant.errors import InputError
from assistant.library.feel import GRID, Feel
from assistant.library.grooves import Groove
from assistant.library.instruments import GENERIC_STROKES, Instrument
from assistant.library.values import Region, Style

T = TypeVar("T")


@dataclass(frozen=True)
class Library:
    """All data of ``prompts/`` that music is made from.

    Parameters
    ----------
    instruments, styles, regions, grooves : Mapping
        Values by id.
    families : Mapping
        Family ids of the vocabulary (percussion, strings, brass, woodwinds) to the instrument ids they stand for.
    modes : Mapping
        Mode names to semitones above the tonic.
    stroke_fallbacks : Mapping
        Stroke name to the strokes that may stand in for it, the last one generic.
    harmony, emotions : Mapping
        Palettes by name, and the table of emotions, as plain TOML data; `assistant.plan` checks them.
    feels : Mapping
        How drummers of a family of styles play, by family.
    """

    instruments: Mapping[str, Instrument]
    styles: Mapping[str, Style]
    regions: Mapping[str, Region]
    grooves: Mapping[str, Groove]
    families: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    modes: Mapping[str, tuple[int, ...]] = field(default_factory=lambda: MappingProxyType({}))
    stroke_fallbacks: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    harmony: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: MappingProxyType({}))
    emotions: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    feels: Mapping[str, Feel] = field(default_factory=lambda: MappingProxyType({}))

    def instrument(self, instrument_id: str) -> Instrument:
        """The instrument of that id; raises `InputError` with the legal ids."""
        return find("instrument", instrument_id, self.instruments)

    def style(self, style_id: str) -> Style:
        """The style of that id; raises `InputError` with the legal ids."""
        return find("style", style_id, self.styles)

    def region(self, region_id: str) -> Region:
        """The region of that id; raises `InputError` with the legal ids."""
        return find("region", region_id, self.regions)

    def groove(self, groove_id: str) -> Groove:
        """The groove of that id; raises `InputError` with the legal ids."""
        return find("groove", groove_id, self.grooves)

    def family_members(self, family_id: str) -> tuple[str, ...]:
        """The instrument ids that a family id stands for, itself first; empty for an id that is no family."""
        return self.families.get(family_id, ())

    def feel_name(self, *, style: str, region: str | None = None) -> str:
        """Whose hands play the drums: the region's feel, else the style's; ``grid`` for machines, else empty."""
        theirs = self.regions[region].feel if region is not None and region in self.regions else ""
        mine = self.styles[style].feel if style in self.styles else ""
        return mine if mine == GRID else theirs or mine

    def program(self, instrument_id: str, *, style: str | None = None, region: str | None = None) -> int:
        """The General MIDI program of an instrument, in the colour that a region or style wants.

        The region's word goes before the style's. For drums it is the number of the kit.
        """
        instrument = self.instrument(instrument_id)
        wanted = dict(self.style(style).sounds) if style else {}
        if region:
            wanted |= dict(self.region(region).sounds)
        return wanted.get(instrument_id, instrument.program)

    def strokes(self, groove: Groove | str, instrument: Instrument | str) -> Mapping[str, int]:
        """Every stroke of a groove as a drum key (or pitch) of a struck instrument.

        A stroke that the instrument lacks is played by the first of its stand-ins that it has; the last stand-in is
        one of low, mid, high and accent, which every struck instrument has, so no stroke is ever dropped.

        Raises
        ------
        InputError
            If the instrument is not struck, or an id is unknown.
        """
        rhythm = self.groove(groove) if isinstance(groove, str) else groove
        player = self.instrument(instrument) if isinstance(instrument, str) else instrument
        if not player.is_struck:
            legal = ", ".join(name for name, item in self.instruments.items() if item.is_struck)
            raise InputError(f"groove {rhythm.id!r} on {player.id!r}", legal, "give the groove to one of these")
        kit = player.strokes
        return MappingProxyType({stroke: kit[self._stand_in(stroke, kit)] for stroke in rhythm.stroke_names})

    def _stand_in(self, stroke: str, kit: Mapping[str, int]) -> str:
        """The stroke itself, or the first stand-in that the kit has."""
        for candidate in (stroke, *self.stroke_fallbacks.get(stroke, ())):
            if candidate in kit:
                return candidate
        raise InputError(
            f"stroke {stroke!r}",
            f"a stroke of [strokes] in instruments.toml that ends in one of {', '.join(GENERIC_STROKES)}",
            "add it there",
        )


def find(kind: str, name: str, table: Mapping[str, T]) -> T:
    """The entry of that name; raises `InputError` with the nearest and all legal names."""
    if name in table:
        return table[name]
    near = get_close_matches(name, table, n=1)
    cure = f"did you mean {near[0]!r}?" if near else "choose one of these"
    raise InputError(f"{kind} {name!r}", ", ".join(sorted(table)), cure)
