"""Tests of the map of how unsure a network was."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from conftest import make_recipe
from training_files import AFFINE, make_ct

from VoCoLib.inference.probabilities import ProbabilityMaps
from VoCoLib.inference.region import Region
from VoCoLib.inference.segmentation import Segmenter
from VoCoLib.inference.uncertainty import UncertaintyMap
from VoCoLib.networks.swin_unetr import build_network


def test_it_is_what_the_largest_probability_lacks(tmp_path: Path) -> None:
    recipe = make_recipe(spacing=(6.0, 6.0, 6.0))
    torch.manual_seed(0)
    network = build_network("tiny", recipe.out_channels, "current")
    segmenter = Segmenter(network, recipe, "cpu", "float32")
    ct = make_ct(1).astype(np.float32)
    doubt, maps = UncertaintyMap(), ProbabilityMaps(tmp_path, recipe.labels)
    labels = segmenter.segment(ct, AFFINE, probabilities=doubt)
    segmenter.segment(ct, AFFINE, probabilities=maps)
    found = doubt.on_image(AFFINE).astype(int)
    shares = np.stack([values.astype(int) for _, values in maps.maps(AFFINE)])
    everything = np.concatenate([255 - shares.sum(0, keepdims=True), shares])
    seen = everything.sum(0) > 0
    assert found.shape == ct.shape and labels.any()
    assert np.abs(found - (255 - everything.max(0)))[seen].max() <= 4  # each of four is rounded
    assert found.max() > 60

    region = Region((-30.0, 0.0, 0.0), (0.0, 40.0, 40.0))
    segmenter.segment(ct, AFFINE, region=region, probabilities=doubt)
    part = doubt.on_image(AFFINE)
    assert part.any() and not part[-1].any()
