"""Gradio's page with thrifty updates: it sends what Gradio itself sends, and builds nothing anew that stays."""

import asyncio

import gradio as gr
import pytest

from assistant.page.blocks import UNCHANGED, ThriftyBlocks


def page_of(kind):
    with kind() as page:
        parts = [gr.Textbox(), gr.Button("go"), gr.State(1), gr.HTML("")]
        parts[1].click(lambda: None, None, parts)
    return page, parts


def plain(told):
    """An update without the empty one that Gradio puts into those of its HTML."""
    if isinstance(told, dict) and told.get("props") == UNCHANGED:
        return {name: value for name, value in told.items() if name != "props"}
    return told


def sent(kind, answer):
    """What the browser is sent, what the state is then, and whether the text box was built anew for it."""

    async def told():
        page, parts = page_of(kind)
        state = gr.state_holder.SessionState(page)
        made = await page.postprocess_data(page.default_config.fns[0], answer(parts), state)
        return [plain(each) for each in made], state[parts[2]._id], state.get(parts[0]._id, parts[0]) is not parts[0]

    return asyncio.run(told())


@pytest.mark.parametrize(
    "answer",
    [
        lambda parts: {parts[3]: "<b>new</b>"},
        lambda parts: {parts[0]: "words", parts[2]: 7},
        lambda parts: {parts[1]: gr.Button(interactive=False), parts[3]: UNCHANGED},
        lambda parts: {parts[2]: None},
        lambda parts: ["a", gr.skip(), 3, gr.skip()],
        lambda parts: ["a", gr.Button("b"), 3, "c"],
        lambda parts: gr.skip(),
    ],
    ids=("one", "state", "update", "emptied", "list", "all", "nothing"),
)
def test_the_browser_gets_what_gradio_itself_would_send(answer):
    assert sent(ThriftyBlocks, answer)[:2] == sent(gr.Blocks, answer)[:2]


def test_what_a_handler_leaves_alone_is_not_built_anew():
    assert [sent(kind, lambda parts: {parts[3]: "x"})[2] for kind in (gr.Blocks, ThriftyBlocks)] == [True, False]


def test_a_component_that_is_no_output_is_refused_as_before():
    with pytest.raises(ValueError, match="not specified"):
        sent(ThriftyBlocks, lambda parts: {gr.Textbox(): "x"})
