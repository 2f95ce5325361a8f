"""The project can be published: the checks of the Extensions Index, and no file left behind."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import shutil
import struct
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
from places import ROOT

import VoCoLib

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

MODULES = ("VoCoSegmentation", "VoCoPretrain")
BINARY = {".png", ".gif", ".safetensors", ".npz", ".npy", ".gz", ".dcm", ".nrrd", ".pt"}
CMAKE_LISTS = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DESCRIPTION = ROOT / "VoCo.json"
MEGABYTE = 10**6
# What the Extensions Index requires of a description.
SCHEMA = {
    "required": ["$schema", "category", "scm_url"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"pattern": r"^https://.*/slicer-extension-catalog-entry-schema-v[\d.]+json#$"},
        "build_dependencies": {"type": "array", "items": {"type": "string"}},
        "build_subdirectory": {"type": "string"},
        "category": {"const": "Segmentation"},
        "enabled": {"type": "boolean"},
        "scm_revision": {"type": "string"},
        "scm_type": {"enum": ["git", "local"]},
        "scm_url": {"pattern": "^(https|git)://.*/Slicer[^/]*$"},
        "tier": {"type": "integer", "minimum": 1, "maximum": 5},
    },
}
MAX_PACKED = 60 * MEGABYTE  # the Index refuses 100 MB, and history only grows
DOCUMENTS = sorted(
    path
    for folder in (".", "Docs", "Testing/host", "VoCoLib/Resources/Models")
    for path in (ROOT / folder).glob("*.md")
)
# Where a path named in a document may begin, beside the folder of the document.
BEGINNINGS = [ROOT / name for name in (".", "VoCoLib", "VoCoSegmentation", "VoCoPretrain")]
TOP_LEVEL_NAMES = "VoCoLib|VoCoView|VoCoSegmentation|VoCoPretrain|Testing|Docs|\\.ci"
NOT_OURS = {"scripts/merging.py"}  # of a MONAI Bundle
IMPORT_NAMES = {
    **{"PIL": "pillow", "yaml": "pyyaml"},
    **dict.fromkeys(("slicer", "slicer_core", "vtk", "vtkmodules"), "slicer-core"),
}  # where it is not the name to install


@cache
def project_files() -> list[Path]:
    """Every file that is or would be committed."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout.decode()
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def package_files(package: str) -> set[str]:
    """Files of a package's folder that belong to an installation, relative to the folder."""
    folder = ROOT / package
    files = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {
        path.as_posix()
        for path in files
        if path.name != "CMakeLists.txt" and "__pycache__" not in path.parts
    }


def cmake_value(name: str) -> str:
    """A quoted value of the top-level CMakeLists.txt, found the way the Extensions Index does."""
    values = re.findall(rf'set\s*\({name}\s*"([^"]+)"\)', CMAKE_LISTS)
    assert len(values) == 1, f"{name} must be set once, to one quoted string"
    return str(values[0])


def normalized(requirement: str) -> str:
    """Name of the package that a requirement asks for, as constraints.txt writes it."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\s<>=!\[;]", requirement)[0]).lower()


def paths_named(text: str) -> set[str]:
    """What a document names that looks like a file or folder of the repository."""
    named = re.findall(rf"(?<![\w./-])(?:{TOP_LEVEL_NAMES})/[\w./{{}},-]*[\w/}}]", text)
    named += re.findall(r"`([\w./-]+\.py)`", text)
    named += [name for name in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in name]
    return {path for name in named for path in alternatives(name)} - NOT_OURS


def alternatives(name: str) -> list[str]:
    """a/{b,c}.py as a/b.py and a/c.py."""
    before, brace, rest = name.partition("{")
    inside, _, after = rest.partition("}")
    return [f"{before}{part}{after}" for part in inside.split(",")] if brace else [name]


def module_file(name: str) -> Path | None:
    """The file of one of this project's modules or packages."""
    beginnings = (ROOT, *BEGINNINGS[2:])
    stems = [folder.joinpath(*name.split(".")) for folder in beginnings]
    files = [file for stem in stems for file in (stem.with_suffix(".py"), stem / "__init__.py")]
    return next((file for file in files if file.is_file()), None)


def defined_in(path: Path) -> set[str]:
    """Names that a module has at file scope."""
    names: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {alias.asname or alias.name for alias in node.names}
        else:
            names |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    return names


OF_SLICER = ("DICOMLib",)  # in its desktop, which is not here


def unresolved_imports(code: str) -> list[str]:
    """What code imports and this project, or the packages it is tested with, do not have."""
    missing = []
    for node in ast.walk(ast.parse(code)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
            if file := module_file(node.module):
                modules = {path.stem for path in file.parent.glob("*.py")}
                known = defined_in(file) | (modules if file.name == "__init__.py" else set())
                missing += [alias.name for alias in node.names if alias.name not in known]
        missing += [
            name
            for name in names
            if module_file(name) is None
            and name not in OF_SLICER
            and importlib.util.find_spec(name.split(".")[0]) is None
        ]
    return missing


def git(*arguments: str) -> str:
    """Standard output of git in this checkout."""
    command = ["git", *arguments]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def test_description_fits_the_index() -> None:
    description = json.loads(DESCRIPTION.read_text(encoding="utf-8"))
    jsonschema.validate(description, SCHEMA)
    assert [path.name for path in ROOT.glob("*.json")] == [DESCRIPTION.name]
    assert not DESCRIPTION.stem.lower().startswith("slicer")


def test_cmake_project_is_the_extension() -> None:
    first = re.findall(r"project\s*\(\s*([^\s)]+)", CMAKE_LISTS, re.IGNORECASE)[0]
    assert first == DESCRIPTION.stem


def test_cmake_agrees_with_the_description() -> None:
    description = json.loads(DESCRIPTION.read_text(encoding="utf-8"))
    assert cmake_value("EXTENSION_DEPENDS").split() == description["build_dependencies"]
    assert cmake_value("EXTENSION_HOMEPAGE") == description["scm_url"]
    assert PROJECT["urls"]["Homepage"] == description["scm_url"]


@pytest.mark.parametrize("name", ["EXTENSION_ICONURL", "EXTENSION_SCREENSHOTURLS"])
def test_pictures_of_the_extension_are_there(name: str) -> None:
    owner_and_name = cmake_value("EXTENSION_HOMEPAGE").removeprefix("https://github.com/")
    prefix = f"https://raw.githubusercontent.com/{owner_and_name}/main/"
    for url in cmake_value(name).split():
        assert url.startswith(prefix)
        picture = ROOT / url.removeprefix(prefix)
        assert picture.read_bytes().startswith(b"\x89PNG\r\n"), "the Index rejects other formats"


def test_licence_and_homepage_say_what_the_index_asks() -> None:
    licence = (ROOT / "LICENSE.txt").read_text(encoding="utf-8")
    assert "Apache License" in licence
    assert "END OF TERMS AND CONDITIONS" in licence
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for text in (*MODULES, "arxiv.org/abs/2402.17300", "arxiv.org/abs/2410.09890", "Apache", "!["):
        assert text in readme


def test_pictures_in_the_readme_are_there() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    pictures = re.findall(r"!\[[^\]]*\]\(([^)\s]+)", readme)
    missing = [name for name in pictures if "://" not in name and not (ROOT / name).is_file()]
    assert pictures
    assert not missing


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_a_document_names_is_there(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    beginnings = (path.parent, *BEGINNINGS)
    named = paths_named(text)
    assert not [name for name in named if not any((b / name).exists() for b in beginnings)]
    for code in re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        assert not unresolved_imports(code)


def test_the_packed_history_is_small() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    if git("rev-parse", "--is-shallow-repository").strip() == "true":
        pytest.skip("a shallow clone has only a part of the history")
    # packed anew: what lies in .git depends on how this checkout was brought here
    command = ["git", "pack-objects", "--revs", "--stdout", "--no-reuse-delta", "-q"]
    pack = subprocess.run(command, input=b"HEAD\n", cwd=ROOT, capture_output=True, check=True)
    assert len(pack.stdout) < MAX_PACKED


def test_changelog_has_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{VoCoLib.__version__}]" in changelog


def test_text_files_end_lines_as_unix_does() -> None:
    texts = [path for path in project_files() if path.suffix not in BINARY]
    assert not [path for path in texts if b"\r" in path.read_bytes()]


@pytest.mark.parametrize("name", ["demo-torso", "openkbp-headneck"])
def test_a_model_card_is_complete(name: str) -> None:
    card = (ROOT / "VoCoLib" / "Resources" / "Models" / f"{name}.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## (.+)$", card, re.MULTILINE)
    assert sections == ["Data", "Training", "Scores", "Limits"]
    assert "Not for clinical use" in " ".join(card.split())
    assert re.search(r"\| \*\*mean\*\* \| \| \*\*0\.\d{3}\*\*", card)


def test_sizes_stay_within_limits() -> None:
    sizes = {path: path.stat().st_size for path in project_files()}
    assert not [path for path, size in sizes.items() if size > 10 * MEGABYTE]
    assert sum(sizes.values()) < 100 * MEGABYTE


@pytest.mark.parametrize("module", MODULES)
def test_module_has_icon_and_panel(module: str) -> None:
    icon = (ROOT / module / f"Resources/Icons/{module}.png").read_bytes()
    assert struct.unpack(">II", icon[16:24]) == (128, 128)
    panel = ElementTree.parse(ROOT / module / f"Resources/UI/{module}.ui").getroot()
    assert panel.findtext("class") == module
    names = [widget.attrib["name"] for widget in panel.iter("widget")]
    assert all(name.isidentifier() for name in names)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("module", MODULES)
def test_module_strings_can_be_translated(module: str) -> None:
    for path in (ROOT / module).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_":
                assert isinstance(node.args[0], ast.Constant), f"{path.name}:{node.lineno}"


# A stand-in for Slicer's CMake package: it copies what each module lists, where Slicer would
# install it, and refuses what Slicer refuses.
SLICER_CONFIG = """
set(Slicer_USE_FILE ${CMAKE_CURRENT_LIST_DIR}/UseSlicer.cmake)
set(Slicer_EXTENSION_GENERATE_CONFIG ${CMAKE_CURRENT_LIST_DIR}/Empty.cmake)
set(Slicer_EXTENSION_CPACK ${CMAKE_CURRENT_LIST_DIR}/CPack.cmake)
"""
USE_SLICER = """
function(slicerMacroBuildScriptedModule)
  cmake_parse_arguments(MODULE "WITH_GENERIC_TESTS;WITH_SUBDIR;VERBOSE" "NAME"
    "SCRIPTS;RESOURCES" ${ARGN})
  if(MODULE_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "Unknown keywords: ${MODULE_UNPARSED_ARGUMENTS}")
  endif()
  set(destination ${CMAKE_BINARY_DIR}/installed)
  if(MODULE_WITH_SUBDIR)
    get_filename_component(folder ${CMAKE_CURRENT_SOURCE_DIR} NAME)
    set(destination ${destination}/${folder})
  endif()
  foreach(file IN LISTS MODULE_SCRIPTS MODULE_RESOURCES)
    get_filename_component(folder ${destination}/${file} DIRECTORY)
    if(EXISTS ${destination}/${file})
      message(FATAL_ERROR "Two modules install ${file}")
    endif()
    file(COPY ${CMAKE_CURRENT_SOURCE_DIR}/${file} DESTINATION ${folder})
  endforeach()
endfunction()

function(slicer_add_python_unittest)
  cmake_parse_arguments(TEST "" "SCRIPT" "" ${ARGN})
  file(APPEND ${CMAKE_BINARY_DIR}/unittests.txt "${TEST_SCRIPT}\\n")
endfunction()
"""
CPACK = """
foreach(file IN ITEMS "${EXTENSION_README_FILE}" "${EXTENSION_LICENSE_FILE}")
  if(NOT EXISTS "${file}")
    message(FATAL_ERROR "${file} does not exist")
  endif()
endforeach()
"""
# The extension has no compiled part: its project() must not look for a compiler here.
TOP_LEVEL = """
cmake_minimum_required(VERSION 3.16)
project(SlicerStandIn NONE)
macro(project)
endmacro()
add_subdirectory("${EXTENSION}" extension)
"""


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build folder of the extension, configured by the real cmake."""
    cmake = shutil.which("cmake", path=str(Path(sys.executable).parent)) or shutil.which("cmake")
    if cmake is None:
        pytest.skip("cmake is not installed")
    source = tmp_path_factory.mktemp("slicer")
    files = {
        "CMakeLists.txt": TOP_LEVEL,
        "SlicerConfig.cmake": SLICER_CONFIG,
        "UseSlicer.cmake": USE_SLICER,
        "CPack.cmake": CPACK,
        "Empty.cmake": "",
    }
    for name, text in files.items():
        (source / name).write_text(text)
    options = [f"-DEXTENSION={ROOT.as_posix()}", f"-DSlicer_DIR={source.as_posix()}"]
    # Nothing is compiled, so any program will do for make.
    options += ["-DBUILD_TESTING=ON", "-G", "Unix Makefiles", f"-DCMAKE_MAKE_PROGRAM={cmake}"]
    command = [cmake, "-S", str(source), "-B", str(source / "build"), *options]
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return source / "build"


def test_extension_installs_every_file(build: Path) -> None:
    expected = {f"VoCoLib/{name}" for name in package_files("VoCoLib")}
    expected |= {name for module in MODULES for name in package_files(module)}
    installed = (path for path in (build / "installed").rglob("*") if path.is_file())
    assert {path.relative_to(build / "installed").as_posix() for path in installed} == expected


def test_extension_runs_the_module_tests(build: Path) -> None:
    scripts = (build / "unittests.txt").read_text().split()
    assert sorted(scripts) == sorted(f"{module}.py" for module in MODULES)


def test_wheel_holds_every_file(tmp_path: Path) -> None:
    """Library and browser front end, and of the modules the rooms without Qt."""
    source = tmp_path / "source"
    libs = [f"{module}/{module}Lib" for module in MODULES]
    for name in ("VoCoLib", "VoCoView", *libs):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, source / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE.txt"):
        shutil.copy(ROOT / name, source)
    code = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
    command = [sys.executable, "-c", code, str(tmp_path)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    wanted = {f"{name}/{file}" for name in ("VoCoLib", "VoCoView") for file in package_files(name)}
    for module, lib in zip(MODULES, libs, strict=True):
        for file in package_files(lib):
            if not file.startswith(("sections/", "installation/")):
                wanted.add(f"{module}Lib/{file}")
    assert {name for name in names if ".dist-info/" not in name} == wanted


def test_every_import_is_declared() -> None:
    extras = PROJECT["optional-dependencies"]
    optional = (extras[name] for name in ("openvino", "ray", "serve", "mlflow", "wandb", "shards"))
    library = [*PROJECT["dependencies"], *(one for extra in optional for one in extra)]
    check_imports("VoCoLib", library)
    check_imports("VoCoView", [*library, *extras["view"]])


def check_imports(package: str, requirements: list[str]) -> None:
    """Asserts that a package imports only itself, what it stands on, and what is required."""
    declared = {normalized(requirement) for requirement in requirements}
    own = {"vocolib", "vocoview", *(f"{module}lib".lower() for module in MODULES)}
    for path in (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in {name.split(".")[0] for name in names} - {*sys.stdlib_module_names}:
                needed = normalized(IMPORT_NAMES.get(name, name))
                assert needed in declared | own, f"{path.name} imports {name}"


def test_constraints_pin_every_requirement() -> None:
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = {normalized(line) for line in constraints if "==" in line}
    extras = PROJECT["optional-dependencies"]
    requirements = [*PROJECT["dependencies"], *(one for extra in extras.values() for one in extra)]
    assert {normalized(requirement) for requirement in requirements} <= pins


# the container


def test_the_container_copies_what_is_there() -> None:
    """Each file that it takes exists and is not kept back by .dockerignore; it is not root's."""
    lines = (ROOT / "Containerfile").read_text(encoding="utf-8").splitlines()
    sources = [name for line in lines if line.startswith("COPY") for name in line.split()[1:-1]]
    passed = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "VoCoLib" in sources and passed[0] == "*"
    for name in sources:
        assert (ROOT / name).exists() and f"!{name}" in passed
    users = [line.split()[1] for line in lines if line.startswith("USER")]
    assert users == ["1000"]
