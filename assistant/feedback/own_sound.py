"""A reply that speaks of the clip's own sound: "louder drums, and keep the original sound".

Conventions: the words of that wish are hidden from the reader of everything else, so that what it says of keeping or
replacing is not taken for the music. It is heard only where the take has a clip with sound.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from assistant.clip import Clip
from assistant.feedback.settling import LONGEST_REPLY
from assistant.feedback.tongue import language_of
from assistant.feedback.values import Change, Reply
from assistant.interpret.own_sound import find_own_sound, without_own_sound
from assistant.settings import ROOT


def with_own_sound(text: str, clip: Clip | None, language: str, read: Callable[[str], Reply]) -> Reply:
    """What ``read`` understands of a reply, with what it says of the clip's own sound.

    Parameters
    ----------
    text : str
    clip : Clip or None
        Of the take that the reply is about.
    language : str
        Of the conversation.
    read : callable
        Reads everything else.
    """
    tag = language_of(text[:LONGEST_REPLY], hint=language, prompts_dir=ROOT / "prompts")
    found = find_own_sound(text[:LONGEST_REPLY], tag, clip)
    if found is None:
        return read(text)
    change = Change("own_sound", value=found.wish, words=found.words)
    rest = without_own_sound(text, found)
    if not any(sign.isalnum() for sign in rest):
        return Reply((change,), language=tag)
    reply = read(rest)
    return replace(reply, changes=(*reply.changes, change), outcome="accept", language=reply.language or tag)
