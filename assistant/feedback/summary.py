"""What changed, in remarks: "tempo 100 to 88, drums out, melody kept: 80 of 96 notes".

Conventions: a remark holds ids and numbers; the names and sentences of each language stand in ``prompts/replies/``. A
fact called ``instruments`` is a list of instrument ids, joined by commas.
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.constraints import Constraints
from assistant.feedback.compare import Difference, PartDifference
from assistant.feedback.values import EMOTION_FIELDS, PART_FIELDS, Change, KeepWish, fields_of, span_of
from assistant.remark import Remark

LEAD = "lead"


def summarise(
    changes: Sequence[Change], difference: Difference, keep: Sequence[KeepWish] = (), asked: Constraints | None = None
) -> tuple[Remark, ...]:
    """What was done about a reply, and what stayed.

    Parameters
    ----------
    changes : sequence of Change
    difference : Difference
        Between the take that the reply was about and the new one.
    keep : sequence of KeepWish
        What was asked to stay.
    asked : Constraints, optional
        What the new take was asked; without it nothing is said of its region and how much of it is heard.

    Returns
    -------
    tuple of Remark
        In the order in which a person would tell it: tempo, length, key, region, players, character, what stayed.
    """
    fields = fields_of(changes)
    remarks: list[Remark] = []
    if abs(difference.tempo_before - difference.tempo_after) >= 1:
        code = "changed_tempo" if "tempo_bpm" in fields else "changed_tempo_too"
        remarks.append(Remark.of(code, before=round(difference.tempo_before), after=round(difference.tempo_after)))
    if difference.length_before_s != difference.length_after_s:
        remarks.append(Remark.of("changed_length", before=difference.length_before_s, after=difference.length_after_s))
    if difference.key_before != difference.key_after:
        remarks.append(Remark.of("changed_key", before=difference.key_before, after=difference.key_after))
    if asked is not None and asked.region is not None and "region" in fields:
        remarks.append(Remark.of("changed_region", region=asked.region))
    if asked is not None and "colour" in fields:
        remarks.append(Remark.of("changed_colour", colour=asked.colour))
    for code, status in (("changed_out", "removed"), ("changed_in", "added")):
        names = _instruments(difference, status)
        if names:
            remarks.append(Remark.of(code, instruments=",".join(names)))
    length_s = difference.length_after_s
    remarks += [_character(change, length_s) for change in changes if change.field in (*EMOTION_FIELDS, *PART_FIELDS)]
    remarks += _stayed(difference, any(wish.what == "melody" for wish in keep))
    return tuple(dict.fromkeys(remarks))


def _instruments(difference: Difference, status: str) -> list[str]:
    """Instruments that left or came altogether."""
    gone = {part.instrument for part in difference.parts if part.status == status}
    stay = {part.instrument for part in difference.parts if part.status not in (status,)}
    return sorted(gone - stay)


def _character(change: Change, length_s: float) -> Remark:
    """A remark for a change of character; its code names field and direction, or the place of a rest."""
    if change.is_rest:
        from_s, to_s = (round(at_s, 1) for at_s in span_of(change.where, length_s))
        return Remark.of("changed_rests", instruments=change.part or "all", from_s=from_s, to_s=to_s)
    code = f"changed_{change.field}_{change.to}"
    if change.field in PART_FIELDS:
        return Remark.of(code, instruments=change.part or "all")
    return Remark.of(code)


def _stayed(difference: Difference, melody_asked: bool) -> list[Remark]:
    """How much of the melody, and of the rest, came back."""
    leads = [part for part in difference.parts if part.role == LEAD and part.notes_before]
    others = [part for part in difference.parts if part.role != LEAD and part.status in ("same", "changed")]
    remarks = [_lead_remark(part) for part in leads if part.status != "removed" and (part.kept or melody_asked)]
    before, kept = sum(part.notes_before for part in others), sum(part.kept for part in others)
    if before and kept:
        remarks.append(Remark.of("kept_others", kept=kept, total=before))
    return remarks


def _lead_remark(part: PartDifference) -> Remark:
    if part.kept == part.notes_before:
        return Remark.of("kept_melody_whole", total=part.notes_before)
    anew = part.notes_before - part.kept - part.no_room
    if part.no_room and anew:
        return Remark.of("kept_melody_part", kept=part.kept, total=part.notes_before, no_room=part.no_room, anew=anew)
    if part.no_room:
        return Remark.of("kept_melody_no_room", kept=part.kept, total=part.notes_before, no_room=part.no_room)
    return Remark.of("kept_melody", kept=part.kept, total=part.notes_before, anew=anew)
