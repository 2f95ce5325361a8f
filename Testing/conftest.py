"""Fixtures and paths shared by the tests; the process that only deals them out loads no torch."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import pytest
from half_precision import quick_bfloat16  # noqa: F401
from host.fixtures import _host, host  # noqa: F401
from pip_environment import wheels  # noqa: F401
from places import TESTING

from VoCoLib.recipe import Code, Label, Preprocessing, Recipe

if TYPE_CHECKING:
    import torch

CODE = Code("SCT", "91723000", "Anatomical Structure")

# By minutes, so that both processes of the suite end at about the same time.
LONGEST = ("segmentation_module", "pretrain_module", "training", "worker", "cli", "method")


# Of Slicer's side, and of the page of voco view, which have their own pins.
TOLD = ("slicer-core", "PySide6-Essentials", "trame", "trame-rca", "trame-vuetify", "selenium")


def pytest_report_header() -> list[str]:
    """With which packages Slicer's classes and the page are tested, or that they are missing."""
    return [", ".join(f"{name} {_version(name)}" for name in TOLD)]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Rooms that take minutes come first."""

    def place(item: pytest.Item) -> int:
        room = item.path.relative_to(TESTING).parts[0]
        return LONGEST.index(room) if room in LONGEST else len(LONGEST)

    items.sort(key=place)  # a file's tests stay together, in their order


def make_recipe(foreground_crop: bool = False, spacing: tuple = (3.0, 3.0, 3.0)) -> Recipe:
    """A segmentation recipe with three structures and small windows."""
    labels = tuple(Label(v, f"Structure {v}", CODE, CODE, (80 * v, 20, 20)) for v in (1, 2, 3))
    window = Preprocessing(spacing, (-175.0, 250.0), (64, 32, 32), foreground_crop)
    return Recipe("segmentation", "tiny", "current", window, labels)


@pytest.fixture(scope="session", autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A user's folder of the tests' own: models, prepared volumes, queues; and no other servers."""
    with pytest.MonkeyPatch.context() as patch:
        # what this machine tells pip, the downloads and every program about network and terminal
        for name in list(os.environ):
            if name.upper().endswith("_PROXY") or name.startswith(("PIP_", "HF_")):
                patch.delenv(name)
        for name in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"):
            patch.delenv(name, raising=False)
        patch.setenv("PIP_CONFIG_FILE", os.devnull)
        patch.setenv("VOCO_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="session")
def network() -> torch.nn.Module:
    """A randomly initialised tiny network of four classes."""
    import torch

    from VoCoLib.networks.swin_unetr import build_network

    torch.manual_seed(0)
    return build_network("tiny", 4, "current").eval()


@pytest.fixture(scope="session")
def stock_network(network: torch.nn.Module) -> torch.nn.Module:
    """MONAI's own network with the same weights."""
    from monai.networks.nets import SwinUNETR

    stock = SwinUNETR(in_channels=1, out_channels=4, feature_size=12, use_v2=True)
    stock.load_state_dict(network.state_dict())
    return stock.eval()
