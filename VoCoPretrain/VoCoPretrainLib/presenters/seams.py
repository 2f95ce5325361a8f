"""What presenters need of the module's logic; the front end's seam is VoCoSegmentationLib's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from VoCoSegmentationLib.jobs.queue import JobQueue

from VoCoLib.models.catalogue import Catalogue
from VoCoLib.models.descriptions import Model
from VoCoLib.runs.folder import RunFolder
from VoCoLib.training.jobs.background import RunJobs


class TrainingLogic(Protocol):
    """The logic of VoCoPretrain, as its panel uses it; see there."""

    catalogue: Catalogue
    runsFolder: Path

    @property
    def jobs(self) -> RunJobs:
        """The runs in the folder of runs."""

    def queue(self) -> JobQueue:
        """Of this session."""

    def startRun(self, config: Mapping[str, Any], name: str) -> str:
        """Starts a run; returns its id. Raises VoCoError."""

    def stop(self, runId: str, force: bool) -> None:
        """Raises VoCoError."""

    def resume(self, runId: str) -> None:
        """Raises VoCoError."""

    def delete(self, runId: str) -> None:
        """Raises VoCoError."""

    def folderOf(self, runId: str) -> RunFolder:
        """Of a run."""

    def freeName(self, kind: str) -> str:
        """A name that no run has."""

    def exportFolder(self, name: str) -> Path:
        """Where the scene's volumes are written for a run."""

    def setRunsFolder(self, folder: str) -> None:
        """Chooses the folder of the runs."""

    def modelFile(self, runId: str) -> Path | None:
        """The file of the best model of a run so far; None before its first measure."""

    def modelOf(self, runId: str) -> Model | None:
        """The model in the catalogue that has the name of a run."""

    def addToCatalogue(self, runId: str, callback: Callable[[Any], None]) -> Any:
        """Copies it there, in the background. Raises VoCoError."""
