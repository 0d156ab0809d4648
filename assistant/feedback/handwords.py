"""Changes made by hand, in words: the sentence that stands for them in the conversation, and on the card afterwards.

Conventions: sentences are the remarks ``hand_*`` of ``prompts/replies/``, in the visitor's language; times are written
as minutes and seconds with hundredths. `Evidence` that a hand left has the source `HAND`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.brief import Brief
from assistant.constraints import Adjustment, Constraints, Evidence
from assistant.explain import Voice
from assistant.feedback.handmade import Desk, changes_by_hand
from assistant.feedback.values import PART_FIELDS, Change
from assistant.library import Library
from assistant.remark import Remark
from assistant.session import TakeRecord

HAND = "hand"
UNITS = {"duration_s": " s", "tempo_bpm": " BPM", "loudness_lufs": " LUFS", "key": "", "meter": ""}
"""Fields that are told by their value, and what stands behind it."""


def worded(brief: Brief, take: TakeRecord, library: Library, speaker: Voice) -> Brief:
    """The brief with a text that says what its edits do; one that has a text keeps it."""
    if brief.text:
        return brief
    changes = changes_by_hand(brief.edits, Desk(take.constraints, take.plan.length_s, library))
    return replace(brief, text=sentence(changes, take.constraints, speaker))


def sentence(changes: Sequence[Change], before: Constraints, speaker: Voice) -> str:
    """What changes do, in one line that begins as a sentence does."""
    said = [speaker.say(remark) for change in changes for remark in _remarks(change, before)]
    return speaker.texts["words"]["space"].join(f"{each[:1].upper()}{each[1:]}" for each in dict.fromkeys(said))


def clock(at_s: float) -> str:
    """A time as a hand sets it.

    Examples
    --------
    >>> clock(16.2), clock(75.999)
    ('0:16.20', '1:16.00')
    """
    hundredths = round(at_s * 100)
    minutes, rest = divmod(hundredths, 6000)
    return f"{minutes}:{rest // 100:02d}.{rest % 100:02d}"


def signed(asked: Constraints, before: Constraints, changes: Sequence[Change], speaker: Voice) -> Constraints:
    """The changed constraints, each changed value with the sentence that says how it came about.

    Parameters
    ----------
    asked : Constraints
        After the changes.
    before : Constraints
        Before them.
    changes : sequence of Change
    speaker : Voice
    """
    evidence = asked.evidence
    for change in changes:
        words = sentence((change,), before, speaker)
        if change.field == "hits":
            evidence = _follow(evidence, "hits", before.hits, asked.hits, words)
        elif change.field in PART_FIELDS:
            evidence = _follow(evidence, "adjust", before.adjust, asked.adjust, words)
        else:
            evidence = _replaced(evidence, change, words)
    return replace(asked, evidence=evidence)


def _follow(
    evidence: Sequence[Evidence], root: str, before: Sequence[object], after: Sequence[object], words: str
) -> tuple[Evidence, ...]:
    """Evidence of a list whose items moved to other places; new items have the words of the change."""
    others = [item for item in evidence if item.root != root]
    known = {item.field: item for item in evidence if item.root == root}
    for place, value in enumerate(after):
        old = known.get(f"{root}[{before.index(value)}]") if value in before else None
        if old is not None:
            others.append(replace(old, field=f"{root}[{place}]"))
        elif value not in before:
            others.append(Evidence(f"{root}[{place}]", words, source=HAND))
    return tuple(others)


def _replaced(evidence: Sequence[Evidence], change: Change, words: str) -> tuple[Evidence, ...]:
    """Evidence of one value: the hand's, in place of what was said before; lists and the arc keep both."""
    field = change.field
    if field.startswith("instruments"):
        field = "instruments.include" if change.add else "instruments.exclude"
        if change.field == "instruments.exclude" and change.remove:
            return tuple(evidence)
        return (*evidence, Evidence(field, words, source=HAND))
    is_whole = field != "arc"
    left = [item for item in evidence if item.root != field or not (is_whole or item.assumed or item.source == HAND)]
    taken_back = change.value is None and not change.add and not change.arc
    return tuple(left) if taken_back else (*left, Evidence(field, words, source=HAND))


def _remarks(change: Change, before: Constraints) -> tuple[Remark, ...]:
    """The sentences of one change."""
    field = change.field
    if field == "hits":
        return _hit_remarks(change, before)
    if field == "arc":
        return (_arc_remark(change, before),)
    if field in PART_FIELDS:
        return (_part_remark(change, before),)
    if field == "loop":
        return (Remark.of("hand_loop_on" if change.value else "hand_loop_off"),)
    if field == "instruments.include":
        code, names = ("hand_in", change.add) if change.add else ("hand_out", change.remove)
        return (Remark.of(code, instruments=",".join(names)),)
    if field == "instruments.exclude":
        return (Remark.of("hand_allowed", instruments=",".join(change.remove)),)
    if field == "styles":
        named = ",".join(change.add)
        return (Remark.of("hand_named", field=field, names=named) if named else Remark.of("hand_free", field=field),)
    if change.value is None:
        return (Remark.of("hand_free", field=field),)
    if field in ("region", "use"):
        return (Remark.of("hand_named", field=field, names=str(change.value)),)
    return (_value_remark(change, before),)


def _value_remark(change: Change, before: Constraints) -> Remark:
    """A number or a name, from what it was to what it is."""
    field, unit = change.field, UNITS.get(change.field, "")
    old, new = _plain(getattr(before, field, None)), _plain(change.value)
    if not old:
        return Remark.of("hand_set", field=field, after=f"{new}{unit}")
    return Remark.of("hand_value", field=field, before=f"{old}{unit}", after=f"{new}{unit}")


def _plain(value: object) -> str:
    """A value as people write it; a range by its middle."""
    if isinstance(value, tuple):
        value = sum(value) / len(value)
    return f"{value:.5g}" if isinstance(value, float) else "" if value is None else str(value)


def _hit_remarks(change: Change, before: Constraints) -> tuple[Remark, ...]:
    """Hits that went and came; one of each is one that moved."""
    old = {hit.at_s for hit in before.hits}
    new = set(change.value) if isinstance(change.value, tuple) else set()
    gone, come = sorted(old - new), sorted(new - old)
    if len(gone) == len(come) == 1:
        return (Remark.of("hand_hit_moved", before=clock(gone[0]), after=clock(come[0])),)
    removed = (Remark.of("hand_hit_removed", time=clock(at_s)) for at_s in gone)
    return (*removed, *(Remark.of("hand_hit_added", time=clock(at_s)) for at_s in come))


def _arc_remark(change: Change, before: Constraints) -> Remark:
    """Which of the two lines was drawn."""
    drawn = replace(before, arc=change.arc)
    ats = {point.at for point in (*before.arc, *change.arc)}
    moved = {
        name
        for name in ("arousal", "valence")
        if any(abs(getattr(before.emotion_at(at), name) - getattr(drawn.emotion_at(at), name)) > 1e-3 for at in ats)
    }
    return Remark.of("hand_arc" if len(moved) != 1 else f"hand_arc_{moved.pop()}")


def _part_remark(change: Change, before: Constraints) -> Remark:
    """More or less of a part, from what it was to what it is."""
    wishes: Sequence[Adjustment] = before.adjust
    same = [wish.amount for wish in wishes if (wish.field, wish.part, wish.where) == _place(change)]
    amount = change.value if isinstance(change.value, float) else 0.0
    return Remark.of(
        "hand_part", field=change.field, part=change.part or "all", before=f"{sum(same):+g}", after=f"{amount:+g}"
    )


def _place(change: Change) -> tuple[str, str, object]:
    return change.field, change.part or "all", change.where or "all"
