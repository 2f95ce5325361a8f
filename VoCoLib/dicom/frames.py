"""The slices in DICOM files, one a file or many, each with its place in the patient and its scale.

A slice's attributes stand in the file itself (CT, PS3.3 C.7.6.2), or in the functional groups that
all frames share or one frame has (Enhanced and Legacy Converted Enhanced CT, PS3.3 C.7.6.16).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from VoCoLib.dicom.files import DicomFile, LeftOut, reason
from VoCoLib.dicom.headers import values

# where a frame's attribute stands if not in the file itself
_GROUPS = {
    "ImagePositionPatient": "PlanePositionSequence",
    "ImageOrientationPatient": "PlaneOrientationSequence",
    "PixelSpacing": "PixelMeasuresSequence",
    "SliceThickness": "PixelMeasuresSequence",
    "RescaleSlope": "PixelValueTransformationSequence",
    "RescaleIntercept": "PixelValueTransformationSequence",
    "RescaleType": "PixelValueTransformationSequence",
    "ConvolutionKernel": "CTReconstructionSequence",
    "FrameType": "CTImageFrameTypeSequence",
    "StackID": "FrameContentSequence",
    "TemporalPositionIndex": "FrameContentSequence",
    "FrameAcquisitionNumber": "FrameContentSequence",
    "FrameAcquisitionDateTime": "FrameContentSequence",
    "NominalPercentageOfCardiacPhase": "CardiacSynchronizationSequence",
    "KVP": "CTXRayDetailsSequence",
}
# Legacy converted files keep what a frame had in its own file here.
_UNASSIGNED = (
    "UnassignedPerFrameConvertedAttributesSequence",
    "UnassignedSharedConvertedAttributesSequence",
)

# What tells slices at one position apart, the likeliest first: another reconstruction, another
# phase of the heart or of the contrast medium, another acquisition.
PHASES = (
    "StackID",
    "ImageType",
    "FrameType",
    "ConvolutionKernel",
    "SliceThickness",
    "TemporalPositionIndex",
    "TemporalPositionIdentifier",
    "NominalPercentageOfCardiacPhase",
    "TriggerTime",
    "ContrastBolusAgent",
    "KVP",
    "AcquisitionNumber",
    "FrameAcquisitionNumber",
    "AcquisitionDateTime",
    "AcquisitionTime",
)


@dataclass(frozen=True)
class Frame:
    """One slice.

    Attributes:
        file, index: where its pixels are; index is 0-based, None in a file of a single slice.
        position: (3,), of its first pixel's centre, LPS mm.
        orientation: (2, 3), unit vectors along a row and down a column, LPS.
        spacing: mm between columns and between rows; None if not given.
        slope, inter: HU = slope * stored value + inter; None if not given.
        scale_type: what the scaled values are, e.g. HU; empty if not given.
        phase: the values of PHASES.
    """

    file: DicomFile
    index: int | None
    position: NDArray[np.float64]
    orientation: NDArray[np.float64]
    spacing: tuple[float, float] | None
    slope: float | None
    inter: float | None
    scale_type: str
    phase: dict[str, str]

    @property
    def kernel(self) -> str:
        """The convolution kernel's name, e.g. B30f; several values have backslashes between."""
        return self.phase["ConvolutionKernel"]


def read_frames(files: list[DicomFile]) -> tuple[list[Frame], list[LeftOut]]:
    """The slices of all files, copies left out, and the files whose place cannot be understood."""
    frames: list[Frame] = []
    others: list[LeftOut] = []
    seen: set[tuple[Any, ...]] = set()
    for file in files:
        try:
            found = _frames_of(file)
        except Exception as error:  # a value that is none, in any element
            others.append(LeftOut(file.item.name, f"image with unusable values ({reason(error)})"))
            continue
        keys = [_identity(frame) for frame in found]
        if all(key in seen for key in keys):
            others.append(LeftOut(file.item.name, "copy of another file"))
            continue
        seen.update(key for key in keys if key is not None)
        frames += found
    return frames, others


def _frames_of(file: DicomFile) -> list[Frame]:
    header = file.header
    per_frame = header.get("PerFrameFunctionalGroupsSequence")
    if per_frame is None:
        if int(header.get("NumberOfFrames") or 1) > 1:
            raise ValueError("several frames without positions")
        return [_frame(file, None, [header])]
    count = int(header.get("NumberOfFrames") or 1)
    if len(per_frame) != count:
        raise ValueError(f"{count} frames, but positions of {len(per_frame)}")
    shared = list(header.get("SharedFunctionalGroupsSequence") or [])
    return [_frame(file, k, [item, *shared, header]) for k, item in enumerate(per_frame)]


def _frame(file: DicomFile, index: int | None, places: list[Dataset]) -> Frame:
    """The slice whose attributes stand in the first of places that has them."""
    position = _vector(places, "ImagePositionPatient", 3)
    axes = _vector(places, "ImageOrientationPatient", 6).reshape(2, 3)
    lengths = np.linalg.norm(axes, axis=1)
    if not np.allclose(lengths, 1, atol=0.05) or abs(axes[0] @ axes[1]) > 0.05:
        raise ValueError(f"rows and columns along {axes.tolist()}")
    return Frame(
        file,
        index,
        position,
        axes / lengths[:, None],
        _spacing(_find(places, "PixelSpacing")),
        _number(_find(places, "RescaleSlope")) or None,
        _number(_find(places, "RescaleIntercept")),
        str(_find(places, "RescaleType") or ""),
        {name: _text(_find(places, name)) for name in PHASES},
    )


def _find(places: list[Dataset], name: str) -> Any:
    """An attribute's value in the first place that has one, itself or in its functional group."""
    for place in places:
        for group in (_GROUPS.get(name, ""), *_UNASSIGNED):
            items = place.get(group) if group else None
            if items and items[0].get(name) not in (None, ""):
                return items[0].get(name)
        if place.get(name) not in (None, ""):
            return place.get(name)
    return None


def _vector(places: list[Dataset], name: str, size: int) -> NDArray[np.float64]:
    numbers = np.array(values(_find(places, name)), float)
    if numbers.shape != (size,) or not np.isfinite(numbers).all():
        raise ValueError(f"no usable {name}")
    return numbers


def _spacing(value: Any) -> tuple[float, float] | None:
    """DICOM has the distance of the rows first."""
    numbers = [float(v) for v in values(value)]
    if len(numbers) != 2 or not np.isfinite(numbers).all() or min(numbers) <= 0:
        return None
    return numbers[1], numbers[0]


def _number(value: Any) -> float | None:
    number = None if value is None else float(value)
    return number if number is not None and np.isfinite(number) else None


def _text(value: Any) -> str:
    return "\\".join(str(v).strip() for v in values(value))


def _identity(frame: Frame) -> tuple[Any, ...] | None:
    """What two copies of a slice have in common; None where nothing tells copies."""
    uid = str(frame.file.header.get("SOPInstanceUID") or "")
    return (uid, frame.index, *frame.position) if uid else None
