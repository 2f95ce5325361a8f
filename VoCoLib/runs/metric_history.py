"""The metrics of a run as if it had never been interrupted, from its events."""

from __future__ import annotations

from collections.abc import Iterable

from VoCoLib.events import Event


class MetricHistory:
    """Collects the metric events of a run.

    A run that was killed goes on from its last checkpoint and repeats the steps after it. Nothing
    is deleted from its events: the "started" event of whoever goes on names the "first_step" that
    is done anew, and metrics of that step and later ones before this event no longer count.

    Attributes:
        metrics: those that count, in the order of their steps.
    """

    def __init__(self) -> None:
        self.metrics: list[Event] = []

    def add(self, events: Iterable[Event]) -> None:
        """Takes further events, as RunFolder.events gives them."""
        for item in events:
            if item["event"] == "metric" and not self._holds(item):
                self.metrics.append(item)
            elif item["event"] == "started" and "first_step" in item:
                self.metrics = [m for m in self.metrics if m["step"] < item["first_step"]]

    def _holds(self, item: Event) -> bool:
        """Whether the same was measured already: before a run was stopped and killed, say."""
        last = self.metrics[-2:]  # a step has two events at most
        return any(m["step"] == item["step"] and m.keys() == item.keys() for m in last)

    def series(self, name: str) -> tuple[list[int], list[float]]:
        """Steps and values of one metric, such as "loss" or "position_accuracy"."""
        found = [item for item in self.metrics if name in item]
        return [item["step"] for item in found], [item[name] for item in found]
