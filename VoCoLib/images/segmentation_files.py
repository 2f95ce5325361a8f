"""Writes label maps as segmentations: NRRD for Slicer, NIfTI, or DICOM SEG."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from VoCoLib.errors import OutputError
from VoCoLib.files import check_writable, write_atomically
from VoCoLib.images.nibabel_parts import nib
from VoCoLib.images.nifti import Codes
from VoCoLib.images.straightening import is_sheared, straighten
from VoCoLib.images.terminology import serialize_terminology
from VoCoLib.recipe import Label

if TYPE_CHECKING:
    from VoCoLib.dicom.volume import Source

OUTPUT_SUFFIXES = (".seg.nrrd", ".nii.gz", ".nii", ".dcm")

_LABEL_MAP_RATIO = 20  # a compressed label map takes less than this share of its voxels
_RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def check_output(path: Path, voxels: int = 0) -> None:
    """Checks, before the computation, that a segmentation can be written to path.

    Args:
        path: the segmentation's file; it and its folder need not exist.
        voxels: size of the label map if known, to compare with the free space.

    Raises:
        OutputError: wrong suffix, no folder that can be written to, or too little space.
    """
    if not _suffix(path):
        raise OutputError(
            f"Segmentations cannot be written as {path.name}.",
            f"Use a name that ends in {', '.join(OUTPUT_SUFFIXES)}.",
        )
    check_writable(path, voxels if path.suffix == ".nii" else voxels // _LABEL_MAP_RATIO)


def check_source(path: Path, slices: Source | None) -> Source:
    """The slices that the DICOM SEG at path refers to; raises an OutputError if there are none."""
    if slices is None:
        raise OutputError(
            f"{path} cannot be written: a DICOM SEG refers to DICOM files, and the input is none.",
            "Name a .seg.nrrd or .nii.gz file, or the CT's DICOM folder as the input.",
        )
    return slices


def write_segmentation(
    path: Path,
    labels: NDArray[np.uint8],
    affine: NDArray[np.float64],
    table: tuple[Label, ...],
    source: str,
    codes: Codes = (1, 1),
    slices: Source | None = None,
    algorithm: str = "VoCo",
) -> None:
    """Writes a label map as .seg.nrrd or .dcm, or without names and colours as .nii.gz or .nii.

    Args:
        path: the file; its folder is made if need be, an existing file replaced.
        labels: (X, Y, Z) on the input's grid; if that is sheared, NIfTI gets one with right angles.
        affine: the grid's 4x4 affine, index to RAS mm.
        table: what becomes a segment, also where no voxel has its value; voxels of other values
            are written to .seg.nrrd and NIfTI, but belong to no segment.
        source: what the labels were made of and with, one line for the header.
        codes: of qform and sform; both hold the affine, so that every reader of NIfTI agrees.
        slices: of the CT, to which a DICOM SEG refers.
        algorithm: name of the model, for a DICOM SEG.

    Raises:
        OutputError: it could not be written; then the path is as it was before.
    """
    suffix = _suffix(path)
    if not suffix:
        check_output(path)
    if suffix == ".dcm":
        from VoCoLib.dicom.segmentation import write_seg

        found = check_source(path, slices)
        x, y = np.linalg.norm(affine[:3, :2], axis=0)
        write_seg(path, labels, table, found, (float(x), float(y)), algorithm)
    elif suffix == ".seg.nrrd":
        write_atomically(path, lambda file: _write_nrrd(file, labels, affine, table, source))
    else:
        write_atomically(path, lambda file: _write_nifti(file, labels, affine, source, codes))


def _suffix(path: Path) -> str:
    """The suffix of a segmentation file, else an empty string."""
    return next((s for s in OUTPUT_SUFFIXES if path.name.lower().endswith(s)), "")


def _write_nifti(
    path: Path, labels: NDArray[np.uint8], affine: NDArray[np.float64], source: str, codes: Codes
) -> None:
    if is_sheared(affine):  # ITK, and with it most programs, refuses such NIfTI files
        labels, affine = straighten(labels, affine)
    fits = max(labels.shape) <= np.iinfo(np.int16).max  # of NIfTI-2 ITK knows nothing
    image = nib.Nifti1Image(labels, affine) if fits else nib.Nifti2Image(labels, affine)
    image.set_sform(affine, codes[1])
    image.set_qform(affine, codes[0])
    image.header.set_xyzt_units("mm")
    image.header["descrip"] = source.encode("ascii", "replace")[:79]
    nib.save(image, path)


def _write_nrrd(
    path: Path,
    labels: NDArray[np.uint8],
    affine: NDArray[np.float64],
    table: tuple[Label, ...],
    source: str,
) -> None:
    # by hand: ITK's writer wants a second copy of the labels and does not say that the disk is full
    fields = {
        "type": "unsigned char",
        "dimension": "3",
        "space": "left-posterior-superior",
        "sizes": " ".join(str(n) for n in labels.shape),
        **_nrrd_geometry(affine),
        "kinds": "domain domain domain",
        "encoding": "gzip",
    }
    keys = _segmentation_keys(labels.shape, affine, table)
    header = ["NRRD0004", f"# {_one_line(source)}"]
    header += [f"{field}: {value}" for field, value in fields.items()]
    header += [f"{key}:={_one_line(value)}" for key, value in keys.items()]
    with path.open("wb") as file:
        file.write(("\n".join(header) + "\n\n").encode())
        with gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0) as body:
            for k in range(labels.shape[2]):
                body.write(labels[:, :, k].tobytes(order="F"))


def _nrrd_geometry(affine: NDArray[np.float64]) -> dict[str, str]:
    columns = [f"({','.join(repr(float(v)) for v in c)})" for c in (_RAS_TO_LPS @ affine)[:3].T]
    return {"space directions": " ".join(columns[:3]), "space origin": columns[3]}


def _segmentation_keys(
    shape: tuple[int, ...], affine: NDArray[np.float64], table: tuple[Label, ...]
) -> dict[str, str]:
    """The key/value pairs with which Slicer describes the segments of a NRRD file."""
    extent = " ".join(f"0 {n - 1}" for n in shape)
    geometry = [repr(float(v)) for v in affine.ravel()] + extent.split()
    keys = {
        "Segmentation_ContainedRepresentationNames": "Binary labelmap|",
        # lets the Segment Editor and the export to DICOM know the CT's grid
        "Segmentation_ConversionParameters": f"Reference image geometry|{';'.join(geometry)};|&",
        "Segmentation_MasterRepresentation": "Binary labelmap",
        "Segmentation_ReferenceImageExtentOffset": "0 0 0",
    }
    for index, label in enumerate(table):
        tags = f"Segmentation.Status:inprogress|TerminologyEntry:{serialize_terminology(label)}|"
        segment = {
            "ID": f"Segment_{label.value}",
            "Name": label.name,
            "NameAutoGenerated": "0",
            "Color": " ".join(f"{channel / 255:.6g}" for channel in label.color),
            "ColorAutoGenerated": "0",
            "Extent": extent,  # Slicer takes the first segment's for all that share a layer
            "LabelValue": str(label.value),
            "Layer": "0",
            "Tags": tags,
        }
        keys |= {f"Segment{index}_{key}": value for key, value in segment.items()}
    return keys


def _one_line(text: str) -> str:
    return " ".join(text.splitlines())
