"""The page as presenters see it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from VoCoSegmentationLib.panelWords import inPanel

from VoCoView.chart import chart_picture
from VoCoView.screen import Screen
from VoCoView.table import table_rows
from VoCoView.timers import Timer

FOUR, PAIR = "four", "pair"  # layouts; the name of a view is that view alone


class PageFrontEnd:
    """VoCoSegmentationLib.presenters.seams.FrontEnd.

    Attributes:
        layout: which views are seen.

    Args:
        screen: asks and tells.
        outbox: folder of the session; what is in it can be downloaded.
        fit: shows the whole of the CT in each slice view.
        arrange: called with the layout when it is another one.
    """

    def __init__(
        self,
        screen: Screen,
        outbox: Path,
        fit: Callable[[], None],
        arrange: Callable[[str], None],
    ) -> None:
        self._screen = screen
        self._outbox = outbox
        self._fit = fit
        self._arrange = arrange
        self._settings: dict[str, str] = {}
        self.layout = FOUR

    def isInstalled(self) -> bool:
        """Always: the page runs on the packages that it needs."""
        return True

    def ensureInstalled(self) -> bool:
        """See isInstalled."""
        return True

    def wasInterrupted(self) -> bool:
        """Nothing is installed from here."""
        return False

    def hasAgreed(self) -> bool:
        """Nothing is installed from here."""
        return False

    def repair(self) -> bool:
        """See wasInterrupted."""
        return True

    def confirm(self, question: str, title: str) -> bool:
        """Asks for OK or Cancel; raises Asked, so that the action is begun anew."""
        return self._screen.ask(inPanel(question), title)

    def showError(self, text: str) -> None:
        """Over the page, until the user has seen it."""
        self._screen.complain(inPanel(text))

    def showMessage(self, text: str) -> None:
        """In passing."""
        self._screen.say(text)

    notify = showMessage

    def setting(self, key: str) -> str:
        """Kept for the session."""
        return self._settings.get(key, "")

    def keepSetting(self, key: str, value: str) -> None:
        """See setting."""
        self._settings[key] = value

    def makeTimer(self, milliseconds: int, function: Callable[[], None], again: bool) -> Timer:
        """Of the event loop."""
        return Timer(milliseconds, function, again)

    def soon(self, function: Callable[[], None]) -> None:
        """In the next turn of the event loop."""
        asyncio.get_event_loop().call_soon(function)

    def renderingPaused(self) -> AbstractContextManager[None]:
        """Views are drawn in a later turn of the event loop anyway."""
        return nullcontext()

    def loadSampleCt(self) -> None:
        """The page has its own list of CTs."""

    def showTable(self, tableNode: Any) -> None:
        """Over the page."""
        titles, rows = table_rows(tableNode)
        name = tableNode.GetName()
        self._screen.dialog = {"kind": "table", "title": name, "titles": titles, "rows": rows}
        self._screen.changed()

    def showChart(self, chartNode: Any) -> None:
        """Over the page."""
        picture, title = chart_picture(chartNode), chartNode.GetTitle()
        self._screen.dialog = {"kind": "chart", "title": title, "picture": picture}
        self._screen.changed()

    def editSegmentation(self, segmentationNode: Any, volumeNode: Any) -> None:
        """Needs Slicer; the page offers a file for that."""
        raise NotImplementedError

    def isInDicomDatabase(self, instances: Sequence[str]) -> bool:
        """There is no database; the page writes DICOM SEG by VoCoLib."""
        return False

    def hasDicomExporter(self) -> bool:
        """See isInDicomDatabase."""
        return False

    def exportDicom(self, segmentationNode: Any) -> None:
        """See isInDicomDatabase."""
        raise NotImplementedError

    def chooseFolder(self, title: str) -> str:
        """What is to be written goes to where it can be downloaded from."""
        return str(self._outbox)

    def askForFile(self, title: str, name: str, kinds: str) -> str:
        """See chooseFolder."""
        return str(self._outbox / name)

    def writeNode(self, node: Any, path: str) -> bool:
        """With the node's own storage node."""
        node.AddDefaultStorageNode()
        node.GetStorageNode().SetFileName(path)
        return bool(node.GetStorageNode().WriteData(node))

    def showThreeD(self) -> None:
        """A 3D view is among the four."""
        if self.layout not in (FOUR, "View1"):
            self.arrange(FOUR)

    def showSideBySide(self) -> None:
        """Two slice views."""
        self.arrange(PAIR)

    def fitViews(self) -> None:
        """Each slice view shows the whole of its CT."""
        self._fit()

    def layoutBack(self) -> None:
        """From two views to four."""
        if self.layout == PAIR:
            self.arrange(FOUR)

    def arrange(self, layout: str) -> None:
        """Shows these views."""
        self.layout = layout
        self._arrange(layout)
        self._screen.changed()
