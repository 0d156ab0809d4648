"""One page to listen through the demos of all regions: ``index.html`` beside their sound files, offline, no server.

Conventions: what is said comes from the profiles; names of instruments are those of the place, with who plays them here
where that is another. Pictures lie in the page, sound beside it. Levels in LU as in `models.regional.demos`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from assistant.library import Library, Region
from assistant.library.profiles import Player
from assistant.library.stand_ins import names_of, stand_ins
from assistant.settings import ROOT
from models.regional.demos import Demo, Heard
from models.regional.drawing import cycle_svg, levels_db, scale_svg, spectrogram

TEMPLATES = ROOT / "models" / "regional" / "templates"
AUDIBLE_LU = -12.0
"""Below it a lead is marked."""
TITLES = {"new-orleans": "New Orleans", "southern-africa": "Southern Africa", "west-africa": "West Africa",
          "arab": "Arab world"}  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """What the page shows of one demo; text, pictures as data addresses, drawings as SVG."""

    region: str
    title: str
    facts: str
    leads: tuple[Heard, ...]
    others: tuple[Heard, ...]
    sound: str
    alone: str
    mix_picture: str
    lead_picture: str
    scale: str
    scale_drawing: str
    tuned: str


def title(region: str) -> str:
    """A region's name in English."""
    return TITLES.get(region, region.replace("-", " ").title())


def shown(demo: Demo, region: Region, *, sound: str, alone: str) -> Shown:
    """A demo as the page shows it; the sounds lie at these addresses."""
    stems = dict(zip((part.id for part in demo.score.parts), demo.mixdown.stems, strict=True))
    whole = levels_db(demo.mixdown.premaster)
    leads = demo.leads
    lead = levels_db(stems[leads[0].part].waveform) if leads else whole - 120
    key = demo.plan.sections[0].key
    steps = dict(region.scales).get(key.mode, key.scale)
    tuning = region.profile.tuning(key.mode)
    cents = tuning.cents if tuning is not None and tuning.cents else tuple(100.0 * step for step in steps)
    tempo_map = demo.plan.tempo_map
    facts = [region.texture, f"{tempo_map.felt_bpm[0]:.0f} beats a minute", str(tempo_map.first_meter)]
    return Shown(
        region.id,
        title(region.id),
        " · ".join(facts),
        leads,
        tuple(each for each in demo.heard if each not in leads),
        sound,
        alone,
        spectrogram(whole, float(whole.max())),
        spectrogram(lead, float(whole.max())),
        key.mode,
        scale_svg(steps, cents),
        f"{tuning.certainty}: {tuning.note}" if tuning is not None else "",
    )


def write_page(folder: Path, demos: list[Shown], library: Library, *, engine: str) -> Path:
    """Write ``index.html``."""
    cards = [_card(each, library.region(each.region)) for each in demos]
    levels = [lead.level_lu for each in demos for lead in each.leads]
    html = _environment().get_template("page.html.j2").render(
        cards=cards, engine=engine, least=min(levels, default=0.0), audible=AUDIBLE_LU,
        style=(TEMPLATES / "page.css").read_text("utf-8"), script=(TEMPLATES / "page.js").read_text("utf-8"),
    )  # fmt: skip
    path = folder / "index.html"
    path.write_text(html, encoding="utf-8")
    return path


def _card(each: Shown, region: Region) -> dict[str, Any]:
    """Everything that the template says of a region."""
    profile = region.profile
    other_scales = [
        (name, scale_svg(steps, tuning.cents), f"{tuning.certainty}: {tuning.note}")
        for name, steps in region.scales
        if name != each.scale and (tuning := profile.tuning(name)) is not None and tuning.cents
    ]
    return {
        "shown": each,
        "quiet": [lead for lead in each.leads if lead.level_lu < AUDIBLE_LU],
        "other_scales": other_scales,
        "cycles": [(cycle, "+".join(map(str, cycle.groups)), cycle_svg(cycle.groups)) for cycle in profile.cycles],
        "players": [(player, *stand_in(player)) for player in profile.players],
        "region": region,
        "profile": profile,
    }


def stand_in(player: Player) -> tuple[str, bool]:
    """Who plays for a region's player, where the name is another, and whether it is another instrument too."""
    own = player.played_by.replace("-", " ")
    others = stand_ins().get(player.played_by, ())
    if own in player.name.lower():
        return "", False
    return own, any(name in others for name in names_of(player))


@cache
def _environment() -> Any:
    from jinja2 import Environment, FileSystemLoader

    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["player"] = lambda name: name.replace("-", " ")
    return environment
