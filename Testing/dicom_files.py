"""Small DICOM files of every kind that hospitals send, of a made-up CT with known voxels."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gdcm
import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    CTImageStorage,
    EncapsulatedPDFStorage,
    EnhancedCTImageStorage,
    ExplicitVRLittleEndian,
    MediaStorageDirectoryStorage,
    SegmentationStorage,
    XRayRadiationDoseSRStorage,
)

SHAPE = (12, 14, 10)
SPACING = (0.8, 0.9)  # mm between columns, between rows
ORIGIN = (10.0, 20.0, 30.0)  # LPS mm
STEP = 2.0
AFFINE = np.array([[-0.8, 0, 0, -10], [0, -0.9, 0, -20], [0, 0, 2, 30], [0, 0, 0, 1]])

Position = tuple[float, float, float]


def make_ct() -> NDArray[np.int16]:
    """A soft-tissue box with fat round it in air, and noise, so that no slice is like another."""
    ct = np.full(SHAPE, -1000.0)
    ct[2:10, 2:12] = -90
    ct[3:9, 3:11] = 45
    ct[5, 6] = 1200  # bone
    noise = np.random.default_rng(0).integers(-20, 20, SHAPE)
    return np.maximum(ct + noise, -1024).astype(np.int16)


def positions(heights: Sequence[float] | int = SHAPE[2], step: float = STEP) -> list[Position]:
    """Slices at heights over the origin, mm; of a number, that many, regular."""
    places = [step * k for k in range(heights)] if isinstance(heights, int) else heights
    return [(ORIGIN[0], ORIGIN[1], ORIGIN[2] + z) for z in places]


def ct_slice(hu: NDArray, position: Position, series: str = "1.2.3.4", **changes: Any) -> Dataset:
    """One slice of a CT.

    Args:
        hu: (X, Y) HU, which are stored with an intercept of -1024.
        position: of the first voxel, LPS mm.
        series: its UID; the last figure is its number.
        changes: other elements by keyword; None leaves one out.
    """
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.SOPClassUID = CTImageStorage
    data.StudyInstanceUID, data.SeriesInstanceUID = "1.2.3", series
    data.FrameOfReferenceUID = "1.2.3.9"
    data.SeriesNumber, data.SeriesDescription = series[-1], f"Series of {series[-1]}"
    data.Modality, data.ImageType = "CT", ["ORIGINAL", "PRIMARY", "AXIAL"]
    data.PatientName, data.PatientID, data.PatientSex = "Phantom^Müller", "P1", ""
    data.SpecificCharacterSet = "ISO_IR 100"
    data.PatientBirthDate = data.StudyDate = data.StudyTime = data.AccessionNumber = ""
    data.ReferringPhysicianName, data.StudyID, data.Manufacturer = "", "1", "Nobody"
    data.ConvolutionKernel, data.SliceThickness, data.KVP = "B30f", 2, 120
    data.PatientPosition, data.AcquisitionNumber, data.InstanceNumber = "HFS", 1, 1
    data.ImagePositionPatient = [float(v) for v in position]
    data.ImageOrientationPatient = [1.0, 0, 0, 0, 1, 0]
    data.PixelSpacing = [SPACING[1], SPACING[0]]
    data.RescaleSlope, data.RescaleIntercept, data.RescaleType = 1, -1024, "HU"
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 16, 15, 0
    set_pixels(data, hu.astype(np.int32) + 1024)
    change(data, **changes)
    return data


def change(data: Dataset, **changes: Any) -> Dataset:
    """Sets elements by keyword; None removes one."""
    for name, value in changes.items():
        if value is None:
            if name in data:
                delattr(data, name)
        else:
            setattr(data, name, value)
    return data


def set_pixels(data: Dataset, stored: NDArray, dtype: str = "<u2") -> Dataset:
    """stored: (X, Y) or (X, Y, frames), as numbers that dtype holds, or wraps."""
    rows = np.moveaxis(stored, -1, 0).transpose(0, 2, 1) if stored.ndim == 3 else stored.T
    data.Rows, data.Columns = rows.shape[-2:]
    data.PixelData = np.ascontiguousarray(rows).astype(dtype).tobytes()
    return data


def save(data: Dataset, path: Path, like_dicom: bool = True) -> Path:
    """Writes a data set, with a new instance UID if it has none; with a preamble if like_dicom."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if "SOPInstanceUID" not in data:
        data.SOPInstanceUID = f"1.2.826.0.1.{abs(hash(str(path))) % 10**12}"
    if like_dicom:
        data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID
        data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
        data.save_as(path, enforce_file_format=True)
    else:
        data.save_as(path, enforce_file_format=False)
    return path


def write_series(
    folder: Path,
    places: Sequence[Position] | None = None,
    series: str = "1.2.3.4",
    ct: NDArray | None = None,
    **changes: Any,
) -> Path:
    """One file a slice of make_ct, at places; their names sort against their order."""
    places, ct = places or positions(), make_ct() if ct is None else ct
    for k, place in enumerate(places):
        numbered = {"InstanceNumber": k + 1, **changes}
        data = ct_slice(ct[:, :, k], place, series, **numbered)
        save(data, folder / f"{series}_{len(places) - k:03}.dcm")
    return folder


def enhanced(
    places: Sequence[Position] | None = None,
    order: Sequence[int] | None = None,
    ct: NDArray | None = None,
    intercepts: Sequence[float] | None = None,
    phases: Sequence[int] | None = None,
) -> Dataset:
    """A multi-frame CT of make_ct with its geometry in functional groups.

    Args:
        places: of the slices, LPS mm.
        order: the slice that frame 0, 1, ... shows.
        ct: (X, Y, slices) HU.
        intercepts: of each slice; without them all share -1024.
        phases: Temporal Position Index of each slice.
    """
    places, ct = places or positions(), make_ct() if ct is None else ct
    order = range(len(places)) if order is None else order
    data = ct_slice(ct[:, :, 0], places[0])
    data.SOPClassUID, data.NumberOfFrames = EnhancedCTImageStorage, len(order)
    names = "ImagePositionPatient ImageOrientationPatient PixelSpacing RescaleSlope"
    names += " RescaleIntercept RescaleType ConvolutionKernel SliceThickness"
    for name in names.split():
        delattr(data, name)
    shared = Dataset()
    shared.PixelMeasuresSequence = [_item(PixelSpacing=[SPACING[1], SPACING[0]], SliceThickness=2)]
    shared.PlaneOrientationSequence = [_item(ImageOrientationPatient=[1.0, 0, 0, 0, 1, 0])]
    shared.CTReconstructionSequence = [_item(ConvolutionKernel="B30f")]
    if intercepts is None:
        shared.PixelValueTransformationSequence = [_scale(-1024)]
    data.SharedFunctionalGroupsSequence = [shared]
    data.PerFrameFunctionalGroupsSequence = []
    for k in order:
        frame = Dataset()
        frame.PlanePositionSequence = [_item(ImagePositionPatient=[float(v) for v in places[k]])]
        if intercepts is not None:
            frame.PixelValueTransformationSequence = [_scale(intercepts[k])]
        if phases is not None:
            frame.FrameContentSequence = [_item(TemporalPositionIndex=phases[k])]
        data.PerFrameFunctionalGroupsSequence.append(frame)
    offsets = np.full(len(places), -1024) if intercepts is None else np.array(intercepts)
    stored = ct[:, :, list(order)].astype(np.int32) - offsets[list(order)]
    return set_pixels(data, stored)


def junk(folder: Path, series: str = "1.2.3.4") -> dict[str, str]:
    """Writes what lies beside a CT in exports, some under its own series UID; name to kind."""
    hu, place = make_ct()[:, :, 0], positions()[0]

    def put(name: str, **changes: Any) -> Dataset:
        data = ct_slice(hu, place, series, **changes)
        save(data, folder / name)
        return data

    put("localizer.dcm", ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    colours = ct_slice(hu, place, series, SamplesPerPixel=3, PhotometricInterpretation="RGB")
    change(colours, PlanarConfiguration=0, BitsAllocated=8, BitsStored=8, HighBit=7)
    colours.PixelData = bytes(3 * hu.size)
    save(colours, folder / "dose_page.dcm")
    put("no_pixels.dcm", PixelData=None)
    put("no_place.dcm", ImagePositionPatient=None)
    for name, uid in {
        "report.dcm": XRayRadiationDoseSRStorage,
        "letter.dcm": EncapsulatedPDFStorage,
        "DICOMDIR": MediaStorageDirectoryStorage,
    }.items():
        put(name, SOPClassUID=uid, PixelData=None, Rows=None, Columns=None)
    put("organs.dcm", SOPClassUID=SegmentationStorage, Modality="SEG")
    (folder / "DIRFILE").write_bytes(b"x" * 300)
    (folder / "notes.txt").write_text("The patient moved.")
    cut = save(ct_slice(hu, place, series), folder / "cut.dcm")
    cut.write_bytes(cut.read_bytes()[:-100])
    header = save(ct_slice(hu, place, series), folder / "torn.dcm")
    header.write_bytes(header.read_bytes()[:400])
    return {
        "localizer.dcm": "localizer",
        "dose_page.dcm": "colour picture",
        "no_pixels.dcm": "image without pixels",
        "no_place.dcm": "image without a position",
        "report.dcm": "dose report",
        "letter.dcm": "PDF document",
        "DICOMDIR": "DICOMDIR",
        "organs.dcm": "segmentation",
        "DIRFILE": "no DICOM file",
        "notes.txt": "no DICOM file",
        "cut.dcm": "truncated image",
        "torn.dcm": "damaged DICOM file",
    }


def compress(path: Path, syntax: int) -> Path:
    """Compresses a file's pixels in place with GDCM; syntax: a constant of gdcm.TransferSyntax."""
    reader = gdcm.ImageReader()
    reader.SetFileName(str(path))
    assert reader.Read()
    other = gdcm.ImageChangeTransferSyntax()
    other.SetTransferSyntax(gdcm.TransferSyntax(syntax))
    other.SetInput(reader.GetImage())
    assert other.Change(), f"GDCM cannot write {syntax}"
    before = dcmread(path)
    writer = gdcm.ImageWriter()
    writer.SetFileName(str(path))
    writer.SetFile(reader.GetFile())
    writer.SetImage(other.GetOutput())
    assert writer.Write()
    after = dcmread(path)  # of the other elements GDCM may write others
    before.file_meta.TransferSyntaxUID = after.file_meta.TransferSyntaxUID
    before["PixelData"] = after["PixelData"]
    before["PixelData"].is_undefined_length = True
    before.save_as(path)
    return path


def copy_of(data: Dataset) -> Dataset:
    """A data set that can be changed without changing data."""
    return copy.deepcopy(data)


def _item(**elements: Any) -> Dataset:
    return change(Dataset(), **elements)


def _scale(intercept: float) -> Dataset:
    return _item(RescaleSlope=1, RescaleIntercept=intercept, RescaleType="HU")
