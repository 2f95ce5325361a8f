"""One run: what it does, its curves and its log, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from slicer import vtkMRMLNode, vtkMRMLScene
from slicer.i18n import tr as _
from VoCoSegmentationLib.jobs.models import ImportJob
from VoCoSegmentationLib.panelWords import inPanel
from VoCoSegmentationLib.presenters.partJobs import Progress
from VoCoSegmentationLib.presenters.seams import FrontEnd
from VoCoSegmentationLib.texts import jobState

from VoCoLib.errors import VoCoError
from VoCoLib.locations import GUESSES_FILE
from VoCoLib.processes.file_stamp import stamp
from VoCoLib.runs.health import health
from VoCoLib.runs.summary import RunSummary
from VoCoLib.training.jobs.background import is_active
from VoCoPretrainLib import texts
from VoCoPretrainLib.curveNodes import CURVES, FEWEST_POINTS, CurveNodes, countPoints
from VoCoPretrainLib.presenters.history import RunHistory
from VoCoPretrainLib.presenters.seams import TrainingLogic

REDRAWN = 0.002  # a curve is drawn anew when so large a part of it is new


@dataclass(frozen=True)
class RunView:
    """What is shown of a run.

    Attributes:
        isSelected: whether there is one.
        situation: what it is doing, or why it is not.
        progress: None: no bar.
        canStop, canResume, canDelete, canUse, canShowCurve: buttons.
        stop, stopTip, useTip, curveTip: texts of buttons.
        health: how well it learns: a word of the library and what it means here; may be empty.
        guesses: picture of where it takes some crops for, with the time it was made; may be empty.
        metrics: the last values; may be empty.
        log: its last lines.
    """

    isSelected: bool
    situation: str
    progress: Progress | None = None
    canStop: bool = False
    stop: str = ""
    stopTip: str = ""
    canResume: bool = False
    canDelete: bool = False
    canUse: bool = False
    useTip: str = ""
    canShowCurve: bool = False
    curveTip: str = ""
    health: tuple[str, str, str] = ("", "", "")
    guesses: tuple[str, int] = ("", 0)
    metrics: str = ""
    log: tuple[str, ...] = ()


class RunPresenter:
    """Follows the selected run, and does what the user wants with it.

    Args:
        scene: where the curves are.
        logic: of the module.
        frontEnd: asks, and shows charts.
        onDone: called after something was done to a run.
        onModel: called with the id of a model that was added to the catalogue.
    """

    def __init__(
        self,
        scene: vtkMRMLScene,
        logic: TrainingLogic,
        frontEnd: FrontEnd,
        onDone: Callable[[], None],
        onModel: Callable[[str], None],
    ) -> None:
        self._logic = logic
        self._frontEnd = frontEnd
        self._onDone = onDone
        self._onModel = onModel
        self._run: RunSummary | None = None
        self._isEmpty = True
        self._history: RunHistory | None = None
        self._drawn = 0  # metrics that the curve has
        self._curve = self._shown = CURVES[0]  # that the user chose, and that is shown
        self._smooth = self._logarithmic = False
        self._adding: ImportJob | None = None  # a model to the catalogue
        self._curves = CurveNodes(scene)

    @property
    def runId(self) -> str:
        """Of the run; empty for none."""
        return self._run.id if self._run is not None else ""

    @property
    def behind(self) -> bool:
        """Whether there is much of the run that was not read yet."""
        return self._history is not None and self._history.behind

    def close(self) -> None:
        """Removes the curves; a model is still added, but not shown."""
        if self._adding is not None:
            self._adding.callback = None
        self._curves.remove()

    def select(self, run: RunSummary | None, isEmpty: bool) -> None:
        """Takes over how a run is now, and reads what is new of it.

        Args:
            run: None for none.
            isEmpty: there is no run that could be selected.
        """
        self._isEmpty = isEmpty
        if run is None or self._run is None or run.id != self._run.id:
            self._history = None if run is None else RunHistory(self._logic.folderOf(run.id))
            self._drawn = 0
        self._run = run
        if run is None or self._history is None:
            return
        self._history.read()
        new = abs(len(self._history.metrics.metrics) - self._drawn)  # a resumed run has fewer
        due = new > (REDRAWN * self._drawn if run.state.live else 0)
        if due and not self.behind and self._curves.chart(CURVES[0]) is not None:
            if self._possibleCurve() != self._shown:  # the chosen one has a line now
                self.showCurve()
            else:
                self._draw()

    def view(self) -> RunView:
        """What is shown."""
        run = self._run
        if run is None or self._history is None:
            empty, full = _("There are no runs yet."), _("Select a run in the table.")
            return RunView(False, empty if self._isEmpty else full)
        name, active = run.state.name, is_active(run.state.name)
        isStopping = name == "stopping"
        hasModel = self._logic.modelFile(run.id) is not None
        # a run that was started at a terminal has printed there
        log = self._logic.folderOf(run.id).log_lines() or list(self._history.messages)
        points = countPoints(self._possibleCurve(), self._history.metrics)
        return RunView(
            isSelected=True,
            situation="\n".join([texts.situation(run), *map(inPanel, self._history.symptoms)]),
            progress=_progress(run),
            canStop=active,
            stop=_("Stop now") if isStopping else _("Stop"),
            stopTip=_("Ends it at once; what it did since its last checkpoint is lost.")
            if isStopping
            else _("Saves a checkpoint and ends; the run can be resumed."),
            canResume=name in ("stopped", "failed", "lost"),
            canDelete=not active,
            canUse=hasModel and self._adding is None,
            useTip=self._useTip(hasModel),
            canShowCurve=points >= FEWEST_POINTS,
            curveTip=_curveTip(points),
            health=self._health(),
            guesses=self._guesses(),
            metrics=texts.metrics(self._history.latest()),
            log=tuple(log),
        )

    def _health(self) -> tuple[str, str, str]:
        """The word of the library, and what it means to people."""
        assert self._history is not None and self._run is not None
        found = health(self._history.metrics)
        return (found.word, *texts.health(found, self._run.state.name))

    def _guesses(self) -> tuple[str, int]:
        """The picture of where the network takes some crops for, and when it was made."""
        path = self._logic.folderOf(self.runId).path / GUESSES_FILE
        made = stamp(path)
        return (str(path), made[0]) if made is not None else ("", 0)

    def drawAs(self, smooth: bool, logarithmic: bool) -> None:
        """Chooses how the curves are drawn."""
        self._smooth, self._logarithmic = smooth, logarithmic
        self._draw()

    def showCurve(self) -> None:
        """Shows the chosen curve beside the views."""
        self._draw()
        self._shown = self._possibleCurve()
        chart: vtkMRMLNode | None = self._curves.chart(self._shown)
        if chart is not None:
            self._frontEnd.showChart(chart)

    def _possibleCurve(self) -> str:
        """The chosen curve; the loss as long as that has no line."""
        if self._history is None:
            return self._curve
        points = countPoints(self._curve, self._history.metrics)
        return self._curve if points >= FEWEST_POINTS else "loss"

    def changeCurve(self, index: int) -> None:
        """Chooses one of CURVES, and shows it if another one is shown."""
        self._curve = CURVES[index]
        if self._curves.chart(CURVES[0]) is not None:
            self.showCurve()

    def stop(self) -> None:
        """Asks the run to end; if it was asked before, ends it at once."""
        if self._run is not None:
            isStopping = self._run.state.name == "stopping"
            self._do(self._logic.stop, self._run.id, isStopping)

    def resume(self) -> None:
        """Goes on with the run."""
        if self._run is not None and self._frontEnd.ensureInstalled():
            self._do(self._logic.resume, self._run.id)

    def delete(self) -> None:
        """Deletes the run, if the user agrees."""
        if self._run is None:
            return
        question = _("Delete {name} with its checkpoints, its model and its log?").format(
            name=self._run.name
        )
        if self._frontEnd.confirm(question, _("Delete a run")):
            self._do(self._logic.delete, self._run.id)

    def use(self) -> None:
        """Adds the model to the catalogue and turns to it."""
        if self._run is None:
            return
        runId = self._run.id
        if self._logic.modelOf(runId) is not None:
            question = _("There is a model {name} already. Replace it?").format(name=self._run.name)
            if not self._frontEnd.confirm(question, _("Use a model")):
                return
        self._do(self._logic.addToCatalogue, runId, self._onAdded)

    def _useTip(self, hasModel: bool) -> str:
        if self._adding is not None:
            return jobState(self._adding)
        if hasModel:
            return _("Adds the model to those of VoCo Segmentation and opens that module.")
        return _("There is a model after the first measure.")

    def _onAdded(self, job: ImportJob) -> None:
        self._adding = None if job.ended else job
        if job.state == "finished":
            self._onModel(job.modelId)
        elif job.ended:
            self._frontEnd.showError(str(job.error))
        self._onDone()

    def _do(self, action: Callable[..., Any], *arguments: Any) -> None:
        """Does something to a run and shows what came of it."""
        try:
            action(*arguments)
        except VoCoError as error:
            self._frontEnd.showError(str(error))
        self._onDone()

    def _draw(self) -> None:
        """Brings the curves up to date."""
        if self._run is None or self._history is None:
            return
        metrics = self._history.metrics
        self._drawn = len(metrics.metrics)
        self._curves.show(self._run.name, metrics, self._smooth, self._logarithmic)


def _curveTip(points: int) -> str:
    if points < FEWEST_POINTS:
        text = _("A curve needs {needed} points; this one has {count} so far.")
        return text.format(needed=FEWEST_POINTS, count=points)
    return _("Shows the curve in a plot view; it is live.")


def _progress(run: RunSummary) -> Progress | None:
    if not run.state.live:
        return None
    return Progress(None if run.done is None or not run.total else run.done / run.total)
