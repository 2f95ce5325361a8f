"""Counts how much of what runs behind voco view only the browser has.

    python Testing/share_of_view.py

Lines of code, without comments, docstrings and blank lines.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SEGMENTATION = ROOT / "VoCoSegmentation" / "VoCoSegmentationLib"
PRETRAIN = ROOT / "VoCoPretrain" / "VoCoPretrainLib"


def code_lines(path: Path) -> int:
    """Lines of a file that say what is done."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return sum(bool(line.strip()) for line in text.splitlines())
    tree = ast.parse(text)
    used: set[int] = set()
    words: set[int] = set()
    for node in ast.walk(tree):
        if hasattr(node, "lineno") and not isinstance(node, (ast.Module,)):
            used.update((node.lineno, node.end_lineno or node.lineno))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            words.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(used - words)


def count(files: Iterable[Path]) -> int:
    """Lines of all files."""
    return sum(map(code_lines, files))


def shares() -> dict[str, int]:
    """Lines by what they belong to."""
    rooms = [SEGMENTATION / name for name in ("jobs", "presenters", "scene")]
    shared = [path for room in rooms for path in room.rglob("*.py")]
    shared += [*SEGMENTATION.glob("*.py"), *PRETRAIN.glob("*.py")]
    shared += (PRETRAIN / "presenters").rglob("*.py")
    view = ROOT / "VoCoView"
    return {
        "only in the browser, Python": count(view.rglob("*.py")),
        "only in the browser, JavaScript": count(view.rglob("*.js")),
        "only in the browser, CSS": count(view.rglob("*.css")),
        "of the panels in Slicer, too": count(shared),
        "VoCoLib": count((ROOT / "VoCoLib").rglob("*.py")),
    }


if __name__ == "__main__":
    found = shares()
    total = sum(found.values())
    for name, lines in found.items():
        print(f"{name:34} {lines:6}  {lines / total:6.1%}")
