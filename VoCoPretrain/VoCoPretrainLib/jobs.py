"""What comes before a training, as jobs: write the scene's volumes, check the data, try steps."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import slicer
from numpy.typing import NDArray
from slicer.i18n import tr as _
from VoCoSegmentationLib.jobs.queue import TRAINING, Job, Steps
from VoCoSegmentationLib.panelWords import inPanel

from VoCoLib.errors import InputError, OutputError
from VoCoLib.events import Event
from VoCoLib.files import write_json
from VoCoPretrainLib.nrrd import writeNrrd
from VoCoPretrainLib.sceneData import SceneCase, labelMap, sceneCases, structureNames

Config = dict[str, Any]
FOLDERS = ("images", "labels")  # of a data set


class ExportJob(Job):
    """Writes volumes of the scene, and their segmentations, as a data set with a dataset.json.

    Args:
        scene: where the volumes are.
        volumeNodes: which to write.
        folder: of the data set; what an earlier export wrote there is replaced.
        callback: called with the job after each of its changes.
    """

    part = TRAINING

    def __init__(
        self,
        scene: slicer.vtkMRMLScene,
        volumeNodes: Sequence[slicer.vtkMRMLScalarVolumeNode],
        folder: Path,
        callback: Callable[[ExportJob], None] | None = None,
    ) -> None:
        super().__init__(_("Volumes of the scene"), callback)
        self.dataset = folder / "dataset.json"
        self._scene = scene
        self._ids = [node.GetID() for node in volumeNodes]
        self._folder = folder

    def neededNodes(self) -> Sequence[str]:
        return self._ids

    def steps(self) -> Steps:
        cases = sceneCases(self._scene, [self._scene.GetNodeByID(id_) for id_ in self._ids])
        names = structureNames(cases)
        self.stage = _("writing")
        try:
            _makeFolders(self._folder)
            with _writer() as pool:
                items = []
                for number, case in enumerate(cases):
                    self.fraction = number / len(cases)
                    items += yield from self._write(case, names, pool)
            if not items:
                raise InputError("\n".join(self.warnings))
            labels = {"0": "background", **{str(i): n for i, n in enumerate(names, start=1)}}
            write_json(self.dataset, {"labels": labels, "training": items})
        except OSError as error:
            raise OutputError(
                _("{folder} cannot be written: {error}.").format(folder=self._folder, error=error),
                _("Check permissions and free space, or choose another folder of runs."),
            ) from error
        else:
            self.summary = _("{count} volumes written.").format(count=len(items))
        finally:
            if not self.summary:  # failed or cancelled
                _removeFolders(self._folder)

    def _write(self, case: SceneCase, names: Sequence[str], pool: ThreadPoolExecutor) -> Any:
        """Writes a case; returns its entry in dataset.json, in a list that is empty without it."""
        try:
            volume = case.read()
        except InputError as error:
            self.warnings.append(_("Left out: {reason}").format(reason=inPanel(error.message)))
            return []
        if volume.acquisition is not None:
            self.warnings += [f"{case.name}: {inPanel(warning)}" for warning in volume.warnings]
        elif volume.warnings:
            self.warnings.append(
                _("{name} is written without its nonlinear transform.").format(name=case.name)
            )
        item = {"image": f"images/{case.name}.nrrd"}
        yield from _inThread(pool, self._folder / item["image"], volume.array, volume.affine)
        if case.segmentationNode is not None:
            item["label"] = f"labels/{case.name}.nrrd"
            labels = volume.fromVolume(labelMap(case, names))
            yield from _inThread(pool, self._folder / item["label"], labels, volume.affine)
        return [item]


def _makeFolders(folder: Path) -> None:
    for name in FOLDERS:
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir(parents=True)


def _removeFolders(folder: Path) -> None:
    for name in FOLDERS:
        shutil.rmtree(folder / name, ignore_errors=True)
    with suppress(OSError):  # it holds something else
        folder.rmdir()


@contextmanager
def _writer() -> Iterator[ThreadPoolExecutor]:
    """A thread that writes; a job that is cancelled does not wait for it."""
    pool = ThreadPoolExecutor(1)
    try:
        yield pool
    finally:
        pool.shutdown(wait=False)


def _inThread(
    pool: ThreadPoolExecutor, path: Path, array: NDArray[Any], affine: NDArray[np.float64]
) -> Iterator[None]:
    """Writes a file while the application handles its events."""
    written = pool.submit(writeNrrd, path, array, affine)
    while not written.done():
        yield None
    written.result()


class CheckJob(Job):
    """Reads all volumes of the data and says what of it can be used.

    Args:
        config: the settings of the run.
        picture: file for what a pre-training will see, a PNG.
        callback: called with the job after each of its changes.
    """

    ofScene = False
    part = TRAINING

    def __init__(
        self, config: Config, picture: Path, callback: Callable[[CheckJob], None] | None = None
    ) -> None:
        super().__init__(_("Check of the data"), callback)
        self.result: Event = {}
        self._request = {
            "request": "training_check",
            "config": config,
            "picture": str(picture),
        }

    def steps(self) -> Steps:
        self.result = yield self._request, {}
        if not self.result["usable"]:
            found = [*self.result["wrong_labels"], *self.result["problems"]]
            problems = "\n".join(found[:3])
            raise InputError(_("None of the volumes can be used.") + f"\n{problems}")


class TrialJob(Job):
    """Tries a few steps of a training, to say what the whole will take."""

    ofScene = False
    part = TRAINING

    def __init__(
        self, config: Config, output: Path, callback: Callable[[TrialJob], None] | None = None
    ) -> None:
        super().__init__(_("Trial of a few steps"), callback)
        self.result: Event = {}
        self._request = {"request": "training_trial", "config": config, "output": str(output)}

    def steps(self) -> Steps:
        self.result = yield self._request, {}
