"""Uses widgets as a person does, waits for what follows, and measures how long all was stuck."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6 import QtCore, QtGui, QtTest, QtWidgets

from host.ctk_widgets import ctkCollapsibleButton
from host.mrml_widgets import qMRMLNodeComboBox

PATIENCE = 5  # a machine may be busy, and only a failure waits so long
TURN_MS = 10
_drawn_s = [0.0]  # spent on the views so far


def click(widget: QtWidgets.QWidget) -> None:
    """Clicks a widget; one that a person could not click is an error."""
    _assert_usable(widget)
    place = QtCore.QPoint(widget.width // 2, widget.height // 2)
    if isinstance(widget, (QtWidgets.QCheckBox, QtWidgets.QRadioButton)):
        place.setX(10)  # the box; a long label ends before the middle
    if isinstance(widget, ctkCollapsibleButton):
        place.setY(widget.header // 2)
    QtTest.QTest.mouseClick(widget, QtCore.Qt.LeftButton, pos=place)


def click_item(view: QtWidgets.QListWidget, text: str) -> None:
    """Clicks the box before an item of a list."""
    _assert_usable(view)
    item = view.findItems(text, QtCore.Qt.MatchExactly)[0]
    view.scrollToItem(item)
    option = QtWidgets.QStyleOptionViewItem()
    option.rect = view.visualItemRect(item)
    option.features = option.ViewItemFeature.HasCheckIndicator
    box = view.style().subElementRect(QtWidgets.QStyle.SE_ItemViewItemCheckIndicator, option, view)
    QtTest.QTest.mouseClick(view.viewport(), QtCore.Qt.LeftButton, pos=box.center())


def type_text(edit: QtWidgets.QWidget, text: str) -> None:
    """Replaces the text of a line edit by typing."""
    _assert_usable(edit)
    edit.selectAll()
    QtTest.QTest.keyClick(edit, QtCore.Qt.Key_Delete)
    for letter in text:
        if letter.isascii():
            QtTest.QTest.keyClicks(edit, letter)
        else:  # has no key: Qt would abort
            composed = QtGui.QInputMethodEvent()
            composed.setCommitString(letter)
            QtWidgets.QApplication.sendEvent(edit, composed)


def choose(widget: QtWidgets.QWidget, text: str) -> None:
    """Picks the entry with this text of a combo box or node selector."""
    _assert_usable(widget)
    combo = widget._combo if isinstance(widget, qMRMLNodeComboBox) else widget
    texts = [combo.itemText(i) for i in range(combo.count)]
    assert text in texts, f"{widget.objectName} has no {text!r}, only {texts}"
    combo.setCurrentIndex(texts.index(text))
    combo.activated.emit(texts.index(text))


def _assert_usable(widget: QtWidgets.QWidget) -> None:
    assert widget.isVisible(), f"{widget.objectName} is not visible"
    assert widget.isEnabled(), f"{widget.objectName} is not enabled: {widget.toolTip}"


def wait_until(condition: Callable[[], Any], timeout_s: float = 10.0) -> None:
    """Lets events run until the condition holds; AssertionError PATIENCE times the time later."""
    wake = QtCore.QTimer()
    wake.start(TURN_MS)
    deadline = time.monotonic() + PATIENCE * timeout_s
    flags = QtCore.QEventLoop.AllEvents | QtCore.QEventLoop.WaitForMoreEvents
    while not condition():
        assert time.monotonic() < deadline, f"did not happen within {timeout_s} s"
        QtCore.QCoreApplication.processEvents(flags)


def settle() -> None:
    """Lets all events run that wait now, also deletions."""
    for _ in range(3):
        QtCore.QCoreApplication.processEvents()
        QtCore.QCoreApplication.sendPostedEvents(None, QtCore.QEvent.DeferredDelete)


@dataclass
class Blocking:
    """The longest time between two turns of a thread's event loop, and what ran in it.

    Without the drawing of the views, which Slicer does on the graphics card; and on Linux without
    the time in which the thread was ready but no processor was free, as how busy the machine is
    says nothing about the panel.
    """

    thread: threading.Thread
    longest_ms: float = 0.0
    where: str = ""

    def __post_init__(self) -> None:
        self._last, self._sampled = self._now_ms(), 0.0

    def turn(self) -> None:
        """The loop turned."""
        now = self._now_ms()
        self.longest_ms = max(self.longest_ms, now - self._last)
        self._last = now

    def sample(self) -> None:
        """Notes what the thread does as soon as that lasts longer than anything before."""
        last = self._last
        if last != self._sampled and self._now_ms() - last > max(self.longest_ms, 5 * TURN_MS):
            stack = sys._current_frames()[self.thread.ident or 0]
            self.where, self._sampled = "".join(traceback.format_stack(stack)[-6:]), last

    def _now_ms(self) -> float:
        return 1000 * (_own_time_s(self.thread) - _drawn_s[0])


@contextlib.contextmanager
def drawing() -> Iterator[None]:
    """What happens inside is no blocking."""
    start = _own_time_s(threading.current_thread())
    yield
    _drawn_s[0] += _own_time_s(threading.current_thread()) - start


def _own_time_s(thread: threading.Thread) -> float:
    """A clock that stands still while a thread waits for a processor, where Linux tells."""
    now = time.perf_counter()
    schedule = Path(f"/proc/{os.getpid()}/task/{thread.native_id}/schedstat")
    with contextlib.suppress(OSError):
        now -= int(schedule.read_text().split()[1]) / 1e9
    return now


@contextlib.contextmanager
def measure_blocking() -> Iterator[Blocking]:
    """Measures while the context lasts, in which the test lets events run."""
    blocking, ended = Blocking(threading.current_thread()), threading.Event()
    timer = QtCore.QTimer(timerType=QtCore.Qt.PreciseTimer)
    timer.timeout.connect(blocking.turn)
    timer.start(TURN_MS)

    def watch() -> None:
        while not ended.wait(2 * TURN_MS / 1000):
            blocking.sample()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield blocking
        blocking.turn()
    finally:
        ended.set()
        watcher.join()
        timer.stop()
