"""The settings of a run as its config.json has them, and how two of them differ."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

Config = Mapping[str, Any]


def compare_config(saved: Config, now: Config, may_change: Collection[str] = ()) -> list[str]:
    """What differs between two settings, "name: saved -> now" each, sorted by name.

    Args:
        saved, now: as JSON has them; names of nested ones are joined by dots. What saved lacks
            and now has empty or switched off does not differ.
        may_change: names, or first parts of them, that are not compared.
    """
    before, after = _flat(saved), _flat(json.loads(json.dumps(dict(now))))
    names = sorted(before.keys() | after.keys())
    return [
        f"{name}: {before.get(name, 'not set')} -> {after.get(name, 'not set')}"
        for name in names
        if before.get(name) != after.get(name)
        and (name in before or after[name])  # a run of an earlier version lacks what is off here
        and not any(name == free or name.startswith(f"{free}.") for free in may_change)
    ]


def _flat(config: Config, prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in config.items():
        flat |= (
            _flat(value, f"{prefix}{name}.")
            if isinstance(value, dict)
            else {f"{prefix}{name}": value}
        )
    return flat
