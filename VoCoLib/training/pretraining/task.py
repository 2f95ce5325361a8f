"""What VoCo's pre-training brings to the training loop: batches of crops, measures of position."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from torch import nn

from VoCoLib.errors import CancelledError, OutputError
from VoCoLib.events import event
from VoCoLib.figures.guesses import Guess, draw_guesses
from VoCoLib.locations import GUESSES_FILE
from VoCoLib.method.crops import random_part
from VoCoLib.method.student_teacher import VoCoV1, VoCoV2
from VoCoLib.training.data.datasets import Case
from VoCoLib.training.data.prepared import UnusableVolumeError
from VoCoLib.training.pretraining.batches import Batch, BatchSource
from VoCoLib.training.pretraining.job import PretrainingJob
from VoCoLib.training.pretraining.position_accuracy import (
    Embedded,
    PositionScore,
    chance_of,
    embedding_spread,
    held_back_losses,
    mean_scores,
    score_positions,
)
from VoCoLib.training.pretraining.symptoms import Measure, symptoms
from VoCoLib.training.random_streams import MEASURE, generator
from VoCoLib.training.run import write_so_far
from VoCoLib.training.state import TrainingState

Pretraining = TrainingState[VoCoV1 | VoCoV2]
Answer = tuple[PositionScore, Embedded, Guess]  # of one volume held back

_MEASURED_QUERIES = 8  # of each volume held back
_AT_FIRST = 4  # volumes that are measured before the first step, which would have to wait for more


@dataclass
class PretrainingTask:
    """A Task: volumes to train on and volumes to measure; write writes the model of a state.

    replaced: see BatchSource.
    """

    job: PretrainingJob
    cases: Sequence[Case]
    held_back: Sequence[Case]
    write: Callable[[Pretraining], object]
    replaced: Mapping[int, Collection[int]] = field(default_factory=dict)
    title: str = "Pre-training"

    def batches(self, first: int, last: int) -> Generator[Batch, None, None]:
        """See Task."""
        settings = self.job.settings
        source = BatchSource(
            self.cases,
            self.job.cache,
            self.job.sampler,
            seed=settings.seed,
            size=settings.batch,
            dropout=self.job.plan.method == "v2",
            processes=self.job.processes,
            sink=self.job.tell,
            pool=self.job.pool,
            replaced=self.replaced,
        )
        return source.stream(first, last)

    def compiled_parts(self, model: VoCoV1 | VoCoV2) -> Iterable[nn.Module]:
        """See Task."""
        return [model.backbone] if isinstance(model, VoCoV2) else model.children()

    def measure(self, state: Pretraining) -> bool:
        """Tells how well the network finds queries in the volumes held back.

        Each process measures its share of the volumes. The queries are always the same, and so is
        the order of the volumes: in the loss each is compared with the next. Before the first step
        at most 4 of the volumes are asked, which says enough of a network that has learned nothing.
        The loss stays that of these, so that it can be seen to fall; the accuracy is later that of
        all, and the best is found among these.

        Returns:
            whether it is better than ever before; False if there is nothing to measure.

        Raises:
            CancelledError: somebody wants the run to stop.
        """
        asked = self._asked(state)
        if not state.step:
            state.notes["asked_first"] = asked
        shares = self.job.gather(self._scores(state, asked))
        if None in shares:
            raise CancelledError(f"Stopped after step {state.step}.", "Resume to go on.")
        answers = {index: answer for share in shares if share for index, answer in share.items()}
        found = [answers[index] for index in sorted(answers)]
        if not found:
            return False
        accuracy, distance = mean_scores(score for score, _, _ in found)
        embedded = [answer for _, answer, _ in found]
        # a run of an earlier version, which has asked all, goes on with all
        first = set(state.notes.get("asked_first", asked))
        compared = [answer for index, (_, answer, _) in sorted(answers.items()) if index in first]
        measure = Measure(
            step=state.step,
            accuracy=accuracy,
            queries=_MEASURED_QUERIES * len(found),
            chance=chance_of(embedded),
            loss=held_back_losses(state.model, compared or embedded)["total"].item(),
            spread=embedding_spread(embedded),
            rate=state.optimizer.param_groups[0]["lr"] / self.job.settings.learning_rate,
        )
        self.job.tell(
            event(
                "metric",
                step=state.step,
                position_accuracy=accuracy,
                position_error=distance,
                position_chance=measure.chance,
                position_queries=measure.queries,
                held_back_loss=measure.loss,
                embedding_spread=measure.spread,
            )
        )
        self._draw([guess for _, _, guess in found])
        self._say_if_it_does_not_learn(state, measure)
        state.notes["position_accuracy"] = accuracy
        state.notes.setdefault("untrained_position_accuracy", accuracy)
        if len(asked) < len(self.held_back):
            return False
        best: list[float] = state.notes.get("best", [0.0, -math.inf])
        state.notes["best"] = max(best, [accuracy, -distance])
        return [accuracy, -distance] > best

    def _draw(self, guesses: list[Guess]) -> None:
        """Shows in the run's folder where the network takes some crops for; not worth a failure."""
        if not self.job.processes.first:
            return
        try:
            draw_guesses(guesses, self.job.folder.path / GUESSES_FILE)
        except (OutputError, ImportError) as error:
            self.job.log(f"{GUESSES_FILE} cannot be drawn: {error}", "warning")

    def _say_if_it_does_not_learn(self, state: Pretraining, measure: Measure) -> None:
        """Says each symptom once in the life of a run, which remembers its curve."""
        curve: list[dict[str, Any]] = state.notes.setdefault("curve", [])
        curve.append(asdict(measure))
        said: list[str] = state.notes.setdefault("said", [])
        for name, words in symptoms([Measure(**item) for item in curve]).items():
            if name not in said:
                said.append(name)
                self.job.tell(event("log", level="warning", message=words, symptom=name))

    def write_model(self, state: Pretraining, best: bool) -> None:
        """See Task; the model of a pre-training is the last."""
        write_so_far(self.job, lambda: self.write(state))

    def _asked(self, state: Pretraining) -> list[int]:
        """Which of the volumes held back are measured, by number."""
        every = list(range(len(self.held_back)))
        if state.step or len(every) <= _AT_FIRST:
            return every
        self.job.log(
            f"Before the first step {_AT_FIRST} of the {len(every)} volumes held back are measured."
        )
        return [len(every) * n // _AT_FIRST for n in range(_AT_FIRST)]

    def _scores(self, state: Pretraining, asked: Sequence[int]) -> dict[int, Answer] | None:
        """Of this process's share of the volumes to ask, by number; None to stop the run."""
        processes, scores = self.job.processes, {}
        for index in asked[processes.rank :: processes.count]:
            if self.job.folder.stop_requested():
                return None
            if (answer := self._score(state, index)) is not None:
                scores[index] = answer
        return scores

    def _score(self, state: Pretraining, index: int) -> Answer | None:
        """Of one volume held back; None if it is lost."""
        job, case = self.job, self.held_back[index]
        rng = generator(job.settings.seed, MEASURE, index)
        try:
            volume = job.cache.get(case)
        except UnusableVolumeError as error:
            job.log(f"{case.image} is lost, not measured: {error.message}", "warning")
            return None
        part = random_part(volume, job.preset.grid.shape, rng).to(job.processes.device)
        with job.autocast():
            return score_positions(state.model, part, job.preset.grid, _MEASURED_QUERIES, rng)
