"""Says of a convolution kernel whether it is soft, for organs, or sharp, for bone and lung.

The makers name them as they like; this follows their names as radiology's literature lists them
(Siemens: the number grows with sharpness, organs 20 to 49; GE: words; Philips: letters; Canon and
Toshiba: FC and a number).
"""

from __future__ import annotations

import re
from typing import Literal

Sharpness = Literal["soft", "sharp", ""]

_SHARP_WORDS = ("bone", "lung", "edge", "sharp", "ultra", "hrct", "knochen", "poumon")
_SOFT_WORDS = ("stand", "soft", "body", "brain", "abdomen", "smooth", "detail", "weich", "mou")
_SIEMENS = re.compile(r"^[A-Z][a-z]?(\d{2})[a-z]*$")  # B30f, I31f, Br38f, Qr40, Hr60
_CANON = re.compile(r"^FC(\d+)")
_PHILIPS = {"A": "soft", "B": "soft", "C": "soft", "D": "sharp", "E": "sharp", "L": "sharp"}
_PHILIPS |= {"SA": "soft", "SB": "soft", "UA": "soft", "UB": "soft", "UC": "soft"}
_PHILIPS |= {"YA": "sharp", "YB": "sharp", "YC": "sharp", "YD": "sharp"}


def sharpness(kernel: str, description: str = "") -> Sharpness:
    """What a kernel is for; by the series' description where its name says nothing.

    Args:
        kernel: the Convolution Kernel (0018,1210), values separated by a backslash.
        description: the Series Description (0008,103E).

    Returns:
        "soft", "sharp", or an empty string if neither text tells.
    """
    name = kernel.split("\\")[0].strip()
    if match := _SIEMENS.match(name):
        return "soft" if int(match[1]) < 50 else "sharp"
    if match := _CANON.match(name.upper()):
        return "soft" if int(match[1]) < 30 or 40 <= int(match[1]) < 50 else "sharp"
    if name.upper() in _PHILIPS:
        return "soft" if _PHILIPS[name.upper()] == "soft" else "sharp"
    return _by_words(name) or _by_words(description)


def _by_words(text: str) -> Sharpness:
    words = re.findall(r"[^\W\d_]+", text.lower())
    if any(word.startswith(_SHARP_WORDS) for word in words):
        return "sharp"
    return "soft" if any(word.startswith(_SOFT_WORDS) for word in words) else ""
