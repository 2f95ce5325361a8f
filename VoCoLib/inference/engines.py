"""What runs a network over windows: the seam between PyTorch and what may be faster."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal, Protocol

import torch
from torch import Tensor, nn

from VoCoLib.errors import InputError
from VoCoLib.inference.devices import DTYPES, choose_precision
from VoCoLib.inference.openvino_engine import MINIMUM_VERSION, openvino_version

EngineName = Literal["PyTorch", "OpenVINO"]
ENGINES: tuple[EngineName, EngineName] = ("PyTorch", "OpenVINO")
WISHES = ("auto", "pytorch", "openvino")

_CHEAP_S = 2.0  # a window this fast is timed again, without the costs of the first time


class Engine(Protocol):
    """A network, ready to run."""

    def __call__(self, batch: Tensor, cancelled: Callable[[], bool]) -> Tensor:
        """Logits (n, classes, x, y, z) of windows (n, 1, x, y, z), in the next call's memory."""


class PyTorchEngine:
    """A network on its device, as PyTorch runs it."""

    def __init__(self, network: nn.Module, device: torch.device, precision: str) -> None:
        self._network, self._device, self._dtype = network, device, DTYPES[precision]

    def __call__(self, batch: Tensor, cancelled: Callable[[], bool]) -> Tensor:
        """See Engine; cancelled is not asked."""
        narrow = self._dtype != torch.float32
        with (
            torch.inference_mode(),
            torch.autocast(self._device.type, self._dtype, enabled=narrow),
        ):
            answer: Tensor = self._network(batch)
        return answer


def check_engine(wish: str, device: str) -> None:
    """Checks that an engine can be had.

    Args:
        wish: one of WISHES.
        device: as Segmenter takes it.

    Raises:
        InputError: no such engine, not on this device, or not installed.
    """
    if wish not in WISHES:
        raise InputError(f"Unknown engine '{wish}'.", f"Use {', '.join(WISHES)}.")
    if wish != "openvino":
        return
    if device not in ("auto", "cpu"):
        raise InputError(
            f"OpenVINO does not compute on '{device}'.", "Use --device cpu or --engine pytorch."
        )
    if openvino_version() is None:
        raise InputError(
            f"OpenVINO {MINIMUM_VERSION} or newer is not installed.",
            "Install it: pip install openvino. Or use --engine pytorch.",
        )


def check_precision(wish: str, device: torch.device, engine: str) -> str:
    """The precision to compute in: that of choose_precision, or "int8".

    Args:
        wish: as Segmenter takes it.
        device: that is chosen.
        engine: one of WISHES.

    Raises:
        InputError: unknown, or not available here.
    """
    if wish not in ("auto", "int8", *DTYPES):
        raise InputError(f"Unknown precision '{wish}'.", f"Use auto, {', '.join(DTYPES)} or int8.")
    if wish != "int8":
        return choose_precision(wish, device)
    if device.type != "cpu" or engine == "pytorch":
        raise InputError(
            "int8 is for processors, with OpenVINO.",
            "Use --device cpu and no --engine, or --precision auto.",
        )
    check_engine("openvino", "cpu")
    return wish


def time_window(
    engine: Engine, patch: tuple[int, int, int], cancelled: Callable[[], bool]
) -> float:
    """Seconds that an engine takes for a window of noise."""
    window = torch.rand((1, 1, *patch), generator=torch.Generator().manual_seed(0))
    seconds = 0.0
    for _ in range(2):
        start = time.perf_counter()
        engine(window, cancelled)
        seconds = time.perf_counter() - start
        if seconds > _CHEAP_S:
            break
    return seconds
