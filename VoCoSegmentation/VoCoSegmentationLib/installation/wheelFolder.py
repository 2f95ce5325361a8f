"""Looks into a folder of wheels before anything is installed from it."""

from __future__ import annotations

import sys
import sysconfig
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _


def problemOf(folder: Path, requirements: Sequence[str]) -> str:
    """Why these packages cannot be installed from a folder; empty if it seems that they can.

    What they need themselves is not looked at: pip says that.
    """
    from packaging.requirements import Requirement
    from packaging.tags import sys_tags

    wheels = sorted(folder.glob("*.whl"))
    if not wheels:
        deeper = sorted({path.parent for path in folder.glob("*/*.whl")})
        if deeper:
            text = _("{folder} holds no wheels itself: choose {deeper}.")
            return text.format(folder=folder, deeper=deeper[0])
        return _("{folder} holds no wheels (files that end in .whl).").format(folder=folder)
    broken = [path.name for path in wheels if not zipfile.is_zipfile(path)]
    if broken:
        text = _("Damaged or not copied to the end: {names}. Copy them again.")
        return text.format(names=", ".join(broken))
    supported, absent, foreign = set(sys_tags()), [], []
    for requirement in requirements:
        wanted = Requirement(requirement)
        found = list(_wheelsOf(wanted, wheels))
        if not found and not _hasSource(folder, wanted.name):
            absent.append(requirement)
        elif found and not any(tags & supported for _path, tags in found):
            foreign.append(found[0][0].name)
    lines = []
    if absent:
        lines.append(_("Not in {folder}: {names}.").format(folder=folder, names=", ".join(absent)))
    if foreign:
        text = _("For another Python or system than this one ({this}): {names}.")
        lines.append(text.format(this=_this(), names=", ".join(foreign)))
    return "\n".join(lines)


def _wheelsOf(requirement: Any, wheels: Sequence[Path]) -> Iterator[tuple[Path, frozenset[Any]]]:
    """The wheels of a packaging.Requirement in a version that is wanted, and their Tags."""
    from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

    for path in wheels:
        try:
            name, version, _build, tags = parse_wheel_filename(path.name)
        except InvalidWheelFilename:
            continue
        isWanted = requirement.specifier.contains(version, prereleases=True)
        if name == canonicalize_name(requirement.name) and isWanted:
            yield path, tags


def _hasSource(folder: Path, name: str) -> bool:
    """Whether a package is there as source, which pip builds."""
    from packaging.utils import canonicalize_name

    stems = (path.name.rpartition("-")[0] for path in folder.glob("*.tar.gz"))
    return canonicalize_name(name) in map(canonicalize_name, stems)


def _this() -> str:
    return f"Python {sys.version_info.major}.{sys.version_info.minor}, {sysconfig.get_platform()}"
