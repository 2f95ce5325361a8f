"""The demonstration: a synthetic CT is made, segmented, measured, scored and drawn."""

from __future__ import annotations

from pathlib import Path

from VoCoLib.evaluation.scores import LabelScore, evaluate
from VoCoLib.events import EventSink, event
from VoCoLib.figures.overview import draw_overview
from VoCoLib.files import write_atomically
from VoCoLib.images.nibabel_parts import nib
from VoCoLib.images.phantom import DEMO_SEED, make_phantom
from VoCoLib.images.volumes import read_label_map
from VoCoLib.inference.batch import Choice, segment_file
from VoCoLib.inference.segmentation import Segmenter


def run_demonstration(segmenter: Segmenter, folder: Path, sink: EventSink) -> list[LabelScore]:
    """Writes phantom_ct.nii.gz, phantom.seg.nrrd, phantom.csv and overview.png into folder.

    Returns:
        the scores against the phantom's truth.

    Raises:
        VoCoError: as segment_file does.
    """
    phantom = make_phantom(DEMO_SEED)
    image = nib.Nifti1Image(phantom.image, phantom.affine)
    ct = folder / "phantom_ct.nii.gz"
    write_atomically(ct, lambda path: nib.save(image, path))
    segmentation = folder / "phantom.seg.nrrd"
    segment_file(lambda *_: Choice(segmenter), ct, segmentation, sink)
    labels, _ = read_label_map(segmentation)
    table = segmenter.recipe.labels
    scores = evaluate(labels, phantom.label, phantom.affine, table)
    overview = folder / "overview.png"
    title = "VoCo demonstration: synthetic CT, model demo-torso"
    draw_overview(phantom.image, labels, phantom.affine, table, overview, title, scores)
    sink(event("log", message=f"Drew {overview}"))
    return scores
