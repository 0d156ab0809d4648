"""``rights.json``: what may be done with the music, in plain words and in facts.

Conventions: what nobody stated is said to be not stated; nothing is guessed. This is what we know, not legal advice.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from assistant import __version__
from assistant.deliver.papers.disclosure import FILM, MUSIC
from assistant.deliver.papers.uses import Use, uses_of
from assistant.deliver.papers.values import Papers
from assistant.deliver.values import EngineCard, Likeness, Materials, Similarity
from assistant.deliver.words import part_names, report_voice
from assistant.explain import Voice
from assistant.generator import Account
from assistant.records import STRICT


@dataclass(frozen=True)
class SoundSource:
    """Samples that were played, and their licence."""

    __pydantic_config__ = STRICT

    name: str
    licence: str
    file: str
    sha256: str


_COMMERCIAL = {True: "commercial_yes", False: "commercial_no", None: "commercial_unknown"}
OURS, OUR_LICENCE = "Cuewright", "Apache-2.0"


@dataclass(frozen=True)
class PartPlayer:
    """Who played a part: a SoundFont's samples, or a voice of our own, worked out without recordings."""

    __pydantic_config__ = STRICT

    part_id: str
    instrument: str
    name: str
    licence: str
    has_samples: bool


@dataclass(frozen=True)
class Rights:
    """Where the music comes from.

    Parameters
    ----------
    engine : EngineCard
        Its name, licence, weights and training data.
    soundfont : SoundSource
        Installed for the cue; ``players`` says which parts it played.
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
    players : tuple of PartPlayer
        Who played each part that has notes.
    uses : tuple of Use
        What may be done with it, use by use.
    papers : Papers
        Every file with its hash, and the content credentials.
    ai_generated : bool
        Always True: a program composed it.
    commercial_use : bool or None
        As the engines state it, the stricter of two; None when one states nothing.
    painter : EngineCard or None
        Of the engine that painted the sound; None where the score's own rendering is heard.
    painting : Account or None
        How it was painted: weights, prompts, seeds, what was measured.
    insisted : bool
        Whether the person wanted the painter's weights whatever they allow.
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
    players: tuple[PartPlayer, ...] = ()
    uses: tuple[Use, ...] = ()
    papers: Papers = field(default_factory=Papers)
    painter: EngineCard | None = None
    painting: Account | None = None
    insisted: bool = False


def rights_of(materials: Materials, papers: Papers | None = None) -> Rights:
    """What may be done with a take, and why; ``papers`` is what was done to its files."""
    card, font, skin = materials.card, materials.mixdown.soundfont, materials.take.skin
    both = strictest(card, materials.painter)
    texts = report_voice(materials.language)
    return Rights(
        engine=card,
        soundfont=SoundSource(font.name, font.licence, font.path.name, font.sha256),
        renderer=materials.mixdown.renderer,
        similarity_check=materials.similarity,
        ai_generated=True,
        commercial_use=both.commercial_use,
        plain_words=(
            *_engine_words(card, texts),
            *_painter_words(materials.painter, texts),
            *((texts.text("rights", "insisted"),) if _is_insisted(materials) else ()),
            *_sound_words(materials, texts),
            *_similarity_words(materials, texts),
            *_closing(texts),
        ),
        reference_check=materials.reference,
        seed=materials.take.seed,
        prompt=materials.brief.text,
        film_source_type=FILM if materials.has_picture else "",
        players=players_of(materials),
        uses=uses_of(both, brought=materials.clip is not None or materials.brief.motif is not None),
        papers=papers or Papers(),
        painter=materials.painter,
        painting=materials.mixdown.account,
        insisted=bool(skin and skin.insisted),
    )


def strictest(card: EngineCard, painter: EngineCard | None) -> EngineCard:
    """What both engines allow: commercial use only where both do."""
    if painter is None:
        return card
    states = (card.commercial_use, painter.commercial_use)
    both = False if False in states else None if None in states else True
    return replace(card, commercial_use=both, licence=card.licence and painter.licence)


def _is_insisted(materials: Materials) -> bool:
    """Whether weights were used against their licence, because the person wanted it."""
    skin, painter = materials.take.skin, materials.painter
    asked = skin is not None and skin.insisted and materials.take.constraints.use == "ad"
    return asked and painter is not None and painter.commercial_use is False


def spoken_rights(card: EngineCard, language: str, painter: EngineCard | None = None) -> tuple[str, ...]:
    """What is known of the engines' rights, as sentences, for a question that comes before the papers are read."""
    texts = report_voice(language)
    return (*_engine_words(card, texts), *_painter_words(painter, texts), *_closing(texts))


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
    return [*said, texts.text("rights", _COMMERCIAL[card.commercial_use])]


def _painter_words(card: EngineCard | None, texts: Voice) -> list[str]:
    """Who painted the sound, from what, and for what it may be used; nothing where nobody did."""
    if card is None:
        return []
    licence = "; ".join(filter(None, (card.licence or "?", card.commercial_note)))
    said = [texts.text("rights", "painted", name=card.name, licence=licence)]
    if card.weights:
        said.append(texts.text("rights", "weights", weights=card.weights))
    training = texts.texts["words"]["comma"].join(card.training_data)
    said.append(texts.text("rights", "training" if training else "training_unknown", training=training))
    return [*said, texts.text("rights", _COMMERCIAL[card.commercial_use])]


def players_of(materials: Materials) -> tuple[PartPlayer, ...]:
    """Who played each part that has notes."""
    font, voiced = materials.mixdown.soundfont, materials.mixdown.voiced
    return tuple(
        PartPlayer(part.id, part.instrument, OURS, OUR_LICENCE, False)
        if part.id in voiced
        else PartPlayer(part.id, part.instrument, font.name, font.licence, True)
        for part in materials.take.score.parts
        if part.notes
    )


def played_with(materials: Materials) -> str:
    """Whose sounds are heard, in one line: the SoundFont, our own voices with what they play, or both."""
    players = players_of(materials)
    names = part_names(materials.take.score, materials.language)
    ours = ", ".join(names[each.part_id] for each in players if not each.has_samples)
    heard = [materials.mixdown.soundfont.name] if not ours or any(each.has_samples for each in players) else []
    return ", ".join([*heard, f"{OURS} ({ours})"] if ours else heard)


def _sound_words(materials: Materials, texts: Voice) -> list[str]:
    """Whose samples are heard, and what is played without any."""
    font, players = materials.mixdown.soundfont, players_of(materials)
    names = part_names(materials.take.score, materials.language)
    ours = [names[each.part_id] for each in players if not each.has_samples]
    said = [texts.text("rights", "voices", parts=texts.texts["words"]["comma"].join(ours))] if ours else []
    if ours and len(ours) == len(players):
        return said
    said = [texts.text("rights", "soundfont", name=font.name, licence=font.licence), *said]
    if "GPL" in font.licence.upper():
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
