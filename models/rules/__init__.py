"""An engine that composes by rule: motif, variation, accompaniment, bass, drums.

It is the worked example of how an engine is added. Read it in this order: `generator` (the one method), `context`
(what every player knows), `motif`, `variation`, `phrases` and `melody` (the tune), `search` and `costs` (how pitches
are chosen), then one file for each kind of player: `counter`, `voicing`, `harmony`, `running`, `bass`, `drums`,
`colour`. `hits`, `ornaments`, `performance` and `keeping` come last.
"""

from models.rules.generator import RulesGenerator

__all__ = ["RulesGenerator"]
