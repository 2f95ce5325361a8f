"""What is said of Python packages that are not complete or cannot be loaded, and what helps."""

from __future__ import annotations

from dataclasses import dataclass

from slicer.i18n import tr as _

from VoCoSegmentationLib.jobs.queue import JobQueue
from VoCoSegmentationLib.presenters.seams import FrontEnd


@dataclass(frozen=True)
class PackagesView:
    """A line with a button.

    Attributes:
        text: empty: nothing is shown.
        action: of the button.
    """

    text: str = ""
    action: str = ""


class PackagesPresenter:
    """Offers to go on with an installation, or to repair one; goes on after a restart for it.

    Args:
        queue: knows whether its worker can start.
        frontEnd: installs.
    """

    def __init__(self, queue: JobQueue, frontEnd: FrontEnd) -> None:
        self._queue = queue
        self._frontEnd = frontEnd

    def view(self) -> PackagesView:
        """What is shown."""
        if self._queue.cannotStart:
            return PackagesView(_("The Python packages cannot be loaded."), _("Repair…"))
        if self._frontEnd.wasInterrupted():
            text = _("The installation of Python packages was interrupted.")
            return PackagesView(text, _("Go on…"))
        return PackagesView()

    def enter(self) -> None:
        """The panel is opened, which Slicer does by itself where an installation is unfinished."""
        if self._frontEnd.hasAgreed():
            self._frontEnd.soon(self.act)

    def act(self) -> None:
        """The user presses the button."""
        if not self._queue.cannotStart:
            self._frontEnd.ensureInstalled()
        elif self._frontEnd.repair():
            self._queue.cannotStart = False
