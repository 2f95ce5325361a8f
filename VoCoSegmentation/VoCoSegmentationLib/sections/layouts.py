"""The layout of the views: what VoCo's buttons show is seen, and afterwards it is as it was."""

from __future__ import annotations

from collections.abc import Callable

import slicer


class LayoutKeeper:
    """Remembers which layout there was before one of VoCo's buttons changed it."""

    def __init__(self) -> None:
        self._before: int | None = None
        self._ours: int | None = None

    def change(self, change: Callable[[], None]) -> None:
        """Calls what changes the layout."""
        manager = slicer.app.layoutManager()
        if manager is None:  # Slicer without a main window
            change()
            return
        before = manager.layout
        change()
        if manager.layout != before:
            isFirst = self._before is None or before != self._ours
            self._before, self._ours = before if isFirst else self._before, manager.layout

    def back(self) -> None:
        """Restores the layout, unless the user has chosen another one since."""
        manager = slicer.app.layoutManager()
        if manager is not None and self._before is not None and manager.layout == self._ours:
            manager.setLayout(self._before)
        self._before = self._ours = None


keeper = LayoutKeeper()  # one layout, whichever module changes it


def showThreeD() -> None:
    """Makes sure that a 3D view is seen, and that all of what is in it is."""
    manager = slicer.app.layoutManager()
    if manager is None:
        return
    if not _hasThreeD():
        keeper.back()
    if not _hasThreeD():
        keeper.change(lambda: manager.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView))
    manager.resetThreeDViews()


def _hasThreeD() -> bool:
    views = slicer.util.getNodesByClass("vtkMRMLViewNode")
    return any(view.IsMappedInLayout() for view in views)
