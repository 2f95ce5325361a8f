"""Files of a result, as `voco segment` writes them."""

from __future__ import annotations

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

if TYPE_CHECKING:
    from VoCoLib.images.volumes import Volume

KINDS = (".seg.nrrd", ".nii.gz", ".dcm", ".csv")


def write_result(
    job: SegmentationJob, volume_node: Any, read: Volume | None, catalogue: Catalogue, path: Path
) -> None:
    """Writes the segmentation of a job, or its table.

    Args:
        job: that has finished.
        volume_node: the CT.
        read: what was read of its file; None for the synthetic torso.
        catalogue: has the model.
        path: ends in one of KINDS.

    Raises:
        InputError: there is no result any more.
        OutputError: it cannot be written; a DICOM SEG needs a CT from DICOM.
    """
    rows = [_row(item) for item in job.statistics]
    source = read.name if read is not None else volume_node.GetName()
    if path.suffix == ".csv":
        write_csv(path, rows, source=source)
        return
    from VoCoLib.images.segmentation_files import write_segmentation  # it takes its time

    model = catalogue.get(job.modelId)
    names = {row.name for row in rows}
    table = tuple(label for label in model.recipe.labels if label.name in names)  # type: ignore
    volume = readVolume(volume_node)
    write_segmentation(
        path,
        _labels(job, volume.shape),
        volume.affine,
        table,
        source=source,
        codes=read.codes if read is not None else (1, 1),
        slices=read.source if read is not None else None,
        algorithm=f"VoCo {model.id}"[:64],
    )


def _row(item: dict[str, Any]) -> LabelStatistics:
    flags = tuple(Flag(**flag) for flag in item["flags"])
    return LabelStatistics(**{**item, "flags": flags})


def _labels(job: SegmentationJob, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """(x, y, z) on the CT's grid: the label map that all segments share."""
    node = job.segmentationNode
    if node is None:
        raise InputError("The segmentation was removed.", "Segment the CT again.")
    labels = np.zeros(shape, np.uint8, order="F")
    segmentation = node.GetSegmentation()
    for index in range(segmentation.GetNumberOfSegments()):
        segment = segmentation.GetNthSegment(index)
        image = segment.GetRepresentation(LABELMAP)
        voxels, extent = voxelView(image), image.GetExtent()
        box = tuple(slice(extent[2 * i], extent[2 * i + 1] + 1) for i in range(3))
        value = segment.GetLabelValue()
        labels[box][voxels == value] = value
    return labels
