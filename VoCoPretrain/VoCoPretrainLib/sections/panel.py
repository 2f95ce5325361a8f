"""The module's panel: a new run, the table of runs, and the selected one."""

from __future__ import annotations

from typing import Any

import ctk
import qt
import slicer
from VoCoSegmentationLib.presenters import closing
from VoCoSegmentationLib.sections.slicerFrontEnd import SlicerFrontEnd

from VoCoPretrainLib import texts
from VoCoPretrainLib.presenters.newRun import Draft, NewRunPresenter
from VoCoPretrainLib.presenters.run import RunPresenter
from VoCoPretrainLib.presenters.runList import RunList
from VoCoPretrainLib.presenters.startProposal import starts
from VoCoPretrainLib.sections.dataSection import DataSection
from VoCoPretrainLib.sections.handOver import showModel
from VoCoPretrainLib.sections.newRunSection import NewRunSection
from VoCoPretrainLib.sections.runSection import RunSection
from VoCoPretrainLib.sections.runTable import RunTable
from VoCoPretrainLib.sections.settingsSection import SettingsSection

LOOK_MS = 1000  # between two looks at the runs
HURRY_MS = 100  # as long as there is much to read
AWAY_MS = 5000  # as long as another module is open


class Panel:
    """What the module's widget shows and does.

    Args:
        ui: the widgets of the .ui file; each section names those that it uses.
        logic: the module's logic, a presenters.seams.TrainingLogic with an installer.
    """

    def __init__(self, ui: Any, logic: Any) -> None:
        self._ui = ui
        self._logic = logic
        self._queue = logic.queue()
        self._timer = qt.QTimer()
        self._timer.setInterval(LOOK_MS)
        self._timer.connect("timeout()", self.refresh)
        self._away = qt.QTimer()
        self._away.connect("timeout()", self._lookFromAway)
        ui.runsFolderEdit.filters = ctk.ctkPathLineEdit.Dirs | ctk.ctkPathLineEdit.Writable
        ui.runsFolderEdit.currentPath = str(logic.runsFolder)
        self._front = front = SlicerFrontEnd(logic, self._showNewRun)
        scene = slicer.mrmlScene
        self._runs = RunList()
        self._newRun = NewRunPresenter(
            scene, logic, front, self._draft, self._showNewRun, self._onStarted
        )
        self._run = RunPresenter(scene, logic, front, self.refresh, showModel)
        self._data = DataSection(ui, self._newRun.forget)
        self._settings = SettingsSection(ui, self._showNewRun)
        self._newRunSection = NewRunSection(ui, self._newRun)
        self._runSection = RunSection(ui, self._run)
        self._table = RunTable(ui.runsTable, self._showRun)
        ui.nameLineEdit.text = self._logic.freeName(self._settings.kind)
        ui.nameLineEdit.connect("textChanged(QString)", lambda *_args: self._showNewRun())
        ui.kindComboBox.connect("currentIndexChanged(int)", lambda *_args: self._newName())
        self._typing = False  # in the folder of runs
        ui.runsFolderEdit.connect("currentPathChanged(QString)", self._onFolder)
        for edit in ui.runsFolderEdit.findChildren(qt.QLineEdit):
            edit.connect("textEdited(QString)", self._onTyping)
            edit.connect("editingFinished()", self._takeFolder)
        self._showNewRun()
        closing.goingOn.append(self._training)

    @property
    def isOutdated(self) -> bool:
        """Whether the session has another queue by now, because its module was reloaded."""
        return self._logic.queue() is not self._queue

    def enter(self) -> None:
        """The user sees the panel: from now on it follows the runs."""
        self._queue.addListener(self._showNewRun)
        self._away.stop()
        self.refresh()
        self._timer.start()

    def exit(self) -> None:
        """The user does not see the panel any more."""
        self._timer.stop()
        self._front.layoutBack()
        self._queue.removeListener(self._showNewRun)
        if self._runs.active:
            self._away.start(AWAY_MS)

    def close(self) -> None:
        """Ends the panel; runs go on."""
        closing.goingOn.remove(self._training)
        self._timer.stop()
        self._away.stop()
        self._queue.removeListener(self._showNewRun)
        self._newRun.close()
        self._run.close()

    def refresh(self) -> None:
        """Shows what the scene and the folders of the runs say."""
        self._data.refresh()
        self._settings.showDevices(self._queue.devices)
        self._look()
        self._table.show(self._runs.summaries)
        runs = list(self._runs.summaries.values())
        self._settings.showStarts(starts(self._logic, runs))
        self._settings.propose(self._newRun.proposal(runs))
        self._showRun()
        self._timer.setInterval(HURRY_MS if self._run.behind else LOOK_MS)
        self._showNewRun()

    def _training(self) -> list[str]:
        """Names of the runs that go on without Slicer."""
        self._look()
        return [run.name for run in self._runs.active]

    def _look(self) -> None:
        """Looks at the runs, and says which have ended."""
        for run in self._runs.refresh(self._logic.jobs):
            self._front.notify(texts.ended(run))

    def _lookFromAway(self) -> None:
        """What the panel does while another module is open."""
        self._look()
        if not self._runs.active:
            self._away.stop()

    def _draft(self) -> Draft:
        """The new run as it is filled in now."""
        return Draft(
            name=self._ui.nameLineEdit.text.strip(),
            values=self._settings.values(),
            path=None if self._data.isScene else self._data.path(),
            volumeNodes=tuple(self._data.volumeNodes()),
            runsFolder=str(self._ui.runsFolderEdit.currentPath).strip(),
        )

    def _showNewRun(self) -> None:
        self._newRunSection.show(self._newRun.view())

    def _showRun(self) -> None:
        self._run.select(self._table.selected(), not self._runs.summaries)
        self._runSection.show(self._run.view())

    def _newName(self) -> None:
        self._ui.nameLineEdit.text = self._logic.freeName(self._settings.kind)

    def _onStarted(self, runId: str) -> None:
        self._newName()
        self.refresh()
        self._table.select(runId)
        self._ui.newRunCollapsibleButton.collapsed = True  # the run is what is looked at now

    def _onTyping(self, _text: str) -> None:
        """Comes before the path has changed."""
        self._typing = True

    def _onFolder(self, _path: str) -> None:
        if not self._typing:  # chosen in a dialog, say
            self._takeFolder()
        else:
            self._showNewRun()

    def _takeFolder(self) -> None:
        """The folder of runs is complete: stores it and shows where it is."""
        self._typing = False
        edit = self._ui.runsFolderEdit
        path = str(edit.currentPath).strip()
        if path:
            self._logic.setRunsFolder(path)
            edit.currentPath = str(self._logic.runsFolder)
        self.refresh()
