"""The emotional arc: feelings of clauses put in their places over the cue.

Conventions: ``at`` 0..1. Words such as "at first", "then", "by the end", "开头", "最后" place the clauses after them, a
marked time places its clause by the second, and what is left is read in the order of telling. Where no word of
emotion speaks, style, use and tempo give a prior; where nothing does, the arc is neutral and marked as assumed. A
model of emotion, where one is given, is asked sentence by sentence, in its parts where stages are marked; who names
an emotion in a word is heard beside it.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from assistant.constraints import ArcPoint, Evidence
from assistant.interpret.advisers import AdviserError, EmotionModel, Felt
from assistant.interpret.emotion import Feeling, blend, feel, fuse
from assistant.interpret.lexicon import table
from assistant.interpret.scene import FEWEST_ALONE, MOST, PURE, content, purity, told
from assistant.interpret.text import Piece, Text
from assistant.interpret.times import Times
from assistant.interpret.words import from_to_forms
from assistant.remark import Remark

START, MIDDLE, END = 0.0, 0.5, 1.0
SCENE_BLEND = 0.35
"""How much of the whole brief's feeling colours each unmarked stage."""

TURN, TURN_GAIN = 0.15, 3.0
"""How far the end that a model hears must be from the beginning to count as a turn, and how many times as far it is
then taken to be: a model that learned to be seldom far off is shy."""

STORY_WORDS = 5
"""Words besides common ones from which a sentence tells a scene at length."""

FAINTEST = 0.06
"""The least that an emotion which was spoken of counts: the contract reads less than 0.05 as none at all."""

ASIDE = 0.3
"""What a stretch weighs that names no mood or no place, beside one of the same place that does: "..., sad at first"."""
GOOD = 0.1
"""Valence from which an ending is taken for a good one."""

TEMPO_SHARE, NEUTRAL_BPM = 0.35, 100.0
"""How much a stated tempo says about arousal beside words of emotion, and the tempo that says nothing."""

HELD, CALMER = 0.7, 0.2
"""Until where the energy is held of which only the end is said to be less, and by how much less."""


@dataclass(frozen=True)
class Arc:
    """Arc points with their words; ``spoken`` says whether any word of emotion was found."""

    points: tuple[ArcPoint, ...]
    evidence: tuple[Evidence, ...]
    spoken: bool
    remarks: tuple[Remark, ...] = ()

    @property
    def ends_well(self) -> bool:
        """Whether it ends on a good note after a worse one."""
        first, last = self.points[0].valence, self.points[-1].valence
        return last >= GOOD and last - first >= 2 * GOOD


@dataclass(frozen=True)
class _Stage:
    """A stretch with its place: a number, "next" for "then", or None when only the order places it."""

    piece: Piece
    at: float | None
    feeling: Feeling


def read_arc(
    text: Text,
    times: Times,
    *,
    use: str | None,
    styles: tuple[str, ...],
    tempo_bpm: tuple[float, float] | None,
    model: EmotionModel | None = None,
) -> Arc:
    """The arc of a text; a model of emotion, where there is one, is asked about what the words tell."""
    duration_s = times.duration.at_s if times.duration else None
    stages, remarks = _stages(text, times, duration_s), tuple[Remark, ...]()
    if model is not None:
        stages, remarks = _with_model(text, stages, model)
    stages = [stage for stage in stages if stage.feeling.evidence]
    prior = _prior(text, use, styles)
    if not stages:
        point = _coloured(ArcPoint(0.0, prior[0] or 0.0, prior[1] or 0.0), tempo_bpm, share=1.0)
        return Arc((point,), (Evidence("arc", "", assumed=True, confidence=0.2),), False, remarks)
    whole = feel(text, Piece(0, len(text.plain))) if model is None else blend([stage.feeling for stage in stages])
    placed = _placed(stages)
    staged = any(stage.at is not None for stage in stages)
    points = [_point(at, feeling, whole, prior, share=0.0 if staged else SCENE_BLEND) for at, feeling in placed]
    points = [_audible(_coloured(point, tempo_bpm, share=TEMPO_SHARE)) for point in points]
    evidence = tuple(item for stage in stages for item in stage.feeling.evidence)
    return Arc(_held(_tidy(points), stages, text), evidence, True, remarks)


def _stages(text: Text, times: Times, duration_s: float | None) -> list[_Stage]:
    """The text cut at sentences and at stage words, each stretch with its place where the words give one."""
    cuts = {0, len(text.plain)}
    cuts |= {piece.start for piece in text.clauses}
    markers = text.find("stage")
    cuts |= {_cut_before(text, marker.start, marker.end) for marker in markers if marker.value != "to_end"}
    turns = _turns(text)
    cuts |= set(turns)
    ordered = sorted(cuts)
    stages: list[_Stage] = []
    current: float | None = None
    previous_sentence: Piece | None = None
    for start, end in pairwise(ordered):
        piece = Piece(start, end)
        sentence = text.sentence(start)
        marked = [marker for marker in markers if marker.start in piece]
        if sentence != previous_sentence and not marked:
            current = None
        previous_sentence = sentence
        if marked:
            current = _place_of(marked[-1].value, current)
        at = current = turns.get(start, current)
        for moment in times.moments:
            if moment.start in piece and duration_s and not marked:
                at = current = min(moment.at_s / duration_s, 1.0)
        stages.append(_Stage(piece, at, feel(text, piece)))
    return stages


def _with_model(text: Text, stages: list[_Stage], model: EmotionModel) -> tuple[list[_Stage], tuple[Remark, ...]]:
    """The stages with what a model feels in their sentences; as they were, and said so, when it can't answer."""
    units = [list(unit) for _, unit in groupby(stages, key=lambda stage: (text.sentence(stage.piece.start), stage.at))]
    words = [told(text, [stage.piece for stage in unit]) for unit in units]
    asked = [index for index, said in enumerate(words) if said and _is_enough(text, units[index])][: MOST - 1]
    told_through = len(asked) > 1 and all(stage.at is None for stage in stages)
    questions = [words[index] for index in asked] + [" ".join(words[index] for index in asked)] * told_through
    try:
        answers = list(model.feel(questions, language=text.language))
    except AdviserError as error:
        logging.getLogger(__name__).warning("%s: %s; the word lists read alone", model.name, error)
        return stages, (Remark.of("emotion_silent"),)
    if told_through:
        answers = _in_the_story(answers[:-1], answers[-1])
    whole, felt = feel(text, Piece(0, len(text.plain))), dict(zip(asked, answers, strict=True))
    pure = {index: purity(text, [stage.piece for stage in units[index]]) for index in felt}
    elsewhere = whole.has_mood or max(pure.values(), default=0.0) >= PURE
    heard: list[_Stage] = []
    for index, unit in enumerate(units):
        if index not in felt or not felt[index].confidence * pure[index]:
            heard += unit
            continue
        said = replace(felt[index], confidence=round(felt[index].confidence * pure[index], 3))
        heard += _felt(text, unit, said, model.name, whole=whole, may_lead=pure[index] >= PURE or not elsewhere)
    return heard, ()


def _in_the_story(answers: list[Felt], story: Felt) -> list[Felt]:
    """A story's sentences, the first and the last heard also as the beginning and the end of the whole."""
    first, last = answers[0], answers[-1]
    valence, arousal = (first.valence + story.valence) / 2, (first.arousal + story.arousal) / 2
    answers[0] = replace(first, valence=valence, arousal=arousal, end=None)
    ending = _toward_end(story, 1.0)
    valence, arousal = (last.valence + ending.valence) / 2, (last.arousal + ending.arousal) / 2
    answers[-1] = replace(last, valence=valence, arousal=arousal, end=None)
    return answers


def _felt(text: Text, unit: Sequence[_Stage], felt: Felt, name: str, *, whole: Feeling, may_lead: bool) -> list[_Stage]:
    """A sentence's stages with the model's word in each that the lists speak of, or in one for all when none does.

    Where the model hears the sentence turn, its later stages, or one more, are nearer to the end that it hears.
    """
    piece = _trimmed(text, Piece(unit[0].piece.start, unit[-1].piece.end))
    said = replace(text.evidence("arc", piece.start, piece.end, felt.confidence), source=name)
    spoken = [stage for stage in unit if stage.feeling.evidence] or [_Stage(piece, unit[0].at, Feeling(None, None))]
    moody = any(stage.feeling.has_mood for stage in spoken)
    pieces = [stage.piece for stage in unit]
    is_story = purity(text, pieces) >= PURE and sum(content(text, each) for each in pieces) >= STORY_WORDS
    if len(spoken) == 1 and spoken[0].at is None and not moody and _turn_of(felt) >= TURN:
        spoken *= 2
    fused: list[_Stage] = []
    for number, stage in enumerate(spoken):
        feeling = fuse(stage.feeling, _toward_end(felt, number / max(len(spoken) - 1, 1)), whole, is_story=is_story)
        evidence = stage.feeling.evidence if fused else (*stage.feeling.evidence, said)
        has_mood = feeling.has_mood or (may_lead and not moody)
        fused.append(replace(stage, feeling=replace(feeling, has_mood=has_mood, evidence=evidence or (said,))))
    return fused


def _is_enough(text: Text, unit: Sequence[_Stage]) -> bool:
    """Whether a word of emotion is in a stretch, or enough others for it to be a stage of its own."""
    return any(stage.feeling.evidence for stage in unit) or (
        sum(content(text, stage.piece) for stage in unit) >= FEWEST_ALONE
    )


def _turn_of(felt: Felt) -> float:
    """How far a sentence's end is from its beginning."""
    return max(abs(felt.end[0] - felt.valence), abs(felt.end[1] - felt.arousal)) if felt.end else 0.0


def _toward_end(felt: Felt, share: float) -> Felt:
    """What a model hears at a place inside a sentence: 0 its beginning, 1 its end."""
    if felt.end is None or _turn_of(felt) < TURN:
        return felt
    valence, arousal = (
        max(-1.0, min(1.0, start + (end - start) * share * TURN_GAIN))
        for start, end in zip((felt.valence, felt.arousal), felt.end, strict=True)
    )
    return replace(felt, valence=valence, arousal=arousal)


def _trimmed(text: Text, piece: Piece) -> Piece:
    """A stretch without the spaces and commas around it."""
    said = text.between(piece.start, piece.end)
    start = piece.start + len(said) - len(said.lstrip(" ,;\n"))
    return Piece(start, max(start + 1, piece.start + len(said.rstrip(" ,;\n"))))


def _turns(text: Text) -> dict[int, float]:
    """Places inside a clause where it goes "from one feeling to another", with the part of the cue each stands for."""
    turns: dict[int, float] = {}
    for form in from_to_forms(text.language, text.prompts_dir):
        for clause in text.clauses:
            if (match := form.search(text.plain, clause.start, clause.end)) is None:
                continue
            first, then = Piece(*match.span(1)), Piece(*match.span(2))
            if feel(text, first).evidence and feel(text, then).evidence:
                turns |= {first.start: START, then.start: END}
    return turns


def _cut_before(text: Text, start: int, end: int) -> int:
    """Where the stretch of a stage word begins: at the word, or at its clause when it closes it ("dread first")."""
    clause = text.clause(start)
    closes = not text.between(end, clause.end).strip(" ,.;:!?，。；！？、)")
    return clause.start if closes else start


def _place_of(value: str, current: float | None) -> float:
    """Where a stage word puts what follows it."""
    places = {"start": START, "middle": MIDDLE, "end": END}
    if value in places:
        return places[value]
    if current is None or current < MIDDLE:
        return 0.6
    return min(current + 0.2, END)


def _placed(stages: list[_Stage]) -> list[tuple[float, Feeling]]:
    """Feelings with their places; those without one are spread over the cue in the order of telling."""
    if all(stage.at is None for stage in stages):
        moody = [stage for stage in stages if stage.feeling.has_mood] or stages
        last = max(len(moody) - 1, 1)
        return [(index / last, stage.feeling) for index, stage in enumerate(moody)]
    if _is_of_the_whole(stages):
        return [(START, blend(_named_first([stage.feeling for stage in stages])))]
    placed: dict[float, list[Feeling]] = {}
    for index, stage in enumerate(stages):
        at, feeling = stage.at, stage.feeling
        if at is None and (later := [each for each in stages[index + 1 :] if each.at is not None]):
            at = START
            said = any(each.at == START and each.feeling.has_mood for each in later)
            feeling = feeling.lighter(ASIDE) if said else feeling
        if at is not None:
            placed.setdefault(at, []).append(feeling)
    return [(at, blend(_named_first(placed[at]))) for at in sorted(placed)]


def _is_of_the_whole(stages: Sequence[_Stage]) -> bool:
    """Whether a mood named behind a moment that names none is that of the whole: "the dog jumps at 0:08. Funny"."""
    last = max(index for index, stage in enumerate(stages) if stage.at is not None)
    behind = any(stage.feeling.has_mood for stage in stages[last + 1 :])
    return behind and not any(stage.feeling.has_mood for stage in stages if stage.at is not None)


def _named_first(feelings: Sequence[Feeling]) -> list[Feeling]:
    """The feelings of one place, those that name no mood with less weight where another does."""
    if not any(feeling.has_mood for feeling in feelings):
        return list(feelings)
    return [feeling if feeling.has_mood else feeling.lighter(ASIDE) for feeling in feelings]


def _point(
    at: float, feeling: Feeling, whole: Feeling, prior: tuple[float | None, float | None], *, share: float
) -> ArcPoint:
    """A point of the arc: its own feeling, what it leaves open filled from the whole, then from the prior."""

    def value(own: float | None, all_: float | None, assumed: float | None) -> float:
        if own is None:
            return all_ if all_ is not None else assumed or 0.0
        return own * (1 - share) + (all_ or 0.0) * share

    return ArcPoint(
        at,
        round(value(feeling.valence, whole.valence, prior[0]), 3),
        round(value(feeling.arousal, whole.arousal, prior[1]), 3),
    )


def _coloured(point: ArcPoint, tempo_bpm: tuple[float, float] | None, *, share: float) -> ArcPoint:
    """A point whose arousal the stated tempo colours: slow music is calmer than its words."""
    if tempo_bpm is None:
        return point
    arousal = max(-0.7, min(0.8, (sum(tempo_bpm) / 2 - NEUTRAL_BPM) / 70))
    return replace(point, arousal=round(point.arousal * (1 - share) + arousal * share, 3))


def _audible(point: ArcPoint) -> ArcPoint:
    """A point whose faint values keep their sign and count."""

    def value(said: float) -> float:
        return math.copysign(max(abs(said), FAINTEST), said) if said else said

    return replace(point, valence=value(point.valence), arousal=value(point.arousal))


def _tidy(points: list[ArcPoint]) -> tuple[ArcPoint, ...]:
    """The points sorted, a single one standing for the whole length, the last one reaching the end."""
    ordered = sorted(points, key=lambda point: point.at)
    if len(ordered) == 1:
        return (replace(ordered[0], at=0.0),)
    if ordered[0].at > 0:
        ordered.insert(0, ArcPoint(0.0, 0.0, 0.0)) if ordered[0].at > 0.5 else ordered.insert(
            0, replace(ordered[0], at=0.0)
        )
    if ordered[-1].at < 1:
        ordered.append(replace(ordered[-1], at=1.0))
    return tuple(ordered)


def _held(points: tuple[ArcPoint, ...], stages: Sequence[_Stage], text: Text) -> tuple[ArcPoint, ...]:
    """The arc with its energy held until near the end, where only the end is said to be calmer: "rock, ends gently"."""
    said = {stage.at for stage in stages if stage.at is not None}
    if said != {END} or [point.at for point in points] != [START, END]:
        return points
    first, last = points
    if last.arousal > first.arousal - CALMER or text.find("hits", "swell"):
        return points
    valence = round(first.valence + HELD * (last.valence - first.valence), 3)
    return first, ArcPoint(HELD, valence, first.arousal), last


def _prior(text: Text, use: str | None, styles: tuple[str, ...]) -> tuple[float | None, float | None]:
    """Valence and arousal that style and use suggest when no word of emotion speaks."""
    priors = table("priors", text.prompts_dir)
    said = [priors["styles"][style] for style in styles[:2] if style in priors["styles"]]
    if use in priors["uses"]:
        said.append(priors["uses"][use])
    if not said:
        return None, None
    return sum(pair[0] for pair in said) / len(said), sum(pair[1] for pair in said) / len(said)
