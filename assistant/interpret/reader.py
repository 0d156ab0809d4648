"""Reads a brief: calls the reader of every field and puts their answers together.

Conventions: a field that the words do not speak of stays empty; `assistant.plan` fills it and says so. Nothing here
knows a word of any language: those stand in ``prompts/words/``.
"""

from __future__ import annotations

import logging
from dataclasses import fields, replace
from functools import partial
from typing import Any

from assistant.brief import LONGEST_TEXT, Brief
from assistant.clip import Clip
from assistant.constraints import Constraints, Evidence, Instruments, Understanding
from assistant.interpret import outcome
from assistant.interpret.adjust import read_adjustments
from assistant.interpret.advised import Advice, advise
from assistant.interpret.advisers import NOBODY, AdviserError, Advisers
from assistant.interpret.arc import read_arc
from assistant.interpret.colour import read_colour, read_fusion
from assistant.interpret.hits import read_hits
from assistant.interpret.imitation import find_imitation
from assistant.interpret.instruments import read_instruments
from assistant.interpret.keys import read_key, read_meter
from assistant.interpret.loudness import read_loudness
from assistant.interpret.meant import of_music
from assistant.interpret.merging import merge
from assistant.interpret.noise import Noise, find_noise, is_off_topic
from assistant.interpret.own_sound import find_own_sound
from assistant.interpret.passages import read_passages
from assistant.interpret.places import read_place
from assistant.interpret.reference import follow, read_reference, wants_reference
from assistant.interpret.settling import one_question, settle
from assistant.interpret.shown import with_clip
from assistant.interpret.styles import read_styles, suggest_styles
from assistant.interpret.tempo import read_tempo
from assistant.interpret.text import Text, read_text
from assistant.interpret.times import read_times
from assistant.interpret.uses import read_use
from assistant.language import Language, detect_language
from assistant.library import Library
from assistant.remark import Remark
from assistant.settings import ROOT

PROMPTS_DIR = ROOT / "prompts"
_FIRST_WORDS = ("A street in Rotterdam at night, and rain", "鹿特丹的夜晚", "Lisboa, uma rua", "moja draga zemlja")
"""Briefs that no small table reads: cities of the large one, and a language that only statistics tell."""


def read_brief(
    brief: Brief,
    *,
    library: Library,
    clip: Clip | None = None,
    pending: Constraints | None = None,
    advisers: Advisers = NOBODY,
) -> Understanding:
    """What a brief asks for.

    Parameters
    ----------
    brief : Brief
        The person's words.
    library : Library
        What a language model may choose from; the word lists name ids of the contract, and the plan says which of
        them it lacks.
    clip : Clip or None
        What its cuts, mood, music and length say where the words leave it open.
    pending : Constraints or None
        What was understood of an earlier brief that led to a question; the answer is read on top of it.
    advisers : Advisers
        Models of emotion, language and pictures, where they are there; their word is merged with that of the lists.

    Returns
    -------
    Understanding
        The outcome, what was understood whatever the outcome, and what must be said.
    """
    raw = brief.text[:LONGEST_TEXT]
    noise = find_noise(raw, PROMPTS_DIR)
    language = _language(raw, brief.language, noise)
    own = find_own_sound(raw, language.tag, clip)
    noise = replace(noise, code=(*noise.code, (own.start, own.end))) if own else noise
    text = _text(raw, language, noise)
    constraints, remarks = _read(text, language, clip, advisers)
    if own is not None:
        constraints = replace(constraints, own_sound=own.wish, evidence=(*constraints.evidence, own.evidence))
    advice, silence = _advice(raw, language, library, advisers)
    if advice is not None:
        constraints = merge(constraints, advice, raw)
    if pending is not None:
        constraints = _on_top(pending, constraints, text)
    constraints, heard = read_reference(constraints, clip, text)
    remarks += heard
    offered: tuple[Remark, ...] = ()
    if clip is not None:
        constraints, offered = with_clip(constraints, clip, raw, advisers=advisers, prompts_dir=PROMPTS_DIR)
    asked_before = pending is not None or own is not None or (advice is not None and bool(advice.given))
    known = language.is_read or advice is not None
    remarks += _questions(text, raw, language, constraints, clip, asked_before=asked_before, known=known) + silence
    if pending is not None:
        constraints, remarks = settle(constraints, remarks)
    remarks = one_question(remarks)
    remarks += offered if outcome.decide(remarks) != "ask" else ()
    if len(brief.text) > LONGEST_TEXT:
        remarks += (Remark.of("text_cut", given=len(brief.text), read=LONGEST_TEXT),)
    return Understanding(outcome.decide(remarks), constraints, remarks)


def warm(library: Library) -> None:
    """Load what the first brief would wait for: the tables behind the names of cities are the largest."""
    for words in _FIRST_WORDS:
        read_brief(Brief(words), library=library)


def read_follow(brief: Brief, constraints: Constraints, clip: Clip | None) -> Constraints | None:
    """The wishes with the clip's music followed, where a reply asks for that; None where it does not."""
    if clip is None or clip.music is None:
        return None
    noise = find_noise(brief.text[:LONGEST_TEXT], PROMPTS_DIR)
    language = _language(brief.text[:LONGEST_TEXT], brief.language, noise)
    if not wants_reference(_text(brief.text[:LONGEST_TEXT], language, noise))[0]:
        return None
    return follow(replace(constraints, language=language.tag), clip.music, talks=bool(clip.speech))


def _language(raw: str, stated: str | None, noise: Noise) -> Language:
    """The language of what is left without code and orders."""
    shown = list(raw)
    for start, end in (*noise.code, *noise.orders):
        shown[start:end] = " " * (end - start)
    rest = "".join(shown)
    return detect_language(rest if any(char.isalpha() for char in rest) else raw, hint=stated, prompts_dir=PROMPTS_DIR)


def _advice(
    raw: str, language: Language, library: Library, advisers: Advisers
) -> tuple[Advice | None, tuple[Remark, ...]]:
    """What the language model reads, where there is one; that it was of no help is said."""
    if advisers.language is None or not any(char.isalpha() for char in raw):
        return None, ()
    try:
        return advise(advisers.language, raw, library=library, prompts_dir=PROMPTS_DIR), ()
    except AdviserError as error:
        logging.getLogger(__name__).warning("%s", error)
        return None, (Remark.of("adviser_silent", model=advisers.language.name),)


def _text(raw: str, language: Language, noise: Noise) -> Text:
    """The text without code and orders; orders are kept when the wish stands inside them."""
    text = read_text(raw, language.tag, PROMPTS_DIR, blanked=(*noise.code, *noise.orders))
    if noise.orders and not outcome.has_wish(text):
        whole = read_text(raw, language.tag, PROMPTS_DIR, blanked=noise.code)
        if whole.find("instruments") or whole.find("styles") or whole.find("music"):
            return of_music(whole)
    return of_music(text)


def _read(
    text: Text, language: Language, clip: Clip | None, advisers: Advisers
) -> tuple[Constraints, tuple[Remark, ...]]:
    """Every field of a text, and what must be said about their values."""
    times = read_times(text, frame_rate_hz=clip.frame_rate_hz if clip else None, clip_s=clip.length_s if clip else None)
    use, place, tempo = read_use(text), read_place(text), read_tempo(text)
    styles, key, meter, loudness = read_styles(text), read_key(text), read_meter(text), read_loudness(text)
    instruments, hits = read_instruments(text, styles.ids, read_passages(text, times)), read_hits(text, times)
    bpm = tempo.bpm if tempo else None
    region, aim = place.region if place else None, use.use if use else None
    suggested = partial(suggest_styles, text, instruments=instruments.instruments.include, region=region, use=aim)
    is_named = bool(styles.ids)
    styles = styles if is_named else suggested()
    arc = read_arc(text, times, use=aim, styles=styles.ids, tempo_bpm=bpm, model=advisers.emotion)
    styles = suggested(ends_well=True) if arc.ends_well and not is_named else styles
    adjust, adjust_evidence = read_adjustments(text)
    colour, fused = read_colour(text, region), read_fusion(text)
    fused = fused if fused is not None and fused.first == region else None
    evidence = [Evidence("language", language.tag, confidence=language.confidence)]
    remarks: tuple[Remark, ...] = ()
    duration_s = None
    if times.duration:
        said = text.evidence("duration_s", times.duration.start, times.duration.end)
        duration_s, remarks = outcome.clamp_length(times.duration.at_s)
        evidence.append(said)
    for item in (use, place, tempo, key, meter, loudness):
        evidence += [item.evidence] if item else []
        remarks += getattr(item, "remarks", ())
    evidence += [colour[1]] if colour else []
    evidence += [fused.evidence] if fused else []
    loops = text.wanted("loop")
    evidence += [text.evidence("loop", loops[0].start, loops[0].end)] if loops else []
    constraints = Constraints(
        language=language.tag,
        duration_s=duration_s,
        use=aim or "other",
        arc=arc.points,
        styles=styles.ids,
        region=region,
        tempo_bpm=bpm,
        meter=meter.name if meter else None,
        key=key.name if key else None,
        instruments=instruments.instruments,
        hits=hits.points,
        loop=bool(loops),
        adjust=(*adjust, *instruments.rests),
        loudness_lufs=loudness.lufs if loudness else None,
        colour=colour[0] if colour else "balanced",
        fusion=fused.second if fused else None,
        evidence=(*evidence, *styles.evidence, *instruments.evidence, *hits.evidence, *arc.evidence, *adjust_evidence),
    )
    remarks += arc.remarks
    if instruments.none_left:
        remarks += (Remark.of("ask_no_instruments"),)
    if instruments.contradicted:
        remarks += (Remark.of("ask_only_banned", instrument=instruments.contradicted[0]),)
    return constraints, remarks


def _questions(
    text: Text,
    raw: str,
    language: Language,
    constraints: Constraints,
    clip: Clip | None,
    *,
    asked_before: bool,
    known: bool,
) -> tuple[Remark, ...]:
    """What must be asked or declined before there is music to hear."""
    remarks = find_imitation(raw, PROMPTS_DIR)
    wished = outcome.has_wish(text) or asked_before or (clip is not None and not raw.strip())
    if not known:
        return (*remarks, Remark.of("ask_language", language=language.tag))
    if not wished or (is_off_topic(raw, PROMPTS_DIR) and not _musical(text)):
        return (*remarks, Remark.of("ask_wish"))
    remarks += outcome.check_contradictions(text)
    return remarks + outcome.check_hits(constraints.hits, outcome.length_of(constraints, clip))


def _musical(text: Text) -> bool:
    """Whether a word of music itself is in the text."""
    return any(text.find(field) for field in ("instruments", "styles", "music", "tempo"))


def _on_top(pending: Constraints, answer: Constraints, text: Text) -> Constraints:
    """The earlier wishes with the answer's laid over them; evidence of the earlier words loses its place."""
    said = {item.root for item in answer.evidence if not item.assumed} - {"language"}
    changes: dict[str, Any] = {
        field.name: getattr(answer, field.name) for field in fields(Constraints) if field.name in said
    }
    if "instruments" in changes:
        exclude = tuple(dict.fromkeys([*pending.instruments.exclude, *answer.instruments.exclude]))
        exclude = tuple(name for name in exclude if name not in answer.instruments.include)
        include = tuple(dict.fromkeys([*pending.instruments.include, *answer.instruments.include]))
        alone = answer.instruments.alone or pending.instruments.alone
        changes["instruments"] = Instruments(tuple(name for name in include if name not in exclude), exclude, alone)
    if "duration_s" not in changes and (number := _lone_number(text)) is not None:
        changes["duration_s"] = number
        said.add("duration_s")
    kept = tuple(
        replace(item, start=-1, end=-1)
        for item in pending.evidence
        if item.root not in said or item.field.startswith("instruments")
    )
    changes["evidence"] = (*answer.evidence, *kept)
    if len(text.plain.split()) >= outcome.FEWEST_WORDS:
        changes["language"] = answer.language
    return replace(pending, **changes)


def _lone_number(text: Text) -> float | None:
    """The answer "60" to a question about the length."""
    from assistant.interpret.numbers import find_numbers

    numbers = find_numbers(text)
    alone = len(numbers) == 1 and not text.between(numbers[0].end, len(text.plain)).strip(" .s")
    return (
        numbers[0].value if alone and not text.between(0, numbers[0].start).strip() and numbers[0].value > 0 else None
    )
