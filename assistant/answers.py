"""Answers to questions about a take: its key, why a flute plays, whether an advert may use it.

Conventions: every sentence stands under ``[told]`` of ``prompts/replies/<language>.toml``; facts come from the plan,
the wishes and the words they came from, the findings, and what the engine says of its rights. Nothing is composed here.
"""

from __future__ import annotations

from assistant.constraints import Constraints
from assistant.deliver import EngineCard
from assistant.deliver.rights import spoken_rights
from assistant.explain import Voice, say_findings, say_plan
from assistant.feedback import Asked
from assistant.session import TakeRecord


def answer(
    asked: Asked, take: TakeRecord, *, card: EngineCard | None, speaker: Voice, painter: EngineCard | None = None
) -> str:
    """The answer to a question about a take, in sentences.

    Parameters
    ----------
    asked : Asked
    take : TakeRecord
    card : EngineCard or None
        What is known of the engine that composed it.
    painter : EngineCard or None
        Of the one that painted its sound.
    speaker : Voice
    """
    plan = take.plan
    if asked.topic == "rights" and card is not None:
        return speaker.texts["words"]["space"].join(spoken_rights(card, speaker.language, painter))
    if asked.topic == "why" and asked.instruments:
        return speaker.texts["words"]["space"].join(_why(name, take, speaker) for name in asked.instruments)
    bpm = plan.tempo_map.felt_bpm
    facts: dict[str, object] = {
        "key": plan.key.name,
        "tempo": f"{bpm[0]:.0f}" if max(bpm) - min(bpm) < 1 else f"{min(bpm):.0f}-{max(bpm):.0f}",
        "meter": str(plan.bars[0].meter),
        "length": plan.length_s,
        "players": speaker.names("instruments", dict.fromkeys(part.instrument for part in plan.parts)),
        "style": speaker.name("styles", plan.style),
        "loudness": next((item.achieved for item in take.findings.named("loudness")), None),
    }
    if facts.get(asked.topic) is not None:
        return speaker.text("told", asked.topic, fact=facts[asked.topic])
    return speaker.texts["words"]["space"].join((say_plan(plan, speaker), say_findings(take.findings, speaker)))


def _why(name: str, take: TakeRecord, speaker: Voice) -> str:
    """Why an instrument plays: the words that asked for it, else the style; or that it does not play."""
    called = speaker.name("instruments", name)
    if all(part.instrument != name for part in take.plan.parts):
        return speaker.text("told", "absent", instrument=called)
    words = _words_for(name, take.constraints)
    if words:
        return speaker.text("told", "why_asked", instrument=called, words=words)
    return speaker.text("told", "why_style", instrument=called, style=speaker.name("styles", take.plan.style))


def _words_for(name: str, asked: Constraints) -> str:
    """The person's words that asked for an instrument, empty where nobody did."""
    if name not in asked.instruments.include:
        return ""
    said = [item.words for item in asked.evidence if item.field.startswith("instruments") and not item.assumed]
    return ", ".join(dict.fromkeys(said)) or name
