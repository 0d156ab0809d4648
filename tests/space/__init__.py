"""What goes to a Hugging Face Space: the folder, what is looked at before it leaves, and the way there.

Conventions: `settings.toml` holds every choice with its source; nothing here is needed by the page, so it lies with the
other runners of this repository. ``python -m tests.space`` (``make space``) writes ``build/space/``.
"""
