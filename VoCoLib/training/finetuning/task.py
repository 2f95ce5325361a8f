"""What a fine-tuning brings to the training loop: batches of patches, scores of whole cases."""

from __future__ import annotations

import copy
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from torch import Tensor, nn

from VoCoLib.errors import CancelledError, InputError
from VoCoLib.evaluation.folds import write_case_scores
from VoCoLib.events import event
from VoCoLib.inference.segmentation import Segmenter
from VoCoLib.runs.folder import CASE_SCORES
from VoCoLib.training.data.cache import VolumeCache
from VoCoLib.training.finetuning.batches import PatchSource
from VoCoLib.training.finetuning.network import FineTuning
from VoCoLib.training.finetuning.plan import Plan
from VoCoLib.training.finetuning.settings import FinetuningSettings
from VoCoLib.training.finetuning.validation import CaseDice, mean_by_structure, score_case
from VoCoLib.training.job import TrainingJob
from VoCoLib.training.run import write_so_far
from VoCoLib.training.state import TrainingState

Job = TrainingJob[FinetuningSettings]
State = TrainingState[FineTuning]


@dataclass
class FinetuningTask:
    """A Task: patches to learn from and cases to score.

    write is given the weights of a model, their step and the notes of the run, and writes a file.
    """

    job: Job
    plan: Plan
    cache: VolumeCache
    write: Callable[[Mapping[str, Tensor], int, Mapping[str, Any]], object]
    title: str = "Fine-tuning"

    def batches(self, first: int, last: int) -> Generator[tuple[Tensor, ...], None, None]:
        """See Task."""
        return PatchSource(self.job, self.plan, self.cache).stream(first, last)

    def compiled_parts(self, model: FineTuning) -> Iterable[nn.Module]:
        """See Task."""
        return [model.student]

    def measure(self, state: State) -> bool:
        """Tells the Dice of the averaged network on the cases held back.

        Each process segments its share of them. Before the first step there is nothing to see.

        Returns:
            whether it is better than ever before; False if there is nothing to measure.

        Raises:
            CancelledError: somebody wants the run to stop.
        """
        if state.step == 0:
            return False
        scores: list[tuple[str, CaseDice]] = []
        for share in self.job.gather(self._scores(as_saved(state.model.teacher))):
            if share is None:
                raise CancelledError(f"Stopped after step {state.step}.", "Resume to go on.")
            scores += share
        by_structure = mean_by_structure(self.plan, [dice for _, dice in scores])
        if not by_structure:
            return False
        dice = fmean(by_structure.values())
        self.job.tell(event("metric", step=state.step, dice=dice, dice_by_structure=by_structure))
        best: dict[str, Any] = state.notes.get("best", {"dice": -1.0})
        if dice > best["dice"]:
            state.notes["best"] = {"dice": dice, "dice_by_structure": by_structure}
            write_so_far(self.job, lambda: self._write_scores(scores))
        return bool(dice > best["dice"])

    def write_model(self, state: State, best: bool) -> None:
        """See Task; without cases held back, the last is taken for the best."""
        if best or not self.plan.validation:
            weights = state.model.teacher.state_dict()
            write_so_far(self.job, lambda: self.write(weights, state.step, state.notes))

    def _write_scores(self, scores: Sequence[tuple[str, CaseDice]]) -> None:
        names = {label.value: label.name for label in self.plan.recipe.labels}
        known = {case: {names[value]: dice[value] for value in dice} for case, dice in scores}
        write_case_scores(self.job.folder.path / CASE_SCORES, known)

    def _scores(self, network: nn.Module) -> list[tuple[str, CaseDice]] | None:
        """Of this process's share of the cases held back; None if the run is to stop."""
        job, processes = self.job, self.job.processes
        device, precision = str(processes.device), job.settings.precision
        # a resumed run has to give the same scores, whatever wins a trial on a busy machine
        segmenter = Segmenter(network, self.plan.recipe, device, precision, engine="pytorch")
        scores = []
        try:
            for case in self.plan.validation[processes.rank :: processes.count]:
                try:
                    stop = job.folder.stop_requested
                    dice = score_case(segmenter, self.plan, case, job.tell, stop)
                    scores.append((case.image, dice))
                except InputError as error:
                    job.log(f"{case.image} is not scored: {error.message}", "warning")
        except CancelledError:
            return None
        return scores


def as_saved(network: nn.Module) -> nn.Module:
    """A copy with the weights that a file of the model would give back, which are float16."""
    copied = copy.deepcopy(network)
    for parameter in copied.parameters():
        parameter.data = parameter.data.half().to(parameter.dtype)
    return copied
