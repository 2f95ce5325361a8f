"""Tests of models that are averaged."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import torch
from command_line import run_here
from conftest import make_recipe
from torch import nn
from training_files import AFFINE, make_ct

from VoCoLib.errors import ModelError
from VoCoLib.images.volumes import read_label_map
from VoCoLib.inference.trials import Trials
from VoCoLib.models.catalogue import Catalogue
from VoCoLib.models.ensembles import find_members, load_ensemble
from VoCoLib.models.loading import load_segmenter
from VoCoLib.networks.checkpoints import save_checkpoint
from VoCoLib.networks.ensemble import Ensemble
from VoCoLib.networks.swin_unetr import build_network
from VoCoLib.recipe import Recipe

RECIPE = make_recipe(spacing=(6.0, 6.0, 6.0))


def write_model(folder: Path, seed: int, recipe: Recipe = RECIPE) -> Path:
    torch.manual_seed(seed)
    network = build_network("tiny", recipe.out_channels, "current")
    path = folder / f"fold{seed}.safetensors"
    save_checkpoint(path, network.state_dict(), recipe, {})
    return path


def test_the_mean_of_what_networks_think() -> None:
    torch.manual_seed(0)
    members = [nn.Conv3d(1, 4, 1) for _ in range(3)]
    x = torch.randn(2, 1, 3, 4, 5) * 30  # so that shares are nearly 0 and 1
    with torch.inference_mode():
        answer = Ensemble(members)(x)
        mean = torch.stack([member(x).softmax(1) for member in members]).mean(0)
    torch.testing.assert_close(answer.softmax(1), mean, atol=1e-6, rtol=1e-5)
    assert torch.isfinite(answer).all()
    members[1].bias.data[:] = torch.nan
    assert torch.isnan(Ensemble(members)(x)).all()  # said as of any network, not averaged away


def test_several_are_found_and_averaged(tmp_path: Path) -> None:
    paths = [write_model(tmp_path, seed) for seed in (0, 1)]
    ct = make_ct(1).astype(np.float32)
    one = load_segmenter(paths[0], RECIPE, lambda _: None, "cpu", "float32").segment(ct, AFFINE)
    twice = find_members(Catalogue(tmp_path), f"{paths[0]},{paths[0]}")
    same = load_ensemble(twice, lambda _: None, "cpu", "float32").segment(ct, AFFINE)
    np.testing.assert_array_equal(same, one)
    both = find_members(Catalogue(tmp_path), f"{paths[0]}, {paths[1]}")
    segmenter = load_ensemble(both, lambda _: None, "cpu", "float32")
    assert segmenter.name == "VoCo, mean of 2 networks"
    assert (segmenter.segment(ct, AFFINE) != one).any()


def test_what_several_take_is_not_taken_for_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOCO_HOME", str(tmp_path / "home"))
    Trials(RECIPE, "float32").note_trial("PyTorch", 100.0)
    members = find_members(Catalogue(tmp_path), ",".join([str(write_model(tmp_path, 0))] * 2))
    segmenter = load_ensemble(members, lambda _: None, "cpu", "float32")
    segmenter.segment(make_ct(1).astype(np.float32), AFFINE)
    assert Trials(RECIPE, "float32").expected("PyTorch") == 100.0
    assert 0 < segmenter.expected_seconds(4) < 100
    assert Trials(RECIPE, "float32", 2).of_trial("PyTorch") is not None


def test_what_was_trained_otherwise_is_refused(tmp_path: Path) -> None:
    counted = [
        replace(RECIPE, labels=tuple(replace(label, pieces=n) for label in RECIPE.labels))
        for n in (1, 3)
    ]
    coarse = make_recipe(spacing=(7.0, 6.0, 6.0))
    fewer = replace(RECIPE, labels=RECIPE.labels[:2])
    recipes = [*counted, coarse, fewer, RECIPE]
    paths = [str(write_model(tmp_path, seed, recipe)) for seed, recipe in enumerate(recipes)]
    catalogue = Catalogue(tmp_path)
    with pytest.raises(ModelError, match=r"fold0.* and .*fold2.* their voxel size"):
        find_members(catalogue, f"{paths[0]},{paths[2]}")
    with pytest.raises(ModelError, match="structures differ"):
        find_members(catalogue, f"{paths[0]},{paths[3]}")
    alike = load_ensemble(find_members(catalogue, ",".join(paths[:2])), lambda _: None)
    assert {label.pieces for label in alike.recipe.labels} == {3}
    unknown = load_ensemble(find_members(catalogue, f"{paths[0]},{paths[4]}"), lambda _: None)
    assert {label.pieces for label in unknown.recipe.labels} == {None}


def test_the_command(tmp_path: Path) -> None:
    paths = [write_model(tmp_path, seed) for seed in (0, 1)]
    nib.save(nib.Nifti1Image(make_ct(1), AFFINE), tmp_path / "ct.nii.gz")
    words = ["segment", str(tmp_path / "ct.nii.gz"), "-m", ",".join(map(str, paths))]
    code, _, err = run_here([*words, "-o", str(tmp_path / "out.seg.nrrd")], os.environ)
    assert code == 0 and err.count("tensors matched") == 2
    labels, _ = read_label_map(tmp_path / "out.seg.nrrd")
    assert labels.any()
    for nothing in (",", f"{paths[0]},"):
        code, _, err = run_here([*words[:3], nothing, "-o", str(tmp_path)], os.environ)
        assert code == 5 and "There is no model ''" in err
    code, _, err = run_here([*words[:3], f"{paths[0]},nothing", "-o", str(tmp_path)], os.environ)
    assert code == 5 and "nothing" in err
