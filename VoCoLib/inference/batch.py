"""Segments files: each input becomes a segmentation and a table of measures beside it."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import time
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from VoCoLib.errors import InputError, OutOfMemoryError, OutputError, VoCoError
from VoCoLib.evaluation.islands import remove_islands
from VoCoLib.evaluation.plausibility import judge, summary
from VoCoLib.evaluation.statistics import COLUMNS, LabelStatistics, measure, write_csv
from VoCoLib.events import Event, EventSink, error_event, event
from VoCoLib.files import check_writable, discard, disk_error
from VoCoLib.images.body_regions import BodyRegions
from VoCoLib.images.encodings import printable
from VoCoLib.images.finding import find_volumes
from VoCoLib.images.inputs import read_input
from VoCoLib.images.mask_files import write_map, write_masks
from VoCoLib.images.region_recognition import find_regions
from VoCoLib.images.segmentation_files import (
    OUTPUT_SUFFIXES,
    check_output,
    check_source,
    write_segmentation,
)
from VoCoLib.images.straightening import is_sheared
from VoCoLib.images.volumes import IMAGE_SUFFIXES, NO_CHOICES, Choices, Volume
from VoCoLib.inference.manifest import Record
from VoCoLib.recipe import Label, kept_labels

if TYPE_CHECKING:  # torch takes seconds to import; a wrong path is found without it
    from VoCoLib.inference.probabilities import ProbabilityMaps
    from VoCoLib.inference.region import Region
    from VoCoLib.inference.segmentation import Segmenter

    Choose = Callable[[str, BodyRegions, EventSink], "Choice"]  # for the CT of this name


_KNOWN = 5  # columns that tables of all versions begin with


@dataclass(frozen=True)
class Choice:
    """What segments a CT.

    Attributes:
        segmenter: the model.
        structures: names of those that are wanted; None stands for all.
        warning: an English sentence if the model hardly suits; else empty.
        model: its id, or the name by which it was asked for.
    """

    segmenter: Segmenter
    structures: Collection[str] | None = None
    warning: str = ""
    model: str = ""


_UID = re.compile(r"\d+(\.\d+){3,}")


@dataclass(frozen=True)
class Wishes:
    """What is written for a CT.

    Attributes:
        masks: a file for each structure, in a folder, instead of one segmentation.
        keep_islands: small islands stay, see remove_islands.
        probabilities: also a map for each structure, 0 to 255 for 1; the islands are in them.
    """

    masks: bool = False
    keep_islands: bool = False
    probabilities: bool = False


def plan_outputs(
    inputs: Sequence[Path],
    output: Path,
    suffix: str,
    tell: Callable[[str], None] = lambda line: None,
    series: str = "",
) -> list[tuple[Path, Path]]:
    """Pairs each image or DICOM folder behind inputs with the file to write.

    Args:
        inputs: files, DICOM folders or folders of files.
        output: a file name (one input) or a folder, which gets the folders of the inputs.
        suffix: of the files in a folder, one of OUTPUT_SUFFIXES.
        tell: receives what is found and left out, in sentences.
        series: of DICOM, as Choices has it; if it is a UID, a folder of several studies is one
            input, as only one of them has it.

    Raises:
        InputError: an input cannot be used, or two have the same name.
        OutputError: a file name for several inputs, or a place that cannot be written to.
    """
    # a bad file is reported when its turn comes, and the others go on; a path that does not exist
    # is a slip of the pen, better said before hours of work
    is_one = bool(_UID.fullmatch(series))
    placed = [pair for path in inputs for pair in _find(path, output, tell, is_one)]
    found = [source for source, _ in placed]
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
        if not _distinct(place for _, place in placed):  # */ct.nii.gz
            placed = _below_common_folder(found)
        targets = [output / place.with_name(place.name + suffix) for _, place in placed]
    _check_distinct(found, targets)
    for target in targets:
        check_output(target)
        _check_table(_table_path(target))
    return list(zip(found, targets, strict=True))


def _find(
    path: Path, output: Path, tell: Callable[[str], None], is_one: bool
) -> list[tuple[Path, Path]]:
    """The volumes behind an input, each with its place among the results, without a suffix.

    is_one: whether it is one volume, whatever it holds.
    """
    if not os.path.lexists(path):
        raise InputError(f"{printable(path)} does not exist.", "Check the path for typing errors.")
    if is_one or not path.is_dir():
        return [(path, Path(_stem(path)))]
    try:
        found = find_volumes(path, output)
    except OSError as error:
        raise InputError(
            f"{printable(path)} cannot be opened: {error.strerror or error}.",
            "Check its permissions.",
        ) from error
    if found.volumes != [path]:
        tell(f"Found {len(found.volumes)} volumes in {printable(path)}.")
    for line in found.report():
        tell(line)
    if not found.volumes:
        raise InputError(
            f"The folder {printable(path)} holds no image file and no DICOM series.",
            f"Name a folder with {', '.join(IMAGE_SUFFIXES)} files, or the one with the CT's DICOM "
            "files.",
        )
    return [
        (item, Path(_stem(item)) if item == path else _place(item, path)) for item in found.volumes
    ]


def _place(item: Path, folder: Path) -> Path:
    """Where a volume lies in a folder, without its suffix."""
    return item.relative_to(folder).with_name(_stem(item))


def _below_common_folder(found: Sequence[Path]) -> list[tuple[Path, Path]]:
    common = Path(os.path.commonpath([path.absolute().parent for path in found]))
    return [(path, _place(path.absolute(), common)) for path in found]


def _distinct(places: Iterable[Path]) -> bool:
    names = [os.path.normcase(place) for place in places]
    return len(set(names)) == len(names)


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
    choices: Choices = NO_CHOICES,
    cancelled: Callable[[], bool] = lambda: False,
    wishes: Wishes = Wishes(),
    isolated: bool = False,
) -> None:
    """Segments one input and writes target and a CSV of the same name; isolated: as read_input.

    Raises:
        VoCoError: as choose, read_input, Segmenter.segment and write_segmentation do; nothing is
            written.
    """
    sink(event("started", message=f"Segmenting {printable(source)}", input=str(source)))
    volume = read_input(source, choices, isolated)
    for warning in (*volume.warnings, *_about_result(target, volume)):
        sink(event("log", level="warning", message=f"{volume.name}: {warning}"))
    check_output(target, volume.array.size)
    if target.suffix.lower() == ".dcm":
        check_source(target, volume.source)
    shown = find_regions(volume.array, volume.affine)
    choice = choose(volume.name, shown, sink)
    if choice.warning:
        sink(event("log", level="warning", message=f"{volume.name}: {choice.warning}"))
    table = kept_labels(choice.segmenter.recipe.labels, choice.structures)
    with _temporary_maps(target, table, wishes.probabilities) as maps:
        labels = choice.segmenter.segment(
            volume.array,
            volume.affine,
            structures=choice.structures,
            region=region,
            probabilities=maps,
            sink=sink,
            cancelled=cancelled,
        )
        removed = {} if wishes.keep_islands else remove_islands(labels, table)
        rows = measure(labels, volume.array, volume.affine, table, removed)
        expected = shown.extents if shown.certain and region is None else ()
        rows = judge(rows, labels, volume.affine, table, expected)
        name = choice.segmenter.name
        files = _write(target, labels, table, rows, volume, maps, wishes.masks, name)
    sink(
        event(
            "result",
            files=[str(file) for file in files],
            statistics=[asdict(row) for row in rows],
            summary=" ".join(filter(None, [choice.warning, summary(rows)])),
            regions=dict(shown.extents),
            model=choice.model,
            device=choice.segmenter.device,
            engine=choice.segmenter.engine,
            precision=choice.segmenter.precision,
        )
    )


def _about_result(target: Path, volume: Volume) -> list[str]:
    if not is_sheared(volume.affine) or target.name.lower().endswith(".nrrd"):
        return []
    return ["the grid is sheared; the NIfTI result gets one of right angles."]


@contextlib.contextmanager
def _temporary_maps(
    target: Path, table: tuple[Label, ...], wanted: bool
) -> Iterator[ProbabilityMaps | None]:
    """Room for maps of probabilities on the disk of the result, if they are wanted."""
    if not wanted:
        yield None
        return
    from VoCoLib.inference.probabilities import ProbabilityMaps

    there = next(path for path in target.absolute().parents if path.is_dir())
    with tempfile.TemporaryDirectory(dir=there, prefix=".", ignore_cleanup_errors=True) as folder:
        yield ProbabilityMaps(Path(folder), table)


def _write(
    target: Path,
    labels: NDArray[np.uint8],
    table: tuple[Label, ...],
    rows: list[LabelStatistics],
    volume: Volume,
    maps: ProbabilityMaps | None,
    masks: bool,
    algorithm: str,
) -> list[Path]:
    """Writes all of a result, or nothing: one without its table is half a result.

    Returns:
        the files: the segmentation or masks, the table, maps of probabilities.
    """
    name, affine = _stem(target), volume.affine
    csv, written = _table_path(target), []
    try:
        if masks:
            for mask in write_masks(target.with_name(name), labels, affine, table, volume.name):
                written.append(mask)
        else:
            write_segmentation(
                target,
                labels,
                affine,
                table,
                source=volume.name,
                codes=volume.codes,
                slices=volume.source,
                algorithm=algorithm,
            )
            written.append(target)
        write_csv(csv, rows, source=volume.name)
        written.append(csv)
        for label, array in maps.maps(affine) if maps else ():
            folder = target.with_name(f"{name}_probabilities")
            written.append(write_map(folder, label, array, affine, volume.name))
    except BaseException:  # also Ctrl-C, and what nobody expected
        for file in written:
            discard(file)
        raise
    return written


def segment_files(
    choose: Choose,
    pairs: Sequence[tuple[Path, Path]],
    sink: EventSink,
    region: Region | None = None,
    choices: Choices = NO_CHOICES,
    wishes: Wishes = Wishes(),
    record: Record | None = None,
) -> list[VoCoError]:
    """Segments many inputs; one that fails is reported and the others go on.

    Args:
        choose, sink, region, choices, wishes: as segment_file takes them.
        pairs: inputs and files to write.
        record: gets what becomes of each, and says which are done already.

    Returns:
        the errors, in the order of the inputs.

    Raises:
        OutputError: the manifest cannot be written.
    """
    errors: list[VoCoError] = []
    several = len(pairs) > 1  # so that a crash of a reader leaves something to go on with

    def work(source: Path, target: Path, tell: EventSink) -> None:
        segment_file(choose, source, target, tell, region, choices, wishes=wishes, isolated=several)

    for source, target in pairs:
        if is_done((source, target), wishes, record, sink):
            continue
        begun = time.monotonic()
        outcome = one_of_many(work, source, target, sink)
        if isinstance(outcome, VoCoError):
            errors.append(outcome)
            sink(error_event(outcome))
        if record is not None:
            record.note(source, target, time.monotonic() - begun, outcome)
    return errors


def is_done(
    pair: tuple[Path, Path], wishes: Wishes, record: Record | None, sink: EventSink
) -> bool:
    """Whether an input may be left out, which is said."""
    source, target = pair
    there = _table_path(target).exists() and (wishes.masks or target.exists())
    if record is None or not there or not record.is_done(source, target):
        return False
    sink(event("log", message=f"{printable(source)} is done already."))
    return True


def one_of_many(
    work: Callable[[Path, Path, EventSink], None], source: Path, target: Path, sink: EventSink
) -> Event | VoCoError:
    """Segments one input of many: the "result" event, or the error, whatever it was.

    Args:
        work: segments an input into a file, and tells.
        source, target: the two.
        sink: receives the events.
    """
    result: Event = {}

    def tell(item: Event) -> None:
        if item["event"] == "result":
            result.update(item)
        sink(item)

    try:
        work(source, target, tell)
        return result
    except VoCoError as error:
        return error
    except MemoryError:
        message = f"Memory does not suffice for {printable(source.name)}."
        return OutOfMemoryError(message, "Close other programs, or crop the image.")
    except Exception as error:  # nobody expected it; the other inputs can do without
        known = disk_error(error) if isinstance(error, OSError) else None
        if known is None:
            sink(event("log", message=traceback.format_exc()))
        message = f"{printable(source)}: {type(error).__name__}: {error}"
        return known or VoCoError(message, "Please report it, with the lines above.")


def _check_distinct(inputs: Sequence[Path], targets: Sequence[Path]) -> None:
    """Raises an error if two inputs would get the same file, or one would be overwritten."""
    first: dict[str, Path] = {}
    for path, target in zip(inputs, targets, strict=True):
        other = first.setdefault(os.path.normcase(target), path)
        if other is not path:
            raise InputError(
                f"Two inputs have the same name: {printable(other)} and {printable(path)} would "
                f"both become {printable(target)}.",
                "Segment them into different folders.",
            )
    overwritten = {path.resolve() for path in inputs} & {target.resolve() for target in targets}
    if overwritten:
        raise OutputError(f"{overwritten.pop()} is an input.", "Choose another name or folder.")


def _check_table(path: Path) -> None:
    """Raises OutputError unless a table can be written there, or one of an earlier run replaced."""
    check_writable(path)
    try:
        with path.open(encoding="utf-8-sig") as file:
            header = file.readline()
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError):
        header = ""
    if header.strip().split(",")[:_KNOWN] != list(COLUMNS[:_KNOWN]):
        raise OutputError(
            f"{printable(path)} exists, and is no table of an earlier segmentation.",
            "The measures would replace it. Choose another name or folder, or move it.",
        )


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
