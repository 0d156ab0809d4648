"""``rights.json``: what may be done with the music, in plain words and in facts.

Conventions: what nobody stated is said to be not stated; nothing is guessed. This is what we know, not legal advice.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from assistant import __version__
from assistant.deliver.papers.disclosure import FILM, MUSIC
from assistant.deliver.papers.uses import Use, uses_of
from assistant.deliver.papers.values import Papers
from assistant.deliver.values import EngineCard, Likeness, Materials, Similarity
from assistant.deliver.words import part_names, report_voice
from assistant.explain import Voice
from assistant.records import STRICT


@dataclass(frozen=True)
class SoundSource:
    """Samples that were played, and their licence."""

    __pydantic_config__ = STRICT

    name: str
    licence: str
    file: str
    sha256: str


@dataclass(frozen=True)
class Rights:
    """Where the music comes from.

    Parameters
    ----------
    engine : EngineCard
        Its name, licence, weights and training data.
    soundfont : SoundSource
    renderer : str
    similarity_check : Similarity or None
        Result of a comparison with existing melodies; None when none was made.
    reference_check : Likeness or None
        Result of a comparison with the music that the person brought; None when none was brought.
    seed : int
        With the same seed, words and version the same notes come again.
    prompt : str
        What the person wrote; it stands here and nowhere in the published files.
    version : str
        Of Cuewright.
    digital_source_type : str
        IPTC's, of the music; ``film_source_type`` that of the film with it, empty where there is none.
    uses : tuple of Use
        What may be done with it, use by use.
    papers : Papers
        Every file with its hash, and the content credentials.
    ai_generated : bool
        Always True: a program composed it.
    commercial_use : bool or None
        As the engine states it; None when it states nothing.
    plain_words : tuple of str
        All of this as sentences, in the person's language.
    """

    __pydantic_config__ = STRICT

    engine: EngineCard
    soundfont: SoundSource
    renderer: str
    similarity_check: Similarity | None
    ai_generated: bool
    commercial_use: bool | None
    plain_words: tuple[str, ...]
    reference_check: Likeness | None = None
    seed: int = 0
    prompt: str = ""
    version: str = __version__
    digital_source_type: str = MUSIC
    film_source_type: str = ""
    uses: tuple[Use, ...] = ()
    papers: Papers = field(default_factory=Papers)


def rights_of(materials: Materials, papers: Papers | None = None) -> Rights:
    """What may be done with a take, and why; ``papers`` is what was done to its files."""
    card, font = materials.card, materials.mixdown.soundfont
    texts = report_voice(materials.language)
    return Rights(
        engine=card,
        soundfont=SoundSource(font.name, font.licence, font.path.name, font.sha256),
        renderer=materials.mixdown.renderer,
        similarity_check=materials.similarity,
        ai_generated=True,
        commercial_use=card.commercial_use,
        plain_words=(
            *_engine_words(card, texts),
            *_sound_words(font.name, font.licence, texts),
            *_similarity_words(materials, texts),
            *_closing(texts),
        ),
        reference_check=materials.reference,
        seed=materials.take.seed,
        prompt=materials.brief.text,
        film_source_type=FILM if materials.has_picture else "",
        uses=uses_of(card, brought=materials.clip is not None or materials.brief.motif is not None),
        papers=papers or Papers(),
    )


def spoken_rights(card: EngineCard, language: str) -> tuple[str, ...]:
    """What is known of an engine's rights, as sentences, for a question that comes before the papers are read."""
    texts = report_voice(language)
    return (*_engine_words(card, texts), *_closing(texts))


def _engine_words(card: EngineCard, texts: Voice) -> list[str]:
    """Who composed, from what, and for what it may be used."""
    said = [
        texts.text("rights", "engine_plain" if card.licence else "engine_unknown", name=card.name, licence=card.licence)
    ]
    if card.weights:
        said.append(texts.text("rights", "weights", weights=card.weights))
        training = texts.texts["words"]["comma"].join(card.training_data)
        said.append(texts.text("rights", "training" if training else "training_unknown", training=training))
    elif card.licence:
        said.append(texts.text("rights", "no_weights"))
    answer = {True: "commercial_yes", False: "commercial_no", None: "commercial_unknown"}[card.commercial_use]
    return [*said, texts.text("rights", answer)]


def _sound_words(name: str, licence: str, texts: Voice) -> list[str]:
    """Whose samples are heard."""
    said = [texts.text("rights", "soundfont", name=name, licence=licence)]
    if "GPL" in licence.upper():
        said.append(texts.text("rights", "copyleft"))
    return said


def _similarity_words(materials: Materials, texts: Voice) -> list[str]:
    """What the comparison with known melodies found: every place, or that there is none."""
    found = materials.similarity
    if found is None:
        return [texts.text("rights", "similarity")]
    key = "similarity_found" if found.shared else "similarity_clear"
    names = part_names(materials.take.score, materials.language)
    places = [
        texts.text(
            "rights", "similarity_place", part=names.get(each.part_id, each.part_id), first=each.first_bar + 1,
            last=each.last_bar + 1, notes=each.notes, piece=each.piece, collection=each.collection,
        )
        for each in found.shared
    ]  # fmt: skip
    return [texts.text("rights", key, pieces=found.pieces, run=found.run), *places]


def _closing(texts: Voice) -> list[str]:
    """What must be added whatever was used."""
    return [texts.text("rights", key) for key in ("disclosure", "not_advice")]
