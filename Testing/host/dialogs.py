"""Answers modal dialogs as the test said, so that none blocks and none comes unnoticed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6 import QtCore, QtWidgets

from host.pythonqt import unknown

STATIC = {
    QtWidgets.QFileDialog: ("getOpenFileName", "getSaveFileName", "getExistingDirectory"),
    QtWidgets.QInputDialog: ("getText",),
}
# The static functions of QMessageBox block as well; slicer.util has better ones.
REFUSED = ("about", "critical", "information", "question", "warning")


@dataclass(frozen=True)
class Shown:
    """A dialog that came up: its class or function, and all that it said."""

    kind: str
    text: str


class Dialogs:
    """The dialogs that came up, and the answers to those that are expected."""

    def __init__(self) -> None:
        self.shown: list[Shown] = []
        self._unexpected: list[Shown] = []
        self._answers: list[tuple[str, Any]] = []

    def expect(self, text: str, answer: Any) -> None:
        """The next dialog that says `text` gets this answer.

        Args:
            text: A part of what the dialog says.
            answer: A standard button or the text of a button of a message box, the result of
                another dialog, the path that a file dialog returns, the text of an input dialog,
                or a function that is called with the dialog, clicks in it and closes it.
        """
        self._answers.append((text, answer))

    def check(self) -> None:
        """Fails if a dialog came that was not expected, or one was expected and did not come."""
        unexpected, missing = self._unexpected, [text for text, _ in self._answers]
        self.shown, self._unexpected, self._answers = [], [], []
        assert not unexpected, f"unexpected dialogs: {unexpected}"
        assert not missing, f"expected dialogs that did not come: {missing}"

    def install(self) -> None:
        """Makes all modal dialogs of Qt ask here."""
        QtWidgets.QDialog.exec_ = lambda dialog: self._run(dialog)
        QtWidgets.QDialog.exec = property(lambda _: unknown("qt.QDialog", "exec (use exec_)"))
        for cls, names in STATIC.items():
            for name in names:
                setattr(cls, name, self._static(f"{cls.__name__}.{name}"))
        for name in REFUSED:
            setattr(QtWidgets.QMessageBox, name, _refuse(name))

    def _answer(self, kind: str, text: str) -> Any:
        """Notes the dialog; None where it is not expected."""
        self.shown.append(Shown(kind, text))
        for item in self._answers:
            if item[0] in text:
                self._answers.remove(item)
                return item[1]
        self._unexpected.append(self.shown[-1])
        return None

    def _run(self, dialog: QtWidgets.QDialog) -> int:
        """Shows the dialog, answers it and returns its result; cancels an unexpected one."""
        if isinstance(dialog, QtWidgets.QMessageBox) and not dialog.buttons():
            dialog.addButton(QtWidgets.QMessageBox.Ok)
        dialog.show()
        QtCore.QCoreApplication.processEvents()
        answer = self._answer(type(dialog).__name__, _text(dialog))
        if answer is None:
            dialog.reject()
        elif callable(answer):
            answer(dialog)
        elif isinstance(dialog, QtWidgets.QMessageBox):
            _press(dialog, answer)
        else:
            dialog.done(answer)
        assert not dialog.isVisible(), f"the test left {_text(dialog)!r} open"
        return int(dialog.result())

    def _static(self, kind: str) -> Callable[..., str]:
        """A static function of Qt that asks for a text, as PythonQt returns it."""

        def ask(parent: Any = None, title: str = "", text: str = "", *arguments: Any) -> str:
            answer = self._answer(kind, f"{title}\n{text}")
            return "" if answer is None else str(answer)

        return staticmethod(ask)


def _text(dialog: QtWidgets.QDialog) -> str:
    parts = [dialog.windowTitle]
    if isinstance(dialog, QtWidgets.QMessageBox):
        parts += [dialog.text, dialog.informativeText, dialog.detailedText]
    else:
        parts += [label.text for label in dialog.findChildren(QtWidgets.QLabel)]
    return "\n".join(part for part in parts if part)


def _press(box: QtWidgets.QMessageBox, answer: Any) -> None:
    if isinstance(answer, str):
        named = {button.text.replace("&", ""): button for button in box.buttons()}
    else:
        named = {answer: box.button(answer)}
    assert named.get(answer), f"{_text(box)!r} has no button {answer!r}"
    named[answer].click()


def _refuse(name: str) -> Callable[..., Any]:
    return staticmethod(lambda *_: unknown("qt.QMessageBox", f"{name} (use slicer.util)"))
