"""Asking where a model believes a place to be: the point, a map, a search in another CT."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slicer import vtkMRMLScalarVolumeNode, vtkMRMLScene, vtkMRMLSliceNode
from slicer.i18n import tr as _

from VoCoLib.models.catalogue import Catalogue
from VoCoLib.models.descriptions import Model
from VoCoSegmentationLib import texts
from VoCoSegmentationLib.jobs.live import LiveQuery, Wish
from VoCoSegmentationLib.jobs.positions import (
    CloseJob,
    CompareJob,
    FigureJob,
    MapJob,
    Point,
    PositionJob,
    PreparedViews,
    QueryJob,
    SearchJob,
    ViewSettings,
    stateOf,
)
from VoCoSegmentationLib.jobs.queue import POSITION, JobQueue
from VoCoSegmentationLib.jobs.segmentation import SegmentationJob
from VoCoSegmentationLib.panelWords import inPanel
from VoCoSegmentationLib.presenters.bodyRegion import RegionPresenter
from VoCoSegmentationLib.presenters.devices import DevicePresenter
from VoCoSegmentationLib.presenters.notice import Notice
from VoCoSegmentationLib.presenters.partJobs import PartJobs, Progress
from VoCoSegmentationLib.presenters.positionGrid import Grid, GridChoices, gridChoices
from VoCoSegmentationLib.presenters.positionHover import PositionHover
from VoCoSegmentationLib.presenters.positionModels import (
    PositionModels,
    modelNamed,
    positionModels,
    trainedGrid,
)
from VoCoSegmentationLib.presenters.positionPair import PositionPair
from VoCoSegmentationLib.presenters.positionPicture import Picture, Pictures
from VoCoSegmentationLib.presenters.positionView import PositionView
from VoCoSegmentationLib.presenters.positionWords import aboutText, isLost, overlayTitle, remarks
from VoCoSegmentationLib.presenters.seams import FrontEnd, Parameters
from VoCoSegmentationLib.scene.positionPoint import PositionPoint
from VoCoSegmentationLib.scene.positionScene import PositionScene
from VoCoSegmentationLib.scene.views import bringIntoViews


@dataclass(frozen=True)
class _Shown:
    """What an answer that is shown is about.

    Attributes:
        settings, point: that were asked.
        isExact: whether the network was asked there; else a map was.
        picture: of it.
    """

    settings: ViewSettings
    point: Point
    isExact: bool
    picture: Picture


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
        self._catalogue = catalogue
        self._queue = queue
        self._regions = regions
        self._devices = devices
        self._frontEnd = frontEnd
        self._onChanged = onChanged
        self._jobs = PartJobs(queue, POSITION)
        self._parameters: Parameters | None = None
        self._isSeen = False
        self._models = PositionModels()
        self._model: Model | None = None  # that is selected, if the catalogue has it
        self._trained: Grid | None = None  # its grid
        self._chosenFor: tuple[Any, ...] = ()  # what the automatic choice is about
        self._failure = Notice()  # of the last query, map or search
        self._cancelled = Notice()  # a question, which is not asked again by itself
        self._remarks: list[str] = []  # about the last answer
        self._answer: Mapping[str, Any] | None = None
        self._newOverlay = ""  # that a map wants, which may come while there are no parameters
        self._task: PositionJob | None = None  # the last map or search
        self._query: QueryJob | None = None
        self._about: _Shown | None = None  # what the answer is about
        self._answerGrid: Mapping[str, Any] = {}
        self._pictures = Pictures()
        self._aboutCt = ""  # ID of the CT of the answer
        self._mapTask: MapJob | None = None  # that was shown last
        self._mapped: Any = None  # its arrays
        self._mapGrid: Mapping[str, Any] = {}
        self._views = PreparedViews()
        self._shown = PositionScene(scene)
        self._pair = PositionPair(self._shown, frontEnd)
        self._isInThreeD = False
        self._live = LiveQuery(scene, queue, self._views, self._onQuery, frontEnd.makeTimer)
        self._hover = PositionHover(scene, frontEnd, self._isOver, self._onHover)
        self._point = PositionPoint(self._shown.nodes, self._onMoved, self.refresh, frontEnd.soon)
        self._closing = scene.AddObserver(scene.StartCloseEvent, self._onSceneClose)

    def close(self) -> None:
        """The panel is closed: what is shown stays, what is computed has nowhere to be shown."""
        self._onChanged = lambda: None
        self._live.stop()
        self._hover.follow(False)
        self._forgetTask()
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
        self._parameters = parameters
        self._shown.follow()
        if parameters is None:
            self._hover.follow(False)
            self._pair.close()
            self._point.stopPlacing()
            self._point.follow(None)
        self.refresh()

    def refresh(self) -> None:
        """Takes over what parameters and point say, and asks what is not known yet."""
        parameters = self._parameters
        if parameters is not None:
            if self._newOverlay:
                parameters.positionOverlay, self._newOverlay = self._newOverlay, ""
            self._chooseModel(parameters)
            if not self._point.placing:
                self._point.follow(parameters.positionPoint)
            self._forgetOtherCt()
            self._removeOrphans()
            self._shown.hidden = self._shown.hidden and not self._shown.nodes.isEmpty()
        self._shown.showPoint(not self._hover.following)
        self._updateOverlay()
        self._ask()
        self._onChanged()

    def _forgetOtherCt(self) -> None:
        """What was said of the CT before is not said beside another one."""
        parameters = self._parameters
        volumeNode = parameters.inputVolume if parameters is not None else None
        volumeId = volumeNode.GetID() if volumeNode is not None else ""
        if self._aboutCt not in ("", volumeId):
            self._clearAnswer()
        self._aboutCt = volumeId

    def _subject(self) -> tuple[Any, ...]:
        """What a failure is about, in this scene; another success makes it doubtful."""
        return self._queue.finished, *self._question()

    def _question(self) -> tuple[Any, ...]:
        """What could be asked now, in this scene."""
        parameters, scenes = self._parameters, self._queue.scenes
        if parameters is None:
            return (scenes,)
        nodes = parameters.inputVolume, parameters.positionReference
        ids = [node.GetID() if node is not None else "" for node in nodes]
        return scenes, *ids, self._settings(parameters), self._place()

    def _place(self) -> Point | None:
        """What is asked about: where the mouse is while it is followed, else the point."""
        return self._hover.place or self._point.place

    def _isStale(self) -> bool:
        """Whether the answer is about another place, or made in another way."""
        parameters, place, about = self._parameters, self._place(), self._about
        if self._answer is None or parameters is None or about is None or place is None:
            return False
        return (self._settings(parameters), place) != (about.settings, about.point)

    def _chooseModel(self, parameters: Parameters) -> None:
        """An automatic choice stays until CT, model or what is known of the CT change."""
        volumeNode, shown = parameters.inputVolume, self._regions.shown()
        about = volumeNode.GetID() if volumeNode else "", parameters.modelId, shown
        kept = self._models.selected if about == self._chosenFor else ""
        self._chosenFor, before = about, self._models.selected
        self._models = positionModels(
            self._catalogue, parameters.positionModel, parameters.modelId, shown, kept
        )
        if self._models.selected != before:
            self._model = modelNamed(self._catalogue, self._models.selected)
            self._trained = trainedGrid(self._catalogue, self._models.selected)

    def view(self) -> PositionView:
        """What is shown."""
        nodes = self._shown.nodes
        isFree = self._canAsk() and (self._task is None or self._task.ended)
        canFind = isFree and self._point.place is not None and self._reference() is not None
        working = self._working()
        return PositionView(
            models=self._models,
            grid=self._grid(),
            isPlacing=self._point.placing,
            isFollowing=self._hover.following,
            canPlace=not self._reason() and not self._shown.hidden,
            canFollow=not self._reason() and not self._shown.hidden,
            canMap=isFree,
            canFind=canFind,
            canPair=isFree and self._reference() is not None,
            canShowNumbers=nodes.find("table") is not None,
            canHide=not nodes.isEmpty(),
            isHidden=self._shown.hidden,
            isPaired=self._pair.isOpen,
            isInThreeD=self._isInThreeD,
            canWrite=isFree and self._answer is not None and not self._isStale(),
            overlays=tuple((role, overlayTitle(role)) for role in self._shown.overlays()),
            overlay=self._shown.overlay(),
            answer=self._answer,
            picture=self._about.picture if self._answer and self._about else None,
            isStale=self._isStale(),
            answerText=self._answerText(),
            matchText=self._matchText(),
            mapText=inPanel(self._shown.sentence("confidence", self._aboutCt)),
            progress=None if working is None else Progress(working.fraction),
            status=self._status(),
        )

    # what the user does ---------------------------------------------------------------------------

    def chooseModel(self, name: str) -> None:
        """Of PositionModels.names, or the path of a file."""
        if self._parameters is not None:
            self._parameters.positionModel = name
        self.refresh()

    def chooseGrid(self, index: int) -> None:
        """Of GridChoices.grids."""
        parameters = self._parameters
        if parameters is not None:
            bases, placement = self._grid().grids[index]
            parameters.positionBases, parameters.positionPlacement = bases, placement

    def follow(self, wanted: bool) -> None:
        """Lets the answer follow the mouse, or not any more; a map makes it quick."""
        parameters = self._parameters
        if wanted and parameters is not None and self._frontEnd.ensureInstalled():
            self._point.stopPlacing()
            self._hover.follow(True)
            isFree = self._task is None or self._task.ended
            if isFree and parameters.inputVolume is not None:
                bringIntoViews(parameters.inputVolume)
                if not self._hover.knows(self._key(parameters)):
                    self.makeMap()
        else:
            self._hover.follow(False)
        self.refresh()

    def chooseOverlay(self, role: str) -> None:
        """Of PositionView.overlays."""
        if self._parameters is not None:
            self._parameters.positionOverlay = role
        self._updateOverlay()
        self._onChanged()

    def place(self, wanted: bool) -> None:
        """Lets the next click in a view place the point, or not any more."""
        if not wanted:
            self._point.stopPlacing()
        elif self._parameters is not None and self._frontEnd.ensureInstalled():
            self._hover.follow(False)
            if self._parameters.inputVolume is not None:
                bringIntoViews(self._parameters.inputVolume)
            self._parameters.positionPoint = self._point.startPlacing()
        self.refresh()

    def makeMap(self) -> None:
        """Asks all over the CT."""
        parameters = self._parameters
        if parameters is None or parameters.inputVolume is None:
            return
        volumeNode, settings = parameters.inputVolume, self._settings(parameters)
        bringIntoViews(volumeNode)
        self._start(lambda c: MapJob(self._scene, self._views, volumeNode, settings, c))

    def find(self) -> None:
        """Looks for the place of the point in the other CT."""
        parameters, referenceNode, place = self._parameters, self._reference(), self._point.place
        if parameters is None or referenceNode is None or place is None:
            return
        volumeNode, pointNode = parameters.inputVolume, parameters.positionPoint
        if volumeNode is None or pointNode is None:
            return
        settings, pointId, views = self._settings(parameters), pointNode.GetID(), self._views
        self._start(
            lambda c: SearchJob(
                self._scene, views, volumeNode, settings, place, pointId, referenceNode, c
            )
        )

    def sideBySide(self, wanted: bool) -> None:
        """Shows this CT on the left and the other one on the right, or what was there before."""
        parameters, other = self._parameters, self._reference()
        volumeNode = parameters.inputVolume if parameters is not None else None
        if not wanted or other is None or not self._frontEnd.ensureInstalled():
            self._pair.close()
        elif parameters is not None and volumeNode is not None:
            self._point.stopPlacing()
            self._pair.open(volumeNode, other)
            self._hover.follow(True)
            if not self._pair.knows(self._pairKey(parameters)):
                settings = self._settings(parameters)
                self._start(
                    lambda c: CompareJob(self._scene, self._views, volumeNode, settings, other, c)
                )
        self.refresh()

    def showThreeD(self, wanted: bool) -> None:
        """Shows the answer in the body in 3D, or not any more."""
        self._isInThreeD = wanted
        if wanted:
            self._updateThreeD()
            self._frontEnd.showThreeD()
        else:
            self._shown.removeThreeD()
        self.refresh()

    def writeFigure(self) -> None:
        """Asks where to, and writes the answer as a figure and as numbers."""
        parameters, about = self._parameters, self._about
        volumeNode = parameters.inputVolume if parameters is not None else None
        if about is None or volumeNode is None:
            return
        name = self._frontEnd.askForFile(_("Figure"), "position.png", "PNG (*.png)")
        if name:
            files = [str(Path(name).with_suffix(kind)) for kind in (".png", ".pdf", ".csv")]
            title = self._model.title if self._model else Path(self._models.selected).name
            caption = _("{volume} seen by {model}").format(volume=volumeNode.GetName(), model=title)
            point, settings, caution = about.point, about.settings, self._doubt()
            self._start(
                lambda c: FigureJob(
                    *(self._scene, self._views, volumeNode, settings, point),
                    *(files, caption, caution, c),
                )
            )

    def cancel(self) -> None:
        """Cancels the map or the search, else the question about the point."""
        if self._task is not None and not self._task.ended:
            self._queue.cancel(self._task)
        else:
            self._live.cancel()
            self._query = None
            text = _("Cancelled. Move the point to ask again.")
            self._cancelled.say(text, self._question())
        self._onChanged()

    def showTable(self) -> None:
        """Opens the table of the answer."""
        tableNode = self._shown.nodes.find("table")
        if tableNode is not None:
            self._frontEnd.showTable(tableNode)

    def showChart(self) -> None:
        """Opens the chart of the answer."""
        chartNode = self._shown.nodes.find("chart")
        if chartNode is not None:
            self._frontEnd.showChart(chartNode)

    def hide(self) -> None:
        """Hides everything, or shows it again."""
        self._point.stopPlacing()
        self._hover.follow(False)
        self._pair.close()
        self._shown.setHidden(not self._shown.hidden)
        self.refresh()

    def remove(self) -> None:
        """Removes everything, and lets the worker forget it."""
        self._live.stop()
        self._hover.follow(False)
        self._pair.close()
        self._isInThreeD = False
        self._shown.removeThreeD()
        self._point.stopPlacing()
        self._forgetTask()
        if self._parameters is not None:
            self._parameters.positionPoint = None
        self._shown.remove()
        self._failure.clear()
        self._cancelled.clear()
        self._query = None
        self._clearAnswer()
        views = self._views.forget()
        if views:
            self._queue.add(CloseJob(views))
        self.refresh()

    # what is said ---------------------------------------------------------------------------------

    def _working(self) -> PositionJob | None:
        """The job that lasts long enough to be shown."""
        if self._task is not None and not self._task.ended:
            return self._task
        query = self._query
        isPreparing = query is not None and query.state == "running" and not query.grid
        return query if isPreparing else None

    def _grid(self) -> GridChoices:
        parameters = self._parameters
        chosen: Grid = (1, "")
        if parameters is not None:
            chosen = parameters.positionBases, parameters.positionPlacement
        return gridChoices(chosen, self._trained)

    def _answerText(self) -> str:
        """What the network says; whether it should be asked at all comes first."""
        if self._answer is None:
            return ""
        return " ".join(filter(None, [self._doubt(), inPanel(self._answer["sentence"])]))

    def _doubt(self) -> str:
        """That the model was not made for this CT; empty if it may well be."""
        doubt = texts.outOfPlace(self._model, self._regions.shown()) if self._model else ""
        return _("Not a model for this CT.") + " " + doubt if doubt else ""

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
        if self._hover.following and (self._about is None or not self._about.isExact):
            return _("Move the mouse over a slice view. Where it rests, the network is asked.")
        if self._shown.hidden:
            return _("The position view is hidden.")
        failure = self._failure.text(self._subject()) or self._cancelled.text(self._question())
        return failure or self._reason() or "\n".join(self._remarks) or self._invitation()

    def _placingText(self) -> str:
        return _("Click on a place of the body in a slice view. The right button cancels.")

    def _invitation(self) -> str:
        if not self._frontEnd.isInstalled():
            return _("Place point will ask to install Python packages first.")
        return _(
            "Press Place point and click on a place of the body in a slice view, or press "
            "Follow the mouse."
        )

    def _reason(self) -> str:
        """Why nothing can be asked; empty if it can."""
        if self._parameters is None or self._parameters.inputVolume is None:
            return _("Choose a CT volume above.")
        if self._models.selected and self._models.problem:
            hint = _("Choose another one, or import it above.")
            return f"{self._models.problem} {hint}"
        if not self._models.selected:
            if self._regions.isLooking():
                return _("Looking at what the CT shows…")
            hint = _("Choose a model, download one above, or choose a file of weights.")
            return " ".join(filter(None, [self._models.problem, hint]))
        return ""

    def _canAsk(self) -> bool:
        return not self._reason() and not self._shown.hidden and self._frontEnd.isInstalled()

    # the point ------------------------------------------------------------------------------------

    def _ask(self) -> None:
        wish = self._wish()
        if wish is None:
            self._live.stop()
        elif not self._isLookedUp():
            self._live.ask(wish)

    def _isLookedUp(self) -> bool:
        """Whether a map answers for now, as the mouse moves on."""
        parameters = self._parameters
        if self._hover.place is None or self._hover.isResting or parameters is None:
            return False
        return self._hover.knows(self._key(parameters))

    def _key(self, parameters: Parameters) -> Any:
        """What a map is about."""
        volumeNode = parameters.inputVolume
        if volumeNode is None:
            return None
        return volumeNode.GetID(), stateOf(volumeNode), self._settings(parameters)

    def _pairKey(self, parameters: Parameters) -> Any:
        """What a comparison of two CTs is about."""
        other = self._reference()
        return None if other is None else (self._key(parameters), other.GetID(), stateOf(other))

    def _wish(self) -> Wish | None:
        """What the worker is to be asked; None while nobody wants to know."""
        parameters, place = self._parameters, self._place()
        volumeNode = parameters.inputVolume if parameters is not None else None
        if not self._isSeen or not self._canAsk() or place is None:
            return None
        if parameters is None or volumeNode is None:
            return None
        return volumeNode.GetID(), stateOf(volumeNode), self._settings(parameters), place

    def _settings(self, parameters: Parameters) -> ViewSettings:
        bases = parameters.positionBases if parameters.positionBases > 1 else None
        placement = parameters.positionPlacement or None
        return ViewSettings(self._models.selected, bases, placement, self._devices.device())

    def _reference(self) -> vtkMRMLScalarVolumeNode | None:
        """The other CT, if one is chosen."""
        parameters = self._parameters
        node = parameters.positionReference if parameters else None
        return None if parameters is None or node is parameters.inputVolume else node

    def _onMoved(self) -> None:
        if self._point.place is None:
            self.refresh()
        else:  # many times a second
            self._ask()
            self._onChanged()

    def _isOver(self, sliceNode: vtkMRMLSliceNode) -> bool:
        """Whether a slice view shows the CT."""
        volumeNode = self._parameters.inputVolume if self._parameters is not None else None
        return volumeNode is not None and self._shown.shows(sliceNode, volumeNode.GetID())

    def _onHover(self) -> None:
        """The mouse has come to another place, or rests."""
        parameters = self._parameters
        if parameters is not None and not self._hover.isResting and parameters.inputVolume:
            found = self._hover.answer(self._key(parameters))
            place = self._hover.place
            if found is not None and place is not None and self._mapGrid:
                settings = self._settings(parameters)
                volumeId = parameters.inputVolume.GetID()
                self._showAnswer(
                    volumeId, self._mapGrid, found.to_json(), settings, place, isExact=False
                )
            self._pair.show(self._pairKey(parameters), self._hover.place)
        self._ask()
        self._onChanged()

    def _onQuery(self, job: QueryJob) -> None:
        self._query = job
        if job.state == "finished" and job.answer is not None:
            if not self._isLookedUp():  # else the mouse has moved on
                self._showAnswer(job.volumeId, job.grid, job.answer, job.settings, job.point, True)
                self._remarks = remarks(job)
        elif job.state == "failed" and isLost(job) and self._views.forget():
            self._live.askAgain()
        elif job.state in ("failed", "cancelled"):
            self._failure.say(str(job.error), self._subject())
            self._clearAnswer()
            self._updateOverlay()
        self._onChanged()

    def _showAnswer(
        self,
        volumeId: str,
        grid: Mapping[str, Any],
        answer: Mapping[str, Any],
        settings: ViewSettings,
        point: Point,
        isExact: bool,
    ) -> None:
        volumeNode = self._scene.GetNodeByID(volumeId)
        if volumeNode is None:
            return
        with self._frontEnd.renderingPaused():
            self._shown.showAnswer(volumeNode, grid, answer)
            self._updateOverlay()
        picture = self._pictures.make(volumeNode, grid, answer)
        self._answer, self._about = answer, _Shown(settings, point, isExact, picture)
        self._answerGrid = grid
        self._updateThreeD()
        self._failure.clear()
        self._cancelled.clear()
        if isExact:
            self._frontEnd.soon(self._showNumbers)  # not all at once: the views stay smooth
        else:
            self._live.stop()  # what was asked before is not what is shown any more

    def _updateThreeD(self) -> None:
        volumeNode = self._scene.GetNodeByID(self._aboutCt) if self._aboutCt else None
        if self._isInThreeD and self._answer is not None and volumeNode is not None:
            self._shown.showThreeD(volumeNode, self._answerGrid, self._answer)

    def _showNumbers(self) -> None:
        if self._answer is not None:
            self._shown.showNumbers(self._answer)
            self._onChanged()

    def _clearAnswer(self) -> None:
        self._shown.clearAnswer()
        self._answer, self._about, self._remarks = None, None, []

    def _removeOrphans(self) -> None:
        """Removes what is about a point or a CT that is not there any more."""
        isWanted = self._point.placing or self._hover.following
        if self._point.place is None and not isWanted:
            self._clearAnswer()
        gone = self._shown.removeOrphans()
        if "similarity" in gone:
            self._answer, self._remarks = None, []

    # map and search -------------------------------------------------------------------------------

    def _start(self, make: Callable[[Callable[[Any], None]], PositionJob]) -> None:
        """Queues a job, and once more if the worker has lost what it was prepared for."""

        def changed(job: Any) -> None:
            if job.state == "failed" and isLost(job) and self._views.forget():
                self._start(make)
            elif isinstance(job, MapJob) and job.state in ("running", "finished"):
                self._showMaps(job)
            elif job.state == "finished" and isinstance(job, CompareJob):
                self._showComparison(job)
            elif job.state == "finished" and isinstance(job, FigureJob):
                self._remarks = [job.summary]
            elif job.state == "finished":
                self._showMatch(job)
            elif job.state in ("failed", "cancelled"):
                self._failure.say(str(job.error), self._subject())
            self._onChanged()

        self._failure.clear()
        self._cancelled.clear()
        self._task = make(changed)
        self._queue.add(self._task)

    def _showMaps(self, job: MapJob) -> None:
        """Shows what a map knows, so far or in all."""
        parameters, volumeNode = self._parameters, self._scene.GetNodeByID(job.volumeId)
        if job.maps is None or job.maps is self._mapped or volumeNode is None:
            return
        isFirst, self._mapped = self._mapTask is not job, job.maps
        self._mapTask, self._mapGrid = job, job.grid
        self._hover.learn((job.volumeId, stateOf(volumeNode), job.settings), job)
        if not self._shown.showMaps(job):
            return
        if isFirst and not self._hover.following:  # there the answer is what is looked at
            self._newOverlay = "confidence"
            if parameters is not None:
                parameters.positionOverlay, self._newOverlay = self._newOverlay, ""
        self._remarks = remarks(job)
        self._updateOverlay()

    def _showComparison(self, job: CompareJob) -> None:
        """From now on the other CT follows; a map of this one costs nothing more."""
        parameters = self._parameters
        volumeNode = self._scene.GetNodeByID(job.volumeId)
        other = self._scene.GetNodeByID(job.referenceId)
        if parameters is None or volumeNode is None or other is None:
            return
        ours = job.volumeId, stateOf(volumeNode), job.settings
        self._pair.learn((ours, job.referenceId, stateOf(other)), job)
        self._pair.show(self._pairKey(parameters), self._place())
        self._updateOverlay()
        if self._hover.following and not self._hover.knows(self._key(parameters)):
            self.makeMap()

    def _showMatch(self, job: SearchJob) -> None:
        parameters = self._parameters
        jump = parameters is not None and parameters.positionShowMatch
        if self._shown.showMatch(job, jump, aboutText(job.settings, job.point)):
            self._updateOverlay()

    def _matchText(self) -> str:
        """What was found of the place where the point is; also in a scene that was loaded."""
        parameters, place = self._parameters, self._point.place
        if parameters is None or place is None:
            return ""
        about = aboutText(self._settings(parameters), place)
        return inPanel(self._shown.matchSentence(self._aboutCt, about))

    def _forgetTask(self) -> None:
        """Cancels a map or search of which nobody wants to hear any more."""
        task, self._task = self._task, None
        if task is not None and not task.ended:
            task.callback = None
            self._queue.cancel(task)

    def _updateOverlay(self) -> None:
        if self._parameters is not None:  # otherwise what is shown stays
            parameters = self._parameters
            self._shown.update(parameters.positionOverlay, parameters.positionOpacity)

    def _onSceneClose(self, _caller: Any, _event: Any) -> None:
        self._forgetTask()
        self._hover.follow(False)
        self._shown.forget()
        self._failure.clear()
        self._cancelled.clear()
        self._remarks, self._answer = [], None
        self._onChanged()
