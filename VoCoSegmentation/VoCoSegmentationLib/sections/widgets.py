"""What sections use of the widgets of the .ui files, in PythonQt's terms: properties and slots."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol


class Widget(Protocol):
    """Any widget."""

    enabled: bool
    visible: bool
    toolTip: str

    def setVisible(self, visible: bool) -> None:
        """Shows or hides it."""

    def connect(self, signal: str, slot: Callable[..., Any]) -> Any:
        """Calls slot when the widget emits the signal of this C++ signature."""

    def blockSignals(self, block: bool) -> bool:
        """Emits none for now; returns whether it did so before."""


class Label(Widget, Protocol):
    """QLabel."""

    text: str


class Button(Label, Protocol):
    """QPushButton, QCheckBox and the like."""

    checked: bool


class ProgressBar(Widget, Protocol):
    """QProgressBar."""

    maximum: int
    value: int


class Collapsible(Label, Protocol):
    """ctkCollapsibleButton."""

    collapsed: bool


class ComboBox(Widget, Protocol):
    """QComboBox."""

    currentIndex: int

    def clear(self) -> None:
        """Removes all entries."""

    def addItems(self, texts: Sequence[str]) -> None:
        """Appends entries."""


class List(Widget, Protocol):
    """QListWidget."""

    count: int
    currentRow: int

    def clear(self) -> None:
        """Removes all entries."""

    def addItems(self, texts: Sequence[str]) -> None:
        """Appends entries."""

    def item(self, row: int) -> Any:
        """The QListWidgetItem of a row."""


def fill(combo: ComboBox, texts: Sequence[str], index: int) -> None:
    """Gives a combo box these entries and selects one, without a signal."""
    wasBlocked = combo.blockSignals(True)
    combo.clear()
    combo.addItems(list(texts))
    combo.currentIndex = index
    combo.blockSignals(wasBlocked)
