"""OpenVINO as an engine: the network, compiled for this processor in a second or two.

Nothing is kept on the disk: the graph is written down from the weights (networks.openvino_graph),
which takes less time than to read it back.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import psutil
import torch
from torch import Tensor, nn

from VoCoLib.errors import CancelledError
from VoCoLib.inference.devices import choose_precision, is_out_of_memory, trim_heap

MINIMUM_VERSION = "2026.4"

_HINTS = {"float32": "f32", "bfloat16": "bf16"}

Cancelled = Callable[[], bool]


class EngineError(Exception):
    """OpenVINO cannot do it; why, in a few words."""


def openvino_version() -> str | None:
    """The version that is installed, without importing it; None if none is, or one too old."""
    try:
        found = version("openvino")
        parts = tuple(int(part) for part in found.split(".")[:2])
    except (PackageNotFoundError, ValueError):
        return None
    return found if parts >= tuple(map(int, MINIMUM_VERSION.split("."))) else None


class OpenVinoEngine:
    """A network compiled for one size of windows on the processor.

    Attributes:
        precision, window: as they were asked for.
        patience_s: between two looks whether to stop.
    """

    patience_s = 0.1

    def __init__(
        self,
        network: nn.Module,
        window: tuple[int, int, int],
        precision: str,
        cancelled: Cancelled = lambda: False,
        samples: Sequence[Tensor] = (),
    ) -> None:
        """Compiles.

        Args:
            network: a SwinUNETR or VoCoEncoder of this project, on the CPU, float32.
            window: (X, Y, Z).
            precision: "float32", "bfloat16" or "int8": convolutions in integers of 8 bits, and the
                rest in the fastest that is native.
            cancelled: asked meanwhile.
            samples: windows (X, Y, Z) of the image, from which int8 learns how large values are.

        Raises:
            EngineError: OpenVINO is broken, or cannot do this network.
            MemoryError, RuntimeError: memory ran out.
            CancelledError: cancelled() was True.
        """
        config: dict[str, Any] = {
            "INFERENCE_PRECISION_HINT": _HINTS[_other_layers(precision)],
            "PERFORMANCE_HINT": "LATENCY",
            "ENABLE_CPU_PINNING": False,  # other programs run, too
        }
        threads = torch.get_num_threads()
        if threads < (psutil.cpu_count(logical=False) or 1):  # somebody limited them
            config["INFERENCE_NUM_THREADS"] = threads

        def compile_network() -> Any:
            from VoCoLib.networks.openvino_graph import openvino, openvino_graph

            trim_heap()

            def compiled(graph: Any) -> Any:
                return openvino.Core().compile_model(graph, "CPU", config)

            if precision == "int8":
                from VoCoLib.networks.openvino_int8 import int8_graph, measure_ranges

                crops = [sample[None, None].contiguous().numpy() for sample in samples]
                ranges = measure_ranges(network, window, crops, compiled)  # type: ignore[arg-type]
                graph = int8_graph(network, window, ranges)  # type: ignore[arg-type]
            else:
                graph = openvino_graph(network, window)  # type: ignore[arg-type]
            return compiled(graph).create_infer_request()

        self.precision, self.window = precision, window
        self._request = _in_background(compile_network, cancelled, self.patience_s)
        trim_heap()

    def __call__(self, batch: Tensor, cancelled: Cancelled) -> Tensor:
        """The answer (n, ...) to windows (n, 1, X, Y, Z), in memory that the next call overwrites.

        Raises:
            EngineError, MemoryError, RuntimeError, CancelledError: as when it was made.
        """
        if len(batch) == 1:
            return self._run(batch, cancelled)
        return torch.cat([self._run(window[None], cancelled).clone() for window in batch])

    def _run(self, window: Tensor, cancelled: Cancelled) -> Tensor:
        try:
            self._request.start_async([window.contiguous().numpy()], share_inputs=True)
            while not self._request.wait_for(int(1000 * self.patience_s)):
                if cancelled():
                    self._stop()
                    raise CancelledError("The segmentation was cancelled.")
            return torch.from_numpy(self._request.get_output_tensor(0).data)
        except RuntimeError as error:
            raise _judged(error) from error

    def _stop(self) -> None:
        """Stops before the next operation; the request has to be told of its end to start again."""
        self._request.cancel()
        with contextlib.suppress(RuntimeError):
            self._request.wait()


def _other_layers(precision: str) -> str:
    """The precision of what is not computed in integers."""
    return choose_precision("auto", torch.device("cpu")) if precision == "int8" else precision


def _in_background(work: Callable[[], Any], cancelled: Cancelled, patience_s: float) -> Any:
    """What work returns; it goes on alone when cancelled, as OpenVINO does not stop midway."""
    pool = ThreadPoolExecutor(1)  # whose threads an interpreter awaits that ends: it would crash
    future = pool.submit(work)
    pool.shutdown(wait=False)
    while not wait([future], patience_s).done:
        if cancelled():
            raise CancelledError("The segmentation was cancelled.")
    if error := future.exception():
        raise _judged(error) from error
    return future.result()


def _judged(error: BaseException) -> BaseException:
    """The error as the callers know it: memory that ran out stays, the rest is OpenVINO's."""
    if is_out_of_memory(error):
        return error
    reason = next((line for line in str(error).splitlines()[::-1] if line.strip()), "")
    return EngineError(f"{type(error).__name__}: {reason}".strip(": "))
