"""Runs windows through a network on the chosen device and steps down when memory runs out."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from VoCoLib.errors import OutOfMemoryError, WeightsError
from VoCoLib.events import EventSink, event
from VoCoLib.images.geometry import Shape
from VoCoLib.inference.devices import (
    DTYPES,
    choose_device,
    choose_precision,
    free_memory,
    half_precision,
    release_memory,
)
from VoCoLib.inference.estimates import estimate_memory, windows_at_once
from VoCoLib.recipe import Recipe

_MIB = 1 << 20


class Executor:
    """One network on one device with one precision and batch size, each of which can step down."""

    def __init__(self, network: nn.Module, recipe: Recipe, device: str, precision: str) -> None:
        self._wanted_device = choose_device(device)
        self._wanted_precision = choose_precision(precision, self._wanted_device)
        self.classes = recipe.out_channels
        self._recipe = recipe
        self._patch = recipe.preprocessing.patch
        self._network = network.eval()
        self.reset()

    def reset(self) -> None:
        """Goes back to the wanted device, precision and batch: the next image may be smaller."""
        self.device = self._wanted_device
        self.precision = self._wanted_precision
        self.window_batch = 0  # not settled: log_estimate does that
        self._overflowed = False
        self._air: Tensor | None = None

    def place(self) -> None:
        """Moves the network to the device."""
        self._network.to(self.device)

    def zeros(self, shape: tuple[int, ...]) -> Tensor:
        """A float32 buffer on the device."""
        return torch.zeros(shape, device=self.device)

    def log_estimate(self, padded_shape: Shape, image_shape: Shape, sink: EventSink) -> None:
        """Logs the memory estimate and steps down beforehand where it cannot fit.

        Raises:
            OutOfMemoryError: nothing is left to step down to and the estimate exceeds the memory.
        """
        fitting = windows_at_once(
            self._recipe,
            padded_shape,
            image_shape,
            self.precision,
            self.device.type,
            free_memory(self.device),
        )
        self.window_batch = min(self.window_batch or fitting, fitting)
        while True:
            need = estimate_memory(
                self._recipe, padded_shape, image_shape, self.window_batch, self.precision
            )
            free = free_memory(self.device)
            used = need.on(self.device.type)
            if used <= free:
                break
            reason = f"about {used // _MIB} MiB are needed and {free // _MIB} MiB are free"
            self.step_down(reason, sink)
        at_once = f", {self.window_batch} windows at once" if self.window_batch > 1 else ""
        message = (
            f"{self.device}, {self.precision}{at_once}: "
            f"about {used // _MIB} MiB of {free // _MIB} MiB free"
        )
        sink(event("log", message=message))

    def logits(self, windows: list[Tensor | None]) -> list[Tensor]:
        """Logits of windows, each (x, y, z); None stands for a window of air (all zeros).

        Air always has the same answer, so the network computes it once.

        Returns:
            per window (classes, x, y, z), on the device.
        """
        if self._air is None and any(window is None for window in windows):
            self._air = self._forward(torch.zeros((1, 1, *self._patch), device=self.device))[0]
        body = [window for window in windows if window is not None]
        answers: Iterator[Tensor] = iter(self._forward(torch.stack(body)[:, None]) if body else [])
        return [self._air if w is None else next(answers) for w in windows]  # type: ignore[misc]

    def _forward(self, batch: Tensor) -> Tensor:
        dtype = DTYPES[self.precision]
        with (
            torch.inference_mode(),
            torch.autocast(self.device.type, dtype, enabled=dtype != torch.float32),
        ):
            answer: Tensor = self._network(batch)
        if not torch.isfinite(answer).all():
            raise FloatingPointError(f"an answer beyond {self.precision}")
        return answer

    def widen(self, sink: EventSink) -> None:
        """Turns from float16, whose range did not suffice, to float32.

        Raises:
            WeightsError: it was not float16.
        """
        if self.precision != "float16":
            raise WeightsError(
                "The network answers with NaN or infinity.",
                "Its weights are damaged, or the image holds such values.",
            )
        self.precision, self._overflowed, self._air = "float32", True, None
        sink(event("log", level="warning", message="float16 overflowed. Going on in float32."))

    def step_down(self, reason: str, sink: EventSink) -> None:
        """Turns to the next smaller way to compute, announced as a log event.

        Raises:
            OutOfMemoryError: nothing is left.
        """
        half = half_precision(self.device)
        if self.window_batch > 1:
            self.window_batch //= 2
            few = f"{self.window_batch} windows" if self.window_batch > 1 else "one window"
            step = f"{few} at a time"
        elif self.precision == "float32" and half and not (half == "float16" and self._overflowed):
            self.precision = half
            step = f"half precision ({half})"
        elif self.device.type != "cpu":
            self.device = torch.device("cpu")
            self.precision = choose_precision("auto", self.device)
            step = "the CPU, which is slower"
        else:
            raise OutOfMemoryError(
                f"Memory does not suffice for one window at a time in {self.precision}: {reason}.",
                "Close other programs, choose a region of interest or a smaller model.",
            )
        self._air = None
        self.place()
        release_memory()
        sink(
            event(
                "log", level="warning", message=f"Out of memory ({reason}). Going on with {step}."
            )
        )
