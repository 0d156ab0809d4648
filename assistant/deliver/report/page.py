"""The report put together: texts, tables and pictures into one page.

Conventions: everything that a person wrote passes through Jinja2 with autoescaping on; pictures and the page's own
style and script are trusted. The page's policy allows its one script by its digest, so no other can run.
"""

from __future__ import annotations

import base64
import hashlib
import logging
from collections.abc import Iterable
from typing import Any

from markupsafe import Markup

from assistant import __version__
from assistant.check.emotion import hear_sections
from assistant.clip import NO_PICTURE_FRAME_S
from assistant.deliver import pictures
from assistant.deliver.pages import TEMPLATES, template
from assistant.deliver.report import measures, tables
from assistant.deliver.report.painting import painting_of
from assistant.deliver.report.promises import promises
from assistant.deliver.report.spectrum import height, spectrum_of
from assistant.deliver.report.stage import stage_json
from assistant.deliver.report.wishes import wishes
from assistant.deliver.rights import Rights, played_with
from assistant.deliver.values import Delivered, Materials
from assistant.deliver.words import part_names, report_voice, stood_in_for
from assistant.errors import DataError
from assistant.explain import Voice, voice
from assistant.feedback import compare_scores
from assistant.remark import Remark
from assistant.score import Score
from assistant.score.tuning import is_tuning
from assistant.session import TakeRecord

MOST_DRAWN = 6000
"""Notes that are drawn in one still picture; a longer score is only shown where it plays."""
TICKS = (("100", 100.0), ("1k", 1000.0), ("10k", 10_000.0))
"""Frequencies named beside the spectrogram, in Hz."""

log = logging.getLogger(__name__)


def report_html(
    materials: Materials, rights: Rights, files: Iterable[Delivered] = (), remarks: Iterable[Remark] = ()
) -> str:
    """The page.

    Parameters
    ----------
    materials : Materials
    rights : Rights
    files : iterable of Delivered
        What lies beside the page; players and links are made only for these.
    remarks : iterable of Remark
        What else must be said.
    """
    speaker, texts = voice(materials.language), report_voice(materials.language)
    listed = tuple(files)
    names = {file.name for file in listed}
    curve = measures.loudness_curve(materials.mixdown.mix)
    script = _script()
    return template("report.html.j2").render(
        language=speaker.language,
        direction=speaker.direction,
        text=lambda key, **slots: texts.text("report", key, **slots),
        style=Markup((TEMPLATES / "report.css").read_text(encoding="utf-8")),
        script=Markup(script),
        script_digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        version=__version__,
        brief=materials.brief.text,
        take=materials.take,
        rights=rights,
        files=listed,
        names=names,
        film=next((file.name for file in listed if file.name.startswith("scored.")), None),
        remarks=_said([*_remarks(materials), *remarks], speaker),
        **_headline(materials, speaker, texts),
        **_tables(materials, speaker, texts),
        **_pictures(materials, speaker, texts, curve),
        cue=stage_json(materials, curve, names, texts, speaker),
    )


def _script() -> str:
    """The page's one script: what is drawn while it plays, then what listens to a person."""
    drawn, heard = ((TEMPLATES / name).read_text(encoding="utf-8") for name in ("stage.js", "report.js"))
    return f"(() => {{\n{drawn}\n{heard}}})();\n"


def _headline(materials: Materials, speaker: Voice, texts: Voice) -> dict[str, Any]:
    """What it is, in one line and a few figures."""
    plan, mixdown = materials.take.plan, materials.mixdown
    tempi = plan.tempo_map.felt_bpm
    low, high = round(min(tempi)), round(max(tempi))
    seconds = f"{plan.length_s:.2f}".rstrip("0").rstrip(".")
    style = speaker.name("styles", plan.style)
    parts = speaker.names("instruments", dict.fromkeys(part.instrument for part in materials.take.score.parts))
    tempo = f"{low}-{high}" if high > low else str(low)
    meter = str(plan.bars[0].meter)
    return {
        "title": texts.text("report", "title", style=style[:1].upper() + style[1:], seconds=seconds),
        "lead": texts.text("report", "lead", seconds=seconds, home=plan.key.name, bpm=tempo, meter=meter, parts=parts),
        "integrated_lufs": mixdown.loudness_lufs,
        "target_lufs": mixdown.target_lufs,
        "true_peak_dbtp": mixdown.true_peak_dbtp,
        "soundfont": played_with(materials),
    }


def _frame_s(materials: Materials) -> float:
    return materials.clip.frame_s if materials.clip is not None else NO_PICTURE_FRAME_S


def _tables(materials: Materials, speaker: Voice, texts: Voice) -> dict[str, Any]:
    """Everything that is a table."""
    take = materials.take
    findings = take.findings
    return {
        "wishes": wishes(take.constraints, speaker, texts),
        "promises": promises(findings, take.score, materials.language),
        "promise_count": len(findings.items),
        "met_count": len(findings.items) - len(findings.unmet),
        "hits": _hit_rows(materials, speaker),
        "chord_lines": tables.chord_lines(take.plan, texts),
        "painting": painting_of(take, texts),
        **_change_tables(materials, texts),
    }


def _change_tables(materials: Materials, texts: Voice) -> dict[str, Any]:
    """What a revision changed; nothing for a first take."""
    before, score = materials.before, materials.take.score
    if before is None:
        return {"changes": []}
    difference = materials.difference or compare_scores(before.score, score)
    names = part_names(before.score, materials.language) | part_names(score, materials.language)
    changes = tables.part_changes(difference, names)
    kinds = ("kept", "changed", "removed", "added")
    return {
        "changes": changes,
        "shifts": tables.shifts(difference, texts),
        "counts": {kind: sum(getattr(change, kind) for change in changes) for kind in kinds},
        "total_before": difference.notes_before,
        "before_number": before.number,
        "diff_words": {kind: texts.text("pictures", kind) for kind in kinds},
    }


def _hit_rows(materials: Materials, speaker: Voice) -> list[tables.HitRow]:
    """Every hit with its error."""
    take = materials.take
    return tables.hit_rows(take.constraints, take.plan, take.findings, frame_s=_frame_s(materials), speaker=speaker)


def _pictures(materials: Materials, speaker: Voice, texts: Voice, curve: measures.Curve) -> dict[str, Any]:
    """Everything that is drawn."""
    take, mixdown, before = materials.take, materials.mixdown, materials.before
    onsets = measures.onset_curve(take.score)
    cuts = tuple(cut.at_s for cut in materials.clip.cuts) if materials.clip else ()
    numbers = (before.number, take.number) if before else (0, 0)
    scores = (before.score, take.score) if before else (take.score,)
    is_drawn = max(_notes(score) for score in scores) <= MOST_DRAWN
    rolls = pictures.difference_rolls(*scores, numbers=numbers, speaker=speaker) if before and is_drawn else ()
    return {
        "arc": Markup(
            pictures.arc_svg(
                take.constraints,
                take.plan,
                take.findings,
                heard=hear_sections(take.score, take.plan),
                loudness=curve,
                onsets=onsets,
                speaker=speaker,
            )
        ),
        "roll": Markup(pictures.piano_roll_svg(take.score, take.plan, speaker=speaker, cuts_s=cuts))
        if is_drawn
        else "",
        "spectrum": spectrum_of(mixdown.mix),
        "ticks": [(name, f"{100 * height(hertz):.1f}") for name, hertz in TICKS],
        "hits_picture": Markup(
            pictures.hits_svg(
                tables.strikes(_hit_rows(materials, speaker)),
                frame_ms=1000 * _frame_s(materials),
                title=texts.text("pictures", "hits"),
                unmeasured=texts.text("pictures", "not_measured"),
            )
        ),
        "loudness": Markup(
            pictures.loudness_svg(
                curve,
                length_s=take.plan.length_s,
                target_lufs=mixdown.target_lufs,
                title=texts.text("pictures", "loudness"),
                target_name=texts.text("pictures", "target"),
            )
        ),
        "difference_rolls": [Markup(roll) for roll in rolls],
        "stems": _stems(materials),
        "has_frames": materials.has_picture,
    }


def _notes(score: Score) -> int:
    return sum(len(part.notes) for part in score.parts)


def _stems(materials: Materials) -> list[dict[str, Any]]:
    """A row for every stem: name, file, level, outline."""
    score, mixdown = materials.take.score, materials.mixdown
    names, colours = part_names(score, materials.language), pictures.part_colours(score.parts)
    homes = stood_in_for(materials.take.plan)
    names |= {
        part.id: f"{names[part.id]} ({homes[part.instrument]})" for part in score.parts if part.instrument in homes
    }
    levels = measures.stem_levels([(stem.part_id, stem.waveform) for stem in mixdown.stems])
    return [
        {
            "id": stem.part_id,
            "name": names.get(stem.part_id, stem.part_id),
            "file": f"stems/{stem.part_id}.wav",
            "colour": colours.get(stem.part_id, "currentColor"),
            "level": level,
            "outline": Markup(pictures.waveform_svg(stem.waveform, colour=colours.get(stem.part_id, "currentColor"))),
        }
        for stem, level in zip(mixdown.stems, levels, strict=True)
    ]


def _remarks(materials: Materials) -> list[Remark]:
    """What the stations had to say."""
    clip = materials.clip.remarks if materials.clip else ()
    return [*clip, *materials.take.plan.remarks, *materials.mixdown.remarks, *_tuning(materials.take)]


def _tuning(take: TakeRecord) -> list[Remark]:
    """Which instruments are in the tuning of the region, where any are."""
    tuned = [part.instrument for part in take.score.parts if any(is_tuning(control) for control in part.controls)]
    if not tuned or take.plan.region is None:
        return []
    scales = ", ".join(dict.fromkeys(section.key.mode for section in take.plan.sections))
    instruments = ",".join(dict.fromkeys(tuned))
    return [Remark.of("tuned", region=take.plan.region, scales=scales, instruments=instruments)]


def _said(remarks: Iterable[Remark], speaker: Voice) -> list[str]:
    """Remarks as sentences, each once; one that has no words yet is shown as it is, and logged."""
    said = []
    for remark in remarks:
        try:
            said.append(speaker.say(remark))
        except DataError as error:
            log.warning("%s", error)
            said.append(f"{remark.code}: " + ", ".join(f"{fact.name} {fact.value}" for fact in remark.facts))
    return list(dict.fromkeys(said))
