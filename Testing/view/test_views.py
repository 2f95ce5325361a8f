"""The four views of voco view's page, without a browser: what a click shows."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest

slicer = pytest.importorskip("slicer", reason="voco view is not installed: pip install .[view]")

from VoCoView.application import Application  # noqa: E402
from VoCoView.screen import Screen  # noqa: E402
from VoCoView.view_part import ViewPart  # noqa: E402


class State(dict):
    """trame's, as far as a screen uses it."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass


def yellow(view: Any) -> np.ndarray:
    """(rows, columns): where the crosshair is drawn."""
    red, _, blue = np.moveaxis(view.image().astype(int), -1, 0)
    return red - blue > 60


def test_a_click_draws_a_crosshair_there_in_each_view(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from slicer_scene import add_volume

    for name in ("app", "mrmlScene"):
        monkeypatch.setattr(slicer, name, None, raising=False)

    async def test() -> None:
        app = Application(tmp_path)
        part = ViewPart(app, Screen(State()))
        part.show(add_volume(app.scene, np.zeros((40, 40, 40), np.int16)))
        part.centre()
        axial, coronal = part.slices["Red"], part.slices["Green"]
        assert not yellow(axial).any()
        ras = (12.0, 30.0, axial.logic.GetSliceOffset())
        axial.interactor.SetEventInformation(*axial.position(ras), 0, 0)
        part.clicked("Red")
        for view in (axial, coronal):
            lines, (x, y) = yellow(view), view.position(ras)
            rows, columns = lines.mean(1), lines.mean(0)
            assert rows.argmax() == pytest.approx(len(rows) - 1 - y, abs=1) and rows.max() > 0.8
            assert columns.argmax() == pytest.approx(x, abs=1) and columns.max() > 0.8
        part.hide_crosshair()
        assert not yellow(axial).any()

    asyncio.run(test())
