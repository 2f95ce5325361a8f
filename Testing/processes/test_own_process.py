"""Tests of what is hidden from imports in VoCo's own processes."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from split_process import SplitProcess

from VoCoLib.processes import own_process
from VoCoLib.processes.own_process import without_packages


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "tried_out").mkdir()
    (tmp_path / "tried_out" / "__init__.py").write_text("value = 3")
    (tmp_path / "tried_out" / "part.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("tried_out", "tried_out.part"):
        monkeypatch.setitem(sys.modules, name, sys)  # so that both are gone afterwards
        monkeypatch.delitem(sys.modules, name)
    return "tried_out"


def test_hidden_for_a_while_and_in_one_thread(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_process, "_own", True)
    found = []
    with without_packages(frozenset({package})):
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module(package)
        other = threading.Thread(target=lambda: found.append(importlib.import_module(package)))
        other.start()
        other.join()
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module(f"{package}.part")
    assert found[0].value == 3
    importlib.import_module(f"{package}.part")


def test_nothing_is_hidden_in_a_process_of_somebody_else(package: str) -> None:
    with without_packages(frozenset({package})):
        assert importlib.import_module(package).value == 3


@pytest.mark.parametrize("program", ["worker.process", "training.jobs.process", "__main__"])
def test_threads_spin_less_before_torch_is_imported(program: str) -> None:
    code = (
        f"import contextlib, os, sys, VoCoLib.{program} as program\n"
        "with contextlib.suppress(SystemExit, IndexError):\n"
        "    program.main()\n"  # which misses its arguments
        "print(os.environ['GOMP_SPINCOUNT'], 'torch' in sys.modules)\n"
    )
    environment = {k: v for k, v in os.environ.items() if k != "GOMP_SPINCOUNT"}
    command = [sys.executable, "-c", code]
    said = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    assert said.stdout.splitlines()[-1] == "1000 False"


@pytest.fixture(scope="module")
def in_voco(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], None]]:
    """Runs code in a process of voco that has imported VoCoLib.__main__ and torch, no more."""
    begun = "import VoCoLib.__main__, torch\n"
    with SplitProcess(begun, tmp_path_factory.mktemp("pipes")) as process:

        def run(code: str) -> None:
            child = process.start(code)
            child.communicate()
            assert child.returncode == 0

        yield run


def test_what_reads_other_formats_is_not_imported_for_nifti(
    in_voco: Callable[[str], None],
) -> None:
    in_voco(
        "import sys, VoCoLib.inference.batch, VoCoLib.training.data.preparing\n"
        "assert 'nibabel' in sys.modules\n"
        "assert not {'SimpleITK', 'pydicom'} & {*sys.modules}\n"
        "import nibabel, pydicom\n"  # which are whole
        "assert nibabel.nifti1.extension_codes.code['dicom'] == 2 and pydicom.dcmread\n"
    )


@pytest.mark.parametrize(
    "first",
    [
        "from torch._dynamo.utils import counters",
        "torch._dynamo.config.verbose = False",
        # others of these two kinds: by import, by attribute
        pytest.param("import torch._dynamo.config", marks=pytest.mark.long),
        pytest.param(
            "import importlib.util; assert importlib.util.find_spec('torch._dynamo')",
            marks=pytest.mark.long,
        ),
        pytest.param("torch._dynamo.disable(print)", marks=pytest.mark.long),
        pytest.param("torch._dynamo.trace_rules.lookup", marks=pytest.mark.long),
    ],
)
def test_what_is_compiled_gets_the_compiler(in_voco: Callable[[str], None], first: str) -> None:
    in_voco(
        "import sys, torch\n"
        f"{first}\n"
        "torch._dynamo.config.cache_size_limit = 3\n"
        "double = torch.compile(lambda x: x * 2, backend='eager')\n"
        "assert double(torch.ones(3)).tolist() == [2, 2, 2]\n"
        "assert torch._dynamo.utils.counters['frames']['ok'] == 1\n"
        "compiler = sys.modules['torch._dynamo']\n"
        "assert torch._dynamo is compiler and compiler.config.cache_size_limit == 3\n"
        "modules = {k: v for k, v in sys.modules.items() if k.startswith('torch._dynamo.')}\n"
        "for name, module in modules.items():\n"
        "    spec = getattr(module, '__spec__', compiler.__spec__)\n"
        "    assert spec.origin, name\n"
        "    config = getattr(module, 'config', compiler.config)\n"
        "    assert config.__name__ != 'torch._dynamo.config' or config is compiler.config, name\n"
    )


def test_a_command_of_voco_trains_without_what_monai_and_torch_try_out(
    in_voco: Callable[[str], None],
) -> None:
    in_voco(
        "import sys, torch\n"
        "from functools import partial\n"
        "from torch.utils import checkpoint\n"
        "from VoCoLib.networks.swin_unetr import build_network\n"
        "assert 'monai' in sys.modules and 'matplotlib' not in sys.modules\n"
        "optimizer = torch.optim.AdamW([weight := torch.ones(1, requires_grad=True)])\n"
        "kept = partial(checkpoint.create_selective_checkpoint_contexts, lambda *_: True)\n"
        "loss = checkpoint.checkpoint(torch.sin, weight, use_reentrant=False, context_fn=kept)\n"
        "loss.backward()\n"
        "optimizer.step()\n"
        "optimizer.zero_grad()\n"
        "optimizer.load_state_dict(optimizer.state_dict())\n"
        "store = torch.distributed.HashStore()\n"
        "torch.distributed.init_process_group('gloo', store=store, rank=0, world_size=1)\n"
        "shared = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(2, 1))\n"
        "shared(torch.ones(1, 2)).backward()\n"
        "assert not any(name.startswith('torch._dynamo.') for name in sys.modules)\n"
        "import scipy.signal, matplotlib.pyplot\n"
    )
