"""What one model needs beside its weights: network, preprocessing and label table."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Merging = Literal["legacy", "current"]
Task = Literal["segmentation", "pretraining"]

FEATURE_SIZES = {"tiny": 12, "B": 48, "L": 96, "H": 192}

# Slicer's terminology that holds every category, type and modifier of the label tables.
TERMINOLOGY_CONTEXT = "Segmentation category and type - DICOM master list"


@dataclass(frozen=True)
class Preprocessing:
    """How a CT becomes the network's input.

    Attributes:
        spacing: voxel size along R, A, S in mm.
        hu_window: HU that become 0 and 1; values outside are clipped.
        patch: size of a sliding window in voxels along R, A, S; multiples of 32.
        foreground_crop: cut to the box of voxels above the window's lower end before the windows
            are laid out (MONAI's CropForegroundd).
        overlap: share of a window that its neighbour repeats, 0 <= overlap < 1.
    """

    spacing: tuple[float, float, float]
    hu_window: tuple[float, float]
    patch: tuple[int, int, int] = (96, 96, 96)
    foreground_crop: bool = True
    overlap: float = 0.5

    def __post_init__(self) -> None:
        if len(self.spacing) != 3 or not all(0.1 <= s <= 20 for s in self.spacing):
            raise ValueError(f"spacing must be three sizes of 0.1 to 20 mm, not {self.spacing}")
        if len(self.hu_window) != 2 or not self.hu_window[0] < self.hu_window[1]:
            raise ValueError(f"hu_window must be (lower, upper), not {self.hu_window}")
        # the network halves a patch five times and normalises over what is left: more than a voxel
        if (
            len(self.patch) != 3
            or any(p < 32 or p % 32 for p in self.patch)
            or max(self.patch) < 64
        ):
            raise ValueError(
                f"patch must be multiples of 32, one of them 64 or more, not {self.patch}"
            )
        if not 0 <= self.overlap < 1:
            raise ValueError(f"overlap must be in [0, 1), not {self.overlap}")


@dataclass(frozen=True)
class Code:
    """One concept of a coding scheme, e.g. SCT (SNOMED CT) 10200004 Liver."""

    scheme: str
    value: str
    meaning: str


@dataclass(frozen=True)
class Label:
    """One structure that a model segments.

    Attributes:
        value: voxel value in a label map, 1 or more.
        name: English name, as shown to the user.
        category, type, modifier: SNOMED CT codes as DICOM segmentation terminology uses them.
        color: recommended display colour, red, green, blue, each 0 to 255.
        pieces: how many pieces it has at most, in all cases that its model was trained on; None:
            nobody counted, or it varies.
    """

    value: int
    name: str
    category: Code
    type: Code
    color: tuple[int, int, int]
    modifier: Code | None = None
    pieces: int | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.value <= 255:
            raise ValueError(f"label value must be 1 to 255, not {self.value}")
        if self.pieces is not None and not (isinstance(self.pieces, int) and self.pieces >= 1):
            raise ValueError(f"pieces of {self.name} must be 1 or more, not {self.pieces}")
        if len(self.color) != 3 or not all(0 <= c <= 255 for c in self.color):
            raise ValueError(f"colour of {self.name} must be three numbers of 0 to 255")


@dataclass(frozen=True)
class Recipe:
    """Everything that turns a file of weights into a usable model.

    Attributes:
        task: "segmentation", or "pretraining" for an encoder without a decoder.
        preset: "tiny", "B", "L" or "H": SwinUNETR (use_v2) of feature size 12, 48, 96 or 192.
        merging: PatchMerging the weights were trained with: "legacy" (MONAI <= 1.4) or "current".
        preprocessing: see there.
        labels: structures in the order of the output channels 1, 2, ...; empty for pre-training.
    """

    task: Task
    preset: str
    merging: Merging
    preprocessing: Preprocessing
    labels: tuple[Label, ...] = field(default=())

    def __post_init__(self) -> None:
        if self.task not in ("segmentation", "pretraining"):
            raise ValueError(f"task must be segmentation or pretraining, not {self.task}")
        if self.preset not in FEATURE_SIZES:
            raise ValueError(f"preset must be one of {', '.join(FEATURE_SIZES)}, not {self.preset}")
        if self.merging not in ("legacy", "current"):
            raise ValueError(f"merging must be legacy or current, not {self.merging}")
        if (self.task == "segmentation") != bool(self.labels):
            raise ValueError("a segmentation model needs labels, a pre-trained encoder has none")
        if [label.value for label in self.labels] != list(range(1, len(self.labels) + 1)):
            raise ValueError("label values must be 1, 2, 3, ... in the order of the channels")

    @property
    def out_channels(self) -> int:
        """Output channels: the background and one per label."""
        return 1 + len(self.labels)

    def to_json(self) -> dict[str, Any]:
        """A dictionary that json can write and recipe_from_json reads."""
        data = asdict(self)
        for label in data["labels"]:
            if label["pieces"] is None:  # version 0.1.0 does not know it
                del label["pieces"]
        return data


def recipe_from_json(data: dict[str, Any]) -> Recipe:
    """Builds a Recipe from a parsed JSON object.

    Raises:
        ValueError: a field is missing, unknown or out of range; the message names it.
    """
    try:
        preprocessing = dict(data["preprocessing"])
        for key in ("spacing", "hu_window", "patch"):
            if key in preprocessing:
                preprocessing[key] = tuple(preprocessing[key])
        fields = {**data, "preprocessing": Preprocessing(**preprocessing)}
        fields["labels"] = tuple(_label(item) for item in data.get("labels", ()))
        return Recipe(**fields)
    except KeyError as error:
        raise ValueError(f"{error.args[0]} is missing") from error
    except (TypeError, AttributeError) as error:
        raise ValueError(str(error).replace("__init__() ", "")) from error


def _label(data: dict[str, Any]) -> Label:
    fields = dict(data)
    for key in ("category", "type", "modifier"):
        if fields.get(key) is not None:
            fields[key] = Code(**fields[key])
    fields["color"] = tuple(fields["color"])
    return Label(**fields)


def kept_labels(labels: tuple[Label, ...], structures: Collection[str] | None) -> tuple[Label, ...]:
    """The labels that structures names, in the model's order; all for None."""
    return tuple(label for label in labels if structures is None or label.name in structures)
