"""What the workers of test_cluster choose their model with."""

from __future__ import annotations

import psutil

from VoCoLib.inference.batch import Choice
from VoCoLib.inference.segmentation import Segmenter
from VoCoLib.models.catalogue import Catalogue
from VoCoLib.models.loading import find_model, load_segmenter


class Demonstration:
    """Chooses the bundled model; a CT called deadly ends its process."""

    def __init__(self) -> None:
        self.segmenter: Segmenter | None = None

    def __call__(self, ct: str, *_: object) -> Choice:
        if ct.startswith("deadly"):
            psutil.Process().kill()
        if self.segmenter is None:
            found = find_model(Catalogue(), "demo-torso")
            self.segmenter = load_segmenter(*found, lambda _: None, "cpu", "float32", "pytorch")
        return Choice(self.segmenter, None, model="demo-torso")
