"""The part Position: the presenter of the position view, and what of it the page shows."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from VoCoSegmentationLib.jobs.queue import JobQueue
from VoCoSegmentationLib.presenters.position import PositionPresenter
from VoCoSegmentationLib.presenters.positionPicture import Picture

from VoCoLib.models.catalogue import Catalogue
from VoCoLib.positions.cells import cell_label
from VoCoView.front_end import PageFrontEnd
from VoCoView.parameters import Choices
from VoCoView.position_picture import picture_svg
from VoCoView.screen import Screen
from VoCoView.segment_part import SegmentPart


class PositionPart:
    """Point, map, the other patient.

    Args:
        scene: of the session.
        catalogue: the models of this computer.
        queue: of the session.
        segment: knows what the CT shows, and the device.
        choices: what the user chose.
        front: the page.
        screen: shows the part.
        on_answer: called when there is an answer and was none.
    """

    def __init__(
        self,
        scene: Any,
        catalogue: Catalogue,
        queue: JobQueue,
        segment: SegmentPart,
        choices: Choices,
        front: PageFrontEnd,
        screen: Screen,
        on_answer: Callable[[], None],
    ) -> None:
        self._choices = choices
        self._on_answer = on_answer
        self._has_answer = False
        self._picture: tuple[Picture | None, str] = (None, "")  # the last one that was drawn
        self.presenter = PositionPresenter(
            *(scene, catalogue, queue, segment.regions, segment.devices, front),
            partial(screen.changed, "position", "files"),
        )
        self.presenter.setParameters(choices)
        screen.before(self.presenter.refresh)
        screen.add("position", self.view)

    def view(self) -> dict[str, Any]:
        """What is shown."""
        view = self.presenter.view()
        before, self._has_answer = self._has_answer, view.answer is not None
        if self._has_answer and not before:
            self._on_answer()
        plain = (
            *("isPlacing", "isFollowing", "canPlace", "canFollow", "canMap", "canFind", "canPair"),
            *("canShowNumbers", "canHide", "isHidden", "isPaired", "isInThreeD", "canWrite"),
            *("isStale", "answerText", "matchText", "mapText", "status", "overlay"),
        )
        models, grid = view.models, view.grid
        return {
            **{name: getattr(view, name) for name in plain},
            "models": _items(models.titles, models.names),
            "model": models.selected or None,
            "grids": _items(grid.titles, range(len(grid.titles))),
            "grid": grid.selected,
            "overlays": [{"title": title, "value": role} for role, title in view.overlays],
            "opacity": self._choices.positionOpacity,
            "picture": self._svg(view.picture),
            "rows": _rows(view.answer),
            "progress": None if view.progress is None else {"share": view.progress.share},
        }

    def _svg(self, picture: Picture | None) -> str:
        if picture is not self._picture[0]:
            self._picture = picture, picture_svg(picture) if picture is not None else ""
        return self._picture[1]

    def set_opacity(self, opacity: float) -> None:
        """Of the colours over the CT, 0 to 1."""
        self._choices.positionOpacity = float(opacity)

    def choose_other(self, node: Any) -> None:
        """The CT in which the place is looked for; None for none."""
        self._choices.positionReference = node

    def escape(self) -> bool:
        """Ends placing a point, else a map or a search; False if there is nothing to end."""
        view = self.presenter.view()
        if view.isPlacing:
            self.presenter.place(False)
        elif view.progress is not None:
            self.presenter.cancel()
        elif view.isFollowing:
            self.presenter.follow(False)
        else:
            return False
        return True


def _items(titles: Any, values: Any) -> list[dict[str, Any]]:
    return [{"title": t, "value": v} for t, v in zip(titles, values, strict=True)]


def _rows(answer: Any) -> list[dict[str, Any]]:
    """One for each base: name, similarity, probability, true overlap, whether it is the best."""
    if answer is None:
        return []
    bases = answer["bases"]
    columns = bases["similarities"], bases["probabilities"], answer["labels"]
    n = round(len(answer["labels"]) ** 0.5)
    places = [(i, j) for i in range(1, n + 1) for j in range(1, n + 1)]
    return [
        {
            "name": cell_label(place, n),
            "values": [f"{value:.2f}" for value in values],
            "isBest": place == tuple(bases["base"]),
        }
        for place, values in zip(places, zip(*columns, strict=True), strict=True)
    ]
