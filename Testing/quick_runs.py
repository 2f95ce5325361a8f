"""Runs that are over in a moment, or never."""

from __future__ import annotations

import sys

from places import ROOT

QUICK_PYTHON = [sys.executable, str(ROOT / "Testing" / "quick_python.py")]

FOREVER = 1_000_000
