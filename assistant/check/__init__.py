"""Findings: asked against achieved, one number each."""

from assistant.check.values import Finding, Findings

__all__ = ["Finding", "Findings"]
