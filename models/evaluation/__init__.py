"""Evaluation of what the engines make: one measure a module, each a ``report`` in Markdown."""
