"""Runs windows through a network on the chosen device and steps down when memory runs out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from VoCoLib.errors import OutOfMemoryError, WeightsError
from VoCoLib.events import EventSink, Progress, event
from VoCoLib.images.geometry import Shape
from VoCoLib.inference.devices import (
    choose_device,
    choose_precision,
    free_memory,
    half_precision,
    is_out_of_memory,
    out_of_memory_reason,
    release_memory,
)
from VoCoLib.inference.engines import (
    ENGINES,
    Engine,
    EngineName,
    PyTorchEngine,
    check_engine,
    check_precision,
    time_window,
)
from VoCoLib.inference.estimates import estimate_memory, windows_at_once
from VoCoLib.inference.openvino_engine import EngineError, OpenVinoEngine, openvino_version
from VoCoLib.inference.trials import Trials
from VoCoLib.networks.ensemble import Ensemble
from VoCoLib.recipe import Recipe

_MIB = 1 << 20
_WORTH_S = 10.0  # with PyTorch: what takes less is not worth the preparation of another engine
_FEW_WINDOWS = 8  # not even worth a trial

Cancelled = Callable[[], bool]


class Executor:
    """One network on one device with one precision and batch size, each of which can step down.

    Attributes:
        device, precision: where and how it computes.
        engine: what computes: PyTorch unless choose_engine finds something faster.
    """

    def __init__(
        self,
        network: nn.Module,
        recipe: Recipe,
        device: str,
        precision: str,
        engine: str = "auto",
    ) -> None:
        check_engine(engine, device)
        self._wanted_engine = "openvino" if precision == "int8" else engine
        self._wanted_device = choose_device("cpu" if engine == "openvino" else device)
        self._wanted_precision = check_precision(precision, self._wanted_device, engine)
        self.classes = recipe.out_channels
        self._recipe = recipe
        self._patch = recipe.preprocessing.patch
        self._network = network.eval()
        self._compiled: OpenVinoEngine | None = None
        self._samples: list[Tensor] = []
        self._openvino_failed = False
        self.reset()

    def reset(self) -> None:
        """Goes back to the wanted device, precision and batch: the next image may be smaller."""
        self.device = self._wanted_device
        self.precision = self._wanted_precision
        self.engine: EngineName = "PyTorch"
        self._openvino_too_large = False
        if self._openvino_failed:
            self._forget_integers()
        self.window_batch = 0  # not settled: log_estimate does that
        self._overflowed = False
        self._air: Tensor | None = None
        self._seconds, self._answered = 0.0, 0  # what the network took, and for how many windows

    def place(self) -> None:
        """Moves the network to the device."""
        self._network.to(self.device)

    def choose_engine(self, windows: int, sink: EventSink, cancelled: Cancelled) -> None:
        """Chooses OpenVINO if it is there and wins a trial, or is asked for; else PyTorch.

        A trial is run once for each kind of network on this machine, and not for a small image.

        Args:
            windows: that the network has to answer.
            sink: receives progress of a trial, and the choice with its reason.
            cancelled: asked meanwhile.

        Raises:
            CancelledError: cancelled() was True.
        """
        self.engine = "PyTorch"
        version, off = openvino_version(), self._openvino_failed or self._openvino_too_large
        if self.device.type != "cpu" or self._wanted_engine == "pytorch" or not version or off:
            return
        if self._wanted_engine == "openvino" or self._is_compiled():
            self.engine = "OpenVINO"
            return
        if windows < _FEW_WINDOWS or windows * self._trial("PyTorch", sink, cancelled) < _WORTH_S:
            return
        pytorch, openvino = (self._trial(name, sink, cancelled) for name in ENGINES)
        if self._openvino_failed or self._openvino_too_large:
            return
        self.engine = "OpenVINO" if openvino < pytorch else "PyTorch"
        message = (
            f"{self.engine} computes: in a trial here a window took {openvino:.2g} s with OpenVINO "
            f"{version} and {pytorch:.2g} s with PyTorch, both in {self.precision}."
        )
        sink(event("log", message=message))
        if self.engine == "PyTorch":
            self._compiled = None

    def take_samples(self, samples: list[Tensor]) -> None:
        """Takes windows (x, y, z) of the image, for whose values int8 is compiled anew."""
        self._samples, self._compiled = samples, None

    def expected_seconds(self, windows: int, sink: EventSink, cancelled: Cancelled) -> float:
        """What a window will take on a CPU with the engine that is chosen for so many of them."""
        self.choose_engine(windows, sink, cancelled)
        known = self._trials().expected(self.engine)
        return self._trial(self.engine, sink, cancelled) if known is None else known

    def note_seconds(self) -> None:
        """Remembers what the windows since reset took, if they tell something of a CPU."""
        if self.device.type == "cpu" and self._answered:
            self._trials().note_windows(
                self.engine, self._seconds / self._answered, self._answered >= _FEW_WINDOWS
            )

    def _trials(self) -> Trials:
        count = len(self._network.members) if isinstance(self._network, Ensemble) else 1
        return Trials(self._recipe, self.precision, count)

    def _trial(self, name: EngineName, sink: EventSink, cancelled: Cancelled) -> float:
        """Seconds of a window with an engine, now or as remembered; inf if OpenVINO cannot."""
        known = self._trials().of_trial(name)
        if known is not None:
            return known
        progress = Progress(sink, f"Trying {name} on this processor", 1)
        self.engine = name
        try:
            seconds = time_window(self._running(cancelled), self._patch, cancelled)
        except EngineError as error:
            self.give_up_openvino(str(error), sink)
            return float("inf")
        except (RuntimeError, MemoryError) as error:
            if name == "PyTorch" or not is_out_of_memory(error):
                raise
            self._leave_openvino(out_of_memory_reason(error), sink)
            return float("inf")
        self._trials().note_trial(name, seconds)
        progress.update(1)
        return seconds

    def give_up_openvino(self, reason: str, sink: EventSink) -> None:
        """Goes on with PyTorch for good, as OpenVINO is broken."""
        self._openvino_failed = True
        self._forget_compiled()
        message = f"OpenVINO cannot be used ({reason}). Going on with PyTorch."
        sink(event("log", level="warning", message=message))

    def _leave_openvino(self, reason: str, sink: EventSink) -> None:
        """Goes on with PyTorch for this image, as memory does not suffice for OpenVINO."""
        self._openvino_too_large = True
        self._forget_compiled()
        message = f"Out of memory ({reason}). Going on with PyTorch instead of OpenVINO."
        sink(event("log", level="warning", message=message))

    def _forget_integers(self) -> None:
        if self.precision == "int8":  # which PyTorch does not compute in
            self.precision = choose_precision("auto", self.device)

    def _forget_compiled(self) -> None:
        self._forget_integers()
        self.engine, self._compiled, self._air = "PyTorch", None, None
        self._seconds, self._answered = 0.0, 0
        release_memory()

    def _is_compiled(self) -> bool:
        return self._compiled is not None and self._compiled.precision == self.precision

    def _running(self, cancelled: Cancelled) -> Engine:
        """The chosen engine, made ready."""
        if self.engine == "PyTorch":
            return PyTorchEngine(self._network, self.device, self.precision)
        if self._compiled is None or not self._is_compiled():
            self._compiled = None  # two may not fit into memory
            samples, self._samples = self._samples or [torch.rand(self._patch)], []
            self._compiled = OpenVinoEngine(
                self._network, self._patch, self.precision, cancelled, samples
            )
        return self._compiled

    def zeros(self, shape: tuple[int, ...]) -> Tensor:
        """A float32 buffer on the device."""
        return torch.zeros(shape, device=self.device)

    def log_estimate(
        self, padded_shape: Shape, image_shape: Shape, windows: int, sink: EventSink
    ) -> None:
        """Logs the estimate of memory, and of time if known; steps down where it cannot fit.

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
                self._recipe,
                padded_shape,
                image_shape,
                self.window_batch,
                self.precision,
                self.engine,
            )
            free = free_memory(self.device)
            used = need.on(self.device.type)
            if used <= free:
                break
            reason = f"about {used // _MIB} MiB are needed and {free // _MIB} MiB are free"
            self.step_down(reason, sink)
        at_once = f", {self.window_batch} windows at once" if self.window_batch > 1 else ""
        engine = "" if self.engine == "PyTorch" else f", {self.engine}"
        message = (
            f"{self.device}{engine}, {self.precision}{at_once}: "
            f"about {used // _MIB} MiB of {free // _MIB} MiB free"
        )
        seconds = self._trials().expected(self.engine) if self.device.type == "cpu" else None
        if seconds is not None:
            message += f", {windows} windows in about {_duration(windows * seconds)}"
        sink(event("log", message=message))

    def logits(
        self, windows: list[Tensor | None], cancelled: Cancelled = lambda: False
    ) -> list[Tensor]:
        """Logits of windows, each (x, y, z); None stands for a window of air (all zeros).

        Air always has the same answer, so the network computes it once.

        Returns:
            per window (classes, x, y, z), on the device; valid until the next call.

        Raises:
            EngineError: OpenVINO is broken.
            CancelledError: cancelled() was True, which OpenVINO asks while it computes.
        """
        if self._air is None and any(window is None for window in windows):
            air = torch.zeros((1, 1, *self._patch), device=self.device)
            self._air = self._forward(air, cancelled)[0].clone()
        body = [window for window in windows if window is not None]
        answers: Iterator[Tensor] = iter(
            self._forward(torch.stack(body)[:, None], cancelled) if body else []
        )
        return [self._air if w is None else next(answers) for w in windows]  # type: ignore[misc]

    def _forward(self, batch: Tensor, cancelled: Cancelled) -> Tensor:
        engine = self._running(cancelled)
        start = time.perf_counter()
        answer = engine(batch, cancelled)
        self._seconds += time.perf_counter() - start
        self._answered += len(batch)
        # isfinite of the whole would need half as much memory again
        if not all(torch.isfinite(extreme) for extreme in torch.aminmax(answer)):
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
        elif self.engine == "OpenVINO":
            self._leave_openvino(reason, sink)
            return
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
        self._seconds, self._answered = 0.0, 0
        self.place()
        release_memory()
        sink(
            event(
                "log", level="warning", message=f"Out of memory ({reason}). Going on with {step}."
            )
        )


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds > 100 else f"{seconds:.0f} s"
