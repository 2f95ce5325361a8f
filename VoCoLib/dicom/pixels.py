"""The stored values of DICOM slices as Hounsfield units.

What a value means is PS3.3: Modality LUT (C.11.1), Pixel Padding (C.7.5.1.1.2), bits and sign
(C.7.6.3).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from VoCoLib.dicom.frames import Frame
from VoCoLib.errors import ONLY_CT, InputError

AIR = -1024  # what stands for "nothing was measured here"
_IMPOSSIBLE = -1500.0, 31000.0  # HU; what lies beyond is no tissue, and hardly metal
_BONE = 2000.0  # HU; hardly anything in a patient is denser
_MOST = 32767.0  # HU; metal saturates at or below it
_AIR_FROM = -900.0  # HU; padding above would make holes into the patient


def to_hu(name: str, stored: NDArray, frames: Sequence[Frame], warnings: list[str]) -> NDArray:
    """Stored values (n, rows, columns) as HU, int16 if that holds them exactly, else float32.

    Args:
        name: the input's, for messages.
        stored, frames: as read_stored gives them; of 16 bits, stored becomes the result.
        warnings: gets what the user should know, one sentence each.

    Raises:
        InputError: the values cannot be HU, or are given by a table.
    """
    if any("ModalityLUTSequence" in frame.file.header for frame in frames):
        raise InputError(f"{name} has a table (Modality LUT) instead of HU.", "Use the CT itself.")
    padding = _padding(frames[0], stored.dtype, warnings)
    values = _signed(stored, frames, padding, warnings)
    _check_scale(name, values, frames, warnings)
    scales = [(frame.slope or 1.0, frame.inter or 0.0) for frame in frames]
    whole = all(slope == 1 and inter.is_integer() for slope, inter in scales)
    hu: NDArray[Any]
    if whole and values.dtype.itemsize == 2:
        hu = values.view(np.int16)
    else:
        hu = np.empty(values.shape, np.int16 if whole else np.float32)
    for k, (slope, inter) in enumerate(scales):
        one = values[k] * np.float64(slope) + inter
        one[(one < _IMPOSSIBLE[0]) | (one > _MOST)] = AIR  # nothing was measured there
        if padding is not None:
            one[padding(stored[k])] = AIR
        hu[k] = one
    return hu


def _padding(
    frame: Frame, dtype: np.dtype[Any], warnings: list[str]
) -> Callable[[NDArray], NDArray[np.bool_]] | None:
    """Where stored values are the file's Pixel Padding Value, or in its range; None if it has none.

    A padding value that stands for tissue is not taken for padding: it would make holes.
    """
    header = frame.file.header
    first = header.get("PixelPaddingValue")
    if first is None:
        return None
    limit = header.get("PixelPaddingRangeLimit")
    low, high = sorted(int(v) for v in (first, first if limit is None else limit))
    least, most = (v * (frame.slope or 1.0) + (frame.inter or 0.0) for v in (low, high))
    if not (most <= _AIR_FROM or least >= _IMPOSSIBLE[1]):
        warnings.append(
            f"The files' padding value stands for {most:g} HU, which tissue has; "
            "it was not taken for padding."
        )
        return None
    whole = (1 << dtype.itemsize * 8) - 1
    kind = dtype.str.replace("u", "i") if low < 0 else dtype.str
    if low == high:
        return lambda stored: np.asarray(stored == dtype.type(low & whole))
    return lambda stored: np.asarray((stored.view(kind) >= low) & (stored.view(kind) <= high))


def _signed(
    stored: NDArray,
    frames: Sequence[Frame],
    padding: Callable[[NDArray], NDArray[np.bool_]] | None,
    warnings: list[str],
) -> NDArray:
    """The stored values with the sign that the file declares, or with the one that it means."""
    header = frames[0].file.header
    declared = int(header.get("PixelRepresentation") or 0) == 1
    bits = int(header.get("BitsStored") or 16)
    values = _with_sign(stored, bits, declared)
    step = max(1, round((stored.size / 1e6) ** (1 / 3)))
    sample = stored[::step, ::step, ::step]
    sample = sample.ravel() if padding is None else sample[~padding(sample)]
    other = _with_sign(sample, bits, not declared)
    if not _odd(_with_sign(sample, bits, declared), frames[0]) or _odd(other, frames[0]):
        return values
    words = ("signed", "unsigned") if declared else ("unsigned", "signed")
    warnings.append(
        f"The files call their values {words[0]}, but only as {words[1]} ones they are HU; "
        "read as such."
    )
    return _with_sign(stored, bits, not declared)


def _with_sign(stored: NDArray, bits: int, signed: bool) -> NDArray:
    """Unsigned bits as numbers; of signed ones the bits above the sign may be empty."""
    container = stored.dtype.itemsize * 8
    if not signed:
        return stored
    values: NDArray = stored.view(stored.dtype.str.replace("u", "i"))
    if bits < container and values.min() >= 0 and values.max() >= 1 << (bits - 1):
        wrapped = values >= 1 << (bits - 1)
        values = np.where(wrapped & (values < 1 << bits), values - (1 << bits), values)
        values = values.astype(stored.dtype.str.replace("u", "i"))
    return values


def _odd(sample: NDArray, frame: Frame) -> bool:
    """Whether no CT has such values."""
    hu = sample.astype(np.float64) * (frame.slope or 1.0) + (frame.inter or 0.0)
    beyond = hu[(hu < _IMPOSSIBLE[0]) | (hu > _IMPOSSIBLE[1])]
    if beyond.size:  # one value, and one alone, fills the corners of a round field of view
        kinds, counts = np.unique(beyond, return_counts=True)
        beyond = beyond[beyond != kinds[counts.argmax()]]
    return bool(beyond.size) or bool(np.count_nonzero(hu > _BONE) > 0.05 * hu.size)


def _check_scale(name: str, values: NDArray, frames: Sequence[Frame], warnings: list[str]) -> None:
    """Refuses values without a scale that cannot be HU; says what else is odd about it."""
    modality = str(frames[0].file.header.get("Modality") or "CT")
    if modality != "CT":
        warnings.append(f"The files say that they are {modality}, not CT. {ONLY_CT}")
    kinds = {frame.scale_type.upper() for frame in frames} - {"", "HU", "US"}
    if kinds:
        warnings.append(f"The files say that their values are {', '.join(sorted(kinds))}, not HU.")
    if all(frame.slope is not None and frame.inter is not None for frame in frames):
        return
    low = int(values.min())
    if low >= -200 and frames[0].inter is None and modality == "CT":
        raise InputError(
            f"{name} has no Rescale Slope and Intercept, and its values, {low} and more, are "
            "no HU: even air is not below -200.",
            "Export the original CT again.",
        )
    warnings.append("Rescale Slope or Intercept is missing; the values were taken for HU.")
