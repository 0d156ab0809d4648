"""An engine that composes by rule: motif, variation, accompaniment, bass, drums.

It is the worked example of how an engine is added. Read it in this order: `generator` (the one method), `context`
(what every player knows), `motif` and `melody` (the tune), `search` (how pitches are chosen), then one file for each
kind of player: `counter`, `voicing`, `harmony`, `bass`, `drums`, `colour`; `hits` and `performance` come last.
"""

from models.rules.generator import RulesGenerator

__all__ = ["RulesGenerator"]
