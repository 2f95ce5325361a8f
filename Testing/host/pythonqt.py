"""Gives PySide6 the ways of PythonQt, as the module `qt`.

In PythonQt a property is an attribute, `connect` takes C++ signatures, enums are ints, and a name
that Qt does not know cannot be set. PySide6's own classes are changed in place, so that widgets
which Qt makes itself (the line edit of a spin box) follow the same rules.
"""

# ruff: noqa: N802 - Qt's names
from __future__ import annotations

import functools
import inspect
import sys
import types
import xml.etree.ElementTree as ElementTree
from typing import Any, ClassVar, NoReturn

from PySide6 import QtCore, QtGui, QtUiTools, QtWidgets

MODULES = (QtCore, QtGui, QtWidgets, QtUiTools)
# Qt calls these from C++ as functions, so they stay functions.
VIRTUAL = {"sizeHint", "minimumSizeHint"}


def unknown(owner: str, name: str) -> NoReturn:
    """Fails as the host does for every name that it does not have."""
    raise AttributeError(f"the host does not know {owner}.{name}; add it with its real behaviour")


class _Property:
    """A Qt property as attribute of the instance; the class keeps what had the name before."""

    def __init__(self, name: str, before: Any, writable: bool) -> None:
        self.name, self.before, self.writable = name, before, writable

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self.before
        return QtCore.QObject.property(instance, self.name)

    def __set__(self, instance: Any, value: Any) -> None:
        if not self.writable:
            raise AttributeError(f"{type(instance).__name__}.{self.name} is read-only")
        if not QtCore.QObject.setProperty(instance, self.name, value):
            raise TypeError(f"{type(instance).__name__}.{self.name} cannot be {value!r}")


class Standin:
    """Base of the host's own widgets: `signals` maps the C++ signatures to the Python signals."""

    signals: ClassVar[dict[str, str]] = {}


def _signal(source: QtCore.QObject, signature: str) -> Any:
    """The signal with this exact C++ signature; ValueError where there is none."""
    normal = bytes(QtCore.QMetaObject.normalizedSignature(signature).data()).decode()
    own = getattr(source, "signals", {}) if isinstance(source, Standin) else {}
    if normal in own:
        return getattr(source, own[normal])
    if source.metaObject().indexOfSignal(normal) < 0:
        raise ValueError(f"{source.metaObject().className()} has no signal {signature!r}")
    name, arguments = normal.rstrip(")").split("(")
    signal = getattr(source, name)
    return signal[arguments] if arguments else signal


def _connection(self: QtCore.QObject, name: str, signature: Any, *slot: Any) -> Any:
    """PythonQt's object.connect("signal(type)", callable), and its disconnect."""
    if not isinstance(signature, str):  # PySide6 itself calls
        return _original_getattribute(self, name)(signature, *slot)
    return getattr(_signal(self, signature), name)(*slot)


_original_getattribute = QtCore.QObject.__getattribute__
# True in it while PySide6's loader, unlike PythonQt's, names all widgets on the top one.
_loading: list[bool] = []


def _getattribute(self: QtCore.QObject, name: str) -> Any:
    if name in ("connect", "disconnect"):
        return functools.partial(_connection, self, name)
    return _original_getattribute(self, name)


def _setattr(self: QtCore.QObject, name: str, value: Any) -> None:
    member = inspect.getattr_static(type(self), name, None)
    if type(member).__name__ == "Property":
        member.fset(self, value)
    elif hasattr(type(member), "__set__"):
        member.__set__(self, value)
    elif not type(self).__module__.startswith("PySide6") or _is_of_pyside(value):
        self.__dict__[name] = value
    elif not _loading:
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r} that can be set")


def _is_of_pyside(value: Any) -> bool:
    """Whether PySide6 itself keeps the value: a signal, once it was asked for."""
    return type(value).__name__ == "SignalInstance"


def _classes() -> set[type]:
    members = [getattr(module, name) for module in MODULES for name in dir(module)]
    return {m for m in members if isinstance(m, type) and issubclass(m, QtCore.QObject)}


def _change(cls: type) -> None:
    """Makes the properties of a PySide6 class attributes."""
    meta = cls.staticMetaObject
    for i in range(meta.propertyCount()):
        found = meta.property(i)
        name = found.name()
        if (i >= meta.propertyOffset() or name in cls.__dict__) and name not in VIRTUAL:
            setattr(cls, name, _Property(name, getattr(cls, name, None), found.isWritable()))
    if "__setattr__" in cls.__dict__:
        cls.__setattr__ = _setattr


def change_pyside() -> None:
    """Changes all classes of PySide6; once per process, before any widget is made."""
    for cls in _classes():
        _change(cls)
    QtCore.QObject.__getattribute__ = _getattribute
    QtCore.QObject.className = lambda self: self.metaObject().className()
    QtCore.QObject.name = _Property("objectName", None, True)


@functools.cache
def _properties(cls: type) -> set[str]:
    widget = cls()
    meta = widget.metaObject()  # lives no longer than the widget
    return {meta.property(i).name() for i in range(meta.propertyCount())}


class UiLoader(QtUiTools.QUiLoader):
    """Loads a .ui file with the host's stand-ins, and wires its connections.

    A class, property, signal or slot that the host does not know is an error.
    """

    widgets: ClassVar[dict[str, type]] = {}

    def createWidget(self, name: str, parent: Any = None, object_name: str = "") -> Any:
        """A stand-in or Qt's own widget."""
        standin = self.widgets.get(name)
        if standin is None:
            return super().createWidget(name, parent, object_name)
        widget = standin(parent)
        widget.objectName = object_name
        return widget

    def load(self, file: QtCore.QIODevice, parent: Any = None) -> Any:
        """The top widget of the file."""
        root = ElementTree.fromstring(bytes(file.readAll().data()))
        connections = root.find("connections")
        for element in root.iter("widget"):
            self._check(element)
        wires = list(connections) if connections is not None else []
        if connections is not None:
            root.remove(connections)
        buffer = QtCore.QBuffer()
        buffer.setData(ElementTree.tostring(root))
        buffer.open(QtCore.QIODevice.ReadOnly)
        _loading.append(True)
        try:
            top = super().load(buffer, parent)
        finally:
            _loading.clear()
        self._connect(top, wires)
        return top

    def _check(self, element: ElementTree.Element) -> None:
        name = element.get("class", "")
        cls = self.widgets.get(name) or getattr(QtWidgets, name, None) or unknown("ui", name)
        for item in element.findall("property"):
            if item.get("stdset") != "0" and item.get("name") not in _properties(cls):
                unknown(name, item.get("name", ""))

    @staticmethod
    def _connect(top: Any, wires: list[ElementTree.Element]) -> None:
        widgets = {widget.objectName: widget for widget in [top, *top.findChildren(QtCore.QObject)]}
        for wire in wires:
            sender, receiver = (widgets[wire.findtext(end)] for end in ("sender", "receiver"))
            slot = (wire.findtext("slot") or "").split("(")[0]
            sender.connect(wire.findtext("signal"), getattr(receiver, slot))


class QtModule(types.ModuleType):
    """The module `qt`: the Q classes of PySide6's modules."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("Q"):
            for module in MODULES:
                if hasattr(module, name):
                    setattr(self, name, getattr(module, name))
                    return getattr(module, name)
        unknown("qt", name)


def install() -> None:
    """Makes `import qt` work."""
    change_pyside()
    qt = QtModule("qt")
    qt.QUiLoader = UiLoader
    sys.modules["qt"] = qt
