"""Keys that work while the panel has the focus."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import qt


def addShortcuts(widget: Any, actions: Mapping[str, Callable[[], None]]) -> list[Any]:
    """Makes keys, such as "Ctrl+Return", do something in a widget and in what is inside it.

    Returns:
        the QShortcuts, which have to be kept.
    """
    shortcuts = []
    for keys, action in actions.items():
        shortcut = qt.QShortcut(qt.QKeySequence(keys), widget)
        shortcut.setContext(qt.Qt.WidgetWithChildrenShortcut)
        shortcut.connect("activated()", action)
        shortcuts.append(shortcut)
    return shortcuts
