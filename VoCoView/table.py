"""A table of MRML as titles and rows of text."""

from __future__ import annotations

from typing import Any


def table_rows(node: Any) -> tuple[list[str], list[list[str]]]:
    """Titles of the columns, and the rows; numbers with as many digits as people read."""
    table = node.GetTable()
    columns = range(table.GetNumberOfColumns())
    titles = [node.GetColumnProperty(table.GetColumnName(c), "title") for c in columns]
    names = [title or table.GetColumnName(c) for c, title in zip(columns, titles, strict=True)]
    rows = range(table.GetNumberOfRows())
    return names, [[_text(table.GetValue(r, c)) for c in columns] for r in rows]


def _text(variant: Any) -> str:
    if variant.IsString() or not variant.IsNumeric():
        return str(variant.ToString())
    number = variant.ToDouble()
    return f"{number:.3g}" if abs(number) < 100 else f"{number:.0f}"
