"""The part of the panel about one run: what it does, its curves, its log, and what one can do."""

from __future__ import annotations

from typing import Any

import qt
import slicer
from slicer.i18n import tr as _
from VoCoSegmentationLib.installFlow import ensureInstalled
from VoCoSegmentationLib.tasks import ImportJob

from VoCoLib.errors import VoCoError
from VoCoLib.runs.folder import RunFolder
from VoCoLib.runs.summary import RunSummary
from VoCoLib.training.jobs.background import is_active
from VoCoPretrainLib import words
from VoCoPretrainLib.curveNodes import CURVES, CurveNodes
from VoCoPretrainLib.handOver import showModel
from VoCoPretrainLib.history import RunHistory

FULL = 1000  # of the progress bar
REDRAWN = 0.002  # a curve is drawn anew when so large a part of it is new


class RunSection:
    """Shows the selected run, and asks the logic for what the user wants.

    Args:
        ui: the panel's widgets.
        logic: the module's logic.
        refresh: called after something was done to a run.
    """

    def __init__(self, ui: Any, logic: Any, refresh: Any) -> None:
        self._ui = ui
        self._logic = logic
        self._refresh = refresh
        self._run: RunSummary | None = None
        self._history: RunHistory | None = None
        self._drawn = 0  # metrics that the curve has
        self._log: list[str] = []
        self._adding: ImportJob | None = None  # a model to the catalogue
        self._curves = CurveNodes(slicer.mrmlScene)
        ui.curveComboBox.addItems([_("Loss"), _("Learning rate"), _("Score")])
        ui.curveComboBox.connect("currentIndexChanged(int)", self._onCurve)
        for box in (ui.logScaleCheckBox, ui.smoothCheckBox):
            box.connect("toggled(bool)", lambda *_args: self._draw())
        for button, slot in (
            (ui.showCurveButton, self._onShowCurve),
            (ui.stopButton, self._onStop),
            (ui.resumeButton, self._onResume),
            (ui.openFolderButton, self._onOpenFolder),
            (ui.deleteButton, self._onDelete),
            (ui.useButton, self._onUse),
        ):
            button.connect("clicked(bool)", slot)

    def show(self, run: RunSummary | None) -> None:
        """Shows a run as it is now; None for none."""
        if run is None or self._run is None or run.id != self._run.id:
            self._history = None if run is None else RunHistory(self._folder(run))
            self._drawn = 0
        self._run = run
        self._ui.runFrame.setVisible(run is not None)
        if run is None or self._history is None:
            self._ui.situationLabel.text = _("Select a run in the table.")
            return
        self._history.read()
        self._ui.situationLabel.text = words.situation(run)
        self._showProgress(run)
        self._showButtons(run)
        self._showMetrics()
        self._showLog(run)
        new = abs(len(self._history.metrics.metrics) - self._drawn)  # a resumed run has fewer
        due = new > (REDRAWN * self._drawn if run.state.live else 0)
        if due and not self.behind and self._curves.chart("loss") is not None:
            self._draw()

    @property
    def behind(self) -> bool:
        """Whether there is much of the run that was not read yet."""
        return self._history is not None and self._history.behind

    def close(self) -> None:
        """Removes the curves; a model is still added, but not shown."""
        if self._adding is not None:
            self._adding.callback = None
        self._curves.remove()

    def _folder(self, run: RunSummary) -> RunFolder:
        return self._logic.folderOf(run.id)

    def _showProgress(self, run: RunSummary) -> None:
        bar = self._ui.runProgressBar
        bar.setVisible(run.state.live)
        known = run.done is not None and run.total
        bar.maximum = FULL if known else 0
        bar.value = int(FULL * run.done / run.total) if known else 0

    def _showButtons(self, run: RunSummary) -> None:
        ui, name = self._ui, run.state.name
        active = is_active(name)
        ui.stopButton.enabled = active
        ui.stopButton.text = _("Stop now") if name == "stopping" else _("Stop")
        ui.stopButton.toolTip = (
            _("Ends it at once; what it did since its last checkpoint is lost.")
            if name == "stopping"
            else _("Saves a checkpoint and ends; the run can be resumed.")
        )
        ui.resumeButton.enabled = name in ("stopped", "failed", "lost")
        ui.deleteButton.enabled = not active
        hasModel = self._logic.modelFile(run.id) is not None
        ui.useButton.enabled = hasModel and self._adding is None
        ui.useButton.toolTip = (
            _("Adds the model to those of VoCo Segmentation and opens that module.")
            if hasModel
            else _("There is a model when the run has finished.")
        )

    def _showMetrics(self) -> None:
        assert self._history is not None
        latest = self._history.latest()
        self._ui.metricsLabel.text = words.metrics(latest)
        self._ui.metricsLabel.setVisible(bool(latest))

    def _showLog(self, run: RunSummary) -> None:
        assert self._history is not None
        # a run that was started at a terminal has printed there
        lines = self._folder(run).log_lines() or list(self._history.messages)
        if lines != self._log:
            self._log = lines
            self._ui.logTextEdit.setPlainText("\n".join(lines))
            bar = self._ui.logTextEdit.verticalScrollBar()
            bar.value = bar.maximum

    def _draw(self) -> None:
        """Brings the curves up to date."""
        if self._run is None or self._history is None:
            return
        metrics = self._history.metrics
        self._drawn = len(metrics.metrics)
        smooth, logarithmic = self._ui.smoothCheckBox.checked, self._ui.logScaleCheckBox.checked
        self._curves.show(self._run.name, metrics, smooth, logarithmic)

    def _onShowCurve(self, _checked: bool = False) -> None:
        self._draw()
        chart = self._curves.chart(CURVES[self._ui.curveComboBox.currentIndex])
        if chart is not None:
            slicer.modules.plots.logic().ShowChartInLayout(chart)

    def _onCurve(self, _index: int) -> None:
        if self._curves.chart("loss") is not None:
            self._onShowCurve()

    def _onStop(self, _checked: bool = False) -> None:
        assert self._run is not None
        self._do(self._logic.stop, self._run.id, self._run.state.name == "stopping")

    def _onResume(self, _checked: bool = False) -> None:
        assert self._run is not None
        if ensureInstalled(self._logic.installer):
            self._do(self._logic.resume, self._run.id)

    def _onOpenFolder(self, _checked: bool = False) -> None:
        assert self._run is not None
        qt.QDesktopServices.openUrl(qt.QUrl.fromLocalFile(self._run.id))

    def _onDelete(self, _checked: bool = False) -> None:
        assert self._run is not None
        question = _("Delete {name} with its checkpoints, its model and its log?").format(
            name=self._run.name
        )
        if slicer.util.confirmOkCancelDisplay(question, _("Delete a run")):
            self._do(self._logic.delete, self._run.id)

    def _onUse(self, _checked: bool = False) -> None:
        assert self._run is not None
        runId = self._run.id
        try:
            known = self._logic.isInCatalogue(runId)
        except VoCoError as error:  # the user's own models cannot be read
            slicer.util.errorDisplay(str(error))
            return
        if known:
            question = _("There is a model {name} already. Replace it?").format(
                name=self._logic.modelId(runId)
            )
            if not slicer.util.confirmOkCancelDisplay(question, _("Use a model")):
                return
        self._do(self._logic.addToCatalogue, runId, self._onAdded)

    def _onAdded(self, job: ImportJob) -> None:
        self._adding = None if job.ended else job
        if self._run is not None:
            self._showButtons(self._run)
        if job.state == "finished":
            showModel(job.modelId)
        elif job.ended:
            slicer.util.errorDisplay(str(job.error))

    def _do(self, action: Any, *arguments: Any) -> None:
        """Does something to a run and shows what came of it."""
        try:
            action(*arguments)
        except VoCoError as error:
            slicer.util.errorDisplay(str(error))
        self._refresh()
