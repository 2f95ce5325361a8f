"""The demo network with the smallest window that there is: a third of the time."""

from __future__ import annotations

from dataclasses import replace

from VoCoLib.images.phantom import Phantom, make_phantom
from VoCoLib.locations import RESOURCES, default_home
from VoCoLib.models.catalogue import Catalogue
from VoCoLib.models.descriptions import Model
from VoCoLib.models.own_models import OwnModels

QUICK_ID, QUICK = "quick-torso", "Quick torso"  # the latter is how a panel calls it
PATCH = (64, 32, 32)


def add_quick_model() -> Model:
    """A user's own model in VOCO_HOME: the weights of demo-torso, of which it finds the most."""
    catalogue = Catalogue()
    demo = catalogue.get("demo-torso")
    recipe = replace(demo.recipe, preprocessing=replace(demo.recipe.preprocessing, patch=PATCH))
    weights = RESOURCES / "Models" / "demo-torso.safetensors"
    model = catalogue.import_file(weights, lambda *_: None, QUICK_ID, recipe, QUICK)
    model = replace(model, regions=demo.regions)  # else it would be proposed for patients
    OwnModels(default_home(), ()).write([model])
    return model


def make_part() -> Phantom:
    """A part of the torso that is one of its windows."""
    return make_phantom(7, (6.0, 6.0, 6.0), (276.0, 144.0, 72.0))
