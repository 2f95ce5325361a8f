"""The part of the panel with the settings of a new run, and what they begin with."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from typing import Any

import qt
from slicer.i18n import tr as _
from VoCoSegmentationLib.sections.widgets import fill

from VoCoLib.method.presets import PRESETS
from VoCoPretrainLib.presenters.settingChoices import (
    KINDS,
    METHODS,
    NETWORKS,
    OF_THE_START,
    ONLY_PRETRAIN,
    PRECISIONS,
    RATES,
    SHARES,
    networkText,
    presetText,
)
from VoCoPretrainLib.presenters.startProposal import SCRATCH, Proposal


class SettingsSection:
    """Kind, preset, network, steps and, folded away, the rest.

    Args:
        ui: the panel's widgets.
        onChanged: called when the user chose something else.
    """

    def __init__(self, ui: Any, onChanged: Callable[[], None]) -> None:
        self._ui = ui
        self._onChanged = onChanged
        self._presets: list[str] = []
        self._starts: list[str] = []
        self._isStartChosen = False  # by the user
        self._proposal = Proposal(SCRATCH, "")  # the latest, for a fine-tuning
        self._devices: list[str] = []
        ui.methodComboBox.addItems([_("VoCo v2 (TPAMI)"), _("VoCo v1 (CVPR 2024)")])
        ui.networkComboBox.addItems([networkText(name) for name in NETWORKS])
        ui.precisionComboBox.addItems([_("Automatic"), *PRECISIONS[1:]])
        gpu = shutil.which("nvidia-smi") is not None
        self._default = "head-neck" if gpu else "tiny"  # what suits this computer
        ui.networkComboBox.currentIndex = NETWORKS.index("B" if gpu else "tiny")
        self.showDevices([])
        self.showStarts([])
        ui.kindComboBox.connect("currentIndexChanged(int)", self._onKind)
        ui.startComboBox.connect("activated(int)", self._onStart)
        for combo in (ui.methodComboBox, ui.startComboBox):
            combo.connect("currentIndexChanged(int)", self._onChoice)
        self._showFitting()

    @property
    def kind(self) -> str:
        """Of the new run."""
        return KINDS[self._ui.kindComboBox.currentIndex]

    def device(self) -> str:
        """The chosen device."""
        return self._devices[self._ui.deviceComboBox.currentIndex]

    def showDevices(self, devices: Sequence[dict[str, Any]]) -> None:
        """Lists the devices of this computer, as the worker knows them."""
        found = {"auto": _("Automatic"), "cpu": _("Processor")}
        found |= {item["id"]: item["name"] for item in devices}
        if list(found) == self._devices:
            return
        chosen = self.device() if self._devices else "auto"
        self._devices = list(found)
        _fillNames(self._ui.deviceComboBox, list(found.values()), self._devices.index(chosen))

    def showStarts(self, starts: Sequence[tuple[str, str]]) -> None:
        """Lists what a training can start from: (model or file, title)."""
        entries = [*starts, (SCRATCH, _("Nothing: random weights"))]
        names = [name for name, _title in entries]
        if names == self._starts:
            return
        chosen = self._starts[self._ui.startComboBox.currentIndex] if self._starts else SCRATCH
        self._isStartChosen = self._isStartChosen and chosen in names
        self._starts = names
        index = names.index(chosen if chosen in names else SCRATCH)
        _fillNames(self._ui.startComboBox, [title for _name, title in entries], index)
        self._showFitting()

    def propose(self, proposal: Proposal) -> None:
        """Selects a start, unless the user has chosen one, and says why.

        A pre-training begins with random weights unless the user wants something else.
        """
        combo, self._proposal = self._ui.startComboBox, proposal
        if self.kind == "pretrain":
            proposal = Proposal(SCRATCH, "")
        if not self._isStartChosen and proposal.name in self._starts:
            combo.currentIndex = self._starts.index(proposal.name)
        isProposed = self._starts[combo.currentIndex] == proposal.name
        self._ui.startReasonLabel.text = proposal.why if isProposed else ""
        self._showFitting()

    def values(self) -> dict[str, Any]:
        """What the user chose, as config.json names it; without the data."""
        ui, kind = self._ui, self.kind
        common = {
            "kind": kind,
            "steps": ui.stepsSpinBox.value,
            "device": self.device(),
            "batch": ui.batchSpinBox.value,
            "learning_rate": ui.learningRateSpinBox.value * 1e-4,
            "precision": PRECISIONS[ui.precisionComboBox.currentIndex],
            "seed": ui.seedSpinBox.value,
            "save_every": ui.saveEverySpinBox.value,
            "measure_every": ui.measureEverySpinBox.value,
            "cache_gb": float(ui.cacheSpinBox.value),
        }
        if ui.recomputeCheckBox.checked:  # else as fits the network
            common["recompute"] = True
        share = ui.heldBackSpinBox.value / 100
        start = self._starts[ui.startComboBox.currentIndex]
        own = {"start": start}  # of its weights the network is known
        if start == SCRATCH:
            own["preset"] = self._network()
        if kind == "finetune":
            return {**common, **own, "validation": str(share)}
        if start == SCRATCH:
            own["method"] = METHODS[ui.methodComboBox.currentIndex]
            own["preparation"] = self._presets[ui.preparationComboBox.currentIndex]
        return {**common, **own, "queries": ui.queriesSpinBox.value, "held_back": share}

    def _network(self) -> str:
        return NETWORKS[self._ui.networkComboBox.currentIndex]

    def _onKind(self, index: int) -> None:
        self._ui.learningRateSpinBox.value = RATES[self.kind]
        self._ui.heldBackSpinBox.value = SHARES[self.kind]
        self.propose(self._proposal)
        self._onChoice(index)

    def _onStart(self, _index: int) -> None:
        self._isStartChosen = True

    def _onChoice(self, _index: int) -> None:
        self._showFitting()
        self._onChanged()

    def _showFitting(self) -> None:
        """Shows what belongs to the kind, and the preparations that belong to the method."""
        ui, pretrain = self._ui, self.kind == "pretrain"
        for name in ONLY_PRETRAIN:
            _setRowVisible(ui, name, pretrain)
        ui.startReasonLabel.setVisible(bool(ui.startReasonLabel.text))
        starts = self._starts[ui.startComboBox.currentIndex : ui.startComboBox.currentIndex + 1]
        for name in OF_THE_START:
            _setRowVisible(ui, name, pretrain and starts == [SCRATCH])
        _setRowVisible(ui, "network", starts == [SCRATCH])
        v1 = METHODS[ui.methodComboBox.currentIndex] == "v1"
        names = [name for name in PRESETS if (name == "v1") == v1]
        if names != self._presets:
            self._presets = names
            index = names.index(self._default) if self._default in names else 0
            fill(ui.preparationComboBox, [presetText(name) for name in names], index)
            for row, name in enumerate(names):
                tip = PRESETS[name].description
                ui.preparationComboBox.setItemData(row, tip, qt.Qt.ToolTipRole)


def _fillNames(combo: Any, texts: Sequence[str], index: int) -> None:
    """Fills a combo box with names of any length, which may not fit and are tool tips, too."""
    fill(combo, texts, index)
    for row, text in enumerate(texts):
        combo.setItemData(row, text, qt.Qt.ToolTipRole)


def _setRowVisible(ui: Any, name: str, visible: bool) -> None:
    """Shows or hides a row of the form: its label and its widget."""
    for suffix in ("Label", "ComboBox", "SpinBox"):
        widget = getattr(ui, f"{name}{suffix}", None)
        if widget is not None:
            widget.setVisible(visible)
