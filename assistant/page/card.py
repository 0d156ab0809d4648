"""The brief card: what was understood, each value with the words that it came from, and editable where it stands.

Conventions: a row's ``data-field`` names what a change sets (`assistant.feedback.handmade`); its control lies beside
the value, hidden until it is wanted, and ``card.js`` opens it and sends what it holds. What nobody asked for is shown
as planned, and can be set as well. Everything that came from a person is escaped. Numbers have the ranges of
`assistant.feedback.limits`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from assistant import library as libraries
from assistant.constraints import USES, HitPoint
from assistant.deliver.report.wishes import Wish, value_text, wishes
from assistant.explain import Voice
from assistant.feedback import limits
from assistant.feedback.handwords import clock
from assistant.interpret.keys import METERS
from assistant.library import Library
from assistant.score.keys import key_name
from assistant.session import TakeRecord

KEY_MODES = ("major", "minor", "dorian", "phrygian", "lydian", "mixolydian")
"""Modes that are offered; a take in another one has its own besides."""
ORDER = ("duration_s", "tempo_bpm", "key", "meter", "styles", "region", "use", "loudness_lufs", "loop")
"""Values that every cue has, in the order of the card."""

NONE = "–"
"""Stands where there is neither a wish nor a choice of ours."""

Option = tuple[str, str]


@dataclass(frozen=True)
class _Card:
    """A take and what words a card needs."""

    take: TakeRecord
    speaker: Voice
    texts: Voice
    library: Library

    def hand(self, key: str, **slots: object) -> str:
        """A label of the controls; escaped."""
        return escape(self.speaker.text("hands", key, **slots))

    def name(self, field: str) -> str:
        """What people call a field."""
        return self.texts.name("fields", field)


def card(take: TakeRecord, speaker: Voice, texts: Voice, library: Library | None = None) -> str:
    """The card as HTML: a list of rows.

    Parameters
    ----------
    take : TakeRecord
    speaker : Voice
        The conversation's texts.
    texts : Voice
        The report's, which name the fields.
    library : Library or None
        Gives the ids that can be chosen; the usual one without it.
    """
    sheet = _Card(take, speaker, texts, library or libraries.load())
    told = {wish.field: wish for wish in wishes(take.constraints, speaker, texts)}
    rows = [_valued(sheet, field, told.get(field)) for field in ORDER]
    rows += [_hit(sheet, place, hit, told) for place, hit in enumerate(take.constraints.hits)]
    rows += [_wish(sheet, place, told) for place in range(len(take.constraints.adjust))]
    rows += [_players(sheet, told), _unwanted(sheet, told), _arc(sheet, told.get("arc"))]
    rows += [_plain(wish) for field, wish in told.items() if not _has_control(field)]
    hint = f'<p class="cw-hint">{sheet.hand("keys")}</p>'
    return f'<ul class="cw-list cw-card">{"".join(rows)}</ul>{hint}'


def _has_control(field: str) -> bool:
    """Whether a field has a row of its own kind."""
    return field in (*ORDER, "arc", "instruments.include", "instruments.exclude") or field.startswith(
        ("hits", "adjust")
    )


def _plain(wish: Wish) -> str:
    """A row of something that only words can set."""
    words = escape(" ".join(f"“{word}”" for word in wish.words))
    return f'<li><b>{escape(wish.name)}</b> {escape(wish.value)}<span class="cw-words">{words}</span></li>'


def _valued(sheet: _Card, field: str, wish: Wish | None) -> str:
    """A row of a value that every cue has: as asked, or as planned."""
    shown = wish.value if wish and wish.value else _planned(sheet, field)
    words = _words(sheet, wish, _raw(sheet, field) is None and shown != NONE)
    if field == "loop":
        is_on = sheet.take.constraints.loop
        switch = (
            f'<button type="button" class="cw-switch" role="switch" aria-checked="{"true" if is_on else "false"}" '
            f'aria-label="{escape(sheet.name(field))}">{sheet.hand("yes" if is_on else "no")}</button>'
        )
        return _row(sheet, field, switch, words if is_on else "")
    return _row(sheet, field, _editable(sheet, sheet.name(field), shown, _control(sheet, field)), words)


def _raw(sheet: _Card, field: str) -> object:
    """What was asked, None for nothing."""
    value = getattr(sheet.take.constraints, field)
    return None if value in ((), "other", False) else value


def _planned(sheet: _Card, field: str) -> str:
    """What the plan chose where nothing was asked."""
    plan, speaker = sheet.take.plan, sheet.speaker
    if field == "duration_s":
        return sheet.texts.text("report", "seconds", value=round(plan.length_s, 2))
    if field == "styles":
        return speaker.name("styles", plan.style)
    planned = {
        "tempo_bpm": f"{plan.tempo_map.felt_bpm[0]:.0f} BPM",
        "key": plan.key.name,
        "meter": str(plan.bars[0].meter),
        "use": speaker.name("uses", plan.use),
        "loudness_lufs": f"{plan.loudness_lufs:g} LUFS",
    }
    return planned.get(field, NONE)


def _control(sheet: _Card, field: str) -> str:
    """The control that sets a value."""
    asked, plan, speaker, label = sheet.take.constraints, sheet.take.plan, sheet.speaker, sheet.name(field)
    if field == "duration_s":
        return _number(label, asked.duration_s or plan.length_s, limits.LENGTH_S, 0.01, "s")
    if field == "tempo_bpm":
        bpm = sum(asked.tempo_bpm) / 2 if asked.tempo_bpm else round(plan.tempo_map.felt_bpm[0])
        return _number(label, bpm, limits.TEMPO_BPM, 0.1, "BPM")
    if field == "loudness_lufs":
        level = plan.loudness_lufs if asked.loudness_lufs is None else asked.loudness_lufs
        return _number(label, level, limits.LOUDNESS_LUFS, 0.1, "LUFS")
    if field == "key":
        return _select(sheet, label, [(key, key) for key in _keys(plan.key.name)], asked.key)
    if field == "meter":
        return _select(sheet, label, [(meter, meter) for meter in METERS], asked.meter)
    if field == "use":
        return _select(sheet, label, _named(speaker, "uses", USES[:-1]), asked.use if asked.use != "other" else None)
    if field == "region":
        return _select(sheet, label, _named(speaker, "regions", sheet.library.regions), asked.region)
    styles = _named(speaker, "styles", sheet.library.styles)
    return _select(sheet, label, styles, asked.styles[0] if asked.styles else None)


def _keys(own: str) -> list[str]:
    """Keys by mode, from C; the take's own first where it is none of them."""
    dark = {"minor", "dorian", "phrygian"}
    keys = [key_name(tonic, mode, is_minor=mode in dark) for mode in KEY_MODES for tonic in range(12)]
    return keys if own in keys else [own, *keys]


def _named(speaker: Voice, kind: str, ids: Iterable[str]) -> list[Option]:
    """Ids with their names, in the order of the names."""
    return sorted(((item, speaker.name(kind, item)) for item in ids), key=lambda option: option[1].casefold())


def _players(sheet: _Card, told: dict[str, Wish]) -> str:
    """Who plays: each can be taken out, others can join."""
    asked, plan = sheet.take.constraints, sheet.take.plan
    names = dict.fromkeys((*(part.instrument for part in plan.parts), *asked.instruments.include))
    chips = "".join(_chip(sheet, "instruments.remove", name, "remove") for name in names)
    others = [name for name in (*sheet.library.families, *sheet.library.instruments) if name not in names]
    options = _named(sheet.speaker, "instruments", dict.fromkeys(others))
    label = sheet.speaker.text("hands", "add")
    control = _editable(sheet, label, "+", _select(sheet, label, options, None, empty="+"), label=label)
    adding = f'<span class="cw-row" data-field="instruments.add">{control}</span>'
    wish = told.get("instruments.include")
    return _row(sheet, "", f"{chips}{adding}", _words(sheet, wish, wish is None), name=sheet.hand("players"))


def _unwanted(sheet: _Card, told: dict[str, Wish]) -> str:
    """Who must not play: each can be allowed again."""
    names = sheet.take.constraints.instruments.exclude
    if not names:
        return ""
    chips = "".join(_chip(sheet, "instruments.allow", name, "allow") for name in names)
    words = _words(sheet, told.get("instruments.exclude"), False)
    return _row(sheet, "", chips, words, name=escape(sheet.name("instruments.exclude")))


def _arc(sheet: _Card, wish: Wish | None) -> str:
    """The feeling in words; its lines are on the time line."""
    shown = wish.value if wish else value_text(sheet.take.constraints, "arc", sheet.speaker, sheet.texts)
    label = sheet.hand("edit", field=sheet.name("arc"), value=shown)
    inside = f"<bdi>{escape(shown)}</bdi>"
    button = f'<button type="button" class="cw-value" data-goto="arc" aria-label="{label}">{inside}</button>'
    return _row(sheet, "", button, _words(sheet, wish, wish is None), name=escape(sheet.name("arc")))


def _hit(sheet: _Card, place: int, hit: HitPoint, told: dict[str, Wish]) -> str:
    """One hit: its time, or away with it."""
    field, kind = f"hits[{place}]", sheet.speaker.name("hits", hit.kind)
    control = _number(kind, hit.at_s, (0.0, sheet.take.plan.length_s), 0.01, "s")
    label = sheet.hand("remove", name=f"{kind} {clock(hit.at_s)}")
    away = f'<button type="button" class="cw-chip" data-edit="{field}" aria-label="{label}">×</button>'
    value = _editable(sheet, kind, clock(hit.at_s), control) + away
    return _row(sheet, field, value, _words(sheet, told.get(field), False), name=escape(kind))


def _wish(sheet: _Card, place: int, told: dict[str, Wish]) -> str:
    """More or less of one part."""
    field, wish = f"adjust[{place}]", sheet.take.constraints.adjust[place]
    parts = next((kind for kind in ("instruments", "parts") if wish.part in sheet.speaker.texts.get(kind, {})), "parts")
    name = f"{sheet.speaker.name(parts, wish.part)}: {sheet.speaker.name('fields', wish.field)}"
    value = _editable(sheet, name, f"{wish.amount:+g}", _number(name, wish.amount, limits.PART, 0.1, ""))
    return _row(sheet, field, value, _words(sheet, told.get(field), False), name=escape(name))


def _row(sheet: _Card, field: str, value: str, words: str, *, name: str = "") -> str:
    """One row: name, value with its control, and where it came from."""
    named = name or escape(sheet.name(field))
    marked = f' class="cw-row" data-field="{escape(field)}"' if field else ' class="cw-wide"'
    return f'<li{marked}><b>{named}</b> {value}<span class="cw-words">{words}</span></li>'


def _words(sheet: _Card, wish: Wish | None, is_ours: bool) -> str:
    """The words that a value came from, or that it is our choice; escaped."""
    if wish is not None and wish.words:
        return escape(" ".join(f"“{word}”" for word in wish.words))
    is_assumed = wish.assumed if wish is not None else is_ours
    return escape(sheet.texts.text("report", "assumed")) if is_assumed else ""


def _editable(sheet: _Card, name: str, shown: str, control: str, *, label: str = "") -> str:
    """A value as a button, and the control that takes its place."""
    said = escape(label) or sheet.hand("edit", field=name, value=shown)
    return (
        f'<button type="button" class="cw-value" aria-label="{said}"><bdi>{escape(shown)}</bdi></button>'
        f'<span class="cw-edit" hidden>{control}</span>'
    )


def _number(label: str, value: float, legal: tuple[float, float], step: float, unit: str) -> str:
    """A number with its range and unit."""
    steps = "any" if step < 0.1 else f"{step:g}"
    return (
        f'<input type="number" aria-label="{escape(label)}" value="{value:.6g}" '
        f'min="{legal[0]:g}" max="{legal[1]:.6g}" step="{steps}" inputmode="decimal">'
        f"{f'<i>{unit}</i>' if unit else ''}"
    )


def _select(sheet: _Card, label: str, options: Sequence[Option], chosen: str | None, *, empty: str = "") -> str:
    """A list to choose from; its first entry leaves the value to us."""
    first = f'<option value="">{escape(empty) or sheet.hand("any")}</option>'
    known = options if chosen is None or chosen in dict(options) else [(chosen, chosen), *options]
    entries = "".join(
        f'<option value="{escape(item)}"{" selected" if item == chosen else ""}>{escape(name)}</option>'
        for item, name in known
    )
    return f'<select aria-label="{escape(label)}">{first}{entries}</select>'


def _chip(sheet: _Card, field: str, item: str, does: str) -> str:
    """One instrument, and a click that takes it out or lets it in."""
    name = sheet.speaker.name("instruments", item)
    return (
        f'<button type="button" class="cw-chip" data-edit="{field}" data-value="{escape(item)}" '
        f'aria-label="{sheet.hand(does, name=name)}">{escape(name)} '
        f'<i aria-hidden="true">{"×" if does == "remove" else "↺"}</i></button>'
    )
