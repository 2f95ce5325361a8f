"""How the grid of the position view can lie, as one list that says what each choice does."""

from __future__ import annotations

from dataclasses import dataclass

from slicer.i18n import tr as _

Grid = tuple[int, str]  # n of n x n bases, "fit" or "native"; 1 and "" stand for as trained

AS_TRAINED: Grid = (1, "")
SIDES = (2, 3, 4, 6)


@dataclass(frozen=True)
class GridChoices:
    """A list to choose from.

    Attributes:
        grids: what can be chosen; titles: of these.
        selected: index of what is.
    """

    grids: tuple[Grid, ...]
    titles: tuple[str, ...]
    selected: int


def gridChoices(chosen: Grid, trained: Grid | None) -> GridChoices:
    """The list.

    Args:
        chosen: what is; a script may have set what is not in the list.
        trained: what AS_TRAINED stands for; None if that is not known.
    """
    grids = [AS_TRAINED, *((n, mode) for mode in ("fit", "native") for n in SIDES)]
    if chosen not in grids:
        grids.append(chosen)
    titles = [_title(grid, trained) for grid in grids]
    return GridChoices(tuple(grids), tuple(titles), grids.index(chosen))


def _title(grid: Grid, trained: Grid | None) -> str:
    if grid == AS_TRAINED:
        if trained is None:
            return _("As trained")
        return _("As trained ({grid})").format(grid=_title(trained, None))
    n, mode = grid
    known = trained or AS_TRAINED
    n, mode = n if n > 1 else known[0], mode or known[1]
    if n <= 1:
        return _("As many cells as trained; {mode}").format(mode=_modeTitle(mode))
    return _("{n} x {n} {mode}").format(n=n, mode=_modeTitle(mode))


def _modeTitle(mode: str) -> str:
    return {
        "fit": _("over the whole body"),
        "native": _("in true size"),
        "": _("laid as trained"),
    }.get(mode, mode)
