"""The rules engine: a plan in, a score out; the worked example of how an engine is added.

Conventions: an engine answers one method, ``generate(plan, *, keep, seed, progress)``. Parts are written in the order
in which they listen to each other - leads, then whoever hears them - and every player draws chance from a stream of
its own, so that taking one part away changes no other. Kept cells replace what was written for them, note for note.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from assistant.generator import NOTHING_KEPT, Keep, Progress, no_progress
from assistant.library import Library, load
from assistant.plan import Plan, PlannedPart
from assistant.score import Control, Marker, Note, Part, Score
from models.idiom.speaking import speech_of
from models.rules import bass, colour, counter, drums, harmony, hits, leads, modal, weaves
from models.rules.context import Context, Tone
from models.rules.keeping import Kept
from models.rules.ornaments import adorned, ornament
from models.rules.performance import LOUDEST, SOFTEST, perform

ORDER = ("lead", "bass", "harmony", "pulse", "counter", "colour", "drums", "percussion")
"""Who is written before whom."""

NO_ANSWERS: Mapping[str, Sequence[Tone]] = MappingProxyType({})
COLOURS = {"gliss": colour.gliss, "bells": colour.bells, "swell": colour.swell}


class RulesGenerator:
    """Composes by rule.

    Parameters
    ----------
    library : Library, optional
        The data to compose with; that of ``prompts/`` unless given.
    idiom : bool
        Whether a region's learned habits are asked; without them it speaks by its data alone.
    """

    name = "rules"

    def __init__(self, library: Library | None = None, *, idiom: bool = True) -> None:
        self._library = library
        self._idiom = idiom

    def generate(
        self, plan: Plan, *, keep: Keep = NOTHING_KEPT, seed: int = 0, progress: Progress = no_progress
    ) -> Score:
        """A score of the plan; the same plan, keep and seed give the same score."""
        speech = speech_of(plan) if self._idiom else None
        context = Context(plan, self._library or load(), seed, Kept(plan, keep), speech)
        singers = [part for part in plan.parts if part.role == "lead"]
        tunes, answers = weaves.handed_over(context, leads.write_leads(context, singers))
        written: dict[str, Part] = {}
        for index, part in enumerate(sorted(plan.parts, key=lambda part: ORDER.index(part.role))):
            progress(index / max(1, len(plan.parts)), part.id, score_of(context, written))
            heard = [note for lead in singers if lead.id in written for note in written[lead.id].notes]
            tones = tunes[part.id] if part.role == "lead" else write_part(context, part, heard, answers)
            written[part.id] = finish_part(context, part, tones)
        score = score_of(context, written)
        progress(1.0, "score", score)
        return score


def score_of(context: Context, written: Mapping[str, Part]) -> Score:
    """The parts that are written, by their ids, as a score: a sketch of the take until all of them are there."""
    plan = context.plan
    parts = tuple(written[part.id] for part in plan.parts if part.id in written)
    return Score(plan.tempo_map, parts, plan.length_s, plan.key.name, _markers(context))


def sketched(context: Context, part: PlannedPart, tones: Sequence[Tone]) -> Part:
    """A part of which only some bars are written, for a sketch: as on paper, without hits, ending and performance."""

    def note(tone: Tone) -> Note:
        dynamics = part.bars[context.bar(tone.start_q).index].dynamics
        velocity = round(SOFTEST + (LOUDEST - SOFTEST) * dynamics + 18 * tone.weight)
        return Note(round(tone.start_q, 6), tone.pitch, round(tone.length_q, 6), max(1, min(127, velocity)))

    return _restored(context, part, tuple(note(tone) for tone in tones))


def write_part(
    context: Context, part: PlannedPart, lead: Sequence[Note], answers: Mapping[str, Sequence[Tone]] = NO_ANSWERS
) -> list[Tone]:
    """The tones of a part that is not a lead, in the weave of the plan's region."""
    tones = weaves.interlocked(context, part, _written(context, part, lead))
    return weaves.joined(context, tones, answers[part.id]) if answers.get(part.id) else tones


def _written(context: Context, part: PlannedPart, lead: Sequence[Note]) -> list[Tone]:
    """The tones of a part that is not a lead, as its texture has them."""
    if part.role in ("drums", "percussion"):
        return drums.write_drums(context, part)
    if part.texture in COLOURS:
        return COLOURS[part.texture](context, part)
    if part.role == "bass":
        return bass.write_bass(context, part)
    if part.role == "counter" and part.texture in ("countermelody", "melody"):
        return counter.write_counter(context, part, lead)
    return harmony.write_chords(context, part)


def finish_part(context: Context, part: PlannedPart, tones: Sequence[Tone]) -> Part:
    """A part with its hits, its ending, its performance, and what was kept of it."""
    shaped = hits.close(context, part, hits.shape(context, part, tones))
    if part.role == "lead":
        shaped = ornament(context, part, modal.turned(context, sorted(shaped, key=lambda tone: tone.start_q)))
    return adorned(context, part, _restored(context, part, *perform(context, part, shaped)))


def _restored(context: Context, part: PlannedPart, notes: tuple[Note, ...], controls: tuple[Control, ...] = ()) -> Part:
    """A part of these notes, with its kept cells put back."""
    instrument = context.library.instrument(part.instrument)
    plan = context.plan
    made = Part(
        part.id,
        part.role,
        part.instrument,
        context.library.program(
            part.instrument,
            style=plan.style if plan.style in context.library.styles else None,
            region=plan.region if plan.region in context.library.regions else None,
        ),
        instrument.is_drums,
        notes,
        controls,
    )
    return context.kept.restored(made, single=not instrument.polyphonic)


def _markers(context: Context) -> tuple[Marker, ...]:
    """A marker for each section and each hit."""
    bars = context.plan.bars
    sections = [Marker(bars[section.start_bar].start_q, section.name) for section in context.plan.sections]
    struck = [Marker(hit.at_q, f"{hit.kind} {hit.at_s:.2f} s", "hit") for hit in context.hits]
    return tuple(sorted((*sections, *struck), key=lambda marker: marker.at_q))
