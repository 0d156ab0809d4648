"""Gradio's page, whose updates cost only what they change.

A handler that yields a few of its outputs says "unchanged" of the others, and Gradio builds each of those anew all the
same, with its schema and tokens: a sixth of the processor's time until eight visitors at once have heard something.

Conventions: this stands on `gradio.Blocks.postprocess_data`, which gets the outputs of a handler's one yield in order;
what an unchanged output becomes for the browser is `UNCHANGED`, as Gradio's own.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.blocks import Block
from gradio.state_holder import SessionState

UNCHANGED = gr.skip()
"""What a handler says of an output that stays, and what the browser is told of it."""


class ThriftyBlocks(gr.Blocks):
    """A page that leaves alone what a handler leaves alone."""

    async def postprocess_data(
        self, block_fn: BlockFunction, predictions: list[Any] | dict[Any, Any], state: SessionState | None
    ) -> list[Any]:
        """What the browser is sent for each output of a handler; see `gradio.Blocks.postprocess_data`."""
        outputs = list(block_fn.outputs)
        given = _in_order(predictions, outputs)
        if given is None or block_fn.is_validator_function:
            return await super().postprocess_data(block_fn, predictions, state)
        sent: list[Any] = [None if each.stateful else dict(UNCHANGED) for each in outputs]
        changed = [index for index, value in enumerate(given) if not _is_unchanged(value)]
        if changed:
            less = copy.copy(block_fn)
            less.outputs = [outputs[index] for index in changed]
            values = [given[index] for index in changed]
            made = await super().postprocess_data(less, values[0] if len(values) == 1 else values, state)
            for index, value in zip(changed, made, strict=True):
                sent[index] = value
        return sent


def _in_order(predictions: list[Any] | dict[Any, Any], outputs: Sequence[Block]) -> list[Any] | None:
    """What a handler says of each of several outputs; None where Gradio is to see to it."""
    if len(outputs) < 2:
        return None
    if _is_unchanged(predictions):
        return [predictions for _ in outputs]
    if isinstance(predictions, dict):
        return [predictions.get(each, UNCHANGED) for each in outputs] if set(predictions) <= set(outputs) else None
    return predictions if isinstance(predictions, list | tuple) and len(predictions) == len(outputs) else None


def _is_unchanged(value: Any) -> bool:
    return isinstance(value, dict) and value == UNCHANGED
