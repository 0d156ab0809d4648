"""Names in a clause: key, mode, metre, region, style, loop and loudness for a medium.

Conventions: keys and metres as in the contract; loudness in LUFS; a name that the take has already is no change.
"""

from __future__ import annotations

from assistant.feedback.clauses import Clause
from assistant.feedback.context import Context
from assistant.feedback.players import style_changes
from assistant.feedback.scenes import names_a_scene
from assistant.feedback.shares import tidy
from assistant.feedback.steps import key_moved
from assistant.feedback.values import Change
from assistant.interpret.colour import colour_beside
from assistant.interpret.keys import read_key, read_meter
from assistant.interpret.loudness import read_loudness
from assistant.interpret.words import Found

TARGETS = {
    "youtube": -14.0, "spotify": -14.0, "broadcast": -23.0, "atsc": -24.0, "podcast": -16.0, "cinema": -27.0,
    "game": -18.0,
}  # fmt: skip


def read_names(clause: Clause, context: Context, free: frozenset[Found]) -> list[Change]:
    """Key, mode, metre, region, styles, loop and loudness of a clause."""
    asked, words = context.constraints, clause.text.raw.strip()
    changes: list[Change] = []
    key = read_key(clause.text)
    if key is None and (moved := transposed(clause, asked.key)) is not None:
        changes.append(Change("key", value=moved, words=words))
    if key is not None and key.name != asked.key:
        changes.append(Change("key", value=key.name, words=words))
    elif key is None and (modes := clause.find("mode")):
        mode = _mode(modes, asked.key)
        if asked.key is None or not asked.key.endswith(f" {mode}"):
            changes.append(Change("mode", value=mode, words=words))
    meter = read_meter(clause.text)
    spelled = meter is not None and not any(meter.evidence.start <= f.start for f in clause.find("styles"))
    if meter is not None and spelled and meter.name != asked.meter:
        changes.append(Change("meter", value=meter.name, words=words))
    colours = _colours(clause, context, free)
    changes += (colours or _region(clause, context, free)) + _styles(clause, context, free)
    if clause.has("loop", "off"):
        changes.append(Change("loop", value=False, words=words))
    elif clause.has("loop", "on"):
        loop = clause.find("loop", "on")[0]
        negated = clause.before(loop, "negation", "not", within=14) or clause.before(loop, "verbs", "remove", within=14)
        if clause.text.language in ("zh", "ja", "ko", "hi", "tr"):
            negated = negated or clause.after(loop, "verbs", "remove", within=8)
        changes.append(Change("loop", value=negated is None, words=words))
    return changes + _loudness(clause, words)


def _mode(modes: tuple[Found, ...], key: str | None) -> str:
    """The last mode named, but not the one that it is now: "major instead of minor"."""
    new = [mark.value for mark in modes if key is None or not key.endswith(f" {mark.value}")]
    return (new or [modes[-1].value])[-1]


def transposed(clause: Clause, key: str | None) -> str | None:
    """The key that "down a semitone" leads to from a known one."""
    steps = clause.find("interval")
    pushed = clause.has("direction") or clause.has("loudness", "higher", "lower") or clause.has("register")
    if not steps or key is None or not pushed:
        return None
    down = clause.has("direction", "down") or clause.has("loudness", "lower") or clause.has("register", "lower")
    return key_moved(key, (-1 if down else 1) * int(steps[0].value))


def _loudness(clause: Clause, words: str) -> list[Change]:
    said = read_loudness(clause.text)
    if said is not None and "lu" in said.evidence.words.lower():
        return [Change("loudness_lufs", value=tidy(said.lufs), words=words)]
    targets = [mark for mark in clause.find("target") if mark.value in TARGETS]
    if not targets and (clause.has("target", "level") or clause.has("loudness", "topic")):
        targets = [mark for mark in clause.find("target") if mark.value.removesuffix("_name") in TARGETS]
    if not targets:
        return []
    return [Change("loudness_lufs", value=TARGETS[targets[0].value.removesuffix("_name")], words=words)]


def _region(clause: Clause, context: Context, free: frozenset[Found]) -> list[Change]:
    """A place that the music is to sound of; one that is only mentioned ("our office in Tokyo") is not read."""
    styles = {(find.start, find.end) for find in clause.find("styles")}
    finds = [
        find
        for find in clause.find("places")
        if find not in free and find.value != "elsewhere" and (find.start, find.end) not in styles
    ]
    finds = [find for find in finds if not clause.after(find, "aside", "purpose_post", within=3)]
    if not finds or (
        not clause.has("sound") and not clause.has("verbs", "add", "remove", "no") and not _is_short(clause, finds[0])
    ):
        return []
    find, words = finds[0], clause.text.raw.strip()
    gone = clause.before(find, "verbs", "remove", "no") or clause.before(find, "degree", "less", within=8)
    if gone or clause.before(find, "negation", "not", within=16):
        return [Change("region", value=None, words=words)] if context.constraints.region == find.value else []
    return [Change("region", value=find.value, words=words)] if context.constraints.region != find.value else []


def _colours(clause: Clause, context: Context, free: frozenset[Found]) -> list[Change]:
    """How much of a place: "just a hint of Japan", "more Turkish"; a place that is not there yet comes with it.

    Less of what is a hint already is none, more of what is everything is no change.
    """
    words, asked = clause.text.raw.strip(), context.constraints
    for find in clause.find("places"):
        said = None if find in free else colour_beside(clause.plain, find, clause.text.language)
        if said is None or clause.before(find, "negation", "not", within=16):
            continue
        here = asked.region == find.value
        if said.wish in ("hint", "full"):
            changes = [] if here else [Change("region", value=find.value, words=words)]
            same = here and asked.colour == said.wish
            return changes + ([] if same else [Change("colour", value=said.wish, words=words)])
        if not here or asked.colour == ("full" if said.wish == "more" else "hint"):
            continue
        return [Change("colour", "higher" if said.wish == "more" else "lower", words=words)]
    return []


def _is_short(clause: Clause, find: Found) -> bool:
    """Whether a name is most of its clause: "more Balkan", "irish please"."""
    return len(clause.plain.strip()) - (find.end - find.start) <= 16


def _is_told(clause: Clause, find: Found, context: Context) -> bool:
    """Whether a style's word belongs to the story: "in this scene the clown has a knife"."""
    asked = clause.has("speech", "wish") or clause.has("verbs") or clause.has("degree")
    word = clause.plain[find.start : find.end]
    return not asked and not _is_short(clause, find) and names_a_scene(word, clause.text.language, context.prompts_dir)


def _styles(clause: Clause, context: Context, free: frozenset[Found]) -> list[Change]:
    new: list[str] = [mark.value for mark in clause.find("restyle")]
    old: list[str] = []
    named = {(find.start, find.end) for find in (*clause.find("instruments"), *clause.quantities)}
    for find in clause.find("styles"):
        told = _is_told(clause, find, context) or clause.after(find, "aside", "purpose_post", within=3)
        if find in free or (find.start, find.end) in named or told:
            continue
        gone = (
            clause.before(find, "verbs", "remove", "no", within=24)
            or clause.before(find, "negation", "not", within=20)
            or clause.before(find, "degree", "less", within=8)
            or clause.before(find, "degree", "too", within=8)
            or (
                clause.text.language in ("zh", "ja", "ko", "hi", "tr")
                and clause.after(find, "verbs", "remove", within=6)
            )
            or clause.after(find, "verbs", "out", within=6)
        )
        (old if gone else new).append(find.value)
    if (
        clause.has("speech", "judge")
        and not clause.has("restyle")
        and not clause.has("speech", "wish")
        and not clause.has("degree")
        and not old
    ):
        new = []
    return style_changes(new, old, context, clause)
