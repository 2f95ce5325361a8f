"""The part of the panel that shows where a model believes a clicked place to be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
import slicer
from slicer import vtkMRMLScalarVolumeNode
from slicer.i18n import tr as _

from VoCoLib.models.catalogue import Catalogue
from VoCoSegmentationLib import texts
from VoCoSegmentationLib.jobs import JobQueue
from VoCoSegmentationLib.positionLive import LiveQuery, Wish
from VoCoSegmentationLib.positionModels import PositionModels
from VoCoSegmentationLib.positionNodes import PositionNodes
from VoCoSegmentationLib.positionOverlay import SliceOverlay
from VoCoSegmentationLib.positionPoint import PositionPoint
from VoCoSegmentationLib.positionResults import (
    CT_ROLE,
    clearAnswer,
    showAnswer,
    showMaps,
    showMatch,
    showNumbers,
)
from VoCoSegmentationLib.positionTable import PositionTable
from VoCoSegmentationLib.positionTasks import (
    CloseJob,
    MapJob,
    PositionJob,
    PreparedViews,
    QueryJob,
    SearchJob,
    ViewSettings,
    stateOf,
)
from VoCoSegmentationLib.resultSection import showTable
from VoCoSegmentationLib.runSection import FULL
from VoCoSegmentationLib.tasks import SegmentationJob

OVERLAYS = ("similarity", "confidence", "error", "")  # roles of nodes; nothing
PLACEMENTS = ("", "fit", "native")
SHAPES = ("point", "query", "bases", "best", "predicted")


class PositionSection:
    """The position view: model, grid, point, answer, map, and the search in another CT.

    Args:
        ui: the panel's widgets.
        catalogue: the models.
        queue: takes what the worker is asked.
        isInstalled: whether the Python packages are there.
        ensureInstalled: asks to install them if need be; False if that was declined.
    """

    def __init__(
        self,
        ui: Any,
        catalogue: Catalogue,
        queue: JobQueue,
        isInstalled: Callable[[], bool],
        ensureInstalled: Callable[[], bool],
    ) -> None:
        self._ui = ui
        self._queue = queue
        self._isInstalled = isInstalled
        self._ensureInstalled = ensureInstalled
        self._scene = slicer.mrmlScene
        self._parameters: Any = None
        self._entered = self._hidden = False
        self._model = ""
        self._failure = ""  # of the last query
        self._remarks: list[str] = []  # about the last answer
        self._task: PositionJob | None = None  # the last map or search
        self._query: QueryJob | None = None
        self._matched: tuple[Any, ...] = ()  # what the last match is about
        self._nodes = PositionNodes(self._scene)
        self._overlay = SliceOverlay(self._scene)
        self._overlays: list[str] = []  # the roles in the list
        self._wanted = OVERLAYS[0]  # of them; may not be there yet
        self._views = PreparedViews()
        self._live = LiveQuery(self._scene, queue, self._views, self._onQuery)
        self._point = PositionPoint(self._nodes, self._onMoved, self.refresh)
        self._models = PositionModels(ui, catalogue, self._onModelChosen)
        self._table = PositionTable(ui.positionTableWidget)
        self._closing = self._scene.AddObserver(self._scene.StartCloseEvent, self._onSceneClose)
        self._connect()

    def _connect(self) -> None:
        ui = self._ui
        ui.positionPlacementComboBox.addItems(
            [_("As trained"), _("Whole body in one grid"), _("Voxels keep their size")]
        )
        ui.positionPlacementComboBox.connect("activated(int)", self._onPlacementChosen)
        ui.positionOverlayComboBox.connect("activated(int)", self._onOverlayChosen)
        ui.positionCollapsibleButton.connect("contentsCollapsed(bool)", self.refresh)
        for button, slot in (
            (ui.placePointButton, self._onPlace),
            (ui.findMatchButton, self._onFind),
            (ui.positionMapButton, self._onMap),
            (ui.positionTableButton, self._onTable),
            (ui.positionPlotButton, self._onPlot),
            (ui.positionCancelButton, self._onCancel),
            (ui.hidePositionButton, self._onHide),
            (ui.removePositionButton, self._onRemove),
        ):
            button.connect("clicked(bool)", slot)

    def close(self) -> None:
        """The panel is closed: what is shown stays, what is computed has nowhere to be shown."""
        self._live.stop()
        self._forgetTask()
        self._query = None
        self._point.close()
        self._scene.RemoveObserver(self._closing)

    def setEntered(self, entered: bool) -> None:
        """Whether the user sees the panel: only then the worker is asked about the point."""
        self._entered = entered
        self.refresh()

    def setParameters(self, parameters: Any) -> None:
        """Shows a parameter node; None while there is none."""
        self._parameters = parameters
        self._failure = ""
        # perhaps in a scene that was loaded; a map alone does not say so itself
        self._hidden = self._nodes.isHidden() or (self._hidden and not self._nodes.isEmpty())
        if parameters is None:
            self._point.stopPlacing()
            self._point.follow(None)
        self.refresh()

    def refresh(self, *_args: Any) -> None:
        """Shows what parameters, point and worker say, and asks what is not known yet."""
        parameters = self._parameters
        if parameters is not None:
            self._model = self._models.show(parameters.positionModel, parameters.modelId)
            placement = parameters.positionPlacement  # a script may have set anything
            index = PLACEMENTS.index(placement) if placement in PLACEMENTS else -1
            self._ui.positionPlacementComboBox.currentIndex = index
            if not self._point.placing:
                self._point.follow(parameters.positionPoint)
            self._removeOrphans()
            self._hidden = self._hidden and not self._nodes.isEmpty()
        self._updateOverlay()
        self._ask()
        self.showState()

    def _ask(self) -> None:
        wish = self._wish()
        if wish is not None:
            self._live.ask(wish)
        else:
            self._live.stop()

    def showState(self) -> None:
        """Shows what is going on."""
        ui, hasNodes = self._ui, not self._nodes.isEmpty()
        ui.placePointButton.checked = self._point.placing
        ui.placePointButton.enabled = not self._reason() and not self._hidden
        isFree = self._canAsk() and (self._task is None or self._task.ended)
        hasPoint = self._point.place is not None
        ui.positionMapButton.enabled = isFree
        ui.findMatchButton.enabled = isFree and hasPoint and self._reference() is not None
        for button in (ui.positionTableButton, ui.positionPlotButton):
            button.enabled = self._nodes.find("table") is not None
        ui.hidePositionButton.enabled = ui.removePositionButton.enabled = hasNodes
        ui.hidePositionButton.text = _("Show") if self._hidden else _("Hide")
        for label in (ui.positionAnswerLabel, ui.positionMatchLabel, ui.positionMapLabel):
            label.visible = bool(label.text)
        self._showProgress()
        ui.positionStatusLabel.text = self._status()

    def _showProgress(self) -> None:
        job, bar = self._working(), self._ui.positionProgressBar
        bar.visible = self._ui.positionCancelButton.visible = job is not None
        if job is not None:
            bar.maximum = FULL if job.fraction is not None else 0  # 0: for how long is unknown
            bar.value = int(FULL * (job.fraction or 0))

    def _working(self) -> PositionJob | None:
        """The job that lasts long enough to be shown."""
        if self._task is not None and not self._task.ended:
            return self._task
        query = self._query
        isPreparing = query is not None and query.state == "running" and not query.grid
        return query if isPreparing else None

    def _status(self) -> str:
        """One line or two: what is to be done, what goes on, or how the answer was made."""
        working, running = self._working(), self._queue.running
        if self._point.placing:
            return self._placingText()
        if self._live.waits and isinstance(running, SegmentationJob):
            return _("Waiting for the segmentation of {volume}.").format(volume=running.title)
        if self._live.waits and running is not None and running is not working:
            return _("Waiting for: {title}.").format(title=running.title)
        if working is not None:
            return texts.jobState(working)
        if self._live.busy:
            return _("Comparing…")
        if self._hidden:
            return _("The position view is hidden.")
        return self._failure or self._reason() or "\n".join(self._remarks) or self._invitation()

    def _placingText(self) -> str:
        text = _("Click on a place of the body in a slice view. The right button cancels.")
        volumeNode = self._parameters.inputVolume if self._parameters else None
        composites = slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode", self._scene)
        shown = [composite.GetBackgroundVolumeID() for composite in composites]
        if volumeNode is not None and volumeNode.GetID() not in shown:
            unseen = _("No slice view shows {volume} now.").format(volume=volumeNode.GetName())
            return f"{unseen} {text}"
        return text

    def _invitation(self) -> str:
        if not self._isInstalled():
            return _("Place point will ask to install Python packages first.")
        return _("Press Place point and click on a place of the body in a slice view.")

    def _reason(self) -> str:
        """Why nothing can be asked; empty if it can."""
        if self._parameters is None or self._parameters.inputVolume is None:
            return _("Choose a CT volume above.")
        if not self._model:
            return self._models.problem or _("Download a model above, or choose a file of weights.")
        return ""

    def _canAsk(self) -> bool:
        return not self._reason() and not self._hidden and self._isInstalled()

    def _settings(self) -> ViewSettings:
        parameters = self._parameters
        bases = parameters.positionBases if parameters.positionBases > 1 else None
        placement = parameters.positionPlacement or None
        return ViewSettings(self._model, bases, placement, parameters.device)

    def _wish(self) -> Wish | None:
        """What the worker is to be asked; None while nobody wants to know."""
        isSeen = self._entered and not self._ui.positionCollapsibleButton.collapsed
        if not isSeen or not self._canAsk() or self._point.place is None:
            return None
        volumeNode = self._parameters.inputVolume
        return volumeNode.GetID(), stateOf(volumeNode), self._settings(), self._point.place

    def _reference(self) -> vtkMRMLScalarVolumeNode | None:
        """The other CT, if one is chosen."""
        parameters = self._parameters
        node = parameters.positionReference if parameters else None
        return None if parameters is None or node is parameters.inputVolume else node

    # the point ------------------------------------------------------------------------------------

    def _onPlace(self, checked: bool = False) -> None:
        if not checked:
            self._point.stopPlacing()
        elif self._ensureInstalled():
            self._parameters.positionPoint = self._point.startPlacing()
        self.refresh()

    def _onMoved(self) -> None:
        if self._point.place is None:
            self.refresh()
        else:  # many times a second
            self._ask()
            self.showState()

    def _onQuery(self, job: QueryJob) -> None:
        self._query = job
        if job.state == "finished":
            self._showAnswer(job)
        elif job.state == "failed" and _isLost(job) and self._views.forget():
            self._live.askAgain()
        elif job.state in ("failed", "cancelled"):
            self._failure = str(job.error)
            self._clearAnswer()
            self._updateOverlay()
        self.showState()

    def _showAnswer(self, job: QueryJob) -> None:
        volumeNode = self._scene.GetNodeByID(job.volumeId)
        if volumeNode is None or job.answer is None:
            return
        with slicer.util.RenderBlocker():
            showAnswer(self._nodes, volumeNode, job.grid, job.answer)
            self._updateOverlay()
        self._failure = ""
        self._remarks = [_("Compared: {what}.").format(what=job.compared), *job.warnings]
        self._ui.positionAnswerLabel.text = job.answer["sentence"]
        if _subject(job) != self._matched:
            self._ui.positionMatchLabel.text = ""
        self._table.show(job.answer)
        qt.QTimer.singleShot(0, self._showNumbers)  # not all at once: Slicer stays smooth

    def _showNumbers(self) -> None:
        query = self._query
        if query is not None and query.answer is not None and self._nodes.find("query") is not None:
            showNumbers(self._nodes, query.answer)
            self.showState()

    def _clearAnswer(self) -> None:
        clearAnswer(self._nodes)
        self._remarks = []
        self._ui.positionAnswerLabel.text = ""
        self._table.show(None)

    def _removeOrphans(self) -> None:
        """Removes what is about a point or a CT that is not there any more."""
        if self._point.place is None and not self._point.placing:
            self._clearAnswer()
        roles = ("similarity", "confidence", "error", "match similarity")
        found = {role: self._nodes.find(role) for role in roles}
        gone = {role for role, node in found.items() if node and not node.GetNodeReference(CT_ROLE)}
        if "similarity" in gone:
            self._clearAnswer()
        if gone & {"confidence", "error"}:
            self._nodes.removeRole("confidence", "error")
            self._ui.positionMapLabel.text = ""
        if "match similarity" in gone:
            self._nodes.removeRole("match", "match similarity")
            self._ui.positionMatchLabel.text = ""

    # map and search -------------------------------------------------------------------------------

    def _onMap(self, _checked: bool = False) -> None:
        volumeNode, settings = self._parameters.inputVolume, self._settings()
        self._start(lambda c: MapJob(self._scene, self._views, volumeNode, settings, c))

    def _onFind(self, _checked: bool = False) -> None:
        referenceNode, place = self._reference(), self._point.place
        if referenceNode is None or place is None:
            return
        volumeNode, pointNode = self._parameters.inputVolume, self._parameters.positionPoint
        about = (self._views, volumeNode, self._settings(), place, pointNode.GetID(), referenceNode)
        self._start(lambda c: SearchJob(self._scene, *about, c))

    def _start(self, make: Callable[[Callable[[Any], None]], PositionJob]) -> None:
        """Queues a job, and once more if the worker has lost what it was prepared for."""

        def changed(job: Any) -> None:
            if job.state == "failed" and _isLost(job) and self._views.forget():
                self._start(make)
            elif job.state == "finished" and isinstance(job, MapJob):
                self._showMaps(job)
            elif job.state == "finished":
                self._showMatch(job)
            elif job.state in ("failed", "cancelled"):
                self._failure = str(job.error)
            self.showState()

        self._failure = ""
        self._task = make(changed)
        self._queue.add(self._task)

    def _showMaps(self, job: MapJob) -> None:
        volumeNode = self._scene.GetNodeByID(job.volumeId)
        if volumeNode is None or job.maps is None:
            return
        showMaps(self._nodes, volumeNode, job.maps, job.result["affine"])
        self._ui.positionMapLabel.text = job.summary
        self._remarks = [_("Compared: {what}.").format(what=job.compared), *job.warnings]
        self._wanted = "confidence"
        self._updateOverlay()

    def _showMatch(self, job: SearchJob) -> None:
        referenceNode = self._scene.GetNodeByID(job.referenceId)
        pointNode = self._scene.GetNodeByID(job.pointId)
        if referenceNode is None or pointNode is None or job.similarity is None:
            return
        showMatch(self._nodes, pointNode, referenceNode, job.match, job.similarity)
        self._ui.positionMatchLabel.text, self._matched = job.summary, _subject(job)
        if self._hidden:
            self._nodes.setVisible(False)
        elif self._parameters is not None and self._parameters.positionShowMatch:
            self._overlay.turnTo(referenceNode)
            for sliceNode in self._overlay.views(job.referenceId):
                sliceNode.JumpSliceByCentering(*job.match["point_mm"])
        self._updateOverlay()

    def _onCancel(self, _checked: bool = False) -> None:
        if self._task is not None and not self._task.ended:
            self._queue.cancel(self._task)
        else:
            self._live.cancel()
            self._query, self._failure = None, _("Cancelled. Move the point to ask again.")
        self.showState()

    def _forgetTask(self) -> None:
        """Cancels a map or search of which nobody wants to hear any more."""
        task, self._task = self._task, None
        if task is not None and not task.ended:
            task.callback = None
            self._queue.cancel(task)

    # what is shown --------------------------------------------------------------------------------

    def _onModelChosen(self, name: str) -> None:
        if self._parameters is not None:
            self._parameters.positionModel = name
        self.refresh()

    def _onPlacementChosen(self, index: int) -> None:
        if self._parameters is not None:
            self._parameters.positionPlacement = PLACEMENTS[index]

    def _onOverlayChosen(self, index: int) -> None:
        self._wanted = self._overlays[index]
        self._updateOverlay()

    def _listOverlays(self) -> str:
        """Lists what there is to be shown over the CT; returns which of it is."""
        titles = {
            "similarity": _("Similarity"),
            "confidence": _("Map: confidence"),
            "error": _("Map: error, mm"),
            "": _("Nothing"),
        }
        roles = [role for role in OVERLAYS if not role or self._nodes.find(role) is not None]
        combo = self._ui.positionOverlayComboBox
        if roles != self._overlays:
            self._overlays = roles
            combo.clear()
            combo.addItems([titles[role] for role in roles])
        shown = self._wanted if self._wanted in roles else roles[0]
        combo.currentIndex = roles.index(shown)
        return shown

    def _updateOverlay(self) -> None:
        """Shows the chosen volume over its CT, and the search over the other CT."""
        shown, overlays = self._listOverlays(), {}
        for role in (shown, "match similarity") if shown and not self._hidden else ():
            node = self._nodes.find(role)
            ctId = node.GetNodeReferenceID(CT_ROLE) if node is not None else None
            if ctId:
                overlays[ctId] = node.GetID()
        if self._parameters is not None:  # otherwise what is shown stays
            self._overlay.show(overlays, self._parameters.positionOpacity)
            self._separate()

    def _separate(self) -> None:
        """Boxes and points of one patient do not belong over the other."""
        node = self._nodes.find("match similarity")
        referenceId = node.GetNodeReferenceID(CT_ROLE) if node is not None else None
        theirs = self._overlay.views(referenceId) if referenceId else []
        everywhere = slicer.util.getNodesByClass("vtkMRMLViewNode", self._scene)
        slices = slicer.util.getNodesByClass("vtkMRMLSliceNode", self._scene)
        ours = [view for view in slices if view not in theirs]
        self._nodes.showIn(SHAPES, [*ours, *everywhere] if theirs else [])
        self._nodes.showIn(("match",), [*theirs, *everywhere] if theirs else [])

    def _onTable(self, _checked: bool = False) -> None:
        tableNode = self._nodes.find("table")
        if tableNode is not None:
            showTable(tableNode)

    def _onPlot(self, _checked: bool = False) -> None:
        chartNode = self._nodes.find("chart")
        if chartNode is not None:
            slicer.modules.plots.logic().ShowChartInLayout(chartNode)

    def _onHide(self, _checked: bool = False) -> None:
        self._hidden = not self._hidden
        self._point.stopPlacing()
        self._nodes.setVisible(not self._hidden)
        if self._hidden:
            self._overlay.hide()
        self.refresh()

    def _onRemove(self, _checked: bool = False) -> None:
        self._live.stop()
        self._point.stopPlacing()
        self._forgetTask()
        self._overlay.hide()
        if self._parameters is not None:
            self._parameters.positionPoint = None
        self._nodes.remove()
        self._hidden, self._failure, self._query = False, "", None
        self._clearAnswer()
        self._ui.positionMatchLabel.text = self._ui.positionMapLabel.text = ""
        views = self._views.forget()
        if views:
            self._queue.add(CloseJob(views))
        self.refresh()

    def _onSceneClose(self, _caller: Any, _event: Any) -> None:
        self._forgetTask()
        self._overlay.forget()
        self._hidden, self._failure, self._remarks = False, "", []
        self._table.show(None)
        for label in ("positionAnswerLabel", "positionMatchLabel", "positionMapLabel"):
            getattr(self._ui, label).text = ""


def _subject(job: QueryJob | SearchJob) -> tuple[Any, ...]:
    """What a job is about."""
    return job.volumeId, job.settings, job.point


def _isLost(job: PositionJob) -> bool:
    """Whether the worker has ended since it was prepared."""
    return job.error is not None and job.error.code == "no_view"
