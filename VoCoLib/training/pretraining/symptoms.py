"""Tells from the measures of a pre-training that it does not learn, and what to try."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from VoCoLib.runs.health import ENOUGH

_LAST = 3  # measures that must agree: one alone may be chance
_FALL = 0.98  # of the loss at the start; less is no fall
_HIGH = 0.5  # of the highest learning rate
_COLLAPSED = 0.02  # of the spread; bfloat16 alone makes 0.002, networks that are sound 0.2 and more


@dataclass(frozen=True)
class Measure:
    """What was measured on the volumes held back.

    Attributes:
        step: after which.
        accuracy: share of the queries that were found; queries: how many there are.
        chance: share that is found by who always names the same base, the best one.
        loss: of the volumes held back.
        spread: of the embeddings of a volume's crops, see embedding_spread.
        rate: learning rate of the step, as a share of the highest.
    """

    step: int
    accuracy: float
    queries: int
    chance: float
    loss: float
    spread: float
    rate: float


def symptoms(curve: Sequence[Measure]) -> dict[str, str]:
    """What is wrong with a training, in words with what to try, by name; empty if nothing is.

    Args:
        curve: all measures so far, in the order of their steps.
    """
    found = {"chance": _at_chance(curve), "collapsed": _collapsed(curve), "flat": _flat(curve)}
    return {name: words for name, words in found.items() if words}


def _at_chance(curve: Sequence[Measure]) -> str:
    last = [measure for measure in curve[-_LAST:] if measure.step >= ENOUGH]
    if len(last) < _LAST or not _are_chance(last):
        return ""
    return (
        f"After {last[-1].step} steps {last[-1].accuracy:.0%} of the queries are found; naming the "
        f"same base always finds {last[-1].chance:.0%}: the network has not learned where things "
        "are. Look at what it sees (voco pretrain --preview): the body must fill the picture and "
        "be told from the air. Then try another --preparation, ten times the --learning-rate or a "
        "tenth of it, or a larger --batch."
    )


def _are_chance(measures: Sequence[Measure]) -> bool:
    """Whether the mean accuracy is not better than chance by two standard errors.

    The errors are those of one measure, as all ask the same queries.
    """
    chance, queries = measures[-1].chance, measures[-1].queries
    error = math.sqrt(chance * (1 - chance) / queries)
    return fmean(measure.accuracy for measure in measures) <= chance + 2 * error


def _collapsed(curve: Sequence[Measure]) -> str:
    if not curve or curve[-1].spread >= _COLLAPSED:
        return ""
    return (
        f"The embeddings of different crops are nearly the same (spread {curve[-1].spread:.3f}, "
        "0.2 or more where a network tells them apart): they have collapsed. Begin a new run with "
        "a tenth of the --learning-rate and a longer --warmup; a lower --clip helps where single "
        "steps leap."
    )


def _flat(curve: Sequence[Measure]) -> str:
    high = [measure for measure in curve if measure.step and measure.rate >= _HIGH]
    if len(high) < _LAST or high[-1] is not curve[-1] or curve[-1].step - curve[0].step < ENOUGH:
        return ""
    if min(measure.loss for measure in high) < _FALL * curve[0].loss:
        return ""
    return (
        f"The loss of the volumes held back has not fallen since step {curve[0].step} (from "
        f"{curve[0].loss:.3f} to {curve[-1].loss:.3f}), while the learning rate is at its height. "
        "Try a third of the --learning-rate, then three times; weights that know this kind of CT "
        "already may have no more to learn with this --preparation."
    )
