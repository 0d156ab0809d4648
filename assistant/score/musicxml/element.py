"""XML elements, made one at a time."""

from __future__ import annotations

from xml.etree import ElementTree


def add(parent: ElementTree.Element, name: str, text: str | int | None = None, **about: str) -> ElementTree.Element:
    """One more element."""
    child = ElementTree.SubElement(parent, name, about)
    child.text = None if text is None else legal(str(text))
    return child


def legal(text: str) -> str:
    """Text without the characters that XML forbids."""
    return "".join(letter for letter in text if letter in "\t\n\r" or (letter >= " " and letter not in "\ufffe\uffff"))
