"""Where the checkout, the tests' own files and the shared data lie."""

from __future__ import annotations

from pathlib import Path

TESTING = Path(__file__).resolve().parent
ROOT = TESTING.parent
FIXTURES = TESTING / "fixtures"
SHARED = ROOT.parent / "shared"  # real CT; not everywhere
