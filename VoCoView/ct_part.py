"""The list of CTs: those that were named, found in a folder or dropped onto the page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from VoCoSegmentationLib.scene.sampleData import NAME, makeDemoVolume, makeVolume

from VoCoLib.errors import VoCoError
from VoCoView.screen import Screen

if TYPE_CHECKING:
    from VoCoLib.images.volumes import Volume

# name: window, level in HU
WINDOWS = {
    "Soft tissue": (400, 40),
    "Lung": (1500, -600),
    "Bone": (1800, 400),
    "Liver": (150, 90),
    "Brain": (80, 40),
}
DEMO = "demo"  # instead of a path: the synthetic torso
SHOWN, SECOND = "shown", "second"  # what a CT is read for


@dataclass
class Ct:
    """One of the list.

    Attributes:
        title: what it is called.
        path: None for the synthetic torso.
        node: once it was read; read: what of it the scene does not keep.
    """

    title: str
    path: Path | None
    node: Any = None
    read: Volume | None = None


class CtPart:
    """Reads a CT when it is chosen.

    Args:
        scene: gets the volumes.
        screen: shows the list.
        on_chosen: called with the node of a CT that was read.
    """

    def __init__(self, scene: Any, screen: Screen, on_chosen: Callable[[Any], None]) -> None:
        self._scene = scene
        self._screen = screen
        self._on_chosen = on_chosen
        self.cts: list[Ct] = []
        self._chosen: Ct | None = None
        self._other: Ct | None = None  # second patient
        self._reading: Ct | None = None
        self._wanted: dict[str, tuple[Ct, Callable[[Ct], None]]] = {}  # while it is, by what for
        screen.add("ct", self.view)

    def view(self) -> dict[str, Any]:
        """The list, which one it is, whether it is being read; presets of the window."""
        chosen = self._wanted[SHOWN][0] if SHOWN in self._wanted else self._reading or self._chosen
        window, level = self._window()
        return {
            "items": [{"title": ct.title, "value": i} for i, ct in enumerate(self.cts)],
            "chosen": self.cts.index(chosen) if chosen is not None else None,
            "other": self.cts.index(self._other) if self._other in self.cts else None,
            "isReading": self._reading is not None,
            "isDicom": chosen is not None and chosen.read is not None and bool(chosen.read.source),
            "presets": [
                {"title": name, "value": name, "props": {"subtitle": f"W {wide}  L {middle}"}}
                for name, (wide, middle) in WINDOWS.items()
            ],
            "preset": next((n for n, p in WINDOWS.items() if p == (window, level)), None),
            "window": f"W {window:.0f}  L {level:.0f}" if self.node is not None else "",
        }

    @property
    def node(self) -> Any:
        """Of the chosen CT; None without one."""
        return self._chosen.node if self._chosen is not None else None

    def of(self, node: Any) -> Ct | None:
        """The CT of a volume node."""
        return next((ct for ct in self.cts if ct.node is node), None)

    def offer(self, paths: Sequence[Path | str]) -> None:
        """Adds files, and what is in folders; says what is there and cannot be taken."""
        for path in paths:
            if path == DEMO:
                self.cts.append(Ct(NAME, None))
                continue
            from VoCoLib.images.finding import find_volumes  # readers take their time

            try:
                found = find_volumes(Path(path)).volumes if Path(path).is_dir() else [Path(path)]
            except OSError as error:
                self._screen.complain(f"{path} cannot be opened: {error.strerror}.")
                continue
            if not found:
                self._screen.complain(f"There is no CT in {Path(path).name}.")
            self.cts += [Ct(_title(item), item) for item in found]
        self._screen.changed()

    def choose(self, index: int) -> None:
        """Shows one of the list, after reading it if need be."""
        self._have(self.cts[index], SHOWN, self._show)

    def choose_other(self, index: int | None, use: Callable[[Any], None]) -> None:
        """Calls use with the node of another one, or with None."""
        self._other = None if index is None else self.cts[index]
        if self._other is None:
            use(None)
        else:
            self._have(self._other, SECOND, lambda ct: use(ct.node))

    def _have(self, ct: Ct, purpose: str, use: Callable[[Ct], None]) -> None:
        """Calls use once it was read; of several wishes for a purpose the last one counts."""
        if self._reading is not None:
            self._wanted[purpose] = ct, use
        elif ct.node is not None:
            use(ct)
        else:
            self._reading = ct
            self._task = asyncio.get_event_loop().create_task(self._read(ct, use))
        self._screen.changed()

    async def _read(self, ct: Ct, use: Callable[[Ct], None]) -> None:
        """Reads it in a thread: the page stays alive."""
        try:
            if ct.path is None:
                ct.node = makeDemoVolume(self._scene)
            else:
                from VoCoLib.images.inputs import read_input

                loop = asyncio.get_event_loop()
                ct.read = await loop.run_in_executor(None, read_input, ct.path)
                ct.node = makeVolume(self._scene, ct.read.array, ct.read.affine, ct.title)
        except VoCoError as error:
            self._leave_out(ct, str(error))
        except Exception as error:  # a task that dies in silence would leave the user waiting
            name = ct.path.name if ct.path is not None else ct.title
            self._leave_out(ct, f"{name} cannot be read: {type(error).__name__}: {error}.")
        else:
            use(ct)
            if ct.read is not None and ct.read.warnings:
                self._screen.say(" ".join(ct.read.warnings))
        finally:
            self._reading = None
            wanted, self._wanted = self._wanted, {}
            for purpose, (other, then) in wanted.items():
                if other in self.cts:
                    self._have(other, purpose, then)
            self._screen.changed()

    def _leave_out(self, ct: Ct, reason: str) -> None:
        self.cts.remove(ct)
        self._screen.complain(reason)

    def _show(self, ct: Ct) -> None:
        self._chosen = ct
        self._on_chosen(ct.node)
        display = ct.node.GetDisplayNode()
        if not display.HasObserver("ModifiedEvent"):
            display.AddObserver("ModifiedEvent", lambda *_: self._screen.changed("ct"))

    def set_window(self, name: str) -> None:
        """One of WINDOWS."""
        display = self.node.GetDisplayNode() if self.node is not None else None
        if display is not None and name in WINDOWS:
            display.SetAutoWindowLevel(False)
            display.SetWindowLevel(*WINDOWS[name])
            self._screen.changed()

    def _window(self) -> tuple[float, float]:
        display = self.node.GetDisplayNode() if self.node is not None else None
        return (display.GetWindow(), display.GetLevel()) if display is not None else (0.0, 0.0)


def _title(path: Path) -> str:
    """A name as people know it: without the suffix that says the format."""
    name = path.name
    for suffix in (".nii.gz", ".nii", ".nrrd", ".nhdr", ".mha", ".mhd", ".dcm", ".zip"):
        if name.lower().endswith(suffix):
            return name[: -len(suffix)] or name
    return name
