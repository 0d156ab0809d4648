"""The list of takes, and what a person does with it: choose, name, compare, take away.

Conventions: a take stands under the take that it came from, further in where there are several; a wish comes from the
page's scripts as an event, which is a stranger's until it is read (`wished`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from assistant.deliver.pictures import part_colours
from assistant.explain import Voice, voice
from assistant.page.player import clock
from assistant.score import Score
from assistant.session import Session, TakeRecord

WISHES = ("choose", "rename", "taken")
WISHING = "window.cuewright.wish = (what) => trigger('submit', what);"
"""What the page runs once: its scripts then tell a wish by an event of this component."""
LONGEST_WISH = 500
LONGEST_QUOTE = 60
DEEPEST = 5
"""Steps to the right after which a branch goes no further in."""
WIDE, HIGH = 96, 30


def takes_section(session: Session) -> str:
    """Every take with its picture, name, origin and facts, and what can be done with the current one."""
    speaker = voice(session.language)
    rows = "".join(_row(session, take, depth, speaker) for take, depth in in_tree(session.takes))
    label = escape(speaker.text("page", "takes"))
    compared = _compared(session)
    compare = ""
    if compared is not None:
        words = escape(speaker.text("page", "compare_with", number=compared))
        compare = f'<button type="button" data-do="compare" data-number="{compared}">A/B · {words}</button>'
    rename = escape(speaker.text("page", "rename"))
    return (
        f'<cw-takes><ul role="listbox" aria-label="{label}" id="takes">{rows}</ul><div class="cw-actions">{compare}'
        f'<button type="button" data-do="rename">{rename}</button></div></cw-takes>'
    )


def _compared(session: Session) -> int | None:
    """The take that one would compare the current one with: the one it came from, else its nearest neighbour."""
    take = session.current_take
    others = [record.number for record in session.takes if take is not None and record.number != take.number]
    if take is None or not others:
        return None
    return take.parent if take.parent in others else min(others, key=lambda number: abs(number - take.number))


def in_tree(takes: tuple[TakeRecord, ...]) -> Iterator[tuple[TakeRecord, int]]:
    """Takes below those that they came from, each with its depth; a line of changes goes straight down.

    The first take that came of another one follows it at the same depth, further ones are branches.
    """
    numbers = {take.number for take in takes}
    children: dict[int, list[TakeRecord]] = {}
    for take in takes:
        children.setdefault(take.parent if take.parent in numbers else 0, []).append(take)
    waiting = [(take, 0) for take in reversed(children.get(0, []))]
    while waiting:
        take, depth = waiting.pop()
        yield take, depth
        came = children.get(take.number, [])
        deeper = depth + 1 if len(came) > 1 else depth
        waiting += [(child, deeper) for child in reversed(came)]


def _row(session: Session, take: TakeRecord, depth: int, speaker: Voice) -> str:
    is_current = take.number == session.current
    label, name = speaker.text("take", "label", number=take.number), escape(take.name)
    came = f"<span>{escape(speaker.text('page', 'from', number=take.parent))}</span>" if take.parent else ""
    facts = f"{clock(take.score.length_s)} · {take.plan.tempo_map.felt_bpm[0]:.0f} BPM · {take.plan.key.name}"
    asked = next((turn.words for turn in session.turns if turn.take == take.number), "")
    quote = f"<q>{escape(_short(asked))}</q>" if asked else ""
    return (
        f'<li role="option" tabindex="{0 if is_current else -1}" aria-selected="{str(is_current).lower()}"'
        f' data-number="{take.number}" style="--depth: {min(depth, DEEPEST)}" class="{"cw-branch" if depth else ""}">'
        f'{thumbnail(take.score)}<span class="cw-about"><b>{escape(label)}</b>'
        f'<span class="cw-name" data-name="{name}">{name}</span>{came}{quote}</span>'
        f'<span class="cw-facts">{escape(facts)}</span></li>'
    )


def _short(words: str) -> str:
    plain = " ".join(words.split())
    return plain if len(plain) <= LONGEST_QUOTE else plain[: LONGEST_QUOTE - 1] + "…"


def thumbnail(score: Score) -> str:
    """A take at a glance: every note, without words."""
    pitches = [note.pitch for part in score.parts if not part.is_drums for note in part.notes]
    low, high = min(pitches, default=60), max(pitches, default=60)
    colours, tempo_map, length_s = part_colours(score.parts), score.tempo_map, score.length_s
    paths = []
    for part in score.parts:
        strokes = []
        for note in part.notes:
            start_s, end_s = (tempo_map.seconds_at(at_q) for at_q in (note.played_q, note.played_q + note.length_q))
            x, wide = WIDE * min(start_s, length_s) / length_s, WIDE * max(0.0, end_s - start_s) / length_s
            share = 0.0 if part.is_drums else 0.12 + 0.88 * (note.pitch - low) / max(1, high - low)
            strokes.append(f"M{x:.0f} {HIGH - 2 - (HIGH - 4) * share:.0f}h{max(1.0, wide):.0f}")
        path = "".join(dict.fromkeys(strokes))
        if path:
            paths.append(f'<path d="{path}" stroke="{colours[part.id]}" stroke-width="1.6" fill="none"/>')
    return f'<svg class="cw-thumb" viewBox="0 0 {WIDE} {HIGH}" aria-hidden="true">{"".join(paths)}</svg>'


@dataclass(frozen=True)
class Wish:
    """What a person wants done with a take: to choose, rename or have taken it; nothing where it is no wish."""

    what: str = ""
    take: int = 0
    name: str = ""


def wished(event: object) -> Wish:
    """The wish in an event of the page: whatever else it holds is left alone.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> wished(SimpleNamespace(do="choose", take=2)), wished(SimpleNamespace(do="erase", take=2))
    (Wish(what='choose', take=2, name=''), Wish(what='', take=0, name=''))
    """
    what, take, name = (getattr(event, key, None) for key in ("do", "take", "name"))
    if what not in WISHES or isinstance(take, bool) or not isinstance(take, int | None):
        return Wish()
    return Wish(str(what), take or 0, name[:LONGEST_WISH] if isinstance(name, str) else "")
