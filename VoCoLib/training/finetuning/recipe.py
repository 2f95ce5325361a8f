"""The recipe of the model that a fine-tuning makes, from its settings and its start."""

from __future__ import annotations

from dataclasses import replace

from VoCoLib.errors import InputError
from VoCoLib.recipe import Label, Preprocessing, Recipe
from VoCoLib.training.finetuning.settings import FinetuningSettings
from VoCoLib.training.start import Start, merging_of, preset_of


def choose_recipe(settings: FinetuningSettings, start: Start, labels: tuple[Label, ...]) -> Recipe:
    """The recipe of the model to be: what the settings say, else that of the start, else defaults.

    Raises:
        InputError: a setting is out of range, or nothing says how the weights gather patches.
    """
    known = start.recipe
    preset = settings.preset or preset_of(start)
    patch = (64, 64, 64) if preset == "tiny" else (96, 96, 96)
    default = Preprocessing((1.5, 1.5, 1.5), (-175.0, 250.0), patch)
    changes = {
        name: getattr(settings, name)
        for name in ("spacing", "hu_window", "patch")
        if getattr(settings, name) is not None
    }
    try:
        preprocessing = replace(known.preprocessing if known else default, **changes)
        merging = merging_of(start, settings.merging)
        return Recipe("segmentation", preset, merging, preprocessing, labels)
    except ValueError as error:
        raise InputError(f"{error}.") from error
