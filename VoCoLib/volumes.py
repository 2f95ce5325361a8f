"""Reads CT volumes and label maps from NIfTI, NRRD, MetaImage and DICOM files."""

from __future__ import annotations

import gzip
import logging
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import SimpleITK as sitk  # noqa: N813
from nibabel.filebasedimages import ImageFileError
from nibabel.openers import ImageOpener
from nibabel.spatialimages import HeaderDataError
from numpy.typing import NDArray

from VoCoLib.errors import InputError, OutOfMemoryError

NIFTI_SUFFIXES = (".nii", ".nii.gz")
ITK_FORMATS = {
    ".nrrd": "NrrdImageIO",
    ".nhdr": "NrrdImageIO",
    ".mha": "MetaImageIO",
    ".mhd": "MetaImageIO",
}
IMAGE_SUFFIXES = (*NIFTI_SUFFIXES, *ITK_FORMATS)

_LEAST_MM, _MOST_MM = 0.01, 100  # of a voxel; no CT of a patient has others
_AIR_HU = -500  # all body tissue but lung lies above
_DEFLATE_LIMIT = 1032  # gzip and zlib never shrink data by more
_LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
_READ_ERRORS = (
    ImageFileError,
    HeaderDataError,
    OSError,
    EOFError,
    RuntimeError,  # SimpleITK
    ValueError,
    OverflowError,
    KeyError,
    zlib.error,
)
_CHECK_EXPORT = "Export or download it again."

# what matters is said in errors and in Volume.warnings
sitk.ProcessObject.GlobalWarningDisplayOff()
logging.getLogger("nibabel.global").setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class Volume:
    """A CT.

    Attributes:
        array: (X, Y, Z) in the file's index order i, j, k; HU; int16 or float32.
        affine: 4x4 float64, index to RAS mm.
        name: the file's or folder's name, for messages.
        warnings: what the user should know about this input, one sentence each.
    """

    array: NDArray[Any]
    affine: NDArray[np.float64]
    name: str
    warnings: tuple[str, ...] = ()


def find_inputs(path: Path) -> list[Path]:
    """The inputs behind a path that a user names.

    Args:
        path: an image file, a folder with the DICOM files of a CT, a folder of image files, or a
            folder of such folders.

    Returns:
        what read_volume takes, sorted by name. Of a folder of image files, hidden files and
        .seg.nrrd (results of earlier runs) are left out.

    Raises:
        InputError: there is nothing at the path, or nothing to read in the folder.
    """
    _check_readable(path)
    if path.is_file():
        return [path]
    files = sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith("."))
    if any(p.suffix.lower() == ".dcm" for p in files):
        return [path]
    images = [p for p in files if _suffix(p) and not p.name.lower().endswith(".seg.nrrd")]
    if images:
        return images
    if files and sitk.ImageSeriesReader.GetGDCMSeriesIDs(str(path)):
        return [path]
    folders = sorted(p for p in path.iterdir() if p.is_dir() and not p.name.startswith("."))
    inside = [item for folder in folders for item in _inputs_or_none(folder)]
    if inside:
        return inside
    raise InputError(
        f"The folder {path} holds no image file and no DICOM series.",
        f"Name a folder with {_known_suffixes()} files, or the one with the CT's DICOM files.",
    )


def _inputs_or_none(folder: Path) -> list[Path]:
    """What find_inputs finds in a folder among others, some of which may hold something else."""
    try:
        return find_inputs(folder)
    except InputError:
        return []


def read_volume(path: Path) -> Volume:
    """Reads a CT from an image file or from a folder with the files of a DICOM series.

    int16 and float32 voxels come as they are stored (uncompressed NIfTI as a memory map), others
    are converted to the smaller of the two that holds them.

    Raises:
        InputError: the input cannot be read, is no 3D image, or cannot be a CT.
        OutOfMemoryError: it does not fit into memory.
    """
    path = Path(path)
    _check_readable(path)
    warnings: list[str] = []
    try:
        if path.is_dir():
            raw, affine = _read_dicom(path, warnings)
            array = _compact(raw)
        else:
            array, affine = _read_image(path)
        _check_hu(path.name, array)
    except MemoryError as error:
        raise OutOfMemoryError(
            f"{path.name} does not fit into the memory of this machine.",
            "Close other programs, or crop the image.",
        ) from error
    return Volume(array, affine, path.name, (*warnings, *_hu_warnings(array)))


def read_label_map(path: Path) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Reads a label map from .nii, .nii.gz, .nrrd, .seg.nrrd (of one layer), .mha or .mhd.

    Returns:
        the labels, (X, Y, Z) in the file's index order, uint8, or int16 if any is above 255 or
        negative; and the 4x4 affine, index to RAS mm.

    Raises:
        InputError: the file cannot be read, is no 3D image, or holds other than whole numbers.
    """
    path = Path(path)
    _check_readable(path)
    array, affine = _read_image(path)
    if array.dtype.kind == "f" and not all(
        np.array_equal(part, np.rint(part).astype(np.int16)) for part in np.moveaxis(array, -1, 0)
    ):
        raise InputError(
            f"{path.name} is no label map: not all of its voxels are whole numbers of 16 bits.",
            "Check that it is the segmentation and not the image.",
        )
    fits_byte = array.min() >= 0 and array.max() <= 255
    return array.astype(np.uint8 if fits_byte else np.int16, copy=False), affine


def _check_readable(path: Path) -> None:
    """Raises an InputError unless something that can be opened and is not empty is at the path."""
    try:
        if path.is_dir():
            next(path.iterdir(), None)
            return
        with path.open("rb") as file:
            empty = not file.read(1)
    except FileNotFoundError as error:
        raise InputError(f"{path} does not exist.", "Check the path for typing errors.") from error
    except PermissionError as error:
        raise InputError(
            f"{path} cannot be opened: no permission to read it.", "Change its permissions."
        ) from error
    except OSError as error:
        raise InputError(
            f"{path} cannot be opened: {error.strerror}.", "Check the path."
        ) from error
    if empty:
        raise InputError(f"{path.name} is empty (0 bytes).", _CHECK_EXPORT)


def _suffix(path: Path) -> str:
    """The suffix of a readable image file, else an empty string."""
    name = path.name.lower()
    return next((s for s in (".nii.gz", *IMAGE_SUFFIXES) if name.endswith(s)), "")


def _known_suffixes() -> str:
    return ", ".join(IMAGE_SUFFIXES)


def _read_image(path: Path) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """The voxels (int16 or float32) and the RAS affine of a 3D image file."""
    suffix = _suffix(path)
    if not suffix:
        raise InputError(
            f"{path.name} is no image file that can be read.",
            f"Use {_known_suffixes()}, or name the folder that holds a CT's DICOM files.",
        )
    return _read_nifti(path) if suffix in NIFTI_SUFFIXES else _read_itk(path, ITK_FORMATS[suffix])


@contextmanager
def _reading(path: Path, problem: str) -> Iterator[None]:
    """Turns what the readers raise into an InputError: the problem, and the reader's last line."""
    try:
        yield
    except _READ_ERRORS as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        reason = lines[-1] if lines else type(error).__name__
        raise InputError(f"{path.name} {problem} ({reason}).", _CHECK_EXPORT) from error


_NOT_AN_IMAGE = "is not an image of the kind its name says, or its header is damaged"
_TRUNCATED = "is truncated or damaged: not all of its voxels can be read"


def _read_nifti(path: Path) -> tuple[NDArray[Any], NDArray[np.float64]]:
    with _reading(path, _NOT_AN_IMAGE):
        image = nib.load(path)
        if not isinstance(image, nib.Nifti1Image):
            raise ValueError("no NIfTI header")
        with ImageOpener(str(path)) as file:  # nib.load turns a voxel size of 0 into 1
            spacing = type(image.header).from_fileobj(file, check=False)["pixdim"][1:4]
        data: Any = image.dataobj
        dtype: np.dtype[Any] = image.get_data_dtype()
    _check_shape(path.name, image.shape)
    _check_spacing(path.name, spacing)
    if dtype.kind not in "iuf":
        _refuse_channels(path.name)
    needed = data.offset + int(np.prod(image.shape, dtype=object)) * dtype.itemsize
    compressed = path.name.lower().endswith(".gz")
    _check_size(path, needed // _DEFLATE_LIMIT if compressed else needed, image.shape)
    with _reading(path, _TRUNCATED):
        raw = _gunzip(path, data, dtype) if compressed else np.asarray(data.get_unscaled())
    raw = raw.reshape(image.shape[:3], order="F")
    affine = np.array(image.affine, np.float64)
    _check_affine(path.name, affine)
    return _compact(raw, float(data.slope), float(data.inter)), affine


def _gunzip(path: Path, data: Any, dtype: np.dtype[Any]) -> NDArray[Any]:
    """The body of a .nii.gz; unlike nibabel's way it never takes twice the image's memory."""
    raw = np.empty(data.shape, dtype, order="F")
    flat = raw.T.reshape(-1).view(np.uint8)
    done = 0
    with gzip.open(path) as file:
        file.seek(data.offset)
        while done < flat.size:
            read = file.readinto(flat[done : done + (1 << 20)].data)
            if not read:
                raise EOFError(f"{done} of {flat.size} bytes")
            done += read
        while file.read(1 << 20):  # gzip checks the voxels when it has come to the end
            pass
    return raw


def _read_itk(path: Path, image_io: str) -> tuple[NDArray[Any], NDArray[np.float64]]:
    reader = sitk.ImageFileReader()
    reader.SetImageIO(image_io)
    reader.SetFileName(str(path))
    with _reading(path, _NOT_AN_IMAGE):
        reader.ReadImageInformation()
        fields, body_offset = _text_header(path)
    size = reader.GetSize()
    if reader.GetNumberOfComponents() != 1:
        _refuse_channels(path.name)
    _check_shape(path.name, size)
    spacing = np.array(reader.GetSpacing()[:3])
    if "nan" in fields.get("spacings", "").lower().split()[:3]:  # ITK turns it into 1
        spacing[:] = np.nan
    _check_spacing(path.name, spacing)
    voxel_bytes = sitk.Image(1, 1, reader.GetPixelID()).GetSizeOfPixelComponent()
    _check_body(path, fields, body_offset, size, int(np.prod(size, dtype=object)) * voxel_bytes)
    reader.SetExtractSize([*size[:3], *[0] * (len(size) - 3)])
    with _reading(path, _TRUNCATED):
        image = reader.Execute()
    affine = _ras_affine(image)
    _check_affine(path.name, affine)
    return _compact(_pixels(image)), affine


def _text_header(path: Path) -> tuple[dict[str, str], int]:
    """The fields of a NRRD or MetaImage header, keys in lower case, and where it ends."""
    fields: dict[str, str] = {}
    end = 0
    with path.open("rb") as file:
        while "elementdatafile" not in fields and (line := file.readline().strip()):
            key, _, value = line.decode("latin-1").replace("=", ":", 1).partition(":")
            fields[key.strip().lower()] = value.strip()
            end = file.tell()
    return fields, end


def _check_body(
    path: Path, fields: dict[str, str], offset: int, size: tuple[int, ...], needed: int
) -> None:
    """Refuses a NRRD or MetaImage body that cannot hold the voxels, before memory is taken."""
    encoding = fields.get("encoding", "").lower()
    data_file = fields.get("elementdatafile", "LOCAL")
    inside = data_file.upper() == "LOCAL" and not fields.keys() & {"data file", "datafile"}
    zipped = fields.get("compresseddata", "").lower() == "true"
    plain = encoding == "raw" or (fields.get("binarydata", "").lower() == "true" and not zipped)
    if inside and encoding not in ("bz2", "bzip2"):
        _check_size(path, needed if plain else needed // _DEFLATE_LIMIT, size)
    if zipped:
        body = path if inside else path.parent / data_file
        with _reading(path, _TRUNCATED):
            _check_zlib(body, offset if inside else 0, int(fields["compresseddatasize"]), needed)


def _check_zlib(body: Path, offset: int, size: int, needed: int) -> None:
    """Unpacks a MetaImage's zlib stream: of a damaged one, ITK returns arbitrary voxels."""
    unpack, unpacked = zlib.decompressobj(wbits=47), 0  # 47: zlib or gzip
    with body.open("rb") as file:
        file.seek(offset)
        while chunk := file.read(min(size, 1 << 16)):
            unpacked += len(unpack.decompress(chunk))
            size -= len(chunk)
    if unpacked != needed:
        raise EOFError(f"{unpacked} of {needed} bytes")


class _ImageMemory:
    """Lets an array own the ITK image whose memory it shows; ITK's own view does not."""

    def __init__(self, image: sitk.Image) -> None:
        view = sitk.GetArrayViewFromImage(image)
        pointer, _ = view.__array_interface__["data"]
        self._image = image
        self.__array_interface__ = {**view.__array_interface__, "data": (pointer, False)}


def _pixels(image: sitk.Image) -> NDArray[Any]:
    """The image's voxels as (X, Y, Z), without a copy."""
    return np.asarray(_ImageMemory(image)).transpose(2, 1, 0)


def _ras_affine(image: sitk.Image) -> NDArray[np.float64]:
    """The 4x4 affine, index to RAS mm, of a 3D ITK image (whose space is LPS)."""
    affine = np.eye(4)
    affine[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing()
    affine[:3, 3] = image.GetOrigin()
    return _LPS_TO_RAS @ affine


def _read_dicom(folder: Path, warnings: list[str]) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """The voxels and the RAS affine of a folder's largest series; appends to warnings."""
    reader = sitk.ImageSeriesReader()
    series = [
        sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder), uid)
        for uid in sitk.ImageSeriesReader.GetGDCMSeriesIDs(str(folder))
    ]
    if not series:
        raise InputError(
            f"The folder {folder} holds no DICOM series.",
            "Name the folder that holds the CT's DICOM files themselves.",
        )
    series.sort(key=len, reverse=True)
    files = series[0]
    if len(series) > 1:
        names = [f"{_dicom_tag(s[0], _SERIES_NUMBER) or '?'} ({len(s)} slices)" for s in series]
        warnings.append(
            f"The folder holds {len(series)} series; read number {names[0]}, "
            f"left out number {', '.join(names[1:])}."
        )
    unread = len(list(folder.glob("*.[dD][cC][mM]"))) - sum(len(s) for s in series)
    if unread > 0:
        warnings.append(f"{unread} of the folder's .dcm files are no readable image; left out.")
    modality = _dicom_tag(files[0], _MODALITY)
    if modality != "CT":
        warnings.append(f"The DICOM modality is {modality or 'not given'}, not CT.")
    reader.SetFileNames(files)
    reader.MetaDataDictionaryArrayUpdateOn()
    with _reading(folder, "holds a DICOM series that cannot be read"):
        image = reader.Execute()
    if image.GetNumberOfComponentsPerPixel() != 1:
        _refuse_channels(folder.name)
    _check_shape(folder.name, image.GetSize())
    _check_spacing(folder.name, np.array(image.GetSpacing()))
    affine = _ras_affine(image)
    if len(files) > 1:
        with _reading(folder, "holds DICOM files without a slice position"):
            positions = np.array([_position(reader, i) for i in range(len(files))])
        affine[:3, 2] = _slice_step(folder.name, positions, affine[:3, 2], warnings)
    _check_affine(folder.name, affine)
    return _compact(_pixels(image)), affine


_MODALITY, _SERIES_NUMBER, _IMAGE_POSITION = "0008|0060", "0020|0011", "0020|0032"


def _dicom_tag(file: str, tag: str) -> str:
    """A tag of a DICOM file as text; empty if it is not there."""
    reader = sitk.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    reader.SetFileName(file)
    with _reading(Path(file), _NOT_AN_IMAGE):
        reader.ReadImageInformation()
    return reader.GetMetaData(tag).strip() if reader.HasMetaDataKey(tag) else ""


def _position(reader: sitk.ImageSeriesReader, index: int) -> list[float]:
    """Where the first voxel of a slice lies, RAS mm."""
    x, y, z = (float(v) for v in reader.GetMetaData(index, _IMAGE_POSITION).split("\\"))
    return [-x, -y, z]


def _slice_step(
    name: str, positions: NDArray[np.float64], across: NDArray[np.float64], warnings: list[str]
) -> NDArray[np.float64]:
    """The mean step from slice to slice (RAS mm), which a tilted gantry turns from the normal.

    Args:
        positions: (slices, 3) in the order of the volume.
        across: a vector along the slices' normal.
    """
    normal = across / np.linalg.norm(across)
    gaps = np.diff(positions @ normal)
    usual = float(np.median(gaps))
    if gaps.min() < 0.5 * usual or usual <= 0:
        raise InputError(
            f"{name} has two slices at (nearly) the same position: slices {gaps.argmin() + 1} and "
            f"{gaps.argmin() + 2} are {gaps.min():.3g} mm apart, others {usual:.3g} mm.",
            "The series may hold several phases or copies: export one phase to its own folder.",
        )
    if gaps.max() > 1.5 * usual:
        raise InputError(
            f"{name} lacks slices: slices {gaps.argmax() + 1} and {gaps.argmax() + 2} are "
            f"{gaps.max():.3g} mm apart, others {usual:.3g} mm.",
            "Export the complete series again.",
        )
    if np.abs(gaps - usual).max() > max(0.01 * usual, 0.01):
        warnings.append(
            f"The slices are {gaps.min():.3g} to {gaps.max():.3g} mm apart; "
            f"{gaps.mean():.3g} mm is used for all."
        )
    step: NDArray[np.float64] = (positions[-1] - positions[0]) / len(gaps)
    tilt = np.degrees(np.arccos(np.clip(step @ normal / np.linalg.norm(step), -1, 1)))
    if tilt > 0.5:
        warnings.append(f"The gantry was tilted by {tilt:.1f} degrees; the grid is sheared.")
    return step


def _check_shape(name: str, shape: tuple[int, ...]) -> None:
    if len(shape) < 3:
        raise InputError(f"{name} is a {len(shape)}D image; a CT volume has 3 axes.", _NAME_VOLUME)
    if np.prod(shape[3:], dtype=object) != 1:
        raise InputError(
            f"{name} has {len(shape)} axes ({_times(shape)}): several time points or channels.",
            "Save one 3D volume of it to a file.",
        )
    if min(shape[:3]) < 2:
        raise InputError(f"{name} has a single slice ({_times(shape[:3])} voxels).", _NAME_VOLUME)


_NAME_VOLUME = "Name a file, or a DICOM folder, with all slices of the CT."


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(str(n) for n in shape)


def _refuse_channels(name: str) -> None:
    raise InputError(
        f"{name} has more than one value per voxel (colour, vectors or complex numbers).",
        "A CT has one number per voxel: use the original image, not a rendering of it.",
    )


def _check_spacing(name: str, spacing: NDArray[Any]) -> None:
    """spacing: voxel size in mm as the header has it; NIfTI may have negative ones."""
    if not np.isfinite(spacing).all() or (np.asarray(spacing) == 0).any():
        sizes = " x ".join(f"{s:g}" for s in spacing)
        raise InputError(f"{name} has a voxel size of {sizes} mm in its header.", _FIX_HEADER)


def _check_affine(name: str, affine: NDArray[np.float64]) -> None:
    axes = affine[:3, :3]
    if not np.isfinite(affine).all():
        raise InputError(f"{name} has NaN or infinity in its position matrix.", _FIX_HEADER)
    if abs(np.linalg.det(axes)) <= 1e-6 * np.prod(np.linalg.norm(axes, axis=0)):
        raise InputError(f"{name} has a position matrix that flattens the image.", _FIX_HEADER)
    spacing = np.linalg.norm(axes, axis=0)
    if not ((spacing >= _LEAST_MM) & (spacing <= _MOST_MM)).all():
        sizes = " x ".join(f"{s:g}" for s in spacing)
        raise InputError(
            f"{name} has voxels of {sizes} mm, which no CT of a patient has.", _FIX_HEADER
        )


_FIX_HEADER = "Correct the header, or convert the original CT again."


def _check_size(path: Path, least: int, shape: tuple[int, ...]) -> None:
    """Refuses a file that is smaller than the least that its header's shape takes."""
    size = path.stat().st_size
    if size < least:
        raise InputError(
            f"{path.name} is truncated: its header promises {_times(shape)} voxels, which take at "
            f"least {least:,} bytes, but the file has {size:,}.",
            _CHECK_EXPORT,
        )


def check_ct(name: str, array: NDArray[Any], affine: NDArray[np.float64]) -> tuple[str, ...]:
    """Checks a CT that is in memory as read_volume checks one in a file.

    Args:
        name: for messages.
        array: (X, Y, Z) HU.
        affine: 4x4, index to RAS mm.

    Returns:
        warnings, one sentence each.

    Raises:
        InputError: it is no 3D image, or cannot be a CT.
    """
    _check_shape(name, array.shape)
    _check_affine(name, affine)
    _check_hu(name, array)
    return tuple(_hu_warnings(array))


def _compact(raw: NDArray[Any], slope: float = 1.0, inter: float = 0.0) -> NDArray[Any]:
    """The scaled voxels as int16 if that holds them exactly, else as float32; raw if it is that."""
    if raw.dtype in (np.int16, np.float32) and raw.dtype.isnative and (slope, inter) == (1, 0):
        return raw
    if raw.dtype.kind in "iu" and slope == 1 and inter.is_integer():
        limits = np.iinfo(np.int16)
        if int(raw.min()) + inter >= limits.min and int(raw.max()) + inter <= limits.max:
            whole: NDArray[Any] = np.empty_like(raw, np.int16)
            np.add(raw, np.int64(inter), out=whole, casting="unsafe")
            return whole
    real: NDArray[Any] = np.empty_like(raw, np.float32)
    np.multiply(raw, np.float64(slope), out=real, casting="unsafe")
    real += np.float32(inter)
    return real


def _check_hu(name: str, array: NDArray[Any]) -> None:
    """Refuses voxels that are not finite, and images without a patient."""
    if array.dtype.kind == "f":
        bad = [int(np.count_nonzero(~np.isfinite(part))) for part in np.moveaxis(array, -1, 0)]
        if sum(bad):
            k = next(k for k, count in enumerate(bad) if count)
            i, j = np.argwhere(~np.isfinite(array[..., k]))[0]
            raise InputError(
                f"{name} has {sum(bad):,} voxels that are NaN or infinite, the first at index "
                f"({i}, {j}, {k}).",
                "Replace them with -1024 (air) if they are padding, or convert the CT again.",
            )
    low, high = array.min(), array.max()
    if low == high:
        raise InputError(f"Every voxel of {name} has the value {low:g}.", _CHECK_EXPORT)
    if high <= _AIR_HU:
        raise InputError(
            f"{name} shows only air: no voxel is above {high:g} HU.",
            "Check that the file is the CT of a patient, in HU.",
        )


def _hu_warnings(array: NDArray[Any]) -> list[str]:
    """Warns of intensities that do not look like HU; judged on about a million voxels."""
    step = max(1, round((array.size / 1e6) ** (1 / 3)))
    sample = array[::step, ::step, ::step]
    low, high = sample.min(), sample.max()
    if low >= 0 and high <= 255:
        return [
            f"The voxels lie between {low:g} and {high:g}: these look like display values, not HU. "
            "The result will be unreliable; use the original CT."
        ]
    tissue = sample[sample > _AIR_HU]
    no_fat_or_air = np.mean(sample < -50) < 0.001
    if no_fat_or_air or np.mean((tissue > -200) & (tissue < 300)) < 0.2:
        return [
            f"The voxels lie between {low:g} and {high:g} and do not look like HU (another "
            "modality, such as MRI, or a CT that was not rescaled). The result will be unreliable."
        ]
    return []
