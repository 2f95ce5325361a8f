"""Follows the metrics of a run, a bounded part at a time, so that Slicer stays responsive."""

from __future__ import annotations

import time
from collections import deque

from VoCoLib.events import Event
from VoCoLib.runs.folder import RunFolder
from VoCoLib.runs.metric_history import MetricHistory

MOST_BYTES = 500_000  # at once: some milliseconds
MESSAGES = 200


class RunHistory:
    """What a run has measured so far.

    Attributes:
        run: the run.
        metrics: see VoCoLib.runs.metric_history.
        messages: the last things it said to people, with the time.
        symptoms: what it said of itself that shows that it does not learn.
        behind: whether there is much that was not read yet.
    """

    def __init__(self, run: RunFolder) -> None:
        self.run = run
        self.metrics = MetricHistory()
        self.messages: deque[str] = deque(maxlen=MESSAGES)
        self.symptoms: list[str] = []
        self.behind = False
        self._position = 0

    def read(self) -> None:
        """Takes in what is new, or a part of it."""
        events, position = self.run.events(self._position, MOST_BYTES)
        if position < self._position:  # another run in the same folder
            self.metrics, self.symptoms = MetricHistory(), []
        self.behind = position - self._position > MOST_BYTES / 2
        self._position = position
        self.metrics.add(events)
        for item in events:
            if item["event"] in ("started", "log", "error") and item.get("message"):
                clock = time.strftime("%H:%M:%S", time.localtime(item["time"]))
                self.messages.append(f"{clock} {item['message']}")
            if "symptom" in item:
                self.symptoms.append(item["message"])

    def latest(self) -> Event:
        """The last value of each metric, by name."""
        found: Event = {}
        for item in self.metrics.metrics[-200:]:
            found.update(item)
        return found
