"""From what a person asked for to a campaign: everything is read and checked here, before anything is made.

Conventions: the brief is read once; a mood is read by itself and takes the place of the brief's. Errors name the row
and the column of a table. The same request gives the same campaign, down to its seed.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from assistant.brief import Brief
from assistant.campaign.brand import Brand
from assistant.campaign.rows import ALL, MOST, Row, check_count, expanded
from assistant.campaign.studio import versions_here
from assistant.campaign.tune import motif_for
from assistant.campaign.values import Campaign, Job, Shared, Variant, VoiceOver
from assistant.clip import measure_clip
from assistant.constraints import Colour, Constraints, Evidence, HitPoint, Understanding
from assistant.errors import BriefError, InputError
from assistant.explain import voice
from assistant.interpret import NOBODY, Advisers, named_regions, read_brief
from assistant.language import READ_LANGUAGES
from assistant.library import Library
from assistant.settings import LONGEST_S, checked_seed

USUAL_S = 30.0
"""The length of a spot where neither brief nor row says one."""
LONGEST_NAME = 100
"""Letters of a place's name."""
ROOM_S = 0.3
"""A hit nearer to a variant's end than this is left out of it."""


@dataclass(frozen=True)
class Request:
    """What a person asked for.

    Parameters
    ----------
    text : str
        The brief.
    rows : tuple of Row
        See `assistant.campaign.rows`.
    motif : str or None
        A file, or notes.
    brand : Brand
    engine : str
    seed : int or None
        None takes one from the brief's words.
    full : bool
        Whether every variant gets a whole delivery.
    registry : str
    colour : {"hint", "balanced", "full"} or None
        How much of each region; None leaves it to the brief's words.
    """

    text: str
    rows: tuple[Row, ...]
    motif: str | None = None
    brand: Brand = field(default_factory=Brand)
    engine: str = "rules"
    seed: int | None = None
    full: bool = False
    registry: str = "models.registry"
    colour: Colour | None = None


def gather(request: Request, *, library: Library, advisers: Advisers = NOBODY, most: int = MOST) -> Campaign:
    """The campaign that a request asks for.

    Parameters
    ----------
    request : Request
    library : Library
    advisers : Advisers
        Who help to read the brief and the moods.
    most : int
        Variants that are allowed.

    Raises
    ------
    InputError
        If anything in it can't be used.
    """
    check_encodable(request)
    regions = tuple(library.regions)
    every = sum(row.region.strip().lower() == ALL for row in request.rows)
    check_count(len(request.rows) + every * (len(regions) - 1), most)
    rows = tuple(expanded(request.rows, regions))
    seed = checked_seed(request.seed) if request.seed is not None else seed_of(request.text)
    asked = _read(request.text, library, advisers).constraints
    asked = replace(asked, colour=request.colour or asked.colour, fusion=None)
    reader = _Reader(asked, library, advisers, seed)
    pairs = _told_apart([(row, reader.variant(row)) for row in rows])
    jobs = tuple(Job(variant, reader.wishes(row, variant)) for row, variant in pairs)
    shared = Shared(
        text=request.text,
        language=asked.language,
        engine=request.engine,
        motif=motif_for(request.motif, asked, seed=seed),
        brand=request.brand,
        seed=seed,
        full=request.full,
        voices=tuple(reader.voices.values()),
        registry=request.registry,
        colour=asked.colour,
        versions=versions_here(request.engine, request.registry),
    )
    return Campaign(shared, jobs)


def check_encodable(request: Request) -> None:
    """Raise `InputError` where words hold bytes that are no text: what is made of them is written as UTF-8."""
    for name, words in [("brief", request.text), *((name, getattr(row, name)) for row in request.rows
                                                   for name in ("region", "mood", "name"))]:  # fmt: skip
        if any("\ud800" <= letter <= "\udfff" for letter in words):
            raise InputError(f"{name} {words!r:.80}, which holds bytes that are no text", "UTF-8", "write it again")


def seed_of(*words: str) -> int:
    """A seed that words give, the same every time."""
    return int.from_bytes(hashlib.sha256("\0".join(words).encode()).digest()[:4], "big") % 2**31


def _read(text: str, library: Library, advisers: Advisers) -> Understanding:
    """What the brief means; raises `BriefError` where it leaves a question."""
    read = read_brief(Brief(text), library=library, advisers=advisers)
    if read.outcome == "ask":
        question = voice(read.constraints.language).ask(read.remarks).text
        legal, cure = "words that can be scored", "say it again with the answer in it"
        raise BriefError(f"words that leave a question: {question}", legal, cure)
    return read


def region_named(words: str, library: Library) -> str | None:
    """The one region that an id, or words in any language, name ("Türkiye", "日本"); None where none or several do.

    Words longer than `LONGEST_NAME` name none: what looks for places takes time that grows faster than their length.
    """
    found = named_regions(words, library) if len(words) <= LONGEST_NAME else ()
    return found[0] if len(found) == 1 else None


class _Reader:
    """Reads rows on top of one brief; what was read once is kept."""

    def __init__(self, asked: Constraints, library: Library, advisers: Advisers, seed: int) -> None:
        self.asked, self.library, self.advisers, self.seed = asked, library, advisers, seed
        self.voices: dict[str, VoiceOver] = {}
        self._regions: dict[str, str | None] = {}
        self._moods: dict[str, Constraints | None] = {}

    def variant(self, row: Row) -> Variant:
        """The variant of a row; its id may be that of another yet."""
        region = self._region(row)
        heard = self._voice(row)
        length_s = row.length_s or (heard.clip.length_s if heard else None) or self.asked.duration_s or USUAL_S
        length_s = round(float(min(length_s, LONGEST_S)), 3)
        words = (region or "anywhere", f"{length_s:g}s".replace(".", "_"), row.mood, Path(row.voice).stem, row.name)
        seed = row.seed if row.seed is not None else seed_of(str(self.seed), region or "")
        identity = "-".join(filter(None, (slug(word) for word in words)))[:72].strip("-_")
        return Variant(identity, region, length_s, row.mood, row.voice or None, row.name, seed)

    def wishes(self, row: Row, variant: Variant) -> Constraints:
        """Everything that is asked of a variant, but the motif and the brand's rules."""
        asked = self._in_mood(row)
        evidence = [item for item in asked.evidence if item.root not in ("duration_s", "region")]
        evidence.append(Evidence("duration_s", f"{variant.length_s:g} s"))
        if variant.region:
            evidence.append(Evidence("region", variant.region))
        latest_s = variant.length_s - ROOM_S
        hits: tuple[HitPoint, ...] = tuple(hit for hit in asked.hits if hit.at_s <= latest_s)
        return replace(
            asked, duration_s=variant.length_s, region=variant.region, hits=hits, motif=None, evidence=tuple(evidence)
        )

    def _region(self, row: Row) -> str | None:
        if not row.region:
            return self.asked.region
        if row.region not in self._regions:
            self._regions[row.region] = region_named(row.region, self.library)
        found = self._regions[row.region]
        if found is None:
            raise row.error(
                "region", row.region, f"{ALL}, {', '.join(self.library.regions)}", "name one place of these"
            )
        return found

    def _voice(self, row: Row) -> VoiceOver | None:
        if not row.voice:
            return None
        if row.voice not in self.voices:
            try:
                clip = measure_clip(Path(row.voice))
                digest = hashlib.sha256(Path(row.voice).read_bytes()).hexdigest()
            except (OSError, InputError) as error:
                raise row.error("voice", row.voice, "a sound file that can be read", "name one") from error
            self.voices[row.voice] = VoiceOver(row.voice, digest, clip)
        return self.voices[row.voice]

    def _in_mood(self, row: Row) -> Constraints:
        """The brief's wishes, its arc and what it left open taken from the mood's words."""
        if not row.mood:
            return self.asked
        if row.mood not in self._moods:
            self._moods[row.mood] = self._mood(row.mood)
        mood = self._moods[row.mood]
        if mood is None:
            raise row.error("mood", row.mood, "words of a feeling such as calm, bold, sad", "say it in other words")
        asked, now = self.asked, mood
        kept = tuple(item for item in asked.evidence if item.root != "arc")
        taken = {"arc", *(name for name in ("styles", "tempo_bpm") if not getattr(asked, name) and getattr(now, name))}
        evidence = tuple(item for item in now.evidence if item.root in taken)
        changes = {name: getattr(now, name) for name in taken}
        return replace(asked, **changes, evidence=(*kept, *evidence))

    def _mood(self, words: str) -> Constraints | None:
        """What the words of a mood mean; None where no feeling is in them."""
        for language in dict.fromkeys((self.asked.language, None, *READ_LANGUAGES)):
            read = read_brief(Brief(words, language=language), library=self.library, advisers=self.advisers).constraints
            source = read.evidence_for("arc")
            if source is not None and not source.assumed:
                return read
        return None


def slug(words: str) -> str:
    """Words as a piece of a file name in plain ASCII; letters that have none give six of a digest.

    Examples
    --------
    >>> slug("Calm & warm_"), slug("Türkiye"), slug("静か") == slug("静か") != slug("大胆")
    ('calm-warm', 'turkiye', True)
    """
    plain = unicodedata.normalize("NFKD", words.lower().replace("ı", "i")).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^a-z0-9_]+", "-", plain).strip("-_")
    if words.strip() and not plain:
        return hashlib.sha256(words.strip().encode()).hexdigest()[:6]
    return plain[:40].strip("-_")


def _told_apart(pairs: Sequence[tuple[Row, Variant]]) -> list[tuple[Row, Variant]]:
    """The variants with an id each; of a grid, every one once.

    Raises
    ------
    InputError
        Where two rows of a table ask for the same.
    """
    seen: dict[Variant, Row] = {}
    taken: set[str] = set()
    apart = []
    for row, variant in pairs:
        before = seen.get(variant)
        if before is not None and not row.place:
            continue
        if before is not None:
            where = f"{row.place} and {before.place or 'another'}, which ask for the same variant"
            raise InputError(where, "every variant once", "remove one, or give it a name or a seed of its own")
        seen[variant] = row
        identity, number = variant.id, 2
        while identity in taken:
            identity, number = f"{variant.id}-{number}", number + 1
        taken.add(identity)
        apart.append((row, replace(variant, id=identity)))
    return apart
