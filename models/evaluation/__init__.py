"""Measures of what the engines compose, each a report in Markdown."""
