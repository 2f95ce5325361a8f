"""Writes the metrics of a run for TensorBoard as well, where that is installed."""

from __future__ import annotations

from pathlib import Path

from VoCoLib.errors import InputError
from VoCoLib.events import Event


class TensorBoardLog:
    """An EventSink that writes the numbers of metric events.

    Args:
        folder: of the files; those of an earlier process may be there.

    Raises:
        InputError: TensorBoard is not installed.
    """

    def __init__(self, folder: Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise InputError(
                "TensorBoard is not installed.", "pip install tensorboard, or go on without it."
            ) from error
        self._folder, self._open = str(folder), SummaryWriter
        self._writer = SummaryWriter(self._folder)

    def __call__(self, item: Event) -> None:
        """Takes an event; steps that are done anew replace the old ones (see MetricHistory)."""
        if item["event"] == "started" and "first_step" in item:
            self._writer.close()
            self._writer = self._open(self._folder, purge_step=item["first_step"])
        elif item["event"] == "metric":
            for name in item.keys() - {"event", "step"}:
                parts = item[name] if isinstance(item[name], dict) else {"": item[name]}
                for part, value in parts.items():
                    self._writer.add_scalar(f"{name}/{part}".rstrip("/"), value, item["step"])
            self._writer.flush()
