"""The module's panel: a new run, the table of runs, and the selected one."""

from __future__ import annotations

import os
from typing import Any

import ctk
import qt
import slicer
from slicer.i18n import tr as _
from VoCoSegmentationLib import models
from VoCoSegmentationLib.installFlow import ensureInstalled

from VoCoLib.errors import VoCoError
from VoCoLib.training.jobs.background import is_run_name
from VoCoPretrainLib.checkSection import CheckSection
from VoCoPretrainLib.dataSection import DataSection
from VoCoPretrainLib.runSection import RunSection
from VoCoPretrainLib.runTable import RunTable
from VoCoPretrainLib.settingsSection import SettingsSection
from VoCoPretrainLib.tasks import ExportJob

LOOK_MS = 1000  # between two looks at the runs
HURRY_MS = 100  # as long as there is much to read


class Panel:
    """What the module's widget shows and does.

    Args:
        ui: the widgets of the .ui file.
        logic: the module's logic.
    """

    def __init__(self, ui: Any, logic: Any) -> None:
        self._ui = ui
        self._logic = logic
        self._queue = logic.queue()
        self._timer = qt.QTimer()
        self._timer.setInterval(LOOK_MS)
        self._timer.connect("timeout()", self.refresh)
        ui.runsFolderEdit.filters = ctk.ctkPathLineEdit.Dirs | ctk.ctkPathLineEdit.Writable
        ui.runsFolderEdit.currentPath = str(logic.runsFolder)
        self._check = CheckSection(ui, self._queue, self._onCheck, self._showReason)
        self._data = DataSection(ui, self._onData)
        self._settings = SettingsSection(ui, self._showReason)
        self._run = RunSection(ui, logic, self.refresh)
        self._table = RunTable(ui.runsTable, self._onSelected)
        ui.nameLineEdit.text = self._logic.freeName(self._settings.kind)
        ui.nameLineEdit.connect("textChanged(QString)", lambda *_args: self._showReason())
        ui.kindComboBox.connect("currentIndexChanged(int)", lambda *_args: self._newName())
        ui.runsFolderEdit.connect("currentPathChanged(QString)", self._onFolder)
        ui.startButton.connect("clicked(bool)", self._onStart)
        self._showReason()

    def enter(self) -> None:
        """The user sees the panel: from now on it follows the runs."""
        self.refresh()
        self._timer.start()

    def exit(self) -> None:
        """The user does not see the panel any more."""
        self._timer.stop()

    def close(self) -> None:
        """Ends the panel; runs go on."""
        self._timer.stop()
        self._check.close()
        self._run.close()

    def refresh(self) -> None:
        """Shows what the scene and the folders of the runs say."""
        self._data.refresh()
        self._settings.showDevices(self._queue.devices)
        self._table.refresh(self._logic.jobs)
        self._settings.showStarts(self._starts())
        self._run.show(self._table.selected())
        self._timer.setInterval(HURRY_MS if self._run.behind else LOOK_MS)
        self._showReason()

    def _starts(self) -> list[tuple[str, str]]:
        """What a fine-tuning can start from: models that are here, and finished pre-trainings."""
        found = []
        for run in self._table.summaries.values():
            path = self._logic.modelFile(run.id)
            if path is not None and run.kind == "pretrain":
                found.append((str(path), _("Run {name}").format(name=run.name)))
        try:
            for model in self._logic.catalogue.models():
                if self._logic.catalogue.state(model) in models.USABLE:
                    found.append((model.id, model.title))
        except VoCoError:  # the user's own models cannot be read: the other module says so
            pass
        return found

    def _reason(self) -> str:
        """Why no run can be started; empty if one can."""
        if self._check.busy:
            return _("Wait for the check, or cancel it.")
        if self._data.isScene and not self._data.volumeNodes():
            return _("Tick a volume of the scene.")
        if not self._data.isScene and not self._data.path():
            return _("Choose the CT volumes to train on.")
        name = self._ui.nameLineEdit.text.strip()
        if not name:
            return _("Give the run a name.")
        if not is_run_name(name):
            return _("Choose a name that a folder can have on any computer.")
        if not str(self._ui.runsFolderEdit.currentPath).strip():
            return _("Choose the folder of the runs.")
        if os.path.exists(self._logic.runsFolder / name):  # never an OSError, as Path.exists()
            return _("There is a run of this name.")
        return ""

    def _showReason(self) -> None:
        reason = self._reason()
        self._ui.startButton.enabled = not reason
        self._ui.startButton.toolTip = reason or _("Trains in the background, also without Slicer.")
        self._ui.checkButton.enabled = self._check.busy or not reason
        self._ui.reasonLabel.text = reason
        self._ui.reasonLabel.setVisible(bool(reason))

    def _newName(self) -> None:
        self._ui.nameLineEdit.text = self._logic.freeName(self._settings.kind)

    def _onData(self) -> None:
        """The user chose other data, of which no check has said anything."""
        self._check.clear()
        self._showReason()

    def _onCheck(self) -> None:
        def check(data: str) -> None:
            self._check.check({**self._settings.values(), "data": data}, self._logic.runsFolder)

        self._withData(check)

    def _onStart(self, _checked: bool = False) -> None:
        values, name = self._settings.values(), self._ui.nameLineEdit.text.strip()

        def start(data: str) -> None:
            try:
                runId = self._logic.startRun({**values, "data": data}, name)
            except VoCoError as error:
                slicer.util.errorDisplay(str(error))
                return
            self._newName()
            self.refresh()
            self._table.select(runId)

        self._withData(start)

    def _withData(self, use: Any) -> None:
        """Has the data written if it is in the scene, then uses its path."""
        if not ensureInstalled(self._logic.installer):
            return
        self._showReason()
        if self._reason():  # another program has meanwhile taken the name, say
            return
        self._check.clear()
        if not self._data.isScene:
            use(self._data.path())
            return

        def changed(job: ExportJob) -> None:
            self._check.follow(job)
            if job.state == "finished":
                use(str(job.dataset))

        folder = self._logic.exportFolder(self._ui.nameLineEdit.text.strip())
        self._queue.add(ExportJob(slicer.mrmlScene, self._data.volumeNodes(), folder, changed))

    def _onFolder(self, path: str) -> None:
        if path.strip():
            self._logic.setRunsFolder(path)
        self.refresh()

    def _onSelected(self) -> None:
        self._run.show(self._table.selected())
