"""Runs windows through a network on the chosen device and steps down when memory runs out."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator

import psutil
import torch
from torch import Tensor, nn

from VoCoLib.errors import InputError, OutOfMemoryError, WeightsError
from VoCoLib.estimates import GPU_BATCH, estimate_memory
from VoCoLib.events import EventSink, event
from VoCoLib.geometry import Shape
from VoCoLib.recipe import Recipe

_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
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
        self.window_batch = 1 if self.device.type == "cpu" else GPU_BATCH
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
        message = (
            f"{self.device}, {self.precision}: about {used // _MIB} MiB of {free // _MIB} MiB free"
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
        dtype = _DTYPES[self.precision]
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
        half = _half_precision(self.device)
        if self.window_batch > 1:
            self.window_batch = 1
            step = "one window at a time"
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
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        sink(
            event(
                "log", level="warning", message=f"Out of memory ({reason}). Going on with {step}."
            )
        )


def choose_device(name: str) -> torch.device:
    """The device for "auto", "cpu", "cuda" or "cuda:N".

    Raises:
        InputError: there is no such device here.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name == "cpu":
        return torch.device("cpu")
    match = re.fullmatch(r"cuda(?::(\d+))?", name)
    if match is None:
        raise InputError(f"Unknown device '{name}'.", "Use auto, cpu, cuda or cuda:N.")
    count = torch.cuda.device_count()
    if int(match[1] or 0) >= count:
        raise InputError(
            f"No device '{name}' here: PyTorch {torch.__version__} sees {count} CUDA GPUs.",
            "Use --device auto or cpu.",
        )
    return torch.device(name)


def choose_precision(name: str, device: torch.device) -> str:
    """The precision for "auto", or name if the device can compute in it.

    Raises:
        InputError: unknown, or float16 on a CPU.
    """
    if name == "auto":
        if device.type == "cuda":
            return _half_precision(device) or "float32"
        # without native instructions bfloat16 is slower than float32
        return "bfloat16" if torch.cpu._is_avx512_bf16_supported() else "float32"
    if name not in _DTYPES:
        raise InputError(f"Unknown precision '{name}'.", f"Use auto, {', '.join(_DTYPES)}.")
    if name == "float16" and device.type == "cpu":
        raise InputError("float16 needs a GPU.", "Use bfloat16 or float32 on a CPU.")
    return name


def _half_precision(device: torch.device) -> str | None:
    """The half precision that saves memory on a device; None if none does."""
    if device.type == "cuda":  # from Ampere on bfloat16 is native, before it is emulated
        return "bfloat16" if torch.cuda.get_device_capability(device)[0] >= 8 else "float16"
    # elsewhere its convolutions would unfold their input, which takes more memory, not less
    return "bfloat16" if torch.ops.mkldnn._is_mkldnn_bf16_supported() else None


def is_out_of_memory(error: BaseException) -> bool:
    """Whether error says that memory, of a GPU or of the machine, ran out."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    text = str(error)
    signs = ("can't allocate memory", "not enough memory", "out of memory", "ALLOC_FAILED")
    return any(sign in text for sign in signs)


def out_of_memory_reason(error: BaseException) -> str:
    """The part of an out-of-memory error that helps: how much was asked for, of what."""
    text = str(error).partition("\n")[0]
    return text.rpartition("DefaultCPUAllocator: ")[2].strip(" .") or type(error).__name__


def free_memory(device: torch.device) -> int:
    """Bytes that are still free on a device."""
    if device.type == "cpu":
        return int(psutil.virtual_memory().available)
    free, _ = torch.cuda.mem_get_info(device)
    # what PyTorch holds in its cache can be used again
    cached = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return int(free + cached)
