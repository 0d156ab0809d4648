"""Engines that turn a plan into a take, each behind the one method of `assistant.generator.Generator`.

Conventions: `models.registry` lists them; this package imports nothing at start, so that a heavy engine costs nothing
until it is asked for.
"""
