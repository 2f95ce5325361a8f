"""Segments files: each input becomes a segmentation and a table of measures beside it."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from VoCoLib.errors import InputError, OutOfMemoryError, OutputError, VoCoError
from VoCoLib.evaluation.plausibility import judge, summary
from VoCoLib.evaluation.statistics import measure, write_csv
from VoCoLib.events import EventSink, error_event, event
from VoCoLib.files import check_writable, discard
from VoCoLib.images.body_regions import BodyRegions
from VoCoLib.images.region_recognition import find_regions
from VoCoLib.images.segmentation_files import OUTPUT_SUFFIXES, check_output, write_segmentation
from VoCoLib.images.volumes import find_inputs, read_volume
from VoCoLib.recipe import Label

if TYPE_CHECKING:  # torch takes seconds to import; a wrong path is found without it
    from VoCoLib.inference.region import Region
    from VoCoLib.inference.segmentation import Segmenter

    Choose = Callable[[str, BodyRegions, EventSink], "Choice"]  # for the CT of this name


@dataclass(frozen=True)
class Choice:
    """What segments a CT.

    Attributes:
        segmenter: the model.
        structures: names of those that are wanted; None stands for all.
        warning: an English sentence if the model hardly suits; else empty.
    """

    segmenter: Segmenter
    structures: Collection[str] | None = None
    warning: str = ""


def plan_outputs(inputs: Sequence[Path], output: Path, suffix: str) -> list[tuple[Path, Path]]:
    """Pairs each image or DICOM folder behind inputs with the file to write.

    Args:
        inputs: files, DICOM folders or folders of files.
        output: a file name (one input) or a folder.
        suffix: of the files in a folder, one of OUTPUT_SUFFIXES.

    Raises:
        InputError: an input cannot be used, or two have the same name.
        OutputError: a file name for several inputs, or a place that cannot be written to.
    """
    # of many files a bad one is reported when its turn comes, and the others go on; a path that
    # does not exist is a slip of the pen, better said before hours of work
    many = len(inputs) > 1
    found = [
        item
        for path in inputs
        for item in ([path] if many and path.is_file() else find_inputs(path))
    ]
    if output.name.lower().endswith(OUTPUT_SUFFIXES):
        if len(found) > 1:
            raise OutputError(
                f"{output} is one file, but there are {len(found)} inputs.", "Name a folder."
            )
        targets = [output]
    elif output.suffix and not output.is_dir() and len(found) == 1:
        check_output(output)  # refuses the suffix
        targets = [output]
    else:
        targets = [output / f"{_stem(item)}{suffix}" for item in found]
    _check_distinct(found, targets)
    for target in targets:
        check_output(target)
        check_writable(_table_path(target))
    return list(zip(found, targets, strict=True))


def choose_structures(labels: Sequence[Label], text: str) -> list[str] | None:
    """The names of the structures that text lists, separated by commas, in any case.

    Returns:
        the names as labels has them; None, which stands for all, if text is empty.

    Raises:
        InputError: no label has a name.
    """
    names = {label.name.lower(): label.name for label in labels}
    wanted = [name.strip() for name in text.split(",") if name.strip()]
    for name in wanted:
        if name.lower() not in names:
            raise InputError(
                f"The model has no structure '{name}'.", f"It has: {', '.join(names.values())}."
            )
    return [names[name.lower()] for name in wanted] or None


def segment_file(
    choose: Choose,
    source: Path,
    target: Path,
    sink: EventSink,
    region: Region | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> None:
    """Segments one input and writes target and a CSV of the same name.

    Raises:
        VoCoError: as choose, read_volume, Segmenter.segment and write_segmentation do; nothing is
            written.
    """
    sink(event("started", message=f"Segmenting {source.name}", input=str(source)))
    volume = read_volume(source)
    for warning in volume.warnings:
        sink(event("log", level="warning", message=f"{volume.name}: {warning}"))
    check_output(target, volume.array.size)
    shown = find_regions(volume.array, volume.affine)
    choice = choose(volume.name, shown, sink)
    if choice.warning:
        sink(event("log", level="warning", message=f"{volume.name}: {choice.warning}"))
    segmenter, structures = choice.segmenter, choice.structures
    labels = segmenter.segment(
        volume.array,
        volume.affine,
        structures=structures,
        region=region,
        sink=sink,
        cancelled=cancelled,
    )
    table = kept_labels(segmenter.recipe.labels, structures)
    rows = measure(labels, volume.array, volume.affine, table)
    expected = shown.extents if shown.certain and region is None else ()
    rows = judge(rows, labels, volume.affine, table, expected)
    csv = _table_path(target)
    write_segmentation(target, labels, volume.affine, table, source=volume.name)
    try:
        write_csv(csv, rows, source=volume.name)
    except (OutputError, KeyboardInterrupt):
        discard(target)  # a segmentation without its table is half a result
        raise
    statistics = [asdict(row) for row in rows]
    sink(
        event(
            "result",
            files=[str(target), str(csv)],
            statistics=statistics,
            summary=" ".join(filter(None, [choice.warning, summary(rows)])),
            regions=dict(shown.extents),
        )
    )


def segment_files(
    choose: Choose,
    pairs: Sequence[tuple[Path, Path]],
    sink: EventSink,
    region: Region | None = None,
) -> list[VoCoError]:
    """Segments many inputs; one that fails is reported and the others go on.

    Returns:
        the errors, in the order of the inputs.
    """
    errors: list[VoCoError] = []
    for source, target in pairs:
        try:
            segment_file(choose, source, target, sink, region)
        except VoCoError as error:
            errors.append(error)
        except MemoryError:
            message = f"Memory does not suffice for {source.name}."
            errors.append(OutOfMemoryError(message, "Close other programs, or crop the image."))
        else:
            continue
        sink(error_event(errors[-1]))
    return errors


def kept_labels(labels: tuple[Label, ...], structures: Collection[str] | None) -> tuple[Label, ...]:
    """The labels that structures names, in the model's order; all for None."""
    return tuple(label for label in labels if structures is None or label.name in structures)


def _check_distinct(inputs: Sequence[Path], targets: Sequence[Path]) -> None:
    """Raises an error if two inputs would get the same file, or one would be overwritten."""
    names = {os.path.normcase(target) for target in targets}
    if len(names) < len(targets):
        raise InputError("Two inputs have the same name.", "Segment them into different folders.")
    overwritten = {path.resolve() for path in inputs} & {target.resolve() for target in targets}
    if overwritten:
        raise OutputError(f"{overwritten.pop()} is an input.", "Choose another name or folder.")


def _table_path(target: Path) -> Path:
    return target.with_name(f"{_stem(target)}.csv")


def _stem(path: Path) -> str:
    """A file's name without .nii.gz, .seg.nrrd or its last suffix; a folder's whole name."""
    if path.is_dir():
        return path.resolve().name
    for suffix in OUTPUT_SUFFIXES:
        if path.name.lower().endswith(suffix):
            return path.name[: -len(suffix)]
    return path.stem
