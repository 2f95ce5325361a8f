"""Everything that `voco positions` does with files: asks, searches, maps, and writes a folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from VoCoLib import __version__
from VoCoLib.cli.model_choice import out_of_place_text
from VoCoLib.events import EventSink, event
from VoCoLib.figures.position import draw_position
from VoCoLib.figures.position_report import write_csv, write_json, write_volume
from VoCoLib.images.region_recognition import find_regions
from VoCoLib.images.volumes import NO_CHOICES, Choices, Volume, read_volume
from VoCoLib.method.base_grid import TEMPERATURE
from VoCoLib.models.choice import is_out_of_place
from VoCoLib.models.descriptions import Model
from VoCoLib.positions.answer import PositionAnswer
from VoCoLib.positions.map import position_map
from VoCoLib.positions.model import PositionModel
from VoCoLib.positions.placement import Placement, place
from VoCoLib.positions.search import find_match
from VoCoLib.positions.view import PositionView

FIGURES = ("png", "pdf")


class PositionStudy:
    """One CT, one model, one folder for what comes out.

    Args:
        model: the network.
        placement: how the grid is laid over the CTs.
        source: the CT's file or DICOM folder.
        folder: for the results; made if need be.
        sink: receives log and progress events.
        reference: another CT, read before anything is computed, as it may not be readable.
        choices: what the user says where the files of source leave it open.
        known: the model in the catalogue, which says what body it was made for; None for a file.
    """

    def __init__(
        self,
        model: PositionModel,
        placement: Placement,
        source: Path,
        folder: Path,
        sink: EventSink,
        reference: Path | None = None,
        choices: Choices = NO_CHOICES,
        known: Model | None = None,
    ) -> None:
        self._model, self._placement = model, placement
        self._folder, self._sink = folder, sink
        self._volume = read_volume(source, choices)
        self._view = self._look_at(self._volume)
        self._caution = self._find_caution(known)
        self._reference = self._read_reference(reference) if reference else None
        self._answers: list[PositionAnswer] = []
        self._report: dict[str, Any] = {
            "voco": __version__,
            "image": str(source),
            "model": model.name,
            "compared": model.compared,
            "caution": self._caution,
            "temperature": TEMPERATURE,
            "grid": self._view.placed.to_json(),
            "warnings": [*self._volume.warnings, *self._view.placed.warnings],
        }

    def ask(self, points: Sequence[Sequence[float]]) -> None:
        """Answers for points in RAS mm: positions.csv, and a figure each as PNG and as PDF."""
        self._answers = self._view.query(points, self._sink)
        self._report["answers"] = [answer.to_json() for answer in self._answers]
        write_csv(self._folder / "positions.csv", self._answers)
        image = self._volume.array, self._volume.affine
        title = f"{self._volume.name} seen by {self._model.name}"
        for number, answer in enumerate(self._answers, start=1):
            self._say(answer.sentence())
            name = f"positions{'' if len(points) == 1 else f'-{number}'}"
            paths = [self._folder / f"{name}.{kind}" for kind in FIGURES]
            draw_position(paths, *image, self._view.placed, answer, title, self._caution)

    def search(self) -> None:
        """Looks for the points in the reference: a volume of similarity each."""
        assert self._reference
        view, record = self._reference
        found = []
        for number, answer in enumerate(self._answers, start=1):
            match = find_match(self._view, answer.point_mm, view, self._sink)
            self._say(match.sentence())
            name = f"similarity{'' if len(self._answers) == 1 else f'-{number}'}.nii.gz"
            write_volume(self._folder / name, match.volume, match.affine)
            found.append({**match.to_json(), "similarity_volume": name})
        self._report["reference"] = {**record, "matches": found}

    def map(self) -> None:
        """Asks all over the body: confidence.nii.gz and error_mm.nii.gz."""
        result = position_map(self._view, self._sink)
        write_volume(self._folder / "confidence.nii.gz", result.confidence, result.affine)
        write_volume(self._folder / "error_mm.nii.gz", result.error_mm, result.affine)
        self._report["map"] = asdict(result.summary)
        self._say(result.summary.sentence())

    def finish(self) -> None:
        """Writes positions.json."""
        write_json(self._folder / "positions.json", self._report)
        self._say(f"Wrote {self._folder}")

    def _find_caution(self, known: Model | None) -> str:
        """That the model was not made for this CT; empty if it may well be."""
        if known is None:
            return ""
        shown = find_regions(self._volume.array, self._volume.affine)
        if not is_out_of_place(known, shown):
            return ""
        caution = f"Not a model for this CT. {out_of_place_text(known, shown)}"
        self._sink(event("log", level="warning", message=caution))
        return caution

    def _read_reference(self, source: Path) -> tuple[PositionView, dict[str, Any]]:
        volume = read_volume(source)
        view = self._look_at(volume)
        return view, {
            "image": str(source),
            "grid": view.placed.to_json(),
            "warnings": [*volume.warnings, *view.placed.warnings],
        }

    def _look_at(self, volume: Volume) -> PositionView:
        placed = place(volume.array, volume.affine, volume.name, self._placement)
        for warning in (*volume.warnings, *placed.warnings):
            message = f"{volume.name}: {warning}"
            self._sink(event("log", level="warning", message=message))
        return PositionView(self._model, placed)

    def _say(self, message: str) -> None:
        self._sink(event("log", message=message))
