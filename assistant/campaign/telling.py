"""Estimates and events in words, in a person's language; the command line and the page say the same.

Conventions: texts are those of `assistant.campaign.words`; times are rounded as people say them.
"""

from __future__ import annotations

from assistant.campaign.estimate import Estimate
from assistant.campaign.run import Event
from assistant.campaign.sheet import state_of
from assistant.campaign.words import size_said, time_said
from assistant.explain import Voice


def event_said(event: Event, texts: Voice) -> str:
    """An event in words: the variant that was made, if one was, and how the campaign stands."""
    slots = {"total": event.total, "done": event.done, "failed": event.failed}
    if event.kind == "again":
        return texts.text("page", "again", count=event.total - event.done, wait=f"{event.wait_s:g}")
    if event.kind in ("paused", "ended"):
        return texts.text("page", event.kind, **slots)
    line = texts.text("page", "stands", **slots)
    if event.left_s is not None and event.done + event.failed < event.total:
        line = texts.text("page", "progress", left=time_said(event.left_s, texts), **slots)
    if event.outcome is None:
        return line
    made = event.outcome
    state = texts.text("sheet", state_of(made))
    return f"  {made.variant_id}: {made.error or state} ({made.seconds:.1f} s)  {line}"


def estimate_said(told: Estimate, texts: Voice) -> str:
    """An estimate in words."""
    words = texts.text(
        "page", "estimated", total=told.total, each=f"{told.each_s:.1f}", minutes=time_said(told.left_s, texts),
        workers=told.workers, disk=size_said(told.disk_bytes), free=size_said(told.free_bytes), ready=told.ready,
    )  # fmt: skip
    return words if told.has_room else f"{words} {texts.text('page', 'too_large')}"
