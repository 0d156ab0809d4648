"""Engines adapted to a person's own music: the composer to MIDI files, an engine of sound to recordings.

Conventions: what is learned is a small file of low-rank matrices beside weights that stay as they are; it says what it
belongs to, what it learned from and with what right. `docs/fine-tuning.md` is the recipe for people.
"""
