"""The devices of this machine: which to use, in what precision, and the memory that is free."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import re
import sys

import psutil
import torch

from VoCoLib.errors import InputError

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


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
            return half_precision(device) or "float32"
        # without native instructions bfloat16 is slower than float32
        return "bfloat16" if torch.cpu._is_avx512_bf16_supported() else "float32"
    if name not in DTYPES:
        raise InputError(f"Unknown precision '{name}'.", f"Use auto, {', '.join(DTYPES)}.")
    if name == "float16" and device.type == "cpu":
        raise InputError("float16 needs a GPU.", "Use bfloat16 or float32 on a CPU.")
    return name


def half_precision(device: torch.device) -> str | None:
    """The half precision that saves memory on a device; None if none does."""
    if device.type == "cuda":  # from Ampere on bfloat16 is native, before it is emulated
        return "bfloat16" if torch.cuda.get_device_capability(device)[0] >= 8 else "float16"
    # elsewhere its convolutions would unfold their input, which takes more memory, not less
    return "bfloat16" if torch.ops.mkldnn._is_mkldnn_bf16_supported() else None


_SIGNS = (  # that memory ran out
    *("can't allocate memory", "not enough memory", "out of memory", "ALLOC_FAILED"),
    *("bad_alloc", "Failed to allocate"),  # OpenVINO's
    "could not create a primitive",  # oneDNN's only word for it
)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether error says that memory, of a GPU or of the machine, ran out."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return any(sign in str(error) for sign in _SIGNS)


def out_of_memory_reason(error: BaseException) -> str:
    """The part of an out-of-memory error that helps: how much was asked for, of what."""
    lines = str(error).splitlines() or [""]
    text = next((line for line in lines if any(sign in line for sign in _SIGNS)), lines[0])
    return text.rpartition("DefaultCPUAllocator: ")[2].strip(" .") or type(error).__name__


def release_memory() -> None:
    """Gives back what is not in use any more, to whoever asks for it next."""
    gc.collect()
    trim_heap()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def trim_heap() -> None:
    """Has glibc give back what lies free between blocks in use: 100 MB in a segmentation.

    Other systems do so by themselves, or cannot.
    """
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError):  # another C library
            ctypes.CDLL(None).malloc_trim(0)


def free_memory(device: torch.device) -> int:
    """Bytes that are still free on a device."""
    if device.type == "cpu":
        return int(psutil.virtual_memory().available)
    free, _ = torch.cuda.mem_get_info(device)
    # what PyTorch holds in its cache can be used again
    cached = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return int(free + cached)
