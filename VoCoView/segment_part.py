"""The part Segment: the presenters of the panel, and what of them the page shows."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import asdict
from functools import partial
from typing import Any

from VoCoSegmentationLib import texts
from VoCoSegmentationLib.jobs.queue import JobQueue
from VoCoSegmentationLib.jobs.segmentation import SegmentationJob
from VoCoSegmentationLib.presenters.bodyRegion import RegionPresenter
from VoCoSegmentationLib.presenters.devices import DevicePresenter
from VoCoSegmentationLib.presenters.models import ModelPresenter
from VoCoSegmentationLib.presenters.segmentation import SegmentationPresenter

from VoCoLib.models.catalogue import Catalogue
from VoCoLib.recipe import Label
from VoCoView.front_end import PageFrontEnd
from VoCoView.parameters import Choices
from VoCoView.screen import Screen


class Logic:
    """VoCoSegmentationLib.presenters.seams.SegmentationLogic.

    Args:
        scene: of the session.
        queue: of the session.
        choices: what the user chose.
        catalogue: the models of this computer.
    """

    def __init__(self, scene: Any, queue: JobQueue, choices: Choices, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.scene = scene
        self._queue = queue
        self._choices = choices
        self.results: dict[str, SegmentationJob] = {}  # the last job of each segmentation, by ID

    def queue(self) -> JobQueue:
        """Of the session."""
        return self._queue

    def getParameterNode(self) -> Choices:
        """Of the session."""
        return self._choices

    def process(
        self,
        volumeNode: Any,
        segmentationNode: Any,
        modelId: str,
        structures: Collection[str] | None,
        device: str,
        wait: bool,
        callback: Callable[[Any], None] | None,
        region: Any,
        allFrames: bool,
        uncertainty: bool,
    ) -> SegmentationJob:
        """Segments a volume in the background; raises VoCoError."""
        assert not wait  # the event loop goes on

        def changed(job: SegmentationJob) -> None:
            if job.state == "finished":
                self.results[job.segmentationId] = job
            if callback is not None:
                callback(job)

        job = SegmentationJob(
            self.scene,
            volumeNode,
            self.catalogue.get(modelId),
            segmentationNode,
            structures,
            region,
            device,
            allFrames,
            changed,
            uncertainty,
        )
        self._queue.add(job)
        return job


class SegmentPart:
    """Models, structures, Apply and the result.

    Args:
        logic: of the session.
        choices: what the user chose.
        front: the page.
        screen: shows the part.
        on_success: called after a segmentation.
    """

    def __init__(
        self,
        logic: Logic,
        choices: Choices,
        front: PageFrontEnd,
        screen: Screen,
        on_success: Callable[[], None],
    ) -> None:
        self._logic = logic
        self._choices = choices
        self._on_success = on_success
        self._is_in_three_d = True
        self._opacity = 0.5
        self._is_visible = True
        self._none = False  # the user has unticked all, which is no choice that could be kept
        queue, show = logic.queue(), partial(screen.changed, "segment")
        self.regions = RegionPresenter(front, screen.renew)
        self.devices = DevicePresenter(logic.scene, queue, front, show)
        self.models = ModelPresenter(logic.catalogue, queue, front, self._on_model)
        self.presenter = SegmentationPresenter(
            logic, self.models, self.regions, self.devices, front, self._succeeded
        )
        self.presenter.setParameters(choices)
        screen.before(self.refresh)
        screen.add("segment", self.view)

    def refresh(self) -> None:
        """Takes over what the user chose; as VoCoSegmentationLib.sections.panel does."""
        self.models.want(self._choices.modelId, self._choices.modelTitle)
        self.devices.want(self._choices.device)
        self.presenter.refresh()
        self.presenter.showStructures(self._structures())
        self.presenter.updateEstimate(True)

    def view(self) -> dict[str, Any]:
        """What is shown."""
        models, segment = self.models.view(), self.presenter.view()
        pairs = zip(models.titles, models.ids, strict=True)
        return {
            **asdict(segment),
            "models": [{"title": title, "value": name} for title, name in pairs],
            "model": models.ids[models.index] if models.index >= 0 else None,
            "information": models.information,
            "tip": models.tip,
            "canDownload": models.canDownload,
            "devices": [{"title": t, "value": i} for i, t in self.devices.entries()],
            "device": self.devices.device(),
            "estimate": self.devices.estimateText,
            "labels": [{"title": label.name, "colour": _colour(label)} for label in self._labels()],
            "structures": self._ticked(),
            "uncertainty": self._choices.uncertainty,
            "opacity": self._opacity,
            "isInThreeD": self._is_in_three_d,
            "isVisible": self._is_visible,
            **self._result(),
        }

    def _labels(self) -> Any:
        model = self.models.model()
        return model.recipe.labels if model is not None and model.recipe is not None else ()

    def _structures(self) -> list[str] | None:
        """The chosen ones of the model; None for all, an empty list for none at all."""
        names = [label.name for label in self._labels()]
        if self._none:
            return []
        chosen = [name for name in names if name in self._choices.structures]
        return None if not chosen or len(chosen) == len(names) else chosen

    def _ticked(self) -> list[str]:
        chosen = self._structures()
        return [label.name for label in self._labels()] if chosen is None else chosen

    def _result(self) -> dict[str, Any]:
        """The table of the result that is shown."""
        node = self._choices.outputSegmentation
        job = self._logic.results.get(node.GetID()) if node is not None else None
        if job is None:
            return {"hasResult": False, "rows": []}
        recipe = self._logic.catalogue.get(job.modelId).recipe
        colours = {label.name: _colour(label) for label in recipe.labels} if recipe else {}
        rows = [
            {
                "name": row["name"],
                "colour": colours.get(row["name"], "gray"),
                "millilitres": f"{row['millilitres']:.1f}" if row["voxels"] else "-",
                "hu": f"{row['mean_hu']:.0f}" if row["mean_hu"] is not None else "-",
                "flags": texts.flags(row),
            }
            for row in job.statistics
        ]
        return {"hasResult": True, "rows": rows}

    # what the user does ---------------------------------------------------------------------------

    def choose_model(self, name: str) -> None:
        """By its id."""
        self._none = False
        self.models.choose(name)

    def choose_structures(self, names: list[str]) -> None:
        """Those that are ticked."""
        every = [label.name for label in self._labels()]
        self._none = not names
        wanted = None if len(names) == len(every) else [name for name in every if name in names]
        self.presenter.chooseStructures(wanted)

    def choose_device(self, name: str) -> None:
        """As the worker lists them."""
        self._choices.device = name

    def set_uncertainty(self, wanted: bool) -> None:
        """Whether the next result shows where the network was unsure."""
        self._choices.uncertainty = bool(wanted)

    def set_opacity(self, opacity: float) -> None:
        """Of the colours over the CT, 0 to 1."""
        self._opacity = float(opacity)
        self._show()

    def set_three_d(self, wanted: bool) -> None:
        """Whether the result is in the 3D view, too."""
        self._is_in_three_d = bool(wanted)
        self._show()

    def set_visible(self, wanted: bool) -> None:
        """Whether the result is seen at all."""
        self._is_visible = bool(wanted)
        self._show()

    def toggle(self) -> None:
        """Hides what is seen, or shows it again."""
        self.set_visible(not self._is_visible)

    def _show(self) -> None:
        node = self._choices.outputSegmentation
        display = node.GetDisplayNode() if node is not None else None
        if display is None:
            return
        display.SetVisibility(self._is_visible)
        display.SetOpacity2DFill(self._opacity)
        display.SetVisibility3D(self._is_in_three_d)
        if self._is_in_three_d:
            node.CreateClosedSurfaceRepresentation()

    def _on_model(self, name: str) -> None:
        self._choices.modelId = name

    def _succeeded(self) -> None:
        self._show()
        self._on_success()


def _colour(label: Label) -> str:
    """As CSS has it."""
    return "rgb({}, {}, {})".format(*label.color)
