"""Imports point one way: module file, its Lib, VoCoLib, and there from floor to floor downwards."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from house import FLOORS, GROUND, LIBRARY, library_imports, may_import, room_of
from new_slicer import NOT_IN_SLICER
from places import ROOT

SLICER = {
    "slicer",
    "slicer_core",
    "mrml",
    "qt",
    "ctk",
    "vtk",
    "vtkmodules",
    "PythonQt",
    "SubjectHierarchyPlugins",
}
MODULES = ("VoCoSegmentation", "VoCoPretrain")
LIBS = tuple(f"{name}Lib." for name in MODULES)
MODULE_FILES = sorted(path for name in MODULES for path in (ROOT / name).rglob("*.py"))
# Which rooms of the modules' Libs a room may use; jobs write into the scene, which shows jobs.
SLICER_ROOMS: dict[str, set[str]] = {
    "sections": {"installation", "presenters", "jobs", "scene"},
    "installation": set(),
    "presenters": {"jobs", "scene"},
    "jobs": {"scene"},
    "scene": {"jobs"},
}
WITHOUT_QT = {"presenters", "jobs", "scene"}
VIEW = sorted((ROOT / "VoCoView").rglob("*.py"))
TRAME = {"trame", "trame_client", "trame_rca", "trame_server", "trame_vuetify", "aiohttp", "wslink"}


def relative(path: Path) -> str:
    """Path as shown in the name of a test."""
    return path.relative_to(ROOT).as_posix()


def imports(path: Path, file_scope: bool = False) -> Iterator[str]:
    """Top-level names of the packages that a file imports anywhere, or only at file scope."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in _file_scope(tree) if file_scope else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0] if not node.level else path.parent.name


def slicer_room(path: Path) -> str:
    """The room of a file of a module's Lib; for a file beside the rooms the name of the Lib."""
    return path.parent.name


def imported_slicer_rooms(path: Path) -> set[str]:
    """The rooms of the modules' Libs that a file imports from, anywhere in it."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "rooms are imported by their full names"
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    parts = (name.split(".") for name in names if name.startswith(LIBS))
    return {part[1] for part in parts if len(part) > 1} & set(SLICER_ROOMS)


def _file_scope(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            yield child
            yield from _file_scope(child)


def python(code: str) -> str:
    """Standard output of code in a fresh interpreter that finds VoCoLib in this checkout."""
    path = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
    command = [sys.executable, "-c", path + code]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def declared_libs(path: Path) -> set[str]:
    """The Libs of this extension's modules that the module of this file declares to depend on."""
    module = path.relative_to(ROOT).parts[0]
    text = (ROOT / module / f"{module}.py").read_text(encoding="utf-8")
    declared = re.search(r"self\.parent\.dependencies = (\[.*?\])", text)
    names = set(ast.literal_eval(declared[1])) if declared else set()
    return {f"{name}Lib" for name in names & set(MODULES)}


def test_modules_do_not_depend_on_each_other_in_circles() -> None:
    assert declared_libs(ROOT / "VoCoSegmentation" / "VoCoSegmentation.py") == set()
    assert declared_libs(ROOT / "VoCoPretrain" / "VoCoPretrain.py") == {"VoCoSegmentationLib"}


def test_every_room_of_the_library_is_on_a_floor() -> None:
    rooms = {room_of(path) for path in LIBRARY} - {GROUND}
    assert rooms == {room for floor in FLOORS for room in floor}


@pytest.mark.parametrize("path", LIBRARY, ids=relative)
def test_imports_between_rooms_point_downwards(path: Path) -> None:
    assert not [
        f"{relative(path)} -> {relative(other)}"
        for other in library_imports(path)
        if not may_import(room_of(path), room_of(other))
    ]


def test_each_room_says_what_it_is_for() -> None:
    for path in LIBRARY:
        if path.name == "__init__.py":
            text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
            assert re.match(r"[A-Z][^.]+\.(\n\n|$)", text), relative(path)


def test_files_of_the_library_import_each_other_in_no_circle() -> None:
    done: set[Path] = set()

    def visit(path: Path, way: tuple[Path, ...]) -> None:
        assert path not in way, " -> ".join(relative(p) for p in (*way, path))
        if path not in done:
            for other in library_imports(path):
                visit(other, (*way, path))
            done.add(path)

    for path in LIBRARY:
        visit(path, ())


@pytest.mark.parametrize("path", LIBRARY, ids=relative)
def test_library_knows_nothing_of_slicer(path: Path) -> None:
    own = {*MODULES, *(f"{name}Lib" for name in MODULES)}
    assert not set(imports(path)) & (SLICER | own)


def test_monai_is_imported_in_one_place() -> None:
    """Which knows how to do it in a third of the time."""
    files = [path.name for path in LIBRARY if "monai" in set(imports(path))]
    assert files == ["monai_parts.py"]


@pytest.mark.parametrize("path", MODULE_FILES, ids=relative)
def test_modules_never_import_torch(path: Path) -> None:
    assert not set(imports(path)) & {"torch", "torchvision", "monai"}


@pytest.mark.parametrize("path", MODULE_FILES, ids=relative)
def test_modules_import_nothing_heavy_at_file_scope(path: Path) -> None:
    allowed = {*sys.stdlib_module_names, *SLICER, "numpy", f"{path.relative_to(ROOT).parts[0]}Lib"}
    if path.stem not in MODULES:  # a module file makes VoCoLib importable, so it comes first
        allowed |= {"VoCoLib", *declared_libs(path)}
    assert set(imports(path, file_scope=True)) <= allowed


@pytest.mark.parametrize("path", MODULE_FILES, ids=relative)
def test_a_module_lib_does_not_import_module_files(path: Path) -> None:
    own = {f"{path.relative_to(ROOT).parts[0]}Lib", *declared_libs(path)}
    other_libs = {f"{name}Lib" for name in MODULES} - own
    assert not set(imports(path)) & {*MODULES, *other_libs}


def test_the_rooms_of_the_segmentation_panel_are_known() -> None:
    folders = (ROOT / "VoCoSegmentation" / "VoCoSegmentationLib").iterdir()
    assert {path.name for path in folders if any(path.glob("*.py"))} == set(SLICER_ROOMS)


@pytest.mark.parametrize(
    "path", [path for path in MODULE_FILES if slicer_room(path) in SLICER_ROOMS], ids=relative
)
def test_rooms_of_a_panel_import_downwards(path: Path) -> None:
    room = slicer_room(path)
    assert imported_slicer_rooms(path) <= {room, *SLICER_ROOMS[room]}


@pytest.mark.parametrize(
    "path", [path for path in MODULE_FILES if slicer_room(path) in WITHOUT_QT], ids=relative
)
def test_only_sections_and_installation_know_qt(path: Path) -> None:
    assert not set(imports(path)) & {"qt", "ctk"}


@pytest.mark.parametrize("path", VIEW, ids=relative)
def test_the_browser_front_end_stands_on_top(path: Path) -> None:
    """On presenters, jobs, scene and library; it knows neither Qt nor networks."""
    assert not set(imports(path)) & {"qt", "ctk", "torch", "torchvision", "monai", *MODULES}
    assert imported_slicer_rooms(path) <= WITHOUT_QT


@pytest.mark.parametrize("path", [*LIBRARY, *MODULE_FILES], ids=relative)
def test_nobody_knows_the_browser_front_end(path: Path) -> None:
    """Its packages are loaded by `voco view` alone, which names it; `voco serve` needs one, too."""
    known = {"aiohttp"} if path.parent.name == "server" else set()
    assert not set(imports(path)) & ({"VoCoView", *TRAME} - known)


def test_the_door_loads_no_scene() -> None:
    """Each session has one, in a process of its own."""
    pytest.importorskip("aiohttp")
    loaded = json.loads(
        python("import VoCoView.door, json, sys\nprint(json.dumps(sorted(sys.modules)))")
    )
    assert not {name.split(".")[0] for name in loaded} & {
        "vtk",
        "vtkmodules",
        "slicer_core",
        "torch",
    }


def test_importing_the_library_loads_only_itself() -> None:
    code = (
        "before = set(sys.modules)\nimport VoCoLib\nimport json\n"
        "print(json.dumps(sorted({name.split('.')[0] for name in set(sys.modules) - before})))"
    )
    loaded = set(json.loads(python(code)))
    assert "VoCoLib" in loaded
    assert not loaded - {"VoCoLib", *sys.stdlib_module_names}


@pytest.mark.parametrize(
    "name",
    [
        *("errors", "events", "files", "locations", "recipe"),
        *("models.catalogue", "method.presets", "processes.json_process", "images.terminology"),
        *("runs.folder", "runs.summary", "runs.device_queue"),
        *("training.jobs.background", "training.jobs.kinds", "training.jobs.process"),
        *("positions.lookup", "positions.record"),
        *("worker.client", "worker.process"),
    ],
)
def test_a_new_slicer_can_import(name: str) -> None:
    code = f"""
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {NOT_IN_SLICER}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Missing())
import VoCoLib.{name}
print(VoCoLib.{name}.__name__)
"""
    assert python(code).strip() == f"VoCoLib.{name}"
