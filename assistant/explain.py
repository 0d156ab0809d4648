"""Values into sentences that a person reads, in the person's language.

Conventions: every sentence lives in ``prompts/replies/<language>.toml`` with ``$slots``; a language without a file is
answered in English. Numbers are written as people say them. This module decides nothing; it words what others found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template

from assistant.check import Findings
from assistant.constraints import ArcPoint, Constraints
from assistant.datafile import read_data
from assistant.errors import AssistantError, DataError, InputError
from assistant.plan import Plan
from assistant.remark import Fact, Remark
from assistant.settings import ROOT

FALLBACK_LANGUAGE = "en"
NEUTRAL = 0.25
"""Valence or arousal closer to zero than this has no word of its own (SPEC: "0" is within 0.25 of zero)."""

FROM_RIGHT_TO_LEFT = frozenset({"ar"})
"""Languages of ours that are written from right to left."""
TYPED = "answers"
"""What a click sends as if it were typed: nothing in it is invisible."""

_PLAYERS = ("instruments", "parts", "fields")
NAMED_FACTS: Mapping[str, tuple[str, ...]] = {
    "instruments": _PLAYERS,
    "instrument": _PLAYERS,
    "part": _PLAYERS,
    "what": _PLAYERS,
    "traits": ("traits",),
    "field": ("fields",),
    "style": ("styles",),
    "names": ("styles", "regions", "uses"),
    "region": ("regions",),
    "colour": ("colours",),
    "other": ("regions",),
}
"""Facts of remarks that hold ids, and where their names stand; ``instruments``, ``traits``, ``names`` hold several."""


@dataclass(frozen=True)
class Question:
    """A question to the person, and answers that they can click instead of typing."""

    text: str
    answers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Voice:
    """Everything we can say in one language."""

    language: str
    texts: Mapping[str, Mapping[str, str]]

    @property
    def direction(self) -> str:
        """Where lines begin, as HTML calls it: "ltr" or "rtl"."""
        return "rtl" if self.language in FROM_RIGHT_TO_LEFT else "ltr"

    def text(self, section: str, key: str, /, **slots: object) -> str:
        """One sentence with its slots filled.

        Raises
        ------
        DataError
            If the language has no such sentence.
        """
        try:
            template = self.texts[section][key]
        except KeyError as error:
            raise DataError(f"prompts/replies/{self.language}.toml has no [{section}] {key}", "add it") from error
        values = {name: _plain(value) for name, value in slots.items()}
        if self.direction == "rtl" and section != TYPED:
            values = {name: _set_apart(value) for name, value in values.items()}
        return Template(template).safe_substitute(values)

    def name(self, kind: str, item: str) -> str:
        """What people call an id; the id with spaces where no other name is given."""
        return self.texts.get(kind, {}).get(item, item.replace("-", " "))

    def names(self, kind: str, items: Iterable[str]) -> str:
        """Several names as a list."""
        return self.texts["words"]["comma"].join(self.name(kind, item) for item in items)

    def say(self, remark: Remark) -> str:
        """A remark as a sentence; ids among its facts are called by their names."""
        return self.text("remarks", remark.code, **{fact.name: self._called(fact) for fact in remark.facts})

    def _called(self, fact: Fact) -> str | float | int:
        """The value of a fact as people say it: ids by their names, everything else as it is."""
        if fact.name == "stand_ins" and isinstance(fact.value, str):
            pairs = (pair.partition("=") for pair in fact.value.split(","))
            said = (f"{name} \u2192 {self.name('instruments', player)}" for name, _, player in pairs)
            return self.texts["words"]["comma"].join(said)
        kinds = NAMED_FACTS.get(fact.name, ())
        if not kinds or not isinstance(fact.value, str):
            return fact.value
        ids = fact.value.split(",") if fact.name in ("instruments", "traits", "names") else [fact.value]
        named = (next((kind for kind in kinds if item in self.texts.get(kind, {})), kinds[0]) for item in ids)
        return self.texts["words"]["comma"].join(self.name(kind, item) for kind, item in zip(named, ids, strict=True))

    def ask(self, remarks: Iterable[Remark]) -> Question:
        """Remarks that end in a question, and the ready answers to it."""
        remarks = tuple(remarks)
        keys = [(remark, key) for remark in remarks for key in self.texts["answers"] if key[:-2] == remark.code]
        slots = {remark: {fact.name: self._called(fact) for fact in remark.facts} for remark, _ in keys}
        answers = (self.text("answers", key, **slots[remark]) for remark, key in keys)
        return Question(self.say_all(remarks), tuple(dict.fromkeys(answers)))

    def say_all(self, remarks: Iterable[Remark]) -> str:
        """Several remarks, each said once, in order."""
        return self.texts["words"]["space"].join(dict.fromkeys(self.say(remark) for remark in remarks))


def _plain(value: object) -> str:
    if isinstance(value, float):
        rounded = round(value, 2) + 0.0  # a minus zero is a zero
        return f"{rounded:.2f}".rstrip("0").rstrip(".") if abs(value) < 1e6 else f"{value:g}"
    return str(value)


def _set_apart(value: str) -> str:
    """A value that keeps its own direction inside a line from right to left: "-14" would be read as "14-" there."""
    return f"\N{FIRST STRONG ISOLATE}{value}\N{POP DIRECTIONAL ISOLATE}" if value else value


@cache
def voice(language: str, folder: Path = ROOT / "prompts" / "replies") -> Voice:
    """The voice for a language, English where we have none.

    Examples
    --------
    >>> voice("en").name("instruments", "tin-whistle")
    'tin whistle'
    """
    path = folder / f"{language}.toml"
    if not path.exists():
        if language == FALLBACK_LANGUAGE:
            raise DataError(f"{path} is missing", "restore it")
        return voice(FALLBACK_LANGUAGE, folder)
    return Voice(language, read_data(path))


def spoken(*languages: str) -> str:
    """The first of these languages that we speak, English where it is none of them.

    Examples
    --------
    >>> spoken("nl", "de"), spoken("nl", "tlh")
    ('de', 'en')
    """
    return next((each for each in languages if voice(each).language == each), FALLBACK_LANGUAGE)


def mood(point: ArcPoint, speaker: Voice) -> str:
    """A word for an emotion, by the signs of valence and arousal."""

    def sign(value: float) -> str:
        return "0" if abs(value) < NEUTRAL else "+" if value > 0 else "-"

    return speaker.text("moods", sign(point.valence) + sign(point.arousal))


def say_constraints(asked: Constraints, speaker: Voice) -> str:
    """What was understood, in one sentence of short pieces; only what was asked."""
    pieces: list[str] = []

    def add(key: str, /, **slots: object) -> None:
        pieces.append(speaker.text("understood", key, **slots))

    if asked.duration_s is not None:
        add("duration", seconds=asked.duration_s)
    if asked.use != "other":
        add("use", use=speaker.name("uses", asked.use))
    moods = list(dict.fromkeys(mood(point, speaker) for point in asked.arc))
    evidence = asked.evidence_for("arc")
    if moods and not (evidence is not None and evidence.assumed):
        add("mood", moods=speaker.texts["words"]["then"].join(moods))
    if asked.styles:
        add("styles", styles=speaker.names("styles", asked.styles[:3]))
    if asked.region:
        code = "region" if asked.colour == "balanced" else f"region_{asked.colour}"
        add(code, region=speaker.name("regions", asked.region))
    if asked.region and asked.fusion:
        add("region_then", region=speaker.name("regions", asked.fusion))
    if asked.tempo_bpm:
        low, high = asked.tempo_bpm
        add("tempo", low=round(low), high=round(high))
    if asked.meter:
        add("meter", meter=asked.meter)
    if asked.key:
        add("key", key=asked.key)
    if asked.instruments.include:
        add("include", instruments=speaker.names("instruments", asked.instruments.include))
    if asked.instruments.alone:
        add("alone")
    if asked.instruments.exclude:
        add("exclude", instruments=speaker.names("instruments", asked.instruments.exclude))
    for hit in asked.hits:
        add("hit", kind=speaker.name("hits", hit.kind), at_s=hit.at_s)
    if asked.loop:
        add("loop")
    if asked.loudness_lufs is not None:
        add("loudness", lufs=asked.loudness_lufs)
    if not pieces:
        return speaker.text("understood", "nothing")
    return speaker.text("understood", "frame", pieces=speaker.texts["words"]["comma"].join(pieces))


def say_plan(plan: Plan, speaker: Voice) -> str:
    """What will be composed: sections, key, tempo, players; then what was assumed."""
    bpm = plan.tempo_map.felt_bpm
    tempo = f"{bpm[0]:.0f}" if max(bpm) - min(bpm) < 1 else f"{min(bpm):.0f}-{max(bpm):.0f}"
    sentence = speaker.text(
        "take",
        "plan",
        style=speaker.name("styles", plan.style),
        key=plan.key.name,
        bpm=tempo,
        meter=str(plan.bars[0].meter),
        bars=plan.bar_count,
        parts=speaker.names("instruments", dict.fromkeys(part.instrument for part in plan.parts)),
    )
    said = speaker.say_all(plan.remarks)
    return speaker.texts["words"]["space"].join(filter(None, (sentence, said)))


def say_findings(findings: Findings, speaker: Voice) -> str:
    """How well the promises were kept: counted, and each broken one named."""
    unmet = findings.unmet
    if not unmet:
        return speaker.text("take", "all_met", count=len(findings.items))
    broken = speaker.texts["words"]["comma"].join(
        speaker.text(
            "take", "unmet", name=speaker.name("findings", item.name), asked=item.asked, achieved=item.achieved
        )
        for item in unmet[:4]
    )
    return speaker.text(
        "take", "some_unmet", met=len(findings.items) - len(unmet), count=len(findings.items), broken=broken
    )


def say_error(error: AssistantError, speaker: Voice) -> str:
    """An error as a chat message: what was given, the legal form, the cure."""
    if isinstance(error, InputError):
        return speaker.text("errors", "input", given=error.given, legal=error.legal, cure=error.cure)
    return speaker.text("errors", "fault", message=str(error))
