"""Imports SimpleITK, whose warnings stay unsaid: what matters is in errors and Volume.warnings.

It takes 90 MB of memory and a tenth of a second, so only what meets its files imports this.
"""

from __future__ import annotations

import SimpleITK as sitk  # noqa: N813

sitk.ProcessObject.GlobalWarningDisplayOff()

__all__ = ["sitk"]
