"""Changes of the user's models, as jobs: download the weights of one, or import a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from VoCoLib.models.descriptions import Model
from VoCoSegmentationLib.jobs.queue import Job, Steps


class DownloadJob(Job):
    """Downloads the weights of a model whose licence the user has agreed to."""

    ofScene = False
    isKept = True  # the next one goes on with it

    def __init__(self, model: Model, callback: Any = None) -> None:
        super().__init__(model.title, callback)
        self._modelId = model.id

    def steps(self) -> Steps:
        yield {"request": "download", "model": self._modelId, "accept_licence": True}, {}


class ImportJob(Job):
    """Takes a file of weights into the user's folder of models."""

    ofScene = False

    def __init__(self, path: Path, target: dict[str, Any], part: str, callback: Any = None) -> None:
        """Prepares the request.

        Args:
            path: the file.
            target: {"model": id} of which these are the weights, {"like": id} or neither.
            part: see Job.
            callback: called with the job after each of its changes.
        """
        super().__init__(path.name, callback)
        self.part = part
        self._request = {"request": "import", "path": str(path), "model": None, "like": None}
        self._request.update(target)
        self.modelId = ""

    def steps(self) -> Steps:
        result = yield self._request, {}
        self.modelId = result["model"]
