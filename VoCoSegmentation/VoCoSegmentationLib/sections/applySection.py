"""The part of the panel with Apply, the queue, the progress bar and the status line."""

from __future__ import annotations

from typing import Protocol

from VoCoSegmentationLib.presenters.segmentation import SegmentationPresenter, SegmentationView
from VoCoSegmentationLib.sections.progressBars import showProgress
from VoCoSegmentationLib.sections.widgets import Button, Label, List, ProgressBar, Widget


class ApplyWidgets(Protocol):
    """Of the .ui file."""

    applyButton: Button
    queueButton: Button
    removeWaitingButton: Button
    progressBar: ProgressBar
    waitingFrame: Widget
    waitingListWidget: List
    statusLabel: Label


class ApplySection:
    """Shows a SegmentationPresenter.

    Args:
        ui: the panel's widgets.
        presenter: decides.
    """

    def __init__(self, ui: ApplyWidgets, presenter: SegmentationPresenter) -> None:
        self._ui = ui
        self._waiting: tuple[str, ...] = ()
        ui.applyButton.connect("clicked(bool)", lambda *_args: presenter.act())
        ui.queueButton.connect("clicked(bool)", lambda *_args: presenter.apply())
        ui.removeWaitingButton.connect(
            "clicked(bool)", lambda *_args: presenter.cancelWaiting(ui.waitingListWidget.currentRow)
        )

    def show(self, view: SegmentationView) -> None:
        """Shows what the presenter says."""
        ui = self._ui
        ui.applyButton.text, ui.applyButton.toolTip = view.action, view.actionTip
        ui.applyButton.enabled = view.canAct
        ui.queueButton.setVisible(view.isBusy)
        ui.queueButton.enabled = view.canQueue
        showProgress(ui.progressBar, view.progress)
        ui.waitingFrame.setVisible(bool(view.waiting))
        if view.waiting != self._waiting:
            row, before, self._waiting = (
                ui.waitingListWidget.currentRow,
                self._waiting,
                view.waiting,
            )
            ui.waitingListWidget.clear()
            ui.waitingListWidget.addItems(list(view.waiting))
            if len(before) == len(view.waiting):  # the same jobs, in other words
                ui.waitingListWidget.currentRow = row
        ui.statusLabel.text = view.status
