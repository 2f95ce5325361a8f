"""What 8-bit integers cost: Dice of openkbp-headneck, quantised after training, on unseen patients.

    pip install nncf
    python Testing/Experiments/int8.py --data FOLDER

The network is quantised by NNCF with windows of training patients; first and last layers and the
rest are its choice. Prints mean Dice and the largest loss of a structure against float32.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import nibabel
import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "Testing" / "Experiments")]

from fewer_windows import score  # noqa: E402
from package_bundled_models import openkbp_patients  # noqa: E402

from VoCoLib.images.geometry import resampling, to_ras  # noqa: E402
from VoCoLib.images.preprocessing import full_box  # noqa: E402
from VoCoLib.inference.execution import Executor  # noqa: E402
from VoCoLib.inference.openvino_engine import OpenVinoEngine  # noqa: E402
from VoCoLib.inference.segmentation import Segmenter, _NetworkImage  # noqa: E402
from VoCoLib.inference.sliding_window import window_layout  # noqa: E402
from VoCoLib.models.catalogue import Catalogue  # noqa: E402
from VoCoLib.networks.loading import load_segmentation_network  # noqa: E402
from VoCoLib.networks.openvino_graph import openvino_graph  # noqa: E402
from VoCoLib.networks.quiet_openvino import openvino  # noqa: E402
from VoCoLib.recipe import Recipe  # noqa: E402

PATIENTS = 12


def windows(data: Path, network: torch.nn.Module, recipe: Recipe) -> Iterator[np.ndarray]:
    """Windows (1, 1, x, y, z) of the first training patients."""
    executor = Executor(network, recipe, "cpu", "float32", "pytorch")
    splits = json.loads((data / "splits.json").read_text(encoding="utf-8"))
    for item in splits["train"][:PATIENTS]:
        image = nibabel.load(data / item["image"])
        ras, affine = to_ras(np.asanyarray(image.dataobj), image.affine)
        grid = resampling(ras.shape, affine, recipe.preprocessing.spacing)
        whole = _NetworkImage(ras, affine, recipe, executor).slab(0, grid.network_shape[2])
        layout = window_layout(full_box(whole.shape), recipe.preprocessing)
        for _, starts in list(layout.layers())[::2]:
            for start in starts[::2]:
                box = tuple(slice(max(s.start, 0), s.stop) for s in layout.window_in_grid(start))
                window = torch.zeros(recipe.preprocessing.patch)
                cut = whole[box]
                window[tuple(slice(0, n) for n in cut.shape)] = cut
                yield window[None, None].numpy()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    args = parser.parse_args()
    import nncf  # after OpenVINO, which it imports, too

    recipe = Catalogue().get("openkbp-headneck").recipe
    assert recipe is not None
    path = ROOT / "VoCoLib" / "Resources" / "Models" / "openkbp-headneck.safetensors"
    network = load_segmentation_network(path, recipe)[0]
    graph = openvino_graph(network, recipe.preprocessing.patch)
    crops = list(windows(args.data, network, recipe))
    transformer = nncf.ModelType.TRANSFORMER
    quantised = nncf.quantize(
        graph, nncf.Dataset(crops), subset_size=len(crops), model_type=transformer
    )
    exact: list[np.ndarray] = []
    before: dict[str, float] = {}
    for name in ("float32", "int8"):
        segmenter = Segmenter(network, recipe, "cpu", "float32", "", "openvino")
        if name == "int8":
            engine = OpenVinoEngine(network, recipe.preprocessing.patch, "float32")
            config = {"INFERENCE_NUM_THREADS": torch.get_num_threads()}
            compiled = openvino.Core().compile_model(quantised, "CPU", config)
            engine._request = compiled.create_infer_request()
            segmenter._executor._compiled = engine
        dice, mean, agreement, _ = score(segmenter, openkbp_patients(args.data), exact)
        before = before or dice
        worst, loss = max(((n, before[n] - d) for n, d in dice.items()), key=lambda item: item[1])
        print(f"{name}: mean Dice {mean:.4f}, largest loss {loss:.4f} ({worst}), {agreement:.3%}")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
