"""What a fine-tuning learns from which cases, settled when it begins and kept in plan.json."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from VoCoLib.errors import InputError, OutputError
from VoCoLib.evaluation.files import case_name
from VoCoLib.evaluation.scores import read_not_contoured
from VoCoLib.files import read_json, reason_of, write_json
from VoCoLib.images.label_names import LabelNames, names_of
from VoCoLib.images.mask_files import masks_in, structure_of
from VoCoLib.models.label_tables import read_ignored, read_names
from VoCoLib.recipe import Recipe, recipe_from_json
from VoCoLib.structure_names import words_of
from VoCoLib.training.data.contents import find_again
from VoCoLib.training.data.datasets import Case, described_cases, find_cases, has_group
from VoCoLib.training.finetuning.settings import AUTO, FinetuningSettings, split_names
from VoCoLib.training.random_streams import HELD_BACK, generator
from VoCoLib.training.run import count_held_back


@dataclass(frozen=True)
class PlannedCase:
    """A case of a run.

    Attributes:
        image, label: paths.
        not_contoured: classes that nobody contoured in it.
        present: classes with voxels on the network's grid.
        content: see content_of; empty in a run of an earlier version.
    """

    image: str
    label: str
    not_contoured: tuple[int, ...] = ()
    present: tuple[int, ...] = ()
    content: str = ""

    @property
    def case(self) -> Case:
        """As the cache and the reader take it."""
        return Case(Path(self.image), Path(self.label))


@dataclass(frozen=True)
class Plan:
    """What a run learns from which cases.

    Attributes:
        recipe: of the model to be; its labels are the classes 1, 2, ...
        values: the value in the label maps of each class.
        names: of all values that may occur in the label maps; those of no class are background.
        licence: of the weights that it starts from.
        training, validation: cases to learn from, and to be segmented and scored.
        data: where they were found; empty in a run of an earlier version.
    """

    recipe: Recipe
    values: tuple[int, ...]
    names: LabelNames
    licence: str = ""
    training: tuple[PlannedCase, ...] = ()
    validation: tuple[PlannedCase, ...] = ()
    data: str = ""


def write_plan(path: Path, plan: Plan) -> None:
    """Writes what read_plan reads; raises OutputError."""
    try:
        write_json(path, asdict(plan))
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {reason_of(error)}.") from error


def read_plan(path: Path) -> Plan:
    """The plan of a run.

    Raises:
        InputError: the file was changed or is damaged.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        recipe = recipe_from_json(data["recipe"])
        return Plan(
            recipe,
            tuple(data["values"]),
            _read_label_names(data, recipe),
            data["licence"],
            tuple(_planned_case(item) for item in data["training"]),
            tuple(_planned_case(item) for item in data["validation"]),
            data.get("data", ""),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path} cannot be read: {error}.", "Begin a new run.") from error


def _read_label_names(data: dict[str, Any], recipe: Recipe) -> LabelNames:
    if "names" in data:
        pairs = tuple((value, name) for value, name in data["names"]["names"])
        return LabelNames(**{**data["names"], "names": pairs})
    learned = {value: x.name for value, x in zip(data["values"], recipe.labels, strict=True)}
    # a run of version 0.1.0, which did not keep the names of what is not learned
    return names_of({value: learned.get(value, f"value {value}") for value in data["named"]})


def _planned_case(item: dict[str, Any]) -> PlannedCase:
    lists = {name: tuple(item[name]) for name in ("not_contoured", "present")}
    return PlannedCase(**{**item, **lists})


def move_plan(plan: Plan, data: str) -> Plan:
    """The plan with its cases where the data set is now.

    Raises:
        InputError: a case is not there, or has changed.
    """
    planned = [*plan.training, *plan.validation]
    known = [(case.case, case.content) for case in planned]
    listed = Path(data)
    found = list(find_cases(listed))
    if has_group(listed, "validation"):
        found += find_cases(listed, "validation")
    again = [
        replace(case, image=str(now.image), label=str(now.label))
        for case, now in zip(planned, find_again(known, found), strict=True)
    ]
    count = len(plan.training)
    return replace(plan, training=(*again[:count],), validation=(*again[count:],), data=data)


def choose_structures(settings: FinetuningSettings) -> tuple[dict[int, str], dict[int, str]]:
    """All values of the label maps with their names, and those to be learned.

    Raises:
        InputError: there are no names, or no such structure.
    """
    names, _, _ = _named(settings)
    wanted = split_names(settings.structures)
    if not wanted:
        return names, names
    values = {words_of(name): value for value, name in names.items()}
    for name in wanted:
        if words_of(name) not in values:
            raise InputError(
                f"There is no structure {name!r} in the data set.",
                f"It has: {', '.join(names.values())}.",
            )
    chosen = sorted(values[words_of(name)] for name in wanted)
    return names, {value: names[value] for value in chosen}


def label_names(settings: FinetuningSettings) -> LabelNames:
    """What all values of the label maps mean; raises InputError as choose_structures does."""
    named, source, ignore = _named(settings)
    if Path(source).is_dir():  # of masks only those that are learned are read
        named = choose_structures(settings)[1]
    return names_of(named, source, ignore)


def _named(settings: FinetuningSettings) -> tuple[dict[int, str], str, int | None]:
    """The names of all values, who says so, and the ignored value."""
    path = _names_file(settings)
    if path is None:
        return _names_of_masks(Path(settings.data)), settings.data, None
    return read_names(path), str(path), read_ignored(path)


def _names_of_masks(data: Path) -> dict[int, str]:
    """The structures that any case has a mask of, numbered in the order of their names."""
    folders = {case.label for case in find_cases(data) if case.label and case.label.is_dir()}
    names = {
        words: structure_of(file)
        for folder in sorted(folders)
        for words, file in masks_in(folder).items()
    }
    if not names:
        raise InputError(
            f"Nothing names the labels of {data}: there is no dataset.json.",
            'Give a file with --labels: {"labels": {"1": "Liver", ...}}.',
        )
    if len(names) > 255:
        raise InputError(f"{data} has masks of {len(names)} structures.", "255 is the most.")
    return dict(enumerate(sorted(names.values()), start=1))


def _names_file(settings: FinetuningSettings) -> Path | None:
    """The file that names the labels: as given, DATA itself, or dataset.json near it."""
    data = Path(settings.data)
    if settings.labels:
        return Path(settings.labels)
    if data.suffix.lower() == ".json" and "labels" in _description(data):
        return data
    folders = [data, data.parent] if data.is_dir() else [data.parent]
    found = [path for folder in folders if (path := folder / "dataset.json").is_file()]
    return found[0] if found else None


def choose_cases(
    settings: FinetuningSettings, tell: Callable[[str], None] = lambda line: None
) -> tuple[list[Case], list[Case], list[Case]]:
    """Labelled cases to train on and to hold back, and cases without a label map.

    tell receives what is left out of the data, in sentences.

    Raises:
        InputError: there are no cases, or none of them is labelled.
    """
    cases = find_cases(Path(settings.data), tell=tell)
    labelled = [case for case in cases if case.label is not None]
    if not labelled:
        raise InputError(
            f"None of the {len(cases)} cases of {settings.data} has a label map.",
            'Name label maps in the dataset.json ("label"), put them into labelsTr, or masks, one '
            "per structure, into a folder segmentations beside each CT.",
        )
    share = settings.validation_share
    own = None
    if settings.fold:
        part, parts = settings.part
        order = generator(settings.seed, HELD_BACK).permutation(len(labelled))
        own = [labelled[index] for index in sorted(order[part::parts])]
        tell(f"Held back is fold {settings.fold}: {len(own)} cases.")
    elif settings.validation == AUTO:
        own = own_validation(settings, labelled, tell)
    if own:
        held_back = own
    elif share is None:
        held_back = _listed(Path(settings.validation), labelled)
    else:
        order = generator(settings.seed, HELD_BACK).permutation(len(labelled))
        chosen = sorted(order[: count_held_back(share, len(labelled))])
        held_back = [labelled[index] for index in chosen]
    images = {case.image.resolve() for case in held_back}
    training = [case for case in labelled if case.image.resolve() not in images]
    if not training:
        raise InputError("All cases are held back for validation.", "Hold back fewer of them.")
    return training, held_back, [case for case in cases if case.label is None]


def own_validation(
    settings: FinetuningSettings, labelled: Sequence[Case], tell: Callable[[str], None]
) -> list[Case] | None:
    """The cases that the data set itself wants held back; None, and why, if it names none.

    They are the list "validation" of its JSON, its imagesVa, or the "val" of the first fold in
    nnU-Net's splits_final.json.

    Raises:
        InputError: a file cannot be read.
    """
    data = Path(settings.data)
    folder = data if data.is_dir() else data.parent
    for source in (data, folder / "dataset.json"):
        if source.exists() and has_group(source, "validation"):
            try:
                cases = _listed(source, labelled)
            except InputError as error:
                tell(f"The validation list of {source} is not used: {error.message}")
                return None
            tell(f"Held back are the {len(cases)} cases that {source} lists for validation.")
            return cases
    splits = folder / "splits_final.json"
    return _of_split(splits, labelled, tell) if splits.is_file() else None


def _of_split(
    splits: Path, labelled: Sequence[Case], tell: Callable[[str], None]
) -> list[Case] | None:
    """The cases that the first fold of nnU-Net's splits_final.json holds back."""
    content = read_json(splits)
    fold = content[0] if isinstance(content, list) and content else None
    wanted = fold.get("val") if isinstance(fold, dict) else None
    if not isinstance(wanted, list):
        tell(f'{splits} is not used: it has no "val" in its first fold.')
        return None
    known = {case_name(case.label): case for case in labelled if case.label}
    lacking = [str(name) for name in wanted if name not in known]
    if lacking:
        tell(f"{splits} is not used: {', '.join(lacking[:3])} is no labelled case.")
        return None
    tell(f"Held back are the {len(wanted)} cases of the first fold of {splits}.")
    return [known[name] for name in wanted]


def _listed(source: Path, labelled: Sequence[Case]) -> list[Case]:
    """The cases of a list; where that names no label maps, those of the data set."""
    listed = find_cases(source, "validation" if has_group(source, "validation") else "training")
    known = {case.image.resolve(): case for case in labelled}
    cases = [case if case.label else known.get(case.image.resolve()) for case in listed]
    for case, found in zip(listed, cases, strict=True):
        if found is None:
            raise InputError(
                f"{case.image}, which {source} lists for validation, is no labelled case of the "
                "data set.",
                "Correct the list.",
            )
    return [case for case in cases if case is not None]


def not_contoured(
    settings: FinetuningSettings,
    cases: Sequence[Case],
    named: dict[int, str],
    learned: dict[int, str],
) -> dict[Case, tuple[int, ...]]:
    """The classes that nobody contoured, by case; cases without any are left out.

    They are read from the CSV of the settings (see evaluation.read_not_contoured), else from lists
    "contoured" in a data set's JSON: {"image", "label", "contoured": ["Liver", ...]}. What neither
    says counts as contoured.

    Args:
        settings: of the run.
        cases: of the run.
        named, learned: see choose_structures.

    Raises:
        InputError: the table cannot be read, fits no case, or names an unknown structure.
    """
    source = settings.contoured or settings.data
    masks = _absent_masks(cases, named)
    if settings.contoured:
        names = _absent_by_table(Path(settings.contoured), cases)
    else:
        names = _absent_by_description(Path(settings.data), cases, named)
    known = {words_of(name) for name in named.values()}
    for case, absent in masks.items():
        names[case] = names.get(case, set()) | absent
    for case, absent in names.items():
        for name in absent:
            if words_of(name) not in known:
                raise InputError(
                    f"{source} says of {case.image.name} whether {name!r} was contoured, but there "
                    "is no such structure in the data set.",
                    f"It has: {', '.join(named.values())}. In a table, spaces separate names: "
                    "write those of several words together.",
                )
    words = {case: set(map(words_of, absent)) for case, absent in names.items()}
    classes = {words_of(name): index for index, name in enumerate(learned.values(), start=1)}
    found = {
        case: tuple(sorted(classes[name] for name in absent & classes.keys()))
        for case, absent in words.items()
    }
    return {case: absent for case, absent in found.items() if absent}


def _absent_masks(cases: Sequence[Case], named: dict[int, str]) -> dict[Case, set[str]]:
    """The structures that a folder of masks lacks: an empty mask says that one is not there."""
    found: dict[Case, set[str]] = {}
    for case in cases:
        if case.label is not None and case.label.is_dir():
            masks = masks_in(case.label)
            found[case] = {name for name in named.values() if words_of(name) not in masks}
    return found


def _absent_by_table(path: Path, cases: Sequence[Case]) -> dict[Case, set[str]]:
    """What a CSV says."""
    table = read_not_contoured(path)
    by_name: dict[str, set[Case]] = {}
    for case in cases:
        for file in filter(None, (case.image, case.label)):
            by_name.setdefault(case_name(file), set()).add(case)
    found: dict[Case, set[str]] = {}
    for name, absent in table.items():
        named_so = by_name.get(case_name(Path(name)), ())
        meant = [case for case in named_so if _lies_in(case, Path(name).parts[:-1])]
        if len(meant) > 1:
            raise InputError(
                f"{name} in {path} may mean "
                f"{' or '.join(sorted(str(case.image) for case in meant)[:2])}.",
                "Write the names of the folders, too.",
            )
        for case in meant:
            found.setdefault(case, set()).update(absent)
    if table and not found:
        raise _about_others(path, next(iter(table)))
    return found


def _about_others(path: Path, name: str) -> InputError:
    return InputError(
        f"{path} says what was contoured in {name} and others, but they are no cases of the run.",
        "Its names must be those of the image files.",
    )


def _lies_in(case: Case, folders: tuple[str, ...]) -> bool:
    """Whether the last folders of its image or label map are these."""
    parents = [path.parent.parts for path in (case.image, case.label) if path]
    return any(parts[len(parts) - len(folders) :] == folders for parts in parents)


def _absent_by_description(
    data: Path, cases: Sequence[Case], named: dict[int, str]
) -> dict[Case, set[str]]:
    """What the data set's JSON says; names that it has and the data set has not are among them."""
    description = data / "dataset.json" if data.is_dir() else data
    if description.suffix.lower() != ".json" or not description.is_file():
        return {}
    by_image = {case.image.resolve(): case for case in cases}
    known = set(map(words_of, named.values()))
    said = [(case, item) for case, item in described_cases(description) if "contoured" in item]
    found = {}
    for listed, item in said:
        case, contoured = by_image.get(listed.image.resolve()), item["contoured"]
        if case is None:
            continue
        if not isinstance(contoured, list) or not all(isinstance(name, str) for name in contoured):
            raise InputError(
                f'"contoured" of {listed.image} in {description} is {json.dumps(contoured)}.',
                'It must be a list of names: ["Liver", ...].',
            )
        present = set(map(words_of, contoured))
        unknown = {name for name in contoured if words_of(name) not in known}
        found[case] = unknown | {n for n in named.values() if words_of(n) not in present}
    if said and not found:
        raise _about_others(description, str(said[0][0].image))
    return found


def _description(path: Path) -> dict[str, Any]:
    """The content of a data set's JSON file."""
    content = read_json(path)
    return content if isinstance(content, dict) else {}
