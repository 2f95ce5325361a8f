"""The demo networks with the smallest windows and crops: a third and a half of the time."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

from safetensors import safe_open
from safetensors.torch import save_file

from VoCoLib.images.phantom import Phantom, make_phantom
from VoCoLib.locations import RESOURCES, default_home
from VoCoLib.method.base_grid import BaseGrid
from VoCoLib.method.presets import Preparation
from VoCoLib.models.catalogue import Catalogue
from VoCoLib.models.descriptions import Model
from VoCoLib.models.own_models import OwnModels

QUICK_ID, QUICK = "quick-torso", "Quick torso"  # the latter is how a panel calls it
QUICK_POSITIONS = "Quick positions"
WINDOW = (64, 32, 32)
GRID = BaseGrid(n=3, crop=34, input_edge=34)  # no edge may be smaller
SPACING = 126 / 34  # mm: such a crop shows as much as one of demo-torso-voco


def add_quick_model() -> Model:
    """A user's own model in VOCO_HOME: the weights of demo-torso, of which it finds the most."""
    catalogue = Catalogue()
    demo = catalogue.get("demo-torso")
    recipe = replace(demo.recipe, preprocessing=replace(demo.recipe.preprocessing, patch=WINDOW))
    model = catalogue.import_file(_weights(demo.id), lambda *_: None, QUICK_ID, recipe, QUICK)
    return _for_phantoms(model)


def add_quick_positions(folder: Path) -> Model:
    """Likewise the weights of demo-torso-voco; folder gets the file before that."""
    path = write_quick_positions(folder / "positions.safetensors", "demo-torso-voco")
    return _for_phantoms(Catalogue().import_file(path, lambda *_: None, title=QUICK_POSITIONS))


def write_quick_positions(path: Path, model: str) -> Path:
    """The weights of a shipped model, with a record of a training on small crops; returns path."""
    preparation = Preparation(
        (SPACING,) * 3, (-175.0, 250.0), foreground_above=0.0, pad=26, shape=GRID.shape
    )
    with safe_open(str(_weights(model)), "pt") as file:
        metadata = {**file.metadata()}
        weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no dict
    training = {"preparation": asdict(preparation), "grid": asdict(GRID)}
    metadata["training"] = json.dumps({**json.loads(metadata["training"]), **training})
    save_file(weights, str(path), metadata)
    return path


def end_session() -> None:
    """Ends the worker of tests before, which knows no folder of models but theirs."""
    session = sys.modules.get("VoCoSegmentationLib.sections.session")
    if session is not None:
        session.closeSession()


@contextlib.contextmanager
def without_own_models() -> Iterator[None]:
    """For a while VOCO_HOME is empty."""
    home = default_home()
    kept = home.rename(home.with_name(f"{home.name} kept"))
    yield
    shutil.rmtree(home, ignore_errors=True)
    kept.rename(home)


def make_part() -> Phantom:
    """A part of the torso that is one window of the quick model."""
    return make_phantom(7, (6.0, 6.0, 6.0), (276.0, 144.0, 72.0))


def _weights(model: str) -> Path:
    return RESOURCES / "Models" / f"{model}.safetensors"


def _for_phantoms(model: Model) -> Model:
    """Else it would be proposed for patients."""
    own = OwnModels(default_home(), ())
    others = [other for other in own.read() if other.id != model.id]
    model = replace(model, regions=Catalogue().get("demo-torso").regions)
    own.write([*others, model])
    return model
