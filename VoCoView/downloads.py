"""Files of a result, as `voco segment` writes them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from VoCoSegmentationLib.jobs.segmentation import SegmentationJob
from VoCoSegmentationLib.scene.segmentations import LABELMAP
from VoCoSegmentationLib.scene.volumes import readVolume, voxelView

from VoCoLib.errors import InputError
from VoCoLib.evaluation.flags import Flag
from VoCoLib.evaluation.statistics import LabelStatistics, write_csv
from VoCoLib.models.catalogue import Catalogue
from VoCoLib.recipe import Label

if TYPE_CHECKING:
    from VoCoLib.images.volumes import Volume

KINDS = (".seg.nrrd", ".nii.gz", ".dcm", ".csv")


@dataclass(frozen=True)
class Result:
    """All that is needed of a scene to write a result, which may then take its time elsewhere.

    Attributes:
        labels: (x, y, z) on the CT's grid.
        affine: 4x4, index to RAS mm.
        table: of the labels.
        rows: what was measured.
        source: name of the CT.
        read: what was read of its file; None for the synthetic torso.
        algorithm: what has found it.
    """

    labels: NDArray[np.uint8]
    affine: NDArray[np.float64]
    table: tuple[Label, ...]
    rows: tuple[LabelStatistics, ...]
    source: str
    read: Volume | None
    algorithm: str

    def write(self, path: Path) -> None:
        """Writes a file that ends in one of KINDS.

        Raises:
            OutputError: it cannot be written; a DICOM SEG needs a CT from DICOM.
        """
        if path.suffix == ".csv":
            write_csv(path, list(self.rows), source=self.source)
            return
        from VoCoLib.images.segmentation_files import write_segmentation  # it takes its time

        read = self.read
        write_segmentation(
            path,
            self.labels,
            self.affine,
            self.table,
            source=self.source,
            codes=read.codes if read is not None else (1, 1),
            slices=read.source if read is not None else None,
            algorithm=self.algorithm,
        )


def result_of(
    job: SegmentationJob, volume_node: Any, read: Volume | None, catalogue: Catalogue
) -> Result:
    """The result of a job that has finished.

    Args:
        job: which.
        volume_node: the CT.
        read: see Result.
        catalogue: has the model.

    Raises:
        InputError: there is no result any more.
    """
    rows = tuple(_row(item) for item in job.statistics)
    model, names = catalogue.get(job.modelId), {row.name for row in rows}
    volume = readVolume(volume_node)
    return Result(
        labels=_labels(job, volume.shape),
        affine=volume.affine,
        table=tuple(label for label in model.recipe.labels if label.name in names),  # type: ignore
        rows=rows,
        source=read.name if read is not None else volume_node.GetName(),
        read=read,
        algorithm=f"VoCo {model.id}"[:64],
    )


def _row(item: dict[str, Any]) -> LabelStatistics:
    flags = tuple(Flag(**flag) for flag in item["flags"])
    return LabelStatistics(**{**item, "flags": flags})


def _labels(job: SegmentationJob, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """(x, y, z) on the CT's grid."""
    node = job.segmentationNode
    if node is None:
        raise InputError("The segmentation was removed.", "Segment the CT again.")
    labels = np.zeros(shape, np.uint8, order="F")
    segmentation = node.GetSegmentation()
    segments = map(segmentation.GetNthSegment, range(segmentation.GetNumberOfSegments()))
    for image in {segment.GetRepresentation(LABELMAP) for segment in segments}:
        voxels, extent = voxelView(image), image.GetExtent()
        box = tuple(slice(extent[2 * i], extent[2 * i + 1] + 1) for i in range(3))
        np.copyto(labels[box], voxels, where=voxels != 0)
    return labels
