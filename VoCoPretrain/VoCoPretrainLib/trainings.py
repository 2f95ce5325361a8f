"""Starts, lists, stops and resumes trainings, whatever the front end is."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _


class Trainings:
    """The part of VoCoPretrain's logic that needs no desktop; a presenters.seams.TrainingLogic.

    Who inherits it says where the runs are, has a queue, and may need packages.

    Attributes:
        catalogue: the models on this computer.
        runsFolder: where the folders of the runs are.
        python: command of the Python that trains; None for this one.
    """

    catalogue: Any
    runsFolder: Path
    python: Sequence[str] | None

    def queue(self) -> Any:
        """The VoCoSegmentationLib.jobs.queue.JobQueue of the session."""
        raise NotImplementedError

    def _requirePackages(self) -> None:
        """Raises InstallError if Python packages are missing."""

    @property
    def jobs(self) -> Any:
        """The VoCoLib.training.jobs.background.RunJobs of the folder of runs."""
        from VoCoLib.training.jobs.background import RunJobs

        return RunJobs(self.runsFolder, self.python)

    def startRun(self, config: Mapping[str, Any], name: str = "") -> str:
        """Starts a training that goes on when Slicer is closed, as soon as its device is free.

        Args:
            config: "data" (a folder of CT, a dataset.json or a list of files), "kind" ("pretrain"
                or "finetune"), and what else `voco pretrain --help` names, such as steps, preset,
                preparation, batch, device; what is missing has defaults.
            name: of the run; empty for one that is free.

        Returns:
            its id.

        Raises:
            InstallError: Python packages are missing.
            VoCoError: a setting is wrong, or the folder cannot be made.
        """
        self._requirePackages()
        name = name or self.freeName(config.get("kind", "pretrain"))
        return str(self.jobs.start(name, config).path)

    def runs(self) -> list[Any]:
        """All runs as VoCoLib.runs.summary.RunSummary, the latest first."""
        from VoCoLib.runs.summary import summaries

        return summaries(self.jobs.runs())

    def stop(self, runId: str, force: bool = False) -> None:
        """Asks a run to save a checkpoint and end; force ends it at once. Raises VoCoError."""
        if force:
            self._requirePackages()
        self.jobs.stop(self.folderOf(runId), force)

    def resume(self, runId: str) -> None:
        """Goes on with a run that was stopped, failed or was lost; raises VoCoError."""
        self._requirePackages()
        self.jobs.resume(self.folderOf(runId))

    def delete(self, runId: str) -> None:
        """Deletes a run that has ended, and what was written of the scene for it."""
        run = self.folderOf(runId)
        exported = self.exportFolder(run.path.name)
        own = Path(run.config().get("data", "")).parent == exported
        self.jobs.delete(run)
        if own:
            shutil.rmtree(exported, ignore_errors=True)

    def folderOf(self, runId: str) -> Any:
        """The VoCoLib.runs.folder.RunFolder of a run."""
        from VoCoLib.runs.folder import RunFolder

        return RunFolder(Path(runId))

    def freeName(self, kind: str) -> str:
        """A name that no run has."""
        number = 1
        while os.path.exists(self.runsFolder / f"{kind}-{number}"):  # never an OSError
            number += 1
        return f"{kind}-{number}"

    def exportFolder(self, name: str) -> Path:
        """Where the scene's volumes are written for a run of this name."""
        return self.jobs.folder / ".exported" / name  # no run has a name with a dot in front

    def modelFile(self, runId: str) -> Path | None:
        """The file of the best model that a run has made so far; None before its first measure."""
        path = Path(runId) / "model.safetensors"
        return path if path.is_file() else None

    def modelOf(self, runId: str) -> Any:
        """The VoCoLib.models.descriptions.Model that has the name of a run; None without one."""
        return self.catalogue.own(Path(runId).name)

    def addToCatalogue(self, runId: str, callback: Callable[[Any], None] | None = None) -> Any:
        """Copies the model of a finished run into the catalogue, in the background.

        Args:
            runId: of the run; a model of its name is replaced when the new one is there.
            callback: called with the job after each change of its state.

        Returns:
            the VoCoSegmentationLib.jobs.models.ImportJob.

        Raises:
            VoCoError: there is no model.
        """
        from VoCoSegmentationLib.jobs.models import ImportJob
        from VoCoSegmentationLib.jobs.queue import SEGMENTATION

        from VoCoLib.errors import InputError

        path = self.modelFile(runId)
        if path is None:
            raise InputError(_("The run has no model yet."), _("Its first measure writes one."))
        name, before = Path(runId).name, self.modelOf(runId)
        modelId = self.catalogue.free_id(name) if before is None else before.id
        target = {"model": modelId, "title": name, "replaces": True}
        job = ImportJob(path, target, SEGMENTATION, callback)
        job.title = Path(runId).name
        self.queue().add(job)
        return job
