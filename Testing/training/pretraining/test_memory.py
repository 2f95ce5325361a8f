"""Memory of a training: as many crops at a time as fit, and less when it runs out."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from pretraining_runs import make_settings, use_small_network
from torch import Tensor
from torch.amp.grad_scaler import GradScaler
from training_files import write_cases

from VoCoLib.errors import OutOfMemoryError
from VoCoLib.events import Event
from VoCoLib.method.base_grid import BaseGrid
from VoCoLib.method.student_teacher import VoCoV2
from VoCoLib.runs.folder import RunFolder
from VoCoLib.training.pretraining import memory
from VoCoLib.training.pretraining.memory import settle
from VoCoLib.training.pretraining.run import pretrain
from VoCoLib.training.state import TrainingState


@pytest.mark.parametrize(
    ("crops", "free", "expected"),
    [
        (44, 44.0, (44, False)),  # all fit
        (44, 43.9, (22, True)),  # two rounds of the same size in place of 43 and 1
        (44, 10.0, (9, True)),  # five rounds
        (44, 0.5, (1, True)),
        (44, -3.0, (1, True)),  # not even the optimiser fits; the step will say so
    ],
)
def test_as_many_crops_as_fit(crops: int, free: float, expected: tuple[int, bool]) -> None:
    assert settle(crops, 1.0, free) == expected


@pytest.mark.parametrize(
    ("note", "free", "expected"),
    [
        (None, 100.0, {"chunk": 12, "recompute": False}),  # 3 volumes of 4 crops
        (None, 7.0, {"chunk": 6, "recompute": True}),
        ({"chunk": 3, "recompute": True}, 100.0, {"chunk": 3, "recompute": True}),  # as it began
        ({"chunk": 12, "recompute": False}, 7.0, {"chunk": 6, "recompute": True}),  # a smaller card
        ("damaged", 7.0, {"chunk": 6, "recompute": True}),
    ],
)
def test_a_card_is_filled_and_a_resumed_run_keeps_that(
    note: Any, free: float, expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sizes are those of a card that is not here; the rest is real."""
    monkeypatch.setattr(memory, "bytes_of_a_crop", lambda *_: 1e9)
    inputs = 4 * 12 * 34**3
    monkeypatch.setattr(memory, "free_memory", lambda device: (free * 1e9 + inputs) / 0.85)
    logs: list[str] = []
    job = SimpleNamespace(
        settings=SimpleNamespace(batch=3, queries=0, accumulate=1),
        preset=SimpleNamespace(grid=BaseGrid(n=2, crop=34, input_edge=34)),
        processes=SimpleNamespace(count=1, device=torch.device("cpu")),
        autocast=nullcontext,
        log=logs.append,
    )
    model = VoCoV2("tiny", "current", width=8)
    optimizer = torch.optim.AdamW(model.student.parameters())
    optimizer.state["moments"] = 1  # as a resumed run has them
    notes = {} if note is None else {"memory": note}
    state = TrainingState(model, optimizer, GradScaler(enabled=False), notes=notes)
    memory.fill_memory(job, state)
    assert model.memory == state.notes["memory"] == expected
    assert logs[0].startswith(f"{expected['chunk']} crops at a time")


def test_moments_that_are_shared_out_take_a_share() -> None:
    first, second = (torch.ones(n, requires_grad=True) for n in (100, 300))
    whole, own = torch.optim.AdamW([first, second]), torch.optim.AdamW([first])
    assert memory._times_the_weights(whole) == 4  # gradients, and three moments
    shared = SimpleNamespace(param_groups=whole.param_groups, optim=own)
    assert memory._times_the_weights(shared) == 1.75  # type: ignore[arg-type]
    own.state[first] = {"step": torch.tensor(1.0)}  # as a resumed run has it
    assert memory._times_the_weights(shared) == 0  # type: ignore[arg-type]


@pytest.mark.parametrize(("preset", "millions"), [("B", 59.7), ("L", 220.9), ("H", 860.9)])
def test_a_card_of_80_gb_holds_the_states_of_each_size(
    preset: str, millions: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the device "meta", where weights take no memory; Docs/scale.md has the figures."""
    linspace = torch.linspace  # MONAI reads its values, which "meta" does not have
    monkeypatch.setattr(torch, "linspace", lambda *a, **_: linspace(*a, device="cpu"))
    with torch.device("meta"):
        model = VoCoV2(preset, "current")
    weights = sum(p.numel() for p in model.parameters())
    assert weights / 1e6 == pytest.approx(millions, abs=0.05)
    assert (2 + memory._MOMENTS) * 4 * weights < 0.25 * 80e9


def test_a_crop_that_does_not_fit_is_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(memory, "_features", full)
    monkeypatch.setattr(torch.cuda, "reset_peak_memory_stats", lambda device: None)
    model = VoCoV2("tiny", "current", width=8)
    found = memory.bytes_of_a_crop(model, 34, torch.device("cpu"), nullcontext)
    assert found == float("inf")
    assert settle(44, float("inf"), 1e9) == (1, True)


class Narrow:
    """Lets a backbone take so many crops at most, as a full GPU would."""

    def __init__(self, patch: pytest.MonkeyPatch, most: int, after: int = 0) -> None:
        """After so many forwards: the first ones find all the memory they want."""
        self.sizes: list[int] = []
        embed = VoCoV2._embed

        def narrow(model: VoCoV2, encoder: Callable[[Tensor], Tensor], crops: Tensor) -> Tensor:
            rows = crops.shape[0] * crops.shape[1]
            self.sizes.append(min(model.chunk or rows, rows))
            if len(self.sizes) > after and self.sizes[-1] > most:
                model._crops = rows
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
            return embed(model, encoder, crops)

        patch.setattr(VoCoV2, "_embed", narrow)


def run(folder: Path, name: str, **changes: Any) -> tuple[RunFolder, list[Event]]:
    events: list[Event] = []
    changes = {"batch": 2, "held_back": 0, "accumulate": 2, **changes}
    pretrain(make_settings(folder, **changes), RunFolder(folder / name), events.append)
    return RunFolder(folder / name), events


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    use_small_network(monkeypatch)
    write_cases(tmp_path / "data", 4)
    return tmp_path


def test_a_step_that_runs_out_of_memory_is_repeated_with_less(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, usual = run(folder, "usual")
    narrow = Narrow(monkeypatch, most=2)
    _, events = run(folder, "narrow", chunk=10)
    warnings = [item["message"] for item in events if item.get("level") == "warning"]
    assert any("repeated with 5 crops at a time" in text for text in warnings)
    assert any("repeated with 2 crops at a time" in text for text in warnings)
    assert narrow.sizes[-1] == 2
    assert [size for size in narrow.sizes if size > 2] == [10, 5]  # it does not run out again
    losses, others = (
        [item["loss"] for item in found if item["event"] == "metric" and "loss" in item]
        for found in (usual, events)
    )
    assert losses == pytest.approx(others, rel=1e-4)  # the same batches, none was skipped


def test_a_step_is_repeated_from_its_first_batch(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory runs out in the second of three batches, when the first has left its gradient."""
    _, usual = run(folder, "usual", accumulate=3)
    Narrow(monkeypatch, most=5, after=1)
    _, events = run(folder, "narrow", chunk=10, accumulate=3)
    norms, others = (
        [item["gradient_norm"] for item in found if "gradient_norm" in item]
        for found in (usual, events)
    )
    assert norms == pytest.approx(others, rel=1e-3)


def test_memory_that_does_not_suffice_for_one_crop_is_said(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Narrow(monkeypatch, most=0)
    with pytest.raises(OutOfMemoryError, match=r"Memory does not suffice.*2\.00 GiB"):
        run(folder, "none")
