"""What a child process needs in its environment to import VoCoLib and to speak UTF-8."""

from __future__ import annotations

import os
from collections.abc import Mapping

from VoCoLib.locations import IMPORT_FOLDER


def child_environment(base: Mapping[str, str]) -> dict[str, str]:
    """base, with VoCoLib importable and pipes that speak UTF-8 without delay."""
    path = [str(IMPORT_FOLDER), *filter(None, [base.get("PYTHONPATH")])]
    return {
        **base,
        "PYTHONPATH": os.pathsep.join(path),
        "PYTHONIOENCODING": "utf-8",
        "PYTHONUNBUFFERED": "1",
    }
