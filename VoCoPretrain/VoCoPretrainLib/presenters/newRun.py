"""A run that is to be: whether it can be started, what a check of its data finds, and the start."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slicer import vtkMRMLScalarVolumeNode, vtkMRMLScene
from slicer.i18n import tr as _
from VoCoSegmentationLib.jobs.queue import TRAINING, Job
from VoCoSegmentationLib.presenters.bodyRegion import RegionPresenter
from VoCoSegmentationLib.presenters.notice import Notice
from VoCoSegmentationLib.presenters.partJobs import PartJobs, Progress
from VoCoSegmentationLib.presenters.seams import FrontEnd

from VoCoLib.errors import VoCoError
from VoCoLib.images.body_regions import BodyRegions
from VoCoLib.runs.summary import RunSummary
from VoCoLib.training.jobs.background import is_run_name
from VoCoPretrainLib import texts
from VoCoPretrainLib.jobs import CheckJob, ExportJob, TrialJob
from VoCoPretrainLib.presenters.seams import TrainingLogic
from VoCoPretrainLib.presenters.startProposal import Proposal, propose
from VoCoPretrainLib.sceneData import isResult, segmentationOf


@dataclass(frozen=True)
class Draft:
    """A new run as the user has filled it in.

    Attributes:
        name: of the run.
        values: the settings, as config.json names them; without the data.
        path: of the data; empty if none is chosen; None if the data is in the scene.
        volumeNodes: of the scene.
        runsFolder: as it is typed.
    """

    name: str
    values: dict[str, Any]
    path: str | None
    volumeNodes: tuple[vtkMRMLScalarVolumeNode, ...]
    runsFolder: str


@dataclass(frozen=True)
class NewRunView:
    """What is shown below a draft.

    Attributes:
        reason: why no run can be started; empty if one can.
        startTip: of the button Start.
        check: text of the button that checks, or cancels that.
        canCheck: whether it can be pressed.
        progress: of what goes on before the start; None: no bar.
        found: what was found so far, and what goes on; may be empty.
        picture: file of what the network will see; empty: none.
    """

    reason: str
    startTip: str
    check: str
    canCheck: bool
    progress: Progress | None
    found: str
    picture: str


class NewRunPresenter:
    """Decides about Start and Check.

    Args:
        scene: where the volumes may be.
        logic: of the module.
        frontEnd: asks.
        draft: returns what is filled in now.
        onChanged: called when view() may be another one.
        onStarted: called with the id of a run that was started.
    """

    def __init__(
        self,
        scene: vtkMRMLScene,
        logic: TrainingLogic,
        frontEnd: FrontEnd,
        draft: Callable[[], Draft],
        onChanged: Callable[[], None],
        onStarted: Callable[[str], None],
    ) -> None:
        self._scene = scene
        self._logic = logic
        self._queue = logic.queue()
        self._frontEnd = frontEnd
        self._draft = draft
        self._onChanged = onChanged
        self._onStarted = onStarted
        self._jobs = PartJobs(self._queue, TRAINING)
        self._job: Job | None = None  # that runs or waits before the start
        self._ended: Job | None = None  # one that failed or was cancelled
        self._checked, self._tried = Notice(), Notice()  # what was found
        self._seen = Notice()  # the file of a picture of it
        self._pictures = tempfile.TemporaryDirectory(prefix="voco-", ignore_cleanup_errors=True)
        self._written = Notice()  # what was said when volumes were written
        self._shown: BodyRegions | None = None  # by the data that was checked
        self._shownOf = ""  # path of that
        self._regions = RegionPresenter(frontEnd, onChanged)

    def close(self) -> None:
        """Cancels the job, whose end nobody would see."""
        self._regions.stop()
        if self._job is not None:
            self._job.callback = None
            self._queue.cancel(self._job)
        self._pictures.cleanup()

    def view(self) -> NewRunView:
        """What is shown."""
        job, reason = self._job, self._reason()
        draft = self._draft()
        said = [self._written.text(self._data(draft)), self._checked.text(self._data(draft))]
        said.append(self._tried.text(self._all(draft)))
        shown = job or self._ended
        if shown is not None and shown.ended and shown.scene != self._queue.scenes:
            shown = self._ended = None if shown.ofScene else shown
        said.append(self._jobs.state(shown) if shown is not None else "")
        return NewRunView(
            reason=reason,
            startTip=reason or _("Trains in the background, also without Slicer."),
            check=_("Cancel") if job is not None else _("Check data and estimate"),
            canCheck=job is not None or not reason,
            progress=None if job is None else Progress(job.fraction),
            found="\n".join(filter(None, said)),
            picture=self._seen.text(self._all(draft)),
        )

    def forget(self) -> None:
        """The user chose other data, of which no check has said anything."""
        for notice in (self._written, self._checked, self._tried, self._seen):
            notice.clear()
        self._ended = None
        self._onChanged()

    def checkOrCancel(self) -> None:
        """Looks through the data and tries a few steps, or cancels that."""
        if self._job is not None:
            self._queue.cancel(self._job)
            return
        values = self._draft().values
        self._withData(lambda data: self._check({**values, "data": data}))

    def start(self) -> None:
        """Starts the run."""
        draft = self._draft()
        if not self._agreesToResults(draft):
            return

        def start(data: str) -> None:
            try:
                runId = self._logic.startRun({**draft.values, "data": data}, draft.name)
            except VoCoError as error:
                self._frontEnd.showError(str(error))
                return
            self._onStarted(runId)

        self._withData(start)

    def proposal(self, runs: Iterable[RunSummary]) -> Proposal:
        """What a fine-tuning of the chosen data had best start from."""
        draft = self._draft()
        if draft.path is None:
            self._regions.want(draft.volumeNodes[0] if draft.volumeNodes else None)
            return propose(self._logic, runs, self._regions.shown())
        self._regions.want(None)
        return propose(self._logic, runs, self._shown if draft.path == self._shownOf else None)

    def _reason(self) -> str:
        """Why no run can be started; empty if one can."""
        draft = self._draft()
        if self._job is not None:
            return _("Wait for the check, or cancel it.")
        if draft.path is None and not draft.volumeNodes:
            return _("Tick a volume of the scene.")
        if draft.path == "":
            return _("Choose the CT volumes to train on.")
        if not draft.name:
            return _("Give the run a name.")
        if not is_run_name(draft.name):
            return _("Choose a name that a folder can have on any computer.")
        if not draft.runsFolder:
            return _("Choose the folder of the runs.")
        if os.path.exists(self._logic.runsFolder / draft.name):  # never an OSError
            return _("There is a run of this name.")
        return ""

    def _agreesToResults(self, draft: Draft) -> bool:
        """Asks before a fine-tuning learns from what VoCo has segmented itself."""
        if draft.path is not None or draft.values["kind"] != "finetune":
            return True
        lines = []
        for volumeNode in draft.volumeNodes:
            node = segmentationOf(self._scene, volumeNode)
            if node is not None and isResult(node):
                lines.append(f"{volumeNode.GetName()}: {node.GetName()}")
        question = _("These segmentations are results of VoCo:") + "\n" + "\n".join(lines) + "\n"
        question += _("A network that learns from them repeats their errors. Are they corrected?")
        return not lines or self._frontEnd.confirm(question, _("Fine-tuning from results"))

    def _withData(self, use: Callable[[str], None]) -> None:
        """Has the data written if it is in the scene, then uses its path."""
        typed = self._draft().runsFolder
        if typed:  # it may still be edited
            self._logic.setRunsFolder(typed)
        # another program may meanwhile have taken the name, say
        if not self._frontEnd.ensureInstalled() or self._reason():
            return
        self.forget()
        draft = self._draft()
        if draft.path is not None:
            use(draft.path)
            return

        def changed(job: ExportJob) -> None:
            self._follow(job)
            if job.state == "finished":
                use(str(job.dataset))

        folder: Path = self._logic.exportFolder(draft.name)
        self._queue.add(ExportJob(self._scene, draft.volumeNodes, folder, changed))

    def _check(self, config: dict[str, Any]) -> None:
        """Reads the data, then tries a few steps."""
        about = self._all(self._draft())
        picture = Path(self._pictures.name, "seen.png")
        picture.unlink(missing_ok=True)

        def checked(job: CheckJob) -> None:
            if job.result:
                self._checked.say(texts.check(job.result), self._data(self._draft()))
                if picture.exists():
                    self._seen.say(str(picture), about)
                shown = job.result["shown"]
                self._shown, self._shownOf = shown and BodyRegions(**shown), config["data"]
            self._follow(job)
            if job.state == "finished":
                self._queue.add(TrialJob(config, self._logic.runsFolder, tried))

        def tried(job: TrialJob) -> None:
            if job.state == "finished":
                self._tried.say(texts.forecast(job.result), about)
            self._follow(job)

        self._queue.add(CheckJob(config, picture, checked))

    def _follow(self, job: Job) -> None:
        if job.state == "finished" and job.warnings:
            self._written.say("\n".join(job.warnings), self._data(self._draft()))
        self._job = None if job.ended else job
        self._ended = job if job.state in ("failed", "cancelled") else None
        self._onChanged()

    def _data(self, draft: Draft) -> tuple[Any, ...]:
        """What a check is about."""
        ids = tuple(node.GetID() for node in draft.volumeNodes) if draft.path is None else ()
        scene = self._queue.scenes if draft.path is None else 0
        return scene, draft.path, ids, draft.values["kind"]

    def _all(self, draft: Draft) -> tuple[Any, ...]:
        """What an estimate is about."""
        return *self._data(draft), tuple(sorted(draft.values.items()))
