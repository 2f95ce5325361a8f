"""The host's own slicer.parameterNodeWrapper, for want of Slicer's.

It knows nodes, str, bool, int, float, Path, enums and lists of str, int or float; other types are
errors.
"""

# ruff: noqa: N802, N803, N815 - Slicer's names
from __future__ import annotations

import enum
import json
import sys
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import slicer
import vtk
from PySide6 import QtWidgets

from host.ctk_widgets import ctkPathLineEdit, ctkSliderWidget
from host.mrml_widgets import qMRMLNodeComboBox
from host.pythonqt import unknown


@dataclass(frozen=True)
class Default:
    """Annotation: the value at the start."""

    value: Any


@dataclass(frozen=True)
class WithinRange:
    """Annotation: all values lie between these."""

    minimum: float
    maximum: float

    def allows(self, value: Any) -> bool:
        """Whether this one does."""
        return self.minimum <= value <= self.maximum


@dataclass(frozen=True)
class Minimum:
    """Annotation: no value is below."""

    minimum: float

    def allows(self, value: Any) -> bool:
        """Whether this one is not."""
        return self.minimum <= value


@dataclass(frozen=True)
class Maximum:
    """Annotation: no value is above."""

    maximum: float

    def allows(self, value: Any) -> bool:
        """Whether this one is not."""
        return value <= self.maximum


@dataclass(frozen=True)
class Choice:
    """Annotation: all values are among these."""

    choices: list

    def allows(self, value: Any) -> bool:
        """Whether this one is."""
        return value in self.choices


class FixedList(list):
    """A list that can be replaced but, unlike Slicer's, not changed in place."""

    def _refuse(self, *_: Any, **__: Any) -> None:
        unknown("parameterNodeWrapper", "lists that change in place (assign a new list)")

    append = extend = insert = remove = pop = clear = sort = reverse = _refuse
    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse


# Type: the first value, and how it is written to and read from text.
SIMPLE: dict[type, tuple[Any, Callable[[Any], str], Callable[[str], Any]]] = {
    str: ("", str, str),
    bool: (False, str, lambda text: text == "True"),
    int: (0, str, int),
    float: (0.0, repr, float),
    Path: (Path(), str, Path),
}


class Parameter:
    """One typed parameter of a node."""

    def __init__(self, name: str, hint: Any, given: Any) -> None:
        self.name, self.hint = name, hint
        self.type, *annotations = typing.get_args(typing.Annotated[hint, None])[:-1]
        self.type = _without_none(self.type)
        self.limits = [item for item in annotations if hasattr(item, "allows")]
        self.is_node = _is(self.type, slicer.vtkMRMLNode)
        self.default, self._encode, self._decode = self._text()
        for item in annotations:
            self.default = item.value if isinstance(item, Default) else self.default
        self.default = self.default if given is None else given

    def _text(self) -> tuple[Any, Callable, Callable]:
        if self.is_node:
            return None, lambda value: "", str
        if _is(self.type, enum.Enum):
            return next(iter(self.type)), lambda value: value.name, lambda text: self.type[text]
        if typing.get_origin(self.type) is list and self.type.__args__[0] in (str, int, float):
            return [], json.dumps, lambda text: FixedList(json.loads(text))
        if self.type in SIMPLE:
            return SIMPLE[self.type]
        unknown("parameterNodeWrapper", f"type {self.hint}")

    def write(self, node: Any, value: Any) -> None:
        """Sets the value after checking it."""
        kind = {float: (int, float)}.get(self.type, typing.get_origin(self.type) or self.type)
        if not isinstance(value, kind) and not (self.is_node and value is None):
            raise TypeError(f"{self.name} must be {self.type}, not {value!r}")
        for limit in self.limits:
            if not limit.allows(value):
                raise ValueError(f"{self.name} cannot be {value!r}: {limit}")
        with slicer.util.NodeModify(node):
            node.SetParameter(self.name, self._encode(value))
            if self.is_node:
                node.SetNodeReferenceID(self.name, value.GetID() if value is not None else None)

    def read(self, node: Any) -> Any:
        if not node.HasParameter(self.name):
            self.write(node, self.default)
        if self.is_node:
            return node.GetNodeReference(self.name)
        return self._decode(node.GetParameter(self.name))


def _is(kind: Any, base: type) -> bool:
    return isinstance(kind, type) and issubclass(kind, base)


def _without_none(hint: Any) -> Any:
    """X of X | None, which stands for X where X is a node."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        kinds = [kind for kind in typing.get_args(hint) if kind is not type(None)]
        if len(kinds) == 1 and _is(kinds[0], slicer.vtkMRMLNode):
            return kinds[0]
    return hint


# Widget class and type of parameter: attribute with the value, and signal of its change.
CONNECTORS = {
    (QtWidgets.QCheckBox, bool): ("checked", "stateChanged"),
    (QtWidgets.QPushButton, bool): ("checked", "toggled"),
    (QtWidgets.QSpinBox, int): ("value", "valueChanged"),
    (QtWidgets.QDoubleSpinBox, float): ("value", "valueChanged"),
    (ctkSliderWidget, float): ("value", "valueChanged"),
    (QtWidgets.QLineEdit, str): ("text", "textChanged"),
    (ctkPathLineEdit, Path): ("currentPath", "currentPathChanged"),
}


class Connector:
    """Keeps a widget and a parameter alike."""

    def __init__(self, widget: Any, parameter: Parameter, changed: Callable[[Any], None]) -> None:
        self._widget, self._parameter, self._changed = widget, parameter, changed
        self._choices: list = []
        kind = type(widget)
        if kind is qMRMLNodeComboBox and parameter.is_node:
            widget.nodeTypes = [parameter.type().GetClassName()]
            self._signal = widget.currentNodeChanged
        elif kind is QtWidgets.QComboBox:
            self._fill()
            self._signal = widget.currentIndexChanged
        elif (kind, parameter.type) in CONNECTORS:
            self._attribute, signal = CONNECTORS[kind, parameter.type]
            self._signal = getattr(widget, signal)
            self._set_range()
        else:
            raise RuntimeError(f"no connector of {parameter.hint} and {kind.__name__}")

    def _fill(self) -> None:
        parameter = self._parameter
        if _is(parameter.type, enum.Enum):
            self._choices = list(parameter.type)
            texts = [
                item.label() if hasattr(item, "label") else item.name for item in self._choices
            ]
        else:
            self._choices = [c for limit in parameter.limits for c in getattr(limit, "choices", [])]
            texts = [str(item) for item in self._choices]
        if not texts:
            raise RuntimeError(f"{parameter.name} needs a Choice for its QComboBox")
        self._widget.clear()
        self._widget.addItems(texts)

    def _set_range(self) -> None:
        for name in ("minimum", "maximum"):
            limits = [limit for limit in self._parameter.limits if hasattr(limit, name)]
            for limit in limits:
                setattr(self._widget, name, getattr(limit, name))
            if not limits and isinstance(self._widget, ctkSliderWidget):
                raise RuntimeError(f"{self._parameter.name} needs a range for its slider")

    def start(self) -> None:
        """Follows the widget."""
        self._signal.connect(self._on_changed)

    def stop(self) -> None:
        """Follows no more."""
        self._signal.disconnect(self._on_changed)

    def _on_changed(self, *_: Any) -> None:
        self._changed(self._read())

    def _read(self) -> Any:
        if self._parameter.is_node:
            return self._widget.currentNode()
        if self._choices:
            return self._choices[self._widget.currentIndex]
        return self._parameter.type(getattr(self._widget, self._attribute))

    def write(self, value: Any) -> None:
        """Shows the value."""
        if self._parameter.is_node:
            self._widget.setCurrentNode(value)
        elif self._choices:
            self._widget.currentIndex = self._choices.index(value)
        elif self._read() != value:
            text = str(value) if self._parameter.type is Path else value
            setattr(self._widget, self._attribute, text)


class Wrapper:
    """What the decorator adds to the class of parameters."""

    allParameters: dict[str, Parameter]
    _forwarded = ("StartModify", "EndModify", "AddObserver", "RemoveObserver", "Modified")

    def __init__(self, parameterNode: Any) -> None:
        self.parameterNode = parameterNode
        self._guis: dict[int, dict[str, Connector]] = {}  # by the tag of the node's observer
        self._updating = False
        for parameter in self.allParameters.values():
            parameter.read(parameterNode)

    def __getattr__(self, name: str) -> Any:
        if name in self._forwarded:
            return getattr(self.parameterNode, name)
        unknown(type(self).__name__, name)

    def getValue(self, name: str) -> Any:
        return self.allParameters[name].read(self.parameterNode)

    def setValue(self, name: str, value: Any) -> None:
        self.allParameters[name].write(self.parameterNode, value)

    def connectGui(self, gui: Any) -> None:
        """Connects the widgets with a SlicerParameterName; as in Slicer, returns no tag."""
        named = {w.property("SlicerParameterName"): w for w in vars(gui).values()}
        self.connectParametersToGui({name: w for name, w in named.items() if name})

    def connectParametersToGui(self, widgets: dict[str, Any]) -> int:
        """Connects these widgets; disconnectGui takes the result."""
        unknown_names = set(widgets) - set(self.allParameters)
        if unknown_names:
            raise ValueError(f"no parameters {unknown_names}, but {list(self.allParameters)}")
        connectors = {
            name: Connector(widget, self.allParameters[name], self._setter(name))
            for name, widget in widgets.items()
        }
        for name, connector in connectors.items():
            connector.write(self.getValue(name))
            connector.start()
        tag = self.AddObserver(vtk.vtkCommand.ModifiedEvent, self._show)
        self._guis[tag] = connectors
        return tag

    def disconnectGui(self, tag: int | None) -> None:
        """Ends a connection but, as in Slicer, keeps its observer; an unknown one is ignored."""
        for connector in self._guis.pop(tag, {}).values():
            connector.stop()

    def _setter(self, name: str) -> Callable[[Any], None]:
        return lambda value: None if self._updating else self.setValue(name, value)

    def _show(self, *_: Any) -> None:
        if self._updating:
            return
        self._updating = True
        try:
            for connectors in list(self._guis.values()):
                for name, connector in connectors.items():
                    connector.write(self.getValue(name))
        finally:
            self._updating = False


def parameterNodeWrapper(cls: type) -> type:
    """Makes the annotated names of a class parameters of a vtkMRMLScriptedModuleNode."""
    hints = typing.get_type_hints(cls, include_extras=True)
    reserved = set(hints) & {*dir(Wrapper), *Wrapper._forwarded, "default", "dataType", "isCached"}
    if reserved:
        raise ValueError(f"reserved names in a parameterNodeWrapper: {sorted(reserved)}")
    parameters = {n: Parameter(n, hint, getattr(cls, n, None)) for n, hint in hints.items()}
    members = {name: _attribute(name) for name in parameters}
    return type(cls.__name__, (Wrapper, cls), {**members, "allParameters": parameters})


def _attribute(name: str) -> property:
    return property(
        lambda self: self.getValue(name), lambda self, value: self.setValue(name, value)
    )


class Package(types.ModuleType):
    """The module slicer.parameterNodeWrapper."""

    def __getattr__(self, name: str) -> Any:
        unknown("slicer.parameterNodeWrapper", name)


def install() -> None:
    """Makes slicer.parameterNodeWrapper importable."""
    module = Package("slicer.parameterNodeWrapper")
    for member in (parameterNodeWrapper, Default, Minimum, Maximum, WithinRange, Choice):
        setattr(module, member.__name__, member)
    sys.modules[module.__name__] = slicer.parameterNodeWrapper = module
