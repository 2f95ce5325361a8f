"""Writes a segmentation as DICOM SEG, which refers to the slices that it was made of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code as DicomCode
from pydicom.uid import ExplicitVRLittleEndian, generate_uid
from pydicom.valuerep import format_number_as_ds

from VoCoLib import __version__
from VoCoLib.dicom.files import reason
from VoCoLib.dicom.frames import Frame
from VoCoLib.dicom.headers import quiet, read_all
from VoCoLib.dicom.volume import Source
from VoCoLib.errors import OutputError
from VoCoLib.files import write_atomically
from VoCoLib.recipe import Code, Label

if TYPE_CHECKING:  # highdicom takes a second to import
    from highdicom.seg import SegmentDescription

_SERIES_NUMBER = 900  # out of the way of a scanner's
_UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID")


def write_seg(
    path: Path,
    labels: NDArray[np.uint8],
    table: Sequence[Label],
    source: Source,
    spacing: tuple[float, float],
    algorithm: str,
) -> None:
    """Writes a label map as the binary segments of a DICOM SEG object in the CT's study.

    Every frame of it is a slice of the CT and refers to it; of a CT that was resampled along its
    slices, the label map's nearest slice is taken.

    Args:
        path: the file; its folder is made if need be, an existing file replaced.
        labels: (X, Y, Z) on the volume's grid.
        table: what becomes a segment, also where no voxel has its value.
        source: the slices that the volume was read from.
        spacing: mm between their columns and between their rows.
        algorithm: name of the model, for the algorithm's identification.

    Raises:
        OutputError: the CT's files lack what a reference takes, or the file cannot be written;
            then the path is as it was before.
    """
    images = _images(path, source.frames)
    multi_frame = source.frames[0].index is not None
    if multi_frame:
        images = [_only(images[0], source.frames)]
    else:
        _add_measures(images, source.frames, spacing)
    slices = labels[:, :, source.nearest].transpose(2, 1, 0)
    pixels = _numbered(slices, table)
    with quiet():
        from highdicom.seg import Segmentation, SegmentationTypeValues

        try:
            segmentation = Segmentation(
                source_images=images,
                pixel_array=pixels,
                segmentation_type=SegmentationTypeValues.BINARY,
                segment_descriptions=_descriptions(table, algorithm),
                series_instance_uid=generate_uid(),
                series_number=_SERIES_NUMBER,
                sop_instance_uid=generate_uid(),
                instance_number=1,
                manufacturer="VoCo for 3D Slicer",
                manufacturer_model_name=algorithm,
                software_versions=__version__,
                device_serial_number="0",
                content_description="Automatic segmentation; not for clinical use",
                content_label="SEGMENTATION",
                series_description=f"Segmentation ({algorithm})"[:64],
                transfer_syntax_uid=ExplicitVRLittleEndian,
            )
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            raise _cannot_refer(path, reason(error)) from error
    if multi_frame:
        _renumber(segmentation, source.frames)
    write_atomically(path, lambda file: segmentation.save_as(file, enforce_file_format=True))


def _images(path: Path, frames: Sequence[Frame]) -> list[Dataset]:
    """The headers of the files that frames are in, in their order, checked for their UIDs."""
    items = list(dict.fromkeys(frame.file.item for frame in frames))
    images = []
    for item in items:
        image = read_all(item, pixels=False)
        missing = [name for name in _UIDS if not image.get(name)]
        if missing:
            raise _cannot_refer(path, f"{item.name} has no {missing[0]}")
        images.append(_completed(image))
    if frames[0].index is not None and len(images) > 1:
        raise _cannot_refer(
            path, f"its frames are in {len(images)} files, and one can be referred to"
        )
    return images


def _completed(image: Dataset) -> Dataset:
    """With empty values for what a CT must have and highdicom copies."""
    for name in ("PatientID", "PatientName", "PatientBirthDate", "PatientSex", "AccessionNumber"):
        image.setdefault(name, "")
    for name in ("StudyID", "StudyDate", "StudyTime", "ReferringPhysicianName"):
        image.setdefault(name, "")
    return image


def _only(image: Dataset, frames: Sequence[Frame]) -> Dataset:
    """The header of a multi-frame file with these frames alone, none of which coincide."""
    groups = image.PerFrameFunctionalGroupsSequence
    image.PerFrameFunctionalGroupsSequence = [groups[frame.index] for frame in frames]
    image.NumberOfFrames = len(frames)
    return image


def _renumber(segmentation: Dataset, frames: Sequence[Frame]) -> None:
    """Lets the references count all frames of the file again."""
    groups = segmentation.PerFrameFunctionalGroupsSequence
    sources = [
        d.SourceImageSequence[0] for g in groups for d in g.get("DerivationImageSequence", [])
    ]
    for image in {id(item): item for item in sources}.values():  # segments share them
        index = frames[image.ReferencedFrameNumber - 1].index
        image.ReferencedFrameNumber = (index or 0) + 1


def _numbered(labels: NDArray[np.uint8], table: Sequence[Label]) -> NDArray[np.uint8]:
    """Segment numbers 1, 2, ... as the standard wants them; other labels become background."""
    numbers = np.zeros(256, np.uint8)
    for number, label in enumerate(table, start=1):
        numbers[label.value] = number
    return numbers[labels]


def _descriptions(table: Sequence[Label], algorithm: str) -> list[SegmentDescription]:
    import highdicom
    from highdicom.seg import SegmentAlgorithmTypeValues, SegmentDescription

    identification = highdicom.AlgorithmIdentificationSequence(
        name=algorithm,
        family=codes.cid7162.ArtificialIntelligence,
        version=__version__,
        source="VoCo for 3D Slicer",
    )
    descriptions = []
    for number, label in enumerate(table, start=1):
        description = SegmentDescription(
            segment_number=number,
            segment_label=label.name[:64],
            segmented_property_category=_code(label.category),
            segmented_property_type=_code(label.type),
            algorithm_type=SegmentAlgorithmTypeValues.AUTOMATIC,
            algorithm_identification=identification,
            tracking_uid=generate_uid(),
            tracking_id=label.name[:64],
            display_color=highdicom.color.CIELabColor.from_rgb(*label.color),
        )
        if label.modifier is not None:
            kind = description.SegmentedPropertyTypeCodeSequence[0]
            kind.SegmentedPropertyTypeModifierCodeSequence = [_concept(label.modifier)]
        descriptions.append(description)
    return descriptions


def _code(code: Code) -> DicomCode:
    return DicomCode(code.value, code.scheme, code.meaning)


def _concept(code: Code) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator = code.value, code.scheme
    item.CodeMeaning = code.meaning
    return item


def _add_measures(
    images: Sequence[Dataset], frames: Sequence[Frame], spacing: tuple[float, float]
) -> None:
    """Pixel Spacing and Slice Thickness for files without them, as highdicom takes them there."""
    places = np.array([frame.position for frame in frames])
    distance = float(np.median(np.linalg.norm(np.diff(places, axis=0), axis=1)))
    for image in images:
        if not image.get("PixelSpacing"):
            image.PixelSpacing = [format_number_as_ds(mm) for mm in spacing[::-1]]
        if not image.get("SliceThickness"):
            image.SliceThickness = format_number_as_ds(distance)


def _cannot_refer(path: Path, why: str) -> OutputError:
    return OutputError(
        f"{path} could not be written: a DICOM SEG refers to the CT's files, and {why}.",
        "Write a .seg.nrrd instead.",
    )
