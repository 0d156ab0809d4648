"""Whether two languages say the same things with the same slots."""

from collections.abc import Mapping
from string import Template
from typing import Any


def assert_same_texts(english: Mapping[str, Any], other: Mapping[str, Any]) -> None:
    """Both have the same sections, keys in the same order, and slots; their sources are their own."""
    assert set(english) == set(other)
    for section in set(english) - {"sources"}:
        assert list(english[section]) == list(other[section]), section
        for key, text in english[section].items():
            slots = [set(Template(each).get_identifiers()) for each in (text, other[section][key])]
            assert slots[0] == slots[1], (section, key)
