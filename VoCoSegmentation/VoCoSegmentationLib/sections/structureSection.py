"""The part of the panel where the structures to segment are ticked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Protocol

import qt
from slicer.i18n import tr as _

from VoCoLib.recipe import Label as Structure
from VoCoSegmentationLib.sections.widgets import Button, Collapsible, Label, List


class StructureWidgets(Protocol):
    """Of the .ui file."""

    structuresCollapsibleButton: Collapsible
    structuresSearchBox: Label
    structuresListWidget: List
    allStructuresButton: Button
    noStructuresButton: Button


class StructureSection:
    """A list of structures with boxes to tick, a search field, and buttons for all and none.

    Args:
        ui: the panel's widgets.
        onChanged: called after the user ticked or unticked.
    """

    def __init__(self, ui: StructureWidgets, onChanged: Callable[[], None]) -> None:
        self._ui = ui
        self._onChanged = onChanged
        self._shown: tuple[list[str], set[str]] = ([], set())
        ui.structuresListWidget.connect("itemChanged(QListWidgetItem*)", self._onItemChanged)
        ui.structuresSearchBox.connect("textChanged(QString)", self._filter)
        ui.allStructuresButton.connect("clicked(bool)", lambda *_args: self._checkVisible(True))
        ui.noStructuresButton.connect("clicked(bool)", lambda *_args: self._checkVisible(False))

    def show(self, labels: Sequence[Structure], chosen: Collection[str]) -> None:
        """Lists the structures of a model and ticks the chosen ones; none chosen stands for all."""
        names = [label.name for label in labels]
        ticked = set(names) & set(chosen) or set(names)
        if (names, ticked) == self._shown:
            return
        self._shown = names, ticked
        widget = self._ui.structuresListWidget
        wasBlocked = widget.blockSignals(True)
        widget.clear()
        widget.addItems(names)
        for item, label in zip(self._items(), labels, strict=True):
            item.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsUserCheckable)
            item.setCheckState(qt.Qt.Checked if label.name in ticked else qt.Qt.Unchecked)
            item.setData(qt.Qt.DecorationRole, qt.QColor(*label.color))
        widget.blockSignals(wasBlocked)
        self._filter(self._ui.structuresSearchBox.text)
        self._showCount()

    def chosen(self) -> list[str] | None:
        """The names that are ticked; None for all of them."""
        items = self._items()
        names = [item.text() for item in items if item.checkState() == qt.Qt.Checked]
        return None if len(names) == len(items) else names

    def _items(self) -> list[Any]:
        widget = self._ui.structuresListWidget
        return [widget.item(row) for row in range(widget.count)]

    def _checkVisible(self, checked: bool) -> None:
        widget = self._ui.structuresListWidget
        wasBlocked = widget.blockSignals(True)
        for item in self._items():
            if not item.isHidden():
                item.setCheckState(qt.Qt.Checked if checked else qt.Qt.Unchecked)
        widget.blockSignals(wasBlocked)
        self._onItemChanged()

    def _filter(self, text: str) -> None:
        for item in self._items():
            item.setHidden(text.strip().lower() not in item.text().lower())

    def _onItemChanged(self, _item: Any = None) -> None:
        names = self.chosen()
        if names != []:  # none at all is no choice that could be kept
            self._shown = self._shown[0], set(self._shown[0] if names is None else names)
        self._showCount()
        self._onChanged()

    def _showCount(self) -> None:
        total, names = len(self._shown[0]), self.chosen()
        self._ui.structuresCollapsibleButton.text = (
            _("Structures (all {total})").format(total=total)
            if names is None
            else _("Structures ({count} of {total})").format(count=len(names), total=total)
        )
