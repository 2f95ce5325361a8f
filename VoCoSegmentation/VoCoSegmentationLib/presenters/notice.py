"""What was said about something, for as long as the user looks at that."""

from __future__ import annotations

from typing import Any


class Notice:
    """A text and what it is about; no sentence outlives what made it true.

    Whoever shows it says what the view is about now: a scene, a CT, a model, a place. What was said
    about something else is forgotten for good.
    """

    def __init__(self) -> None:
        self._text, self._about = "", None

    def say(self, text: str, about: Any) -> None:
        """Replaces what was said before."""
        self._text, self._about = text, about

    def clear(self) -> None:
        """It is not true any more."""
        self._text, self._about = "", None

    def __bool__(self) -> bool:
        return bool(self._text)

    def text(self, about: Any) -> str:
        """What was said about this; empty if nothing was."""
        if about != self._about:
            self.clear()
        return self._text
