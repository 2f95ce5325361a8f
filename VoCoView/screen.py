"""What the page shows: each part says it, and what has changed goes to the browser at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any


class Asked(Exception):
    """An action needs an answer of the user first.

    A page cannot wait for it in the middle of a function as a dialog of Qt does. Presenters ask
    before they change anything, so the action is begun anew once the answer is there.
    """

    def __init__(self, question: str, title: str) -> None:
        super().__init__(question)
        self.question, self.title = question, title


class Screen:
    """Writes the views of the parts into the page's state.

    Attributes:
        dialog: what is shown over the page; empty for nothing.
        notice: what is said in passing; with a number, so that the same can be said again.

    Args:
        state: trame's.
    """

    def __init__(self, state: Any) -> None:
        self._state = state
        self._parts: dict[str, Callable[[], Any]] = {}
        self._shown: dict[str, Any] = {}
        self._refresh: list[Callable[[], None]] = []
        self._due: asyncio.Handle | None = None
        self._wanted: set[str] = set()  # names of parts
        self._is_stale = self._is_showing = False
        self._answers: dict[str, bool] = {}
        self._pending: Callable[[], None] | None = None
        self.dialog: dict[str, Any] = {}
        self.notice = {"text": "", "number": 0}
        self.add("dialog", lambda: dict(self.dialog))
        self.add("notice", lambda: dict(self.notice))

    def add(self, name: str, view: Callable[[], Any]) -> None:
        """A part: name of the variable of the page, and what it is now."""
        self._parts[name] = view
        self._shown[name] = self._state[name] = view()

    def before(self, refresh: Callable[[], None]) -> None:
        """What renew() calls before it asks the parts."""
        self._refresh.append(refresh)

    def changed(self, *names: str) -> None:
        """Shows these parts, or all, soon; many calls are one."""
        if not self._is_showing:
            self._wanted.update(names or self._parts)
            if self._due is None:
                self._due = asyncio.get_event_loop().call_soon(self._show)

    def renew(self) -> None:
        """Lets presenters take over what the user has chosen, and shows all parts, soon."""
        self._is_stale = self._is_stale or not self._is_showing
        self.changed()

    def _show(self) -> None:
        self._due, self._is_showing = None, True
        wanted, self._wanted = self._wanted, set()
        try:
            if self._is_stale:
                self._is_stale = False
                for refresh in self._refresh:
                    refresh()
            with self._state:
                for name in wanted:
                    now = self._parts[name]()
                    if now != self._shown[name]:
                        self._shown[name] = self._state[name] = now
        finally:
            self._is_showing = False

    def action(self, function: Callable[..., Any]) -> Callable[..., None]:
        """The function as what a widget calls, where presenters have to know of it."""

        def call(*arguments: Any, **_: Any) -> None:
            self.act(lambda: function(*arguments))

        return call

    def act(self, action: Callable[[], Any]) -> None:
        """Does what the user wants, after the questions that it leads to."""
        try:
            action()
        except Asked as asked:
            self._pending = action
            self.dialog = {"kind": "question", "title": asked.title, "text": asked.question}
        else:
            self._answers.clear()
        self.renew()

    def ask(self, question: str, title: str) -> bool:
        """The user's answer; raises Asked while there is none."""
        if question not in self._answers:
            raise Asked(question, title)
        return self._answers[question]

    def answer(self, agreed: bool) -> None:
        """The user has answered; the action goes on."""
        action, self._pending = self._pending, None
        self._answers[self.dialog.get("text", "")] = agreed
        self.dialog = {}
        if action is not None:
            self.act(action)

    def close_dialog(self) -> None:
        """The user has seen it."""
        self.dialog, self._pending = {}, None
        self._answers.clear()
        self.changed()

    def say(self, text: str) -> None:
        """Says something in passing."""
        self.notice = {"text": text, "number": self.notice["number"] + 1}  # type: ignore[operator]
        self.changed("notice")

    def complain(self, text: str) -> None:
        """Shows what went wrong until the user has seen it."""
        self.dialog = {"kind": "error", "title": "", "text": text}
        self.changed("dialog")
