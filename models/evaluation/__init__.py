"""Evaluation: how good the engines are, each measure in a module of its own that answers in Markdown."""
