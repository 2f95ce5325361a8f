"""Writes a volume as an NRRD file whose voxels and geometry are exactly those of the scene."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from slicer.i18n import tr as _

from VoCoLib.errors import OutputError


def writeNrrd(path: Path, array: NDArray[Any], affine: NDArray[np.float64]) -> None:
    """Writes a file that appears when it is complete; may be called in a thread.

    Args:
        path: of the file, whose folder exists.
        array: (x, y, z) numbers; best with the first axis fastest, as VTK has them.
        affine: 4x4, index to RAS mm.

    Raises:
        OutputError: it cannot be written.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(_header(array, affine).encode("ascii"))
            np.ascontiguousarray(array.T).tofile(file)  # lets other threads run
        os.replace(temporary, path)
    except OSError as error:
        raise OutputError(
            _("{path} cannot be written: {error}.").format(path=path, error=error),
            _("Check permissions and free space, or choose another folder of runs."),
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def _header(array: NDArray[Any], affine: NDArray[np.float64]) -> str:
    columns = (np.diag([-1.0, -1.0, 1.0]) @ affine[:3]).T  # from RAS to LPS
    vectors = [f"({','.join(repr(float(v)) for v in column)})" for column in columns]
    return (
        "NRRD0004\n"
        f"type: {_typeName(array.dtype)}\n"
        "dimension: 3\n"
        "space: left-posterior-superior\n"
        f"sizes: {' '.join(str(n) for n in array.shape)}\n"
        f"space directions: {' '.join(vectors[:3])}\n"
        f"space origin: {vectors[3]}\n"
        "kinds: domain domain domain\n"
        f"endian: {sys.byteorder}\n"
        "encoding: raw\n\n"
    )


def _typeName(dtype: np.dtype[Any]) -> str:
    names = {"f4": "float", "f8": "double"}
    code = f"{dtype.kind}{dtype.itemsize}"
    return names.get(code, f"{'u' if dtype.kind == 'u' else ''}int{8 * dtype.itemsize}")
