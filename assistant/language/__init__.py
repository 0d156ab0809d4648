"""Languages: which one a text is written in, and one plain spelling for all of them."""

from assistant.language.detect import READ_LANGUAGES, Language, detect_language
from assistant.language.fold import Folded, fold

__all__ = ["READ_LANGUAGES", "Folded", "Language", "detect_language", "fold"]
