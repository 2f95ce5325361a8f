"""What can be chosen for a new run, what is proposed, and how that is called."""

from __future__ import annotations

from slicer.i18n import tr as _

METHODS = ("v2", "v1")
NETWORKS = ("tiny", "B", "L", "H")
PRECISIONS = ("auto", "float32", "bfloat16", "float16")
KINDS = ("pretrain", "finetune")
ONLY_PRETRAIN = ("queries",)
OF_THE_START = ("method", "preparation")  # of a pre-training that starts from weights
RATES = {"pretrain": 1.0, "finetune": 3.0}  # learning rate in 10^-4
SHARES = {"pretrain": 10, "finetune": 20}  # held back, in per cent


def presetText(name: str) -> str:
    """A preparation of a pre-training."""
    return {
        "abdomen": _("Abdomen and trunk"),
        "chest": _("Chest (lung window)"),
        "head-neck": _("Head and neck, mixed"),
        "tiny": _("Any region, coarse"),
        "coarse": _("Any region, 5 mm"),
        "v1": _("Abdomen and trunk (v1)"),
    }.get(name, name)


def networkText(name: str) -> str:
    """The size of a network."""
    return {
        "tiny": _("tiny: for small machines"),
        "B": _("B: 53 million weights"),
        "L": _("L: 206 million weights"),
        "H": _("H: 818 million weights"),
    }[name]
