"""The part Train: runs of a folder, the selected one, and a new one."""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from VoCoPretrainLib import texts
from VoCoPretrainLib.presenters.newRun import Draft, NewRunPresenter
from VoCoPretrainLib.presenters.run import RunPresenter
from VoCoPretrainLib.presenters.runList import RunList
from VoCoPretrainLib.presenters.settingChoices import (
    NETWORKS,
    RATES,
    SHARES,
    networkText,
    presetText,
)
from VoCoPretrainLib.presenters.startProposal import SCRATCH, starts
from VoCoPretrainLib.trainings import Trainings
from VoCoSegmentationLib.jobs.queue import JobQueue

from VoCoLib.method.presets import PRESETS
from VoCoLib.models.catalogue import Catalogue
from VoCoLib.processes.file_stamp import stamp
from VoCoView.chart import chart_picture
from VoCoView.front_end import PageFrontEnd
from VoCoView.screen import Screen

LOOK_MS, HURRY_MS = 1000, 100  # between two looks at the runs; while there is much to read
CURVES = ("How well it learns", "Loss", "Learning rate")


class TrainLogic(Trainings):
    """VoCoPretrainLib.presenters.seams.TrainingLogic.

    Args:
        queue: of the session.
        catalogue: the models of this computer.
        runs: folder of the runs.
    """

    def __init__(self, queue: JobQueue, catalogue: Catalogue, runs: Path) -> None:
        self.catalogue = catalogue
        self.runsFolder = runs
        self.python: Sequence[str] | None = None
        self._queue = queue

    def queue(self) -> JobQueue:
        """Of the session."""
        return self._queue

    def setRunsFolder(self, folder: str) -> None:
        """Chooses the folder of the runs, for this session."""
        self.runsFolder = Path(os.path.abspath(os.path.expanduser(folder)))


class _Inline:
    """The page, with the curve in the part instead of over everything."""

    def __init__(self, front: PageFrontEnd) -> None:
        self._front = front
        self.chart: Any = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._front, name)

    def showChart(self, chartNode: Any) -> None:
        """Remembers it."""
        self.chart = chartNode


@dataclass
class Form:
    """A new run as it is filled in; see VoCoLib.training.settings."""

    kind: str = "pretrain"
    data: str = ""
    start: str = SCRATCH
    network: str = "tiny"
    preparation: str = "tiny"
    steps: int = 2000
    batch: int = 1
    name: str = ""


class TrainPart:
    """Trainings in the background, which outlive the session.

    Args:
        scene: of the session.
        logic: of the session.
        front: the page.
        screen: shows the part.
        on_model: called with the id of a model that was added to the catalogue.
    """

    def __init__(
        self, scene: Any, logic: TrainLogic, front: PageFrontEnd, screen: Screen, on_model: Any
    ) -> None:
        self._logic = logic
        self._front = front
        self._screen = screen
        self._form = Form(name=logic.freeName("pretrain"))
        self._is_start_chosen = False
        self._runs = RunList()
        self._selected = ""
        self._inline = _Inline(front)
        self._log = self._smooth = False
        self._curve = 0
        self._starts = self._known_starts()
        self.new = NewRunPresenter(scene, logic, front, self._draft, self._show, self._on_started)
        self.run = RunPresenter(scene, logic, self._inline, self.look, on_model)
        self._timer = front.makeTimer(LOOK_MS, self.look, again=True)
        screen.add("train", self.view)
        screen.add("run", self.run_view)
        screen.add("runs", self.list_view)

    def set_seen(self, is_seen: bool) -> None:
        """Only what is seen is followed."""
        if is_seen:
            self._timer.start()
            self.look()
        else:
            self._timer.stop()

    def look(self) -> None:
        """Reads what is new of the runs."""
        for run in self._runs.refresh(self._logic.jobs):
            self._front.notify(texts.ended(run))
        runs = self._runs.summaries
        if self._selected not in runs:
            self._selected = next(iter(runs), "")
        self.run.select(runs.get(self._selected), not runs)
        if self._inline.chart is None and self.run.view().canShowCurve:
            self.run.showCurve()
        self._propose()
        self._starts = self._known_starts()
        self._show()

    def _show(self) -> None:
        self._screen.changed("train", "run", "runs")

    # what is shown --------------------------------------------------------------------------------

    def list_view(self) -> dict[str, Any]:
        """The runs, the latest first, and where they are."""
        rows = [
            {"id": run.id, "cells": texts.row(run), "tip": texts.rowTip(run)}
            for run in self._runs.summaries.values()
        ]
        folder = str(self._logic.runsFolder)
        return {"rows": rows, "selected": self._selected, "folder": folder}

    def run_view(self) -> dict[str, Any]:
        """The selected run."""
        view = self.run.view()
        path, made = view.guesses
        chart = self._inline.chart if view.canShowCurve else None
        return {
            **asdict(view),
            "guesses": _data(path, made) if path else "",
            "curve": self._curve,
            "chart": chart_picture(chart) if chart is not None else "",
            "smooth": self._smooth,
            "logarithmic": self._log,
            "log": "\n".join(view.log[-60:]),
        }

    def view(self) -> dict[str, Any]:
        """The new run."""
        view, form = self.new.view(), self._form
        made = stamp(Path(view.picture)) if view.picture else None
        return {
            **asdict(view),
            **asdict(form),
            "picture": _data(view.picture, made[0]) if made else "",
            "kinds": [{"title": texts.kind(k), "value": k} for k in ("pretrain", "finetune")],
            "starts": self._starts,
            "networks": [{"title": networkText(n), "value": n} for n in NETWORKS],
            "preparations": [{"title": presetText(n), "value": n} for n in PRESETS if n != "v1"],
        }

    def _known_starts(self) -> list[dict[str, str]]:
        known = starts(self._logic, list(self._runs.summaries.values()))
        entries = [*known, (SCRATCH, "Nothing: random weights")]
        return [{"title": title, "value": name} for name, title in entries]

    def _propose(self) -> None:
        """As the panel of Slicer: a fine-tuning gets a start, until the user chooses one."""
        if self._form.kind == "finetune" and not self._is_start_chosen:
            self._form.start = self.new.proposal(list(self._runs.summaries.values())).name

    def _draft(self) -> Draft:
        form = self._form
        values: dict[str, Any] = {
            "kind": form.kind,
            "steps": form.steps,
            "batch": form.batch,
            "device": "auto",
            "learning_rate": RATES[form.kind] * 1e-4,
            "start": form.start,
        }
        share = SHARES[form.kind] / 100
        if form.start == SCRATCH:
            values["preset"] = form.network
        if form.kind == "finetune":
            values["validation"] = str(share)
        else:
            values["held_back"] = share
            if form.start == SCRATCH:
                values["preparation"] = form.preparation
        return Draft(form.name, values, form.data, (), str(self._logic.runsFolder))

    # what the user does ---------------------------------------------------------------------------

    def fill(self, name: str, value: Any) -> None:
        """One field of the form."""
        whole = name in ("steps", "batch")
        value = max(1, int(value or 1)) if whole else str(value or "").strip()
        setattr(self._form, name, value)
        if name == "start":
            self._is_start_chosen = True
        if name == "kind":
            self._form.name = self._logic.freeName(value)
            self._form.start, self._is_start_chosen = SCRATCH, False
            self._propose()
        if name == "data":
            self.new.forget()

    def choose_folder(self, folder: str) -> None:
        """Of the runs."""
        if folder.strip():
            self._logic.setRunsFolder(folder.strip())
            self.look()

    def select(self, run_id: str) -> None:
        """One of the list."""
        self._selected, self._inline.chart = run_id, None
        self.look()

    def choose_curve(self, index: int) -> None:
        """One of CURVES."""
        self._curve = index
        self.run.changeCurve(index)
        self.run.showCurve()

    def draw_as(self, smooth: bool, logarithmic: bool) -> None:
        """How the curves are drawn."""
        self._smooth, self._log = bool(smooth), bool(logarithmic)
        self.run.drawAs(self._smooth, self._log)

    def _on_started(self, run_id: str) -> None:
        self._form.name = self._logic.freeName(self._form.kind)
        self.look()
        self.select(run_id)

    def close(self) -> None:
        """Runs go on."""
        self._timer.stop()
        self.new.close()
        self.run.close()


@lru_cache(maxsize=4)
def _data(path: str, _made: int) -> str:
    """A PNG as an address that holds it."""
    try:
        content = Path(path).read_bytes()
    except OSError:  # it is being written
        return ""
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"
