"""Options that several commands of `voco` have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from VoCoLib.images.volumes import Choices

Json = Annotated[
    bool, typer.Option("--json", help="Print events as JSON, one object a line, for programs.")
]

ModelName = Annotated[
    str,
    typer.Option(
        "--model", "-m", help="A model's id (see: voco models list) or its .safetensors file."
    ),
]

Device = Annotated[
    str, typer.Option(help="auto (a CUDA GPU if there is one), cpu, cuda or cuda:N.")
]

Merging = Annotated[
    str | None,
    typer.Option(
        help="legacy (MONAI 1.4 or older) or current PatchMerging, for weights that do not say."
    ),
]

Precision = Annotated[
    str,
    typer.Option(
        help="auto (the fastest that is native), float32, bfloat16, float16 (GPU) or int8 "
        "(processors, with OpenVINO: fastest, not exact)."
    ),
]

Engine = Annotated[
    str,
    typer.Option(
        help="auto (on a processor the faster one in a trial that is remembered), pytorch or "
        "openvino (pip install openvino)."
    ),
]

Series = Annotated[
    str,
    typer.Option(
        help="Of several DICOM series: its number, UID or a part of its description (see: voco "
        "inputs). By default the best for organs: axial, thin, soft kernel, most slices."
    ),
]

Spacing = Annotated[
    str,
    typer.Option(
        metavar="MM", help="Size of the pixels of DICOM files that do not say it: 0.7 or 0.7,0.7."
    ),
]

Assume = Annotated[
    str,
    typer.Option(
        metavar="RAS|LPS",
        help="Towards where the axes grow in files that do not say it. By default LPS, as Slicer.",
    ),
]


def choices(series: str, spacing: str, assume: str) -> Choices:
    """What these options say, for read_volume."""
    from VoCoLib.images.volumes import Choices

    known: dict[str, Literal["RAS", "LPS"] | None] = {"": None, "RAS": "RAS", "LPS": "LPS"}
    if assume.upper() not in known:
        raise typer.BadParameter(f"{assume} is not RAS or LPS", param_hint="--assume")
    return Choices(series, _millimetres(spacing), known[assume.upper()])


def _millimetres(text: str) -> tuple[float, ...] | None:
    """One to three sizes in mm; one stands for both of a pixel."""
    try:
        sizes = tuple(float(part) for part in text.split(",")) if text else None
    except ValueError:
        sizes = ()
    if sizes is None:
        return None
    if not 1 <= len(sizes) <= 3 or not all(0.01 <= size <= 100 for size in sizes):
        raise typer.BadParameter("give one to three sizes in mm, e.g. 0.7", param_hint="--spacing")
    return sizes * 2 if len(sizes) == 1 else sizes


ShardOptimizer = Annotated[
    bool,
    typer.Option(
        "--shard-optimizer/--no-shard-optimizer",
        help="With torchrun: each process keeps the optimiser's moments of a part only.",
    ),
]
