"""A text in the two languages that every person-facing message of Zhendao is written in."""

from dataclasses import dataclass
from typing import Literal

Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Text:
    """One message, Chinese and English, saying the same thing."""

    zh: str
    en: str

    def in_(self, language: Language) -> str:
        """Return the text in ``language``."""
        return self.zh if language == "zh" else self.en


def same(text: str) -> Text:
    """Return a text that is one in both languages, such as a command line."""
    return Text(text, text)
