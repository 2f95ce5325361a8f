"""The table of a cross-validation: the Dice of each case, by the run that held it back."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import bootstrap

from VoCoLib.errors import InputError
from VoCoLib.files import write_atomically

CASE_COLUMNS = ("case", "name", "dice")
_RESAMPLES, _BATCH, _SEED = 9999, 500, 0
_ALL = "all"  # the row of the mean over the structures

CaseScores = Mapping[str, Mapping[str, float]]  # Dice by structure of each case that was scored


@dataclass(frozen=True)
class FoldRow:
    """A structure over all folds.

    Attributes:
        name: of the structure; "all" for the mean over them.
        n: cases with a Dice; None for the mean.
        dice: mean over the cases.
        interval: 95 % of a bootstrap over the cases; None for fewer than three.
        folds: mean of each fold alone; None where none of its cases has a Dice.
    """

    name: str
    n: int | None
    dice: float
    interval: tuple[float, float] | None
    folds: tuple[float | None, ...]


def write_case_scores(path: Path, scores: CaseScores) -> None:
    """Writes a CSV with a row per case and structure; raises OutputError."""
    rows = [(case, name, dice) for case, found in scores.items() for name, dice in found.items()]
    _write(path, [CASE_COLUMNS, *rows])


def read_case_scores(path: Path) -> dict[str, dict[str, float]]:
    """What write_case_scores wrote.

    Raises:
        InputError: there is no such file, or it is not one.
    """
    scores: dict[str, dict[str, float]] = {}
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            for row in csv.DictReader(stream):
                scores.setdefault(row["case"], {})[row["name"]] = float(row["dice"])
    except FileNotFoundError as error:
        raise InputError(
            f"{path} is not there.", "A fine-tuning writes it when it measures its held-back cases."
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is no table of cases and Dice: {error}.") from error
    return scores


def tabulate(folds: Sequence[CaseScores]) -> list[FoldRow]:
    """A row for each structure, in the order of their first cases, and one for their mean.

    Raises:
        InputError: a case was held back in two folds, or none was scored.
    """
    seen: set[str] = set()
    for fold in folds:
        if twice := sorted(seen & fold.keys()):
            raise InputError(
                f"{twice[0]} was held back in two of these runs.", "Name each fold once."
            )
        seen |= fold.keys()
    names = list(dict.fromkeys(name for fold in folds for found in fold.values() for name in found))
    if not names:
        raise InputError("None of these runs has scored a case.", "Hold back cases: --fold 0/5.")
    matrices = [_matrix(fold, names) for fold in folds]
    table = np.concatenate(matrices)
    rows = [
        FoldRow(
            name,
            int(np.isfinite(table[:, [i]]).sum()),
            float(_mean(table[:, [i]])),
            _interval(table[:, [i]]),
            tuple(_mean_or_none(matrix[:, [i]]) for matrix in matrices),
        )
        for i, name in enumerate(names)
    ]
    each = tuple(_mean_or_none(matrix) for matrix in matrices)
    return [*rows, FoldRow(_ALL, None, float(_mean(table)), _interval(table), each)]


def write_folds(path: Path, rows: Sequence[FoldRow], names: Sequence[str]) -> None:
    """Writes a CSV with a column for each fold; raises OutputError."""
    head = ["name", "cases", "dice", "low", "high", *names]
    lines = [[row.name, row.n, row.dice, *(row.interval or ("", "")), *row.folds] for row in rows]
    _write(path, [head, *lines])


def _write(path: Path, rows: Sequence[Sequence[object]]) -> None:
    def write(target: Path) -> None:
        with target.open("w", newline="", encoding="utf-8", errors="backslashreplace") as stream:
            csv.writer(stream, lineterminator="\n").writerows(rows)

    write_atomically(path, write)


def _matrix(fold: CaseScores, names: Sequence[str]) -> NDArray[np.float64]:
    """(cases, structures), NaN where there is no Dice."""
    rows = [[found.get(name, math.nan) for name in names] for found in fold.values()]
    return np.array(rows, np.float64).reshape(-1, len(names))


def _mean(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Over the structures, of the mean over the cases of each that has one; NaN for none.

    Args:
        table: (..., cases, structures).
    """
    known = np.isfinite(table)
    counts = known.sum(-2)
    sums = np.where(known, table, 0).sum(-2)
    means = np.divide(sums, counts, out=np.zeros_like(sums), where=counts > 0)
    there = (counts > 0).sum(-1)
    return np.where(there > 0, means.sum(-1) / np.maximum(there, 1), math.nan)


def _mean_or_none(table: NDArray[np.float64]) -> float | None:
    mean = float(_mean(table))
    return None if math.isnan(mean) else mean


def _interval(table: NDArray[np.float64]) -> tuple[float, float] | None:
    """Cases are drawn, with all their structures: those of one patient depend on each other."""
    table = table[np.isfinite(table).any(1)]
    if len(table) < 3:
        return None
    found = bootstrap(
        (np.arange(len(table)),),
        lambda cases, axis: _mean(table[cases]),
        n_resamples=_RESAMPLES,
        batch=_BATCH,
        vectorized=True,
        method="percentile",
        rng=np.random.default_rng(_SEED),
    )
    low, high = found.confidence_interval
    return float(low), float(high)
