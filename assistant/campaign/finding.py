"""What is told of a finished variant: its figures, and whether every brand rule was met.

Conventions: everything is measured on the score and on the sound, never repeated from what was asked. A key is what
`assistant.check.keyfinder` hears: a tonic, major or minor; a mode finer than that is named where the score was written
in it and sounds so.
"""

from __future__ import annotations

from collections.abc import Iterator

from assistant.campaign.brand import Brand
from assistant.campaign.logo import NEAR_Q
from assistant.campaign.values import Figures, Rule
from assistant.check import Finding
from assistant.check.keyfinder import KeyFound, find_key
from assistant.check.score import mean_tempo_bpm
from assistant.deliver.values import Materials
from assistant.library import Library
from assistant.plan import Key
from assistant.score import Score
from assistant.score.keys import pitch_class
from assistant.score.motif import Motif

HIT_BOUND_S = 0.04
VOICE_BOUND_S = 0.1
"""A voice-over that is longer than the variant by more is told: its end is not heard."""


def figures_of(materials: Materials, brand: Brand, library: Library) -> Figures:
    """The figures of a take that is about to be written."""
    take, mixdown = materials.take, materials.mixdown
    items = take.findings.items
    hits = [item for item in items if item.name == "hit"]
    motif = next((item for item in items if item.name == "motif"), None)
    return Figures(
        length_s=round(mixdown.mix.length_s, 4),
        key=_heard_key(take.score, take.plan.key)[0],
        tempo_bpm=round(mean_tempo_bpm(take.score), 1),
        loudness_lufs=round(mixdown.loudness_lufs, 2),
        true_peak_dbtp=round(mixdown.true_peak_dbtp, 2),
        parts=tuple(part.instrument for part in take.score.parts if part.notes),
        notes=sum(len(part.notes) for part in take.score.parts),
        hits_met=sum(item.met for item in hits),
        hits_asked=len(hits),
        promises_met=sum(item.met for item in items),
        promises_asked=len(items),
        unmet=tuple(dict.fromkeys(item.name for item in items if not item.met)),
        motif_share=_share(motif),
        rules=tuple(rules_of(materials, brand, library)),
    )


def _share(motif: Finding | None) -> float | None:
    if motif is None:
        return None
    return round(float(motif.achieved) / max(1.0, float(motif.asked)), 3)


def rules_of(materials: Materials, brand: Brand, library: Library) -> Iterator[Rule]:
    """Every brand rule that there is, measured."""
    take, mixdown = materials.take, materials.mixdown
    named = take.findings.named
    if logo := brand.sonic_logo:
        said = logo_notes(logo, take.score, take.plan.final_q)
        yield Rule("logo", f"{len(logo.notes)}", f"{said}", said == len(logo.notes))
    if brand.key:
        yield Rule("key", brand.key, *_key_kept(brand.key, take.score, take.plan.key))
    if brand.tempo_bpm:
        yield from (Rule("tempo_bpm", str(item.asked), f"{item.achieved}", item.met) for item in named("tempo"))
    if brand.loudness_lufs is not None:
        loud = next(iter(named("loudness")), None)
        met = loud is not None and loud.met and abs(mixdown.loudness_lufs - brand.loudness_lufs) <= 1.0
        yield Rule("loudness_lufs", f"{brand.loudness_lufs:g}", f"{mixdown.loudness_lufs:.1f}", met)
    playing = {part.instrument for part in take.score.parts if part.notes}
    for name in brand.require:
        heard_ids = sorted(playing & {name, *library.families.get(name, ())})
        yield Rule("require", name, ", ".join(heard_ids) or "-", bool(heard_ids))
    for name in brand.forbid:
        heard_ids = sorted(playing & {name, *library.families.get(name, ())})
        yield Rule("forbid", name, ", ".join(heard_ids) or "-", not heard_ids)
    if materials.clip is not None and materials.clip.length_s > take.plan.length_s + VOICE_BOUND_S:
        yield Rule("voice", f"{materials.clip.length_s:.1f} s", f"{take.plan.length_s:g} s", False)
    if brand.final_hit is not None:
        yield _final_hit(materials, brand.final_hit.from_end_s)


def _heard_key(score: Score, written: Key) -> tuple[str, KeyFound]:
    """The key that is heard: by the name that it was written in where it sounds so, else as it was found."""
    found = find_key(score)
    sounds_so = (found.tonic, found.mode == "minor") == (written.tonic, written.is_minor)
    return (written.name if sounds_so else found.name), found


def _key_kept(asked: str, score: Score, written: Key) -> tuple[str, bool]:
    """The key that is heard, and whether it is the brand's: its tonic, and its mode where the brand names one."""
    heard, found = _heard_key(score, written)
    words, _, mode = asked.strip().partition(" ")
    tonic, mode = pitch_class(words), mode.strip().lower().replace(" ", "-")
    if mode in ("", "major", "minor"):
        return heard, found.tonic == tonic and mode in ("", found.mode)
    return heard, heard == written.name and (written.tonic, written.mode) == (tonic, mode)


def _final_hit(materials: Materials, from_end_s: float) -> Rule:
    """Whether the last strike is where it belongs."""
    length_s = materials.take.plan.length_s
    wanted_s = length_s - from_end_s
    hits = [item for item in materials.take.findings.named("hit") if abs(float(item.asked) - wanted_s) < HIT_BOUND_S]
    found = hits[-1] if hits else None
    achieved = f"{length_s - float(found.achieved):.2f}" if found and not isinstance(found.achieved, str) else "-"
    return Rule("final_hit", f"{from_end_s:g}", achieved, found is not None and found.met)


def logo_notes(logo: Motif, score: Score, final_q: float) -> int:
    """How many of the logo's last notes some part says one after the other, the last one at ``final_q``.

    Its notes may lie whole octaves higher or lower, all by as many.
    """
    best = 0
    for part in score.parts:
        if part.is_drums:
            continue
        for last in (note for note in part.notes if abs(note.start_q - final_q) < NEAR_Q):
            up = last.pitch - logo.notes[-1].pitch
            if up % 12:
                continue
            there = {(round((note.start_q - last.start_q) / NEAR_Q / 2), note.pitch) for note in part.notes}
            count = 0
            for note in reversed(logo.notes):
                if (round((note.start_q - logo.notes[-1].start_q) / NEAR_Q / 2), note.pitch + up) not in there:
                    break
                count += 1
            best = max(best, count)
    return best
