"""Lets the library speak of the panel, which has buttons instead of commands, and its language."""

from __future__ import annotations

import re

from slicer.i18n import tr as _

from VoCoSegmentationLib.libraryWords import spoken

# not in a path, where a folder may be called "voco runs"
_COMMAND = re.compile(r"(?<![\w/\\-])(voco [a-z]+(?![^\s`]*[/\\])|--[a-z]|VOCO_[A-Z])")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")


_AGAIN = "Install the Python packages again; the log says which one is missing or broken."


def inPanel(text: str) -> str:
    """What VoCoLib says, for somebody who sits before the panel, in the language of the panel.

    A sentence that names a command or one of its options is said in the panel's words, or left out
    where the panel has nothing of the kind.
    """
    again = _("Press Repair in the module VoCo Segmentation; the log says what is broken.")
    lines = []
    for line in text.splitlines():
        parts = _SENTENCE.split(line.replace(_AGAIN, again))
        words = (_said(part) if _COMMAND.search(part) else part for part in parts)
        lines.append(spoken(" ".join(filter(None, words))))
    return "\n".join(filter(None, lines))


def _said(sentence: str) -> str:
    """A sentence about a command in the panel's words; empty if there are none."""
    if "or without a network get" in sentence:
        return _("Press Download, or without a network get the file some other way and import it.")
    for command, words in (
        ("use `voco models import`", _("Or get the file on another machine and import it.")),
        ("voco models remove", _("Remove the model in the panel and import the file again.")),
        ("VOCO_HOME", _("Check its permissions and free space.")),
        ("--device", _("Choose another device under Advanced.")),
        ("Choose a segmentation model", _("Choose a segmentation model.")),
        ("voco models import", _("Import it in the module VoCo Segmentation.")),
        ("or scratch", _("Choose another start.")),
    ):
        if command in sentence:
            return words
    return ""
