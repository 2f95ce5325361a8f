"""Asking where a model believes a place to be: the point, a map, a search in another CT."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from slicer import vtkMRMLScene, vtkMRMLSliceNode
from slicer.i18n import tr as _

from VoCoLib.models.catalogue import Catalogue
from VoCoSegmentationLib.jobs.live import LiveQuery, Wish
from VoCoSegmentationLib.jobs.positions import (
    CloseJob,
    CompareJob,
    FigureJob,
    MapJob,
    PositionJob,
    PreparedViews,
    QueryJob,
    SearchJob,
    stateOf,
)
from VoCoSegmentationLib.jobs.queue import POSITION, JobQueue
from VoCoSegmentationLib.jobs.segmentation import SegmentationJob
from VoCoSegmentationLib.panelWords import inPanel
from VoCoSegmentationLib.presenters.bodyRegion import RegionPresenter
from VoCoSegmentationLib.presenters.devices import DevicePresenter
from VoCoSegmentationLib.presenters.notice import Notice
from VoCoSegmentationLib.presenters.partJobs import PartJobs, Progress
from VoCoSegmentationLib.presenters.positionHover import PositionHover
from VoCoSegmentationLib.presenters.positionPair import PositionPair
from VoCoSegmentationLib.presenters.positionShown import Shown, ShownAnswer
from VoCoSegmentationLib.presenters.positionSubject import PositionSubject
from VoCoSegmentationLib.presenters.positionTasks import PositionTasks
from VoCoSegmentationLib.presenters.positionView import PositionView
from VoCoSegmentationLib.presenters.positionWords import aboutText, isLost, overlayTitle, remarks
from VoCoSegmentationLib.presenters.seams import FrontEnd, Parameters
from VoCoSegmentationLib.scene.positionPoint import PositionPoint
from VoCoSegmentationLib.scene.positionScene import PositionScene
from VoCoSegmentationLib.scene.views import bringIntoViews


class PositionPresenter:
    """Decides about the position view.

    Args:
        scene: where everything is.
        catalogue: the models.
        queue: takes what the worker is asked.
        regions: what the chosen CT shows.
        devices: the chosen device.
        frontEnd: asks, and shows tables.
        onChanged: called when view() may be another one.
    """

    def __init__(
        self,
        scene: vtkMRMLScene,
        catalogue: Catalogue,
        queue: JobQueue,
        regions: RegionPresenter,
        devices: DevicePresenter,
        frontEnd: FrontEnd,
        onChanged: Callable[[], None],
    ) -> None:
        self._scene = scene
        self._queue = queue
        self._frontEnd = frontEnd
        self._onChanged = onChanged
        self._jobs = PartJobs(queue, POSITION)
        self._isSeen = False
        self._failure = Notice()  # of the last query, map or search
        self._cancelled = Notice()  # a question, which is not asked again by itself
        self._newOverlay = ""  # that a map wants, which may come while there are no parameters
        self._query: QueryJob | None = None
        self._aboutCt = ""  # ID of the CT that is chosen
        self._map: MapJob | None = None  # that was shown last
        self._mapped: Any = None  # its arrays
        self._views = PreparedViews()
        self._drawn = PositionScene(scene)
        self._pair = PositionPair(self._drawn, frontEnd)
        self._live = LiveQuery(scene, queue, self._views, self._onQuery, frontEnd.makeTimer)
        self._tasks = PositionTasks(scene, queue, self._views, self._onTask)
        self._hover = PositionHover(scene, frontEnd, self._isOver, self._onHover)
        self._point = PositionPoint(self._drawn.nodes, self._onMoved, self.refresh, frontEnd.soon)
        self._subject = PositionSubject(
            catalogue, queue, regions, devices, self._point, self._hover
        )
        self._shown = ShownAnswer(
            scene, self._drawn, frontEnd, self._updateOverlay, lambda: self._onChanged()
        )
        self._closing = scene.AddObserver(scene.StartCloseEvent, self._onSceneClose)

    def close(self) -> None:
        """The panel is closed: what is shown stays, what is computed has nowhere to be shown."""
        self._onChanged = lambda: None
        self._live.stop()
        self._hover.follow(False)
        self._tasks.forget()
        self._query = None
        self._point.close()
        self._scene.RemoveObserver(self._closing)

    def setSeen(self, isSeen: bool) -> None:
        """Whether the user sees this part: only then the worker is asked about the point."""
        if isSeen != self._isSeen:
            self._isSeen = isSeen
            if not isSeen:
                self._hover.follow(False)
                self._pair.close()
            self.refresh()

    def setParameters(self, parameters: Parameters | None) -> None:
        """Follows a parameter node; None while there is none."""
        self._subject.parameters = parameters
        self._drawn.follow()
        if parameters is None:
            self._hover.follow(False)
            self._pair.close()
            self._point.stopPlacing()
            self._point.follow(None)
        self.refresh()

    def refresh(self) -> None:
        """Takes over what parameters and point say, and asks what is not known yet."""
        parameters = self._subject.parameters
        if parameters is not None:
            if self._newOverlay:
                parameters.positionOverlay, self._newOverlay = self._newOverlay, ""
            self._subject.chooseModel()
            if not self._point.placing:
                self._point.follow(parameters.positionPoint)
            self._forgetOtherCt()
            self._removeOrphans()
            self._drawn.hidden = self._drawn.hidden and not self._drawn.nodes.isEmpty()
        self._drawn.showPoint(not self._hover.following)
        self._updateOverlay()
        self._ask()
        self._onChanged()

    def _forgetOtherCt(self) -> None:
        """What was said of the CT before is not said beside another one."""
        volumeNode = self._subject.volumeNode
        volumeId = volumeNode.GetID() if volumeNode is not None else ""
        if self._aboutCt not in ("", volumeId):
            self._shown.clear()
        self._aboutCt = volumeId

    def _isStale(self) -> bool:
        """Whether the answer is about another place, or made in another way."""
        shown, place = self._shown.current, self._subject.place
        if shown is None or place is None or self._subject.parameters is None:
            return False
        return (self._subject.settings(), place) != (shown.settings, shown.point)

    def view(self) -> PositionView:
        """What is shown."""
        nodes, shown = self._drawn.nodes, self._shown.current
        isPossible = not self._subject.reason() and not self._drawn.hidden
        isFree = self._canAsk() and self._tasks.current is None
        hasOther = self._subject.otherNode is not None
        working = self._working()
        return PositionView(
            models=self._subject.models,
            grid=self._subject.grid(),
            isPlacing=self._point.placing,
            isFollowing=self._hover.following,
            canPlace=isPossible,
            canFollow=isPossible,
            canMap=isFree,
            canFind=isFree and hasOther and self._point.place is not None,
            canPair=isFree and hasOther,
            canShowNumbers=nodes.find("table") is not None,
            canHide=not nodes.isEmpty(),
            isHidden=self._drawn.hidden,
            isPaired=self._pair.isOpen,
            isInThreeD=self._shown.isInThreeD,
            canWrite=isFree and shown is not None and not self._isStale(),
            overlays=tuple((role, overlayTitle(role)) for role in self._drawn.overlays()),
            overlay=self._drawn.overlay(),
            answer=shown.answer if shown is not None else None,
            picture=self._shown.picture,
            isStale=self._isStale(),
            answerText=self._answerText(),
            matchText=self._matchText(),
            mapText=inPanel(self._drawn.sentence("confidence", self._aboutCt)),
            progress=None if working is None else Progress(working.fraction),
            status=self._status(),
        )

    # what the user does ---------------------------------------------------------------------------

    def chooseModel(self, name: str) -> None:
        """Of PositionModels.names, or the path of a file."""
        if self._subject.parameters is not None:
            self._subject.parameters.positionModel = name
        self.refresh()

    def chooseGrid(self, index: int) -> None:
        """Of GridChoices.grids."""
        parameters = self._subject.parameters
        if parameters is not None:
            bases, placement = self._subject.grid().grids[index]
            parameters.positionBases, parameters.positionPlacement = bases, placement

    def follow(self, wanted: bool) -> None:
        """Lets the answer follow the mouse, or not any more; a map makes it quick."""
        if wanted and self._subject.parameters is not None and self._frontEnd.ensureInstalled():
            self._point.stopPlacing()
            self._hover.follow(True)
            volumeNode = self._subject.volumeNode
            if self._tasks.current is None and volumeNode is not None:
                bringIntoViews(volumeNode)
                if not self._hover.knows(self._subject.key()):
                    self.makeMap()
        else:
            self._hover.follow(False)
        self.refresh()

    def chooseOverlay(self, role: str) -> None:
        """Of PositionView.overlays."""
        if self._subject.parameters is not None:
            self._subject.parameters.positionOverlay = role
        self._updateOverlay()
        self._onChanged()

    def place(self, wanted: bool) -> None:
        """Lets the next click in a view place the point, or not any more."""
        parameters = self._subject.parameters
        if not wanted:
            self._point.stopPlacing()
        elif parameters is not None and self._frontEnd.ensureInstalled():
            self._hover.follow(False)
            if parameters.inputVolume is not None:
                bringIntoViews(parameters.inputVolume)
            parameters.positionPoint = self._point.startPlacing()
        self.refresh()

    def makeMap(self) -> None:
        """Asks all over the CT."""
        volumeNode = self._subject.volumeNode
        if volumeNode is not None:
            bringIntoViews(volumeNode)
            self._begin()
            self._tasks.map(volumeNode, self._subject.settings())

    def find(self) -> None:
        """Looks for the place of the point in the other CT."""
        subject, place = self._subject, self._point.place
        volumeNode, other = subject.volumeNode, subject.otherNode
        pointNode = subject.parameters.positionPoint if subject.parameters is not None else None
        if volumeNode is None or other is None or pointNode is None or place is None:
            return
        self._begin()
        self._tasks.find(volumeNode, subject.settings(), place, pointNode.GetID(), other)

    def sideBySide(self, wanted: bool) -> None:
        """Shows this CT on the left and the other one on the right, or what was there before."""
        volumeNode, other = self._subject.volumeNode, self._subject.otherNode
        if not wanted or other is None or not self._frontEnd.ensureInstalled():
            self._pair.close()
        elif volumeNode is not None:
            self._point.stopPlacing()
            self._pair.open(volumeNode, other)
            self._hover.follow(True)
            if not self._pair.knows(self._subject.pairKey()):
                self._begin()
                self._tasks.compare(volumeNode, self._subject.settings(), other)
        self.refresh()

    def showThreeD(self, wanted: bool) -> None:
        """Shows the answer in the body in 3D, or not any more."""
        self._shown.showThreeD(wanted)
        if wanted:
            self._frontEnd.showThreeD()
        self.refresh()

    def writeFigure(self) -> None:
        """Asks where to, and writes the answer as a figure and as numbers."""
        shown, volumeNode = self._shown.current, self._subject.volumeNode
        if shown is None or volumeNode is None:
            return
        name = self._frontEnd.askForFile(_("Figure"), "position.png", "PNG (*.png)")
        if name:
            files = [str(Path(name).with_suffix(kind)) for kind in (".png", ".pdf", ".csv")]
            model = self._subject.modelTitle() or Path(shown.settings.model).name
            caption = _("{volume} seen by {model}").format(volume=volumeNode.GetName(), model=model)
            self._begin()
            self._tasks.writeFigure(
                volumeNode, shown.settings, shown.point, files, caption, self._subject.doubt()
            )

    def cancel(self) -> None:
        """Cancels the map or the search, else the question about the point."""
        if not self._tasks.cancel():
            self._live.cancel()
            self._query = None
            text = _("Cancelled. Move the point to ask again.")
            self._cancelled.say(text, self._subject.question())
        self._onChanged()

    def showTable(self) -> None:
        """Opens the table of the answer."""
        tableNode = self._drawn.nodes.find("table")
        if tableNode is not None:
            self._frontEnd.showTable(tableNode)

    def showChart(self) -> None:
        """Opens the chart of the answer."""
        chartNode = self._drawn.nodes.find("chart")
        if chartNode is not None:
            self._frontEnd.showChart(chartNode)

    def hide(self) -> None:
        """Hides everything, or shows it again."""
        self._point.stopPlacing()
        self._hover.follow(False)
        self._pair.close()
        self._drawn.setHidden(not self._drawn.hidden)
        self.refresh()

    def remove(self) -> None:
        """Removes everything, and lets the worker forget it."""
        self._live.stop()
        self._hover.follow(False)
        self._pair.close()
        self._shown.showThreeD(False)
        self._point.stopPlacing()
        self._tasks.forget()
        if self._subject.parameters is not None:
            self._subject.parameters.positionPoint = None
        self._drawn.remove()
        self._failure.clear()
        self._cancelled.clear()
        self._query = None
        self._shown.clear()
        views = self._views.forget()
        if views:
            self._queue.add(CloseJob(views))
        self.refresh()

    # what is said ---------------------------------------------------------------------------------

    def _working(self) -> PositionJob | None:
        """The job that lasts long enough to be shown."""
        if self._tasks.current is not None:
            return self._tasks.current
        query = self._query
        isPreparing = query is not None and query.state == "running" and not query.grid
        return query if isPreparing else None

    def _answerText(self) -> str:
        """What the network says; whether it should be asked at all comes first."""
        shown = self._shown.current
        if shown is None:
            return ""
        return " ".join(filter(None, [self._subject.doubt(), inPanel(shown.answer["sentence"])]))

    def _status(self) -> str:
        """One line or two: what is to be done, what goes on, or how the answer was made."""
        working, ahead = self._working(), self._jobs.ahead()
        if self._point.placing:
            return self._placingText()
        if self._live.waits and isinstance(ahead, SegmentationJob):
            return _("Waiting for the segmentation of {volume}.").format(volume=ahead.title)
        if self._live.waits and ahead is not None:
            return _("Waiting for: {title}.").format(title=ahead.title)
        if working is not None:
            return self._jobs.state(working)
        if self._live.busy:
            return _("Comparing…")
        shown, subject = self._shown.current, self._subject
        if self._hover.following and (shown is None or not shown.isExact):
            return _("Move the mouse over a slice view. Where it rests, the network is asked.")
        if self._drawn.hidden:
            return _("The position view is hidden.")
        said = self._failure.text(subject.attempt()) or self._cancelled.text(subject.question())
        said = said or subject.reason() or "\n".join(self._shown.remarks)
        return said or self._invitation()

    def _placingText(self) -> str:
        return _("Click on a place of the body in a slice view. The right button cancels.")

    def _invitation(self) -> str:
        if not self._frontEnd.isInstalled():
            return _("Place point will ask to install Python packages first.")
        return _(
            "Press Place point and click on a place of the body in a slice view, or press "
            "Follow the mouse."
        )

    def _canAsk(self) -> bool:
        return (
            not self._subject.reason() and not self._drawn.hidden and self._frontEnd.isInstalled()
        )

    # the point ------------------------------------------------------------------------------------

    def _ask(self) -> None:
        wish = self._wish()
        if wish is None:
            self._live.stop()
        elif not self._isLookedUp():
            self._live.ask(wish)

    def _isLookedUp(self) -> bool:
        """Whether a map answers for now, as the mouse moves on."""
        if self._hover.place is None or self._hover.isResting:
            return False
        return self._hover.knows(self._subject.key())

    def _wish(self) -> Wish | None:
        """What the worker is to be asked; None while nobody wants to know."""
        return self._subject.wish() if self._isSeen and self._canAsk() else None

    def _onMoved(self) -> None:
        if self._point.place is None:
            self.refresh()
        else:  # many times a second
            self._ask()
            self._onChanged()

    def _isOver(self, sliceNode: vtkMRMLSliceNode) -> bool:
        """Whether a slice view shows the CT."""
        volumeNode = self._subject.volumeNode
        return volumeNode is not None and self._drawn.shows(sliceNode, volumeNode.GetID())

    def _onHover(self) -> None:
        """The mouse has come to another place, or rests."""
        volumeNode, place = self._subject.volumeNode, self._hover.place
        if volumeNode is not None and not self._hover.isResting:
            found = self._hover.answer(self._subject.key())
            if found is not None and place is not None and self._map is not None:
                self._showAnswer(
                    Shown(
                        *(volumeNode.GetID(), self._map.grid, found.to_json()),
                        *(self._subject.settings(), place),
                        isExact=False,
                    )
                )
            self._pair.show(self._subject.pairKey(), place)
        self._ask()
        self._onChanged()

    def _onQuery(self, job: QueryJob) -> None:
        self._query = job
        if job.state == "finished" and job.answer is not None:
            if not self._isLookedUp():  # else the mouse has moved on
                self._showAnswer(
                    Shown(job.volumeId, job.grid, job.answer, job.settings, job.point, True)
                )
                self._shown.remarks = remarks(job)
        elif job.state == "failed" and isLost(job) and self._views.forget():
            self._live.askAgain()
        elif job.state in ("failed", "cancelled"):
            self._failure.say(str(job.error), self._subject.attempt())
            self._shown.clear()
            self._updateOverlay()
        self._onChanged()

    def _showAnswer(self, shown: Shown) -> None:
        if self._shown.show(shown):
            self._failure.clear()
            self._cancelled.clear()
            if not shown.isExact:
                self._live.stop()  # what was asked before is not what is shown any more

    def _removeOrphans(self) -> None:
        """Removes what is about a point or a CT that is not there any more."""
        isWanted = self._point.placing or self._hover.following
        if self._point.place is None and not isWanted:
            self._shown.clear()
        gone = self._drawn.removeOrphans()
        if "similarity" in gone:
            self._shown.forget()

    # map and search -------------------------------------------------------------------------------

    def _begin(self) -> None:
        """What was said of the last one is not said of the next."""
        self._failure.clear()
        self._cancelled.clear()

    def _onTask(self, job: Any) -> None:
        """A map, search, comparison or figure goes on, or has ended."""
        if isinstance(job, MapJob) and job.state in ("running", "finished"):
            self._showMaps(job)
        elif job.state == "finished" and isinstance(job, CompareJob):
            self._showComparison(job)
        elif job.state == "finished" and isinstance(job, FigureJob):
            self._shown.remarks = [job.summary]
        elif job.state == "finished":
            self._showMatch(job)
        elif job.state in ("failed", "cancelled"):
            self._failure.say(str(job.error), self._subject.attempt())
        self._onChanged()

    def _showMaps(self, job: MapJob) -> None:
        """Shows what a map knows, so far or in all."""
        parameters = self._subject.parameters
        volumeNode = self._scene.GetNodeByID(job.volumeId)
        if job.maps is None or job.maps is self._mapped or volumeNode is None:
            return
        isFirst = self._map is not job
        self._map, self._mapped = job, job.maps
        self._hover.learn((job.volumeId, stateOf(volumeNode), job.settings), job)
        if not self._drawn.showMaps(job):
            return
        if isFirst and not self._hover.following:  # there the answer is what is looked at
            self._newOverlay = "confidence"
            if parameters is not None:
                parameters.positionOverlay, self._newOverlay = self._newOverlay, ""
        self._shown.remarks = remarks(job)
        self._updateOverlay()

    def _showComparison(self, job: CompareJob) -> None:
        """From now on the other CT follows; a map of this one costs nothing more."""
        volumeNode = self._scene.GetNodeByID(job.volumeId)
        other = self._scene.GetNodeByID(job.referenceId)
        if self._subject.parameters is None or volumeNode is None or other is None:
            return
        ours = job.volumeId, stateOf(volumeNode), job.settings
        self._pair.learn((ours, job.referenceId, stateOf(other)), job)
        self._pair.show(self._subject.pairKey(), self._subject.place)
        self._updateOverlay()
        if self._hover.following and not self._hover.knows(self._subject.key()):
            self.makeMap()

    def _showMatch(self, job: SearchJob) -> None:
        parameters = self._subject.parameters
        jump = parameters is not None and parameters.positionShowMatch
        if self._drawn.showMatch(job, jump, aboutText(job.settings, job.point)):
            self._updateOverlay()

    def _matchText(self) -> str:
        """What was found of the place where the point is; also in a scene that was loaded."""
        place = self._point.place
        if self._subject.parameters is None or place is None:
            return ""
        about = aboutText(self._subject.settings(), place)
        return inPanel(self._drawn.matchSentence(self._aboutCt, about))

    def _updateOverlay(self) -> None:
        parameters = self._subject.parameters
        if parameters is not None:  # otherwise what is shown stays
            self._drawn.update(parameters.positionOverlay, parameters.positionOpacity)

    def _onSceneClose(self, _caller: Any, _event: Any) -> None:
        self._tasks.forget()
        self._hover.follow(False)
        self._drawn.forget()
        self._failure.clear()
        self._cancelled.clear()
        self._shown.forget()
        self._onChanged()
