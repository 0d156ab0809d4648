"""Cuewright's page: ``python app.py`` (or ``make run``) starts it and prints its address.

Environment: ``CUEWRIGHT_PORT`` (7860), ``CUEWRIGHT_HOST`` (127.0.0.1; all addresses in a hosted space),
``CUEWRIGHT_WORK`` (where takes are kept); in a hosted space also what `assistant.hosted` reads. Importing this file
touches no file, network or accelerator.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
import threading

SWITCH_S = 0.02
"""How long a thread may keep the interpreter: composing threads that take turns every 5 ms hold one another up."""

REHEARSED_AFTER_S = 5.0
"""Gradio ends the page when it can't reach it at once while it starts; the rehearsal leaves it that time."""


def main(*, port: int | None = None, block: bool = True) -> object:
    """Start the page; give back the running page when ``block`` is False."""
    from assistant.hosted import is_space, settle
    from models.lending import enroll

    settle()
    enroll()
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    if not (os.environ.get("CUEWRIGHT_LLM_MODEL") or os.environ.get("CUEWRIGHT_VLM")):
        os.environ.setdefault("HF_HUB_OFFLINE", "1")  # a model that the environment names may be fetched
    from assistant import interpret, library
    from assistant.memory import few_pools
    from assistant.page import build_page
    from assistant.page.api import tools_can_be_served
    from assistant.page.campaign_run import FOLDER as CAMPAIGNS
    from assistant.page.house import House
    from assistant.page.layout import SCRIPT, STYLE, theme
    from assistant.page.past import open_store
    from assistant.page.rehearsal import rehearse
    from assistant.page.storage import Storage
    from assistant.settings import checked_port, from_environment
    from models.registry import (
        advisers,
        compare_with_reference,
        compare_with_training,
        default_engine,
        engine_card,
        get_engine,
        list_engines,
        warm,
        warm_advisers,
        warm_for_lending,
    )

    few_pools()
    sys.setswitchinterval(SWITCH_S)
    logging.basicConfig(level=os.environ.get("CUEWRIGHT_LOG", "WARNING"))
    settings = from_environment()
    host = os.environ.get("CUEWRIGHT_HOST", "0.0.0.0" if "SPACE_ID" in os.environ else "127.0.0.1")
    port = port or checked_port(os.environ.get("CUEWRIGHT_PORT", os.environ.get("GRADIO_SERVER_PORT", "7860")))
    _check_free(host, port)
    if default_engine() != list_engines()[0].name:
        logging.warning("%s: %s; %s composes", list_engines()[0].name, list_engines()[0].why_not, default_engine())
    engines = list_engines()
    storage = Storage(settings.work_dir / "sessions")
    store = open_store(settings.work_dir, storage.root)
    house = House(
        library=library.load(settings.prompts_dir),
        settings=settings,
        engine=get_engine,
        card=engine_card,
        engine_names=tuple(engine.name for engine in engines if engine.can_run and engine.writes == "score"),
        sounds=tuple(engine.name for engine in engines if engine.can_run and engine.writes == "sound"),
        not_here=tuple((engine.name, engine.why_not) for engine in engines if not engine.can_run),
        default_engine=default_engine(),
        final=lambda use, insist: default_engine("final", use=use, insist=insist),
        storage=storage,
        similarity=compare_with_training,
        reference=compare_with_reference,
        advisers=advisers(),
        store=store,
    )
    threading.Thread(target=store.mend, daemon=True).start()
    threading.Thread(target=warm, args=(house.default_engine,), daemon=True).start()
    threading.Thread(target=warm_advisers, daemon=True).start()
    threading.Thread(target=interpret.warm, args=(house.library,), daemon=True).start()
    if is_space(os.environ):
        rehearsal = threading.Timer(REHEARSED_AFTER_S, rehearse, args=(house,))
        rehearsal.daemon = True
        rehearsal.start()
    warm_for_lending()
    page, i18n = build_page(house)
    page.queue(default_concurrency_limit=2, max_size=32)
    page.launch(
        server_name=host,
        server_port=port,
        allowed_paths=[str(house.storage.root), str(house.storage.root.parent / CAMPAIGNS)],
        max_file_size=store.limits.import_bytes,
        css=STYLE,
        head=SCRIPT,
        i18n=i18n,
        theme=theme(),
        show_error=False,
        ssr_mode=False,
        prevent_thread_lock=not block,
        mcp_server=tools_can_be_served(),
        state_session_capacity=500,  # visitors whose takes are held in memory; Gradio's own limit is 10,000
    )
    return page


def _check_free(host: str, port: int) -> None:
    """Say so before anything is loaded when the page can't be served there."""
    from assistant.errors import InputError

    try:
        with socket.create_server((host, port)):
            pass
    except OSError as error:
        given = f"address {host}, port {port} ({error.strerror or error})"
        raise InputError(given, "a free port of this machine", "choose another with CUEWRIGHT_PORT") from error


if __name__ == "__main__":
    from assistant.cli import main as run

    sys.exit(run(["serve"]))
