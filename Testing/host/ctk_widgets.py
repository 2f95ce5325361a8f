"""The ctk widgets that the modules use, with the behaviour that the modules rely on."""

# ruff: noqa: N801, N802, N815 - ctk's names
from __future__ import annotations

import sys
import types
from typing import Any, ClassVar

from PySide6 import QtCore, QtGui, QtWidgets

from host.pythonqt import Standin, UiLoader, unknown


def setting(kind: type | str, name: str, default: Any, changed: str = "") -> QtCore.Property:
    """A property that is kept, and that calls the method `changed` when it is set."""

    def get(self: Any) -> Any:
        return self.__dict__.setdefault("_settings", {}).get(name, default)

    def put(self: Any, value: Any) -> None:
        self.__dict__.setdefault("_settings", {})[name] = value
        if changed:
            getattr(self, changed)()

    return QtCore.Property(kind, get, put)


class ctkCollapsibleButton(Standin, QtWidgets.QAbstractButton):
    """A section whose header opens and closes it."""

    contentsCollapsed = QtCore.Signal(bool)
    signals: ClassVar = {"contentsCollapsed(bool)": "contentsCollapsed"}
    header = 22  # height in pixels
    collapsed = QtCore.Property(
        bool, lambda self: not self.checked, lambda self, value: self.setChecked(not value)
    )

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.checkable = self.checked = True
        # as ctk's own: it may be narrower than it would like
        self.setSizePolicy(QtWidgets.QSizePolicy.Preferred, QtWidgets.QSizePolicy.Preferred)
        self.setContentsMargins(6, self.header + 2, 6, 4)
        self._forcing = False  # it shows and hides its children itself
        self.toggled.connect(self._apply)

    def _apply(self, opened: bool) -> None:
        for child in self.children():
            if isinstance(child, QtWidgets.QWidget):
                self._show(child)
        self.updateGeometry()
        self.contentsCollapsed.emit(not opened)

    def _show(self, child: QtWidgets.QWidget) -> None:
        """Shows a child if the section is open and nobody else has hidden it."""
        self._forcing = True
        child.setVisible(bool(self.checked) and child.property("visibilityToParent") is not False)
        self._forcing = False

    def childEvent(self, event: QtCore.QChildEvent) -> None:
        """Keeps what is added to a closed section hidden."""
        child = event.child()
        if event.added() and isinstance(child, QtWidgets.QWidget):
            child.installEventFilter(self)
            if not self.checked:
                self._show(child)

    def eventFilter(self, child: QtCore.QObject, event: QtCore.QEvent) -> bool:
        """Remembers what others want of a child, as ctk's does; in a closed one it stays hidden."""
        kinds = (QtCore.QEvent.ShowToParent, QtCore.QEvent.HideToParent)
        if not self._forcing and event.type() in kinds and child.parent() is self:
            child.setProperty("visibilityToParent", event.type() == kinds[0])
            if event.type() == kinds[0] and not self.checked:
                self._show(child)
        return bool(QtWidgets.QAbstractButton.eventFilter(self, child, event))

    def hitButton(self, position: QtCore.QPoint) -> bool:
        """Only the header is clickable."""
        return position.y() < self.header

    def sizeHint(self) -> QtCore.QSize:
        """The header alone when closed."""
        return QtWidgets.QWidget.sizeHint(self) if self.checked else QtCore.QSize(100, 26)

    def minimumSizeHint(self) -> QtCore.QSize:
        """The header alone when closed."""
        return QtWidgets.QWidget.minimumSizeHint(self) if self.checked else self.sizeHint()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        option = QtWidgets.QStyleOptionButton()
        option.rect = QtCore.QRect(0, 0, self.width, self.header)
        option.text = ("▾  " if self.checked else "▸  ") + self.text
        option.palette = self.palette
        option.state = QtWidgets.QStyle.State_Enabled | QtWidgets.QStyle.State_Raised
        painter = QtGui.QPainter(self)
        self.style().drawControl(QtWidgets.QStyle.CE_PushButton, option, painter, self)
        painter.end()


class ctkMessageBox(Standin, QtWidgets.QMessageBox):
    """A message box that can be told not to come again; here it always comes."""

    dontShowAgainVisible = setting(bool, "dontShowAgainVisible", False)
    dontShowAgainSettingsKey = setting(str, "dontShowAgainSettingsKey", "")


class ctkMenuButton(Standin, QtWidgets.QPushButton):
    """A push button with a menu beside it; the host has none of the menus."""


class ctkSearchBox(Standin, QtWidgets.QLineEdit):
    """A line edit with a search icon and a button that clears it."""

    showSearchIcon = setting(bool, "showSearchIcon", False)

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.clearButtonEnabled = True


class ctkPathLineEdit(Standin, QtWidgets.QWidget):
    """A line edit for a path with a button that opens a file dialog."""

    currentPathChanged = QtCore.Signal(str)
    signals: ClassVar = {"currentPathChanged(QString)": "currentPathChanged"}
    Dirs, Files, Drives, Readable, Writable, Executable = 1, 2, 4, 16, 32, 64
    filters = setting(int, "filters", 0)
    nameFilters = setting("QStringList", "nameFilters", [])
    settingKey = setting(str, "settingKey", "")
    currentPath = QtCore.Property(
        str, lambda self: self._edit.text, lambda self, path: self._edit.setText(path)
    )

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._edit, browse = QtWidgets.QLineEdit(), QtWidgets.QToolButton(text="...")
        row(self, self._edit, browse)
        self._edit.textChanged.connect(self.currentPathChanged)
        browse.clicked.connect(self._browse)

    def setCurrentPath(self, path: str) -> None:
        self._edit.text = path

    def _browse(self) -> None:
        dialog = QtWidgets.QFileDialog
        folders = self.filters & self.Dirs
        ask = dialog.getExistingDirectory if folders else dialog.getOpenFileName
        self.currentPath = ask(self, self.toolTip) or self.currentPath


def _of_box(kind: type, name: str) -> QtCore.Property:
    """A property of the spin box in a ctkSliderWidget."""

    def put(self: Any, value: float) -> None:
        setattr(self._box, name, value)
        steps = (self._box.maximum - self._box.minimum) / self._box.singleStep
        self._slider.setRange(0, round(steps))

    return QtCore.Property(kind, lambda self: getattr(self._box, name), put)


class ctkSliderWidget(Standin, QtWidgets.QWidget):
    """A slider and a spin box of one number."""

    valueChanged = QtCore.Signal(float)
    signals: ClassVar = {"valueChanged(double)": "valueChanged"}
    value = _of_box(float, "value")
    minimum = _of_box(float, "minimum")
    maximum = _of_box(float, "maximum")
    singleStep = _of_box(float, "singleStep")
    decimals = _of_box(int, "decimals")

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._box, self._slider = QtWidgets.QDoubleSpinBox(), QtWidgets.QSlider()
        self._slider.orientation = QtCore.Qt.Horizontal
        row(self, self._slider, self._box)
        self._box.valueChanged.connect(self._from_box)
        self._slider.valueChanged.connect(self._from_slider)

    def _from_box(self, value: float) -> None:
        self._slider.value = round((value - self._box.minimum) / self._box.singleStep)
        self.valueChanged.emit(value)

    def _from_slider(self, steps: int) -> None:
        value = self._box.minimum + steps * self._box.singleStep
        if abs(value - self._box.value) >= self._box.singleStep / 2:
            self._box.value = value


def row(parent: QtWidgets.QWidget, *widgets: QtWidgets.QWidget) -> None:
    """Puts the widgets side by side into the parent."""
    layout = QtWidgets.QHBoxLayout(parent)
    layout.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        layout.addWidget(widget)


class CtkModule(types.ModuleType):
    """The module `ctk`."""

    def __getattr__(self, name: str) -> Any:
        unknown("ctk", name)


def install() -> None:
    """Makes `import ctk` work, and .ui files with its widgets."""
    ctk = CtkModule("ctk")
    for name, cls in list(globals().items()):
        if name.startswith("ctk"):
            setattr(ctk, name, cls)
            UiLoader.widgets[name] = cls
    sys.modules["ctk"] = ctk
