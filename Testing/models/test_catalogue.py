"""The catalogue: its files, strict reading, downloads from a local hub, import and removal."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from hub import CHUNK, COMMIT, CONTENT, Hub
from places import ROOT
from safetensors import safe_open
from safetensors.numpy import save

from VoCoLib.errors import ModelError, OutputError, WeightsError
from VoCoLib.locations import RESOURCES
from VoCoLib.models.catalogue import Catalogue
from VoCoLib.models.descriptions import Model, read_models, write_models
from VoCoLib.networks.checkpoints import save_checkpoint
from VoCoLib.networks.loading import load_segmentation_network
from VoCoLib.networks.swin_unetr import build_network
from VoCoLib.recipe import Recipe, recipe_from_json

SCHEMA = json.loads((RESOURCES / "models.schema.json").read_text(encoding="utf-8"))
SHIPPED = json.loads((RESOURCES / "models.json").read_text(encoding="utf-8"))
LABELS = json.loads((RESOURCES / "labels.json").read_text(encoding="utf-8"))
PUBLISHED = ["VoComni_B", "VoComni_L", "VoComni_H", "VoComni_nnunet"]
PUBLISHED += ["VoCo_B_SSL_head", "VoCo_L_SSL_head", "VoCo_H_SSL_head"]


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue(tmp_path / "modèles de Zoë")


# The shipped files


def test_shipped_files_follow_the_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(SHIPPED, SCHEMA)
    structure = {"$ref": "#/$defs/structure", "$defs": SCHEMA["$defs"]}
    for entry in LABELS["structures"].values():
        jsonschema.validate(entry, structure)


def test_import_needs_only_the_standard_library() -> None:
    heavy = "{'torch', 'monai', 'numpy', 'huggingface_hub', 'safetensors', 'tqdm'}"
    code = "import sys, VoCoLib.models.catalogue as c; c.Catalogue().models(); "
    code += f"print({heavy} & {{*sys.modules}})"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert result.stdout.strip() == "set()", result.stderr


def test_published_models(catalogue: Catalogue) -> None:
    listed = {model.id for model in catalogue.models() if model.source.kind == "huggingface"}
    assert listed == set(PUBLISHED)
    for model_id in PUBLISHED:
        model = catalogue.get(model_id)
        assert model.source.repository == "Luffy503/VoCo"
        assert model.source.filename == f"{model_id}.pt"
        assert catalogue.needs_consent(model)
        if model.recipe is not None:
            assert model.recipe.merging == "legacy"
            assert model.recipe.preset == model_id.split("_")[1]
            assert model.recipe.out_channels == (1 if model_id.endswith("head") else 21)
    assert catalogue.state(catalogue.get("VoComni_nnunet")) == "unsupported"


def test_labels_of_the_models(catalogue: Catalogue) -> None:
    names = {}
    for model_id in ("VoComni_B", "demo-torso", "openkbp-headneck"):
        recipe = catalogue.get(model_id).recipe
        assert recipe is not None
        names[model_id] = [label.name for label in recipe.labels]
    assert names["demo-torso"] == names["VoComni_B"][:13]
    assert names["VoComni_B"][0] == "Spleen" and names["VoComni_B"][19] == "Lung cancer"
    assert names["openkbp-headneck"][2:4] == ["Right parotid gland", "Left parotid gland"]
    for name, entry in LABELS["structures"].items():
        side = entry["modifier"] and entry["modifier"]["meaning"]
        assert name.split()[0] == side or side is None
        assert side is None or entry["modifier"]["value"] == {"Right": "24028007"}.get(
            side, "7771000"
        )


@pytest.mark.parametrize("model_id", ["demo-torso", "demo-torso-voco", "openkbp-headneck"])
def test_bundled_file_agrees_with_the_catalogue(catalogue: Catalogue, model_id: str) -> None:
    model = catalogue.get(model_id)
    if catalogue.state(model) == "missing":
        pytest.skip(f"{model.source.filename} is not there yet")
    with safe_open(str(catalogue.weights_path(model)), framework="numpy") as file:
        assert recipe_from_json(json.loads(file.metadata()["recipe"])) == model.recipe


# Strict reading


def _set(*path: Any, to: Any) -> Callable[[dict[str, Any]], None]:
    def change(model: dict[str, Any]) -> None:
        target: Any = model
        for key in path[:-1]:
            target = target[key]
        target[path[-1]] = to

    return change


def _drop(name: str) -> Callable[[dict[str, Any]], None]:
    return lambda model: model.pop(name)


BROKEN: list[tuple[str, Callable[[dict[str, Any]], None]]] = [
    ("title", _drop("title")),
    ("sha256", _drop("sha256")),
    ("colour", _set("colour", to="red")),
    ("id", _set("id", to="../../etc")),
    ("id", _set("id", to="")),
    ("title", _set("title", to=3)),
    ("licence", _set("licence", to="")),
    ("needs_licence_consent", _set("needs_licence_consent", to="yes")),
    ("size_bytes", _set("size_bytes", to=True)),
    ("size_bytes", _set("size_bytes", to=0)),
    ("sha256", _set("sha256", to="abc")),
    ("unsupported_reason", _set("unsupported_reason", to="no reason")),
    ("unsupported_reason", _set("recipe", to=None)),
    ("recipe", _set("recipe", to=[])),
    ("source", _set("source", to="https://example.org")),
    ("kind", _set("source", "kind", to="ftp")),
    ("filename", _set("source", "filename", to="a/b.pt")),
    ("repository", _set("source", "repository", to=None)),
    ("repository", _set("source", "repository", to="https://huggingface.co/a/b")),
    ("revision", _set("source", "revision", to="main")),
    ("repository", _set("source", "kind", to="bundled")),
    ("task", _set("recipe", "task", to="classification")),
    ("preset", _set("recipe", "preset", to="XL")),
    ("merging", _set("recipe", "merging", to=None)),
    ("labels", _set("recipe", "labels", to=[])),
    ("labels", _set("recipe", "labels", to="Spleen")),
    ("spacing", _set("recipe", "preprocessing", "spacing", to=[0, 1, 1])),
    ("patch", _set("recipe", "preprocessing", "patch", to=[96, 96, 100])),
    ("patch", _set("recipe", "preprocessing", "patch", to=[32, 32, 32])),
    ("overlap", _set("recipe", "preprocessing", "overlap", to=1)),
    ("sapcing", _set("recipe", "preprocessing", "sapcing", to=[1, 1, 1])),
]


def _broken_file(folder: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    document = copy.deepcopy(SHIPPED)
    change(next(model for model in document["models"] if model["id"] == "VoComni_B"))
    path = folder / "models.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


@pytest.mark.parametrize(("field", "change"), BROKEN)
def test_broken_entries_are_refused_by_reader_and_schema(
    tmp_path: Path, field: str, change: Callable[[dict[str, Any]], None]
) -> None:
    path = _broken_file(tmp_path, change)
    with pytest.raises(ModelError) as caught:
        read_models(path)
    changed = json.loads(path.read_text(encoding="utf-8"))
    model_id = changed["models"][3]["id"] or "number 4"
    for part in (str(path), model_id, field):
        assert part in str(caught.value)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(changed, SCHEMA)


def test_what_only_the_reader_can_see(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="VoCo_H_SSL_head: id is used twice"):
        read_models(_broken_file(tmp_path, _set("id", to="VOCO_h_ssl_head")))
    with pytest.raises(ModelError, match=r"'Splean' is not in labels\.json"):
        read_models(_broken_file(tmp_path, _set("recipe", "labels", 0, to="Splean")))
    with pytest.raises(ModelError, match="hu_window"):
        read_models(_broken_file(tmp_path, _set("recipe", "preprocessing", "hu_window", to=[9, 1])))


@pytest.mark.parametrize("text", ["", "[]", '{"models": 3}', "\x00"])
def test_a_file_that_is_no_catalogue_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "catalogue.json").write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match=r"catalogue\.json"):
        read_models(tmp_path / "catalogue.json")
    damaged = Catalogue(tmp_path)
    assert damaged.models() == Catalogue(tmp_path / "elsewhere").models()  # the shipped ones
    assert "catalogue.json" in damaged.remark and "found again: none" in damaged.remark
    (aside,) = tmp_path.glob("catalogue-damaged-*.json")
    assert aside.read_text(encoding="utf-8") == text and aside.name in damaged.remark
    again = Catalogue(tmp_path)
    again.models()
    assert not again.remark  # it was mended


def test_own_models_are_found_again(catalogue: Catalogue, own_weights: Path) -> None:
    """By their descriptions, else by what their weights say; what says nothing is named."""
    first = catalogue.import_file(own_weights, _accept, title="печень Müller")
    second = catalogue.import_file(own_weights, _accept, title="second")
    folders = catalogue.home / "models"
    (folders / second.id / "model.json").unlink()  # an older version wrote none
    (folders / "lost").mkdir()
    (folders / "lost" / "weights.pt").write_bytes(b"says nothing")
    (folders / "VoComni_B").mkdir()
    (folders / "VoComni_B" / "VoComni_B.pt").write_bytes(b"is not the user's own")
    user_file = catalogue.home / "catalogue.json"
    user_file.write_text(user_file.read_text(encoding="utf-8")[:-20], encoding="utf-8")
    damaged = Catalogue(catalogue.home)
    own = [model for model in damaged.models() if model.source.kind == "imported"]
    assert {(model.id, model.title) for model in own} == {
        (first.id, first.title),
        (second.id, second.id),
    }
    assert first in own
    assert damaged.weights_path(own[-1]).read_bytes() == own_weights.read_bytes()
    assert str(folders / "lost" / "weights.pt") in damaged.remark
    assert "VoComni" not in damaged.remark
    damaged.import_file(own_weights, _accept, title="third")
    assert len(Catalogue(catalogue.home).models()) == len(damaged.models())


def test_whole_entries_of_a_damaged_list_are_kept(catalogue: Catalogue, own_weights: Path) -> None:
    whole = catalogue.import_file(own_weights, _accept, title="whole")
    user_file = catalogue.home / "catalogue.json"
    document = json.loads(user_file.read_text(encoding="utf-8"))
    document["models"] += [{**document["models"][0], "id": "broken", "modality": "MR"}]
    user_file.write_text(json.dumps(document), encoding="utf-8")
    damaged = Catalogue(catalogue.home)
    assert [m for m in damaged.models() if m.source.kind == "imported"] == [whole]
    assert "modality" in damaged.remark


def test_a_list_that_cannot_be_mended_is_still_read(
    catalogue: Catalogue, own_weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = catalogue.import_file(own_weights, _accept)
    (catalogue.home / "catalogue.json").write_text("{", encoding="utf-8")

    def refuse(*_: object) -> None:
        raise PermissionError("read-only")

    monkeypatch.setattr("VoCoLib.models.own_models.shutil.copyfile", refuse)
    damaged = Catalogue(catalogue.home)
    assert own in damaged.models() and "kept as" not in damaged.remark


@pytest.mark.parametrize(
    ("titles", "ids"),
    [
        (["Studie Müller", "Studie Möller"], ["Studie-Muller", "Studie-Moller"]),
        (["печень", "肝脏", "!"], ["model", "model-2", "model-3"]),
        (["Fuß", "Fuss", "FUSS"], ["Fuss", "Fuss-2", "FUSS-3"]),
        (["x" * 200, "x" * 201], ["x" * 60, "x" * 60 + "-2"]),
        (["VoComni B", "VoComni_B"], ["VoComni-B", "VoComni-B-2"]),
        (["demo torso"], ["demo-torso-2"]),
    ],
)
def test_each_name_has_an_id_of_its_own(
    catalogue: Catalogue, own_weights: Path, titles: list[str], ids: list[str]
) -> None:
    models = [catalogue.import_file(own_weights, _accept, title=title) for title in titles]
    assert [model.title for model in models] == titles
    assert [model.id for model in models] == ids


def test_a_file_is_imported_twice(tmp_path: Path, catalogue: Catalogue, own_weights: Path) -> None:
    other = tmp_path / "печень.safetensors"
    other.write_bytes(own_weights.read_bytes())
    models = [catalogue.import_file(other, _accept) for _ in range(3)]
    assert [model.title for model in models] == ["печень", "печень (2)", "печень (3)"]
    assert catalogue.own("ПЕЧЕНЬ (2)") == models[1]
    assert catalogue.own("печень (4)") is None


def test_a_trained_model_says_what_from(tmp_path: Path, catalogue: Catalogue) -> None:
    recipe = catalogue.get("openkbp-headneck").recipe
    assert recipe is not None
    network = build_network(recipe.preset, recipe.out_channels, recipe.merging)
    run = tmp_path / "Kopf-Hals Müller"
    run.mkdir()
    (run / "config.json").write_text("{}", encoding="utf-8")
    training = {"start": "VoCo_B_SSL_head", "cases": 31, "held_back": 8, "dice": 0.8764}
    save_checkpoint(run / "model.safetensors", network.state_dict(), recipe, training)
    os.utime(run / "model.safetensors", (1764400000, 1764400000))
    for path in (run, run / "model.safetensors"):
        model = catalogue.import_file(path, _accept)
        assert model.title.startswith("Kopf-Hals Müller")
        assert model.description == (
            "Fine-tuned from VoCo_B_SSL_head on 31 CT, mean Dice 0.876 of 8 held back, 2025-11-29."
        )


def test_writing_and_reading_give_the_same_models(tmp_path: Path, catalogue: Catalogue) -> None:
    path = tmp_path / "copy.json"
    write_models(path, catalogue.models())
    assert read_models(path) == catalogue.models()
    jsonschema.validate(json.loads(path.read_text(encoding="utf-8")), SCHEMA)


def test_unknown_model_names_similar_ones(catalogue: Catalogue) -> None:
    with pytest.raises(ModelError, match="Did you mean VoComni_B"):
        catalogue.get("vocomni-b")
    with pytest.raises(ModelError, match="demo-torso, demo-torso-voco, openkbp-headneck"):
        catalogue.get("%%")


# Downloads, from a server that answers like huggingface.co


@pytest.fixture
def hub() -> Iterator[Hub]:
    server = Hub(CONTENT)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


CHILD = """
import json, sys
from pathlib import Path
from VoCoLib.models.catalogue import Catalogue
from VoCoLib.errors import VoCoError
home, model_id, cancel_after, accept = json.loads(sys.argv[1])
seen = []
try:
    path = Catalogue(Path(home)).download(
        model_id, lambda *done: seen.append(done), accept,
        lambda: cancel_after is not None and len(seen) >= cancel_after,
    )
    print(json.dumps({"path": str(path), "progress": seen}))
except VoCoError as error:
    print(json.dumps({"error": error.code, "message": str(error), "progress": seen}))
"""


def _download(
    catalogue: Catalogue,
    endpoint: Hub | str,
    model_id: str = "VoComni_B",
    cancel_after: int | None = None,
    accept: bool = True,
    **extra: str,
) -> dict[str, Any]:
    """Downloads in a process of its own: huggingface_hub reads its variables when imported."""
    url = endpoint if isinstance(endpoint, str) else f"http://127.0.0.1:{endpoint.server_port}"
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("HF_") and not name.lower().endswith("_proxy")
    }
    extra["HF_HOME"] = str(catalogue.home.parent / "hf")
    result = subprocess.run(
        [
            sys.executable,
            "-c",
            CHILD,
            json.dumps([str(catalogue.home), model_id, cancel_after, accept]),
        ],
        cwd=ROOT,
        env={**inherited, "PYTHONIOENCODING": "utf-8", "HF_ENDPOINT": url, **extra},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert result.stdout, result.stderr
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def test_interrupted_transfer_goes_on_and_is_recorded(catalogue: Catalogue, hub: Hub) -> None:
    hub.cut_after = CHUNK + 1000
    model = catalogue.get("VoComni_B")

    answer = _download(catalogue, hub)

    path = catalogue.weights_path(model)
    assert answer["path"] == str(path)
    assert path.read_bytes() == CONTENT
    assert answer["progress"][-1] == [len(CONTENT), len(CONTENT)]
    assert [wanted for method, _, wanted in hub.requests if method == "GET"] == [
        None,
        f"bytes={CHUNK}-",
    ]
    record = json.loads((path.parent / "record.json").read_text(encoding="utf-8"))
    assert record == {
        "sha256": hashlib.sha256(CONTENT).hexdigest(),
        "size_bytes": len(CONTENT),
        "commit": COMMIT,
        "licence_accepted": True,
    }
    assert sorted(file.name for file in path.parent.iterdir()) == ["VoComni_B.pt", "record.json"]
    assert catalogue.state(model) == "downloaded"
    assert catalogue.disk_use() == {"VoComni_B": len(CONTENT)}
    assert not catalogue.needs_consent(model)

    # Here and verified: nothing is asked of the server, nor of the user.
    hub.requests.clear()
    assert _download(catalogue, hub, accept=False)["path"] == str(path)
    assert hub.requests == []

    # Removed and downloaded again: of the commit of the first time.
    assert catalogue.remove("VoComni_B") == len(CONTENT)
    assert catalogue.state(model) == "not downloaded"
    assert "path" in _download(catalogue, hub, accept=False)
    assert hub.requests[0][1] == f"/Luffy503/VoCo/resolve/{COMMIT}/VoComni_B.pt"


def test_cancelled_download_goes_on_in_another_process(catalogue: Catalogue, hub: Hub) -> None:
    cancelled = _download(catalogue, hub, cancel_after=1)
    assert cancelled["error"] == "cancelled"
    assert catalogue.state(catalogue.get("VoComni_B")) == "not downloaded"
    assert catalogue.disk_use() == {"VoComni_B": CHUNK}

    assert "path" in _download(catalogue, hub)
    assert hub.requests[-1] == ("GET", "/cdn/file", f"bytes={CHUNK}-")
    assert catalogue.weights_path(catalogue.get("VoComni_B")).read_bytes() == CONTENT


def test_other_content_than_the_first_time_is_refused(catalogue: Catalogue, hub: Hub) -> None:
    path = Path(_download(catalogue, hub)["path"])
    record = (path.parent / "record.json").read_bytes()
    path.write_bytes(b"damaged")
    with pytest.raises(WeightsError, match="has 7 bytes instead of"):
        catalogue.weights_path(catalogue.get("VoComni_B"))

    hub.content = bytes(1000)
    hub.etag = "not-a-checksum"
    answer = _download(catalogue, hub)

    assert answer["error"] == "download_failed"
    assert hashlib.sha256(CONTENT).hexdigest() in answer["message"]
    assert path.read_bytes() == b"damaged"
    assert (path.parent / "record.json").read_bytes() == record
    assert len(list(path.parent.iterdir())) == 2


def test_content_that_does_not_match_its_published_checksum_is_refused(
    catalogue: Catalogue, hub: Hub
) -> None:
    hub.content = bytes(1000)
    answer = _download(catalogue, hub)
    assert answer["error"] == "download_failed" and hub.etag in answer["message"]
    assert catalogue.disk_use() == {}


def test_offline_mode_asks_nothing(catalogue: Catalogue, hub: Hub) -> None:
    answer = _download(catalogue, hub, HF_HUB_OFFLINE="1")
    assert answer["error"] == "download_failed"
    assert "HF_HUB_OFFLINE" in answer["message"] and "voco models import" in answer["message"]
    assert hub.requests == []


def test_no_server(catalogue: Catalogue) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        answer = _download(catalogue, url)
    assert answer["error"] == "download_failed"
    assert url in answer["message"] and "voco models import" in answer["message"]


def test_file_that_the_server_does_not_have(catalogue: Catalogue, hub: Hub) -> None:
    answer = _download(catalogue, hub, model_id="VoComni_L")
    assert answer["error"] == "download_failed" and "404" in answer["message"]


def test_server_that_is_no_hub(catalogue: Catalogue, hub: Hub) -> None:
    hub.commit = None
    answer = _download(catalogue, hub)
    assert answer["error"] == "download_failed" and "Hugging Face" in answer["message"]


def test_proxy_is_used(catalogue: Catalogue, hub: Hub) -> None:
    answer = _download(
        catalogue,
        "http://hub.invalid",
        HTTP_PROXY=f"http://127.0.0.1:{hub.server_port}",
        NO_PROXY="localhost",
    )
    assert "path" in answer
    assert hub.requests[0][1] == "http://hub.invalid/Luffy503/VoCo/resolve/main/VoComni_B.pt"


def test_no_download_without_consent_or_support(catalogue: Catalogue, hub: Hub) -> None:
    answer = _download(catalogue, hub, accept=False)
    assert answer["error"] == "download_failed" and "unverified" in answer["message"]
    answer = _download(catalogue, hub, model_id="VoComni_nnunet")
    assert answer["error"] == "bad_model" and "nnU-Net" in answer["message"]
    assert hub.requests == []
    assert not catalogue.home.exists()


# Import and removal


def _accept(path: Path, recipe: Recipe) -> None:
    assert path.is_file() and recipe.preset


def _refuse(path: Path, recipe: Recipe) -> None:
    raise WeightsError("does not fit")


def _fits(path: Path, recipe: Recipe) -> None:
    load_segmentation_network(path, recipe)


@pytest.fixture(scope="module")
def own_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model as VoCo writes it, with random weights."""
    recipe = Catalogue(Path("unused")).get("openkbp-headneck").recipe
    assert recipe is not None
    network = build_network(recipe.preset, recipe.out_channels, recipe.merging)
    path = tmp_path_factory.mktemp("own") / "Mein Modell für CT.safetensors"
    save_checkpoint(path, network.state_dict(), recipe, {})
    return path


def test_own_model_is_imported_and_removed(catalogue: Catalogue, own_weights: Path) -> None:
    model = catalogue.import_file(own_weights, _fits)

    assert (model.id, model.title) == ("Mein-Modell-fur-CT", "Mein Modell für CT")
    assert model.recipe == catalogue.get("openkbp-headneck").recipe
    again = Catalogue(catalogue.home)
    assert again.get(model.id) == model
    assert again.state(model) == "imported"
    assert again.weights_path(model).read_bytes() == own_weights.read_bytes()
    user_file = json.loads((catalogue.home / "catalogue.json").read_text(encoding="utf-8"))
    jsonschema.validate(user_file, SCHEMA)

    with pytest.raises(ModelError, match="already is a model"):
        catalogue.import_file(own_weights, _accept, model_id=model.id)
    assert catalogue.remove(model.id) == own_weights.stat().st_size
    assert model.id not in [known.id for known in catalogue.models()]
    assert catalogue.disk_use() == {}


def test_an_imported_model_is_replaced_when_the_new_one_is_here(
    catalogue: Catalogue, own_weights: Path
) -> None:
    before = catalogue.import_file(own_weights, _accept, model_id="mine", title="First")
    with pytest.raises(WeightsError, match="does not fit"):
        catalogue.import_file(own_weights, _refuse, model_id="Mine", replaces=True)
    assert catalogue.weights_path(before).is_file()
    after = catalogue.import_file(
        own_weights, _accept, model_id="Mine", title="Second", replaces=True
    )
    assert (after.id, after.title) == ("mine", "Second")
    assert [m.title for m in catalogue.models() if m.source.kind == "imported"] == ["Second"]
    with pytest.raises(ModelError):
        catalogue.import_file(own_weights, _accept, model_id="demo-torso", replaces=True)


def test_damage_of_an_imported_file_is_noticed(catalogue: Catalogue, own_weights: Path) -> None:
    model = catalogue.import_file(own_weights, _accept, model_id="mine")
    path = catalogue.weights_path(model)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(WeightsError, match="SHA-256"):
        catalogue.weights_path(model)
    path.unlink()
    assert catalogue.state(model) == "missing"


def test_published_weights_are_imported_without_a_network(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    source = tmp_path / "von einem Stick.pt"
    source.write_bytes(CONTENT[:1000])
    model = catalogue.get("VoComni_B")
    with pytest.raises(ModelError, match="voco models download VoComni_B"):
        catalogue.weights_path(model)

    assert catalogue.import_file(source, _accept, model_id="VoComni_B") == model
    assert catalogue.weights_path(model).read_bytes() == CONTENT[:1000]
    assert not (catalogue.home / "catalogue.json").exists()

    # The checksum of an import is no reason to refuse another import.
    source.write_bytes(CONTENT[:2000])
    catalogue.import_file(source, _accept, model_id="VoComni_B")
    assert catalogue.weights_path(model).stat().st_size == 2000


def test_import_must_match_an_earlier_download(
    tmp_path: Path, catalogue: Catalogue, hub: Hub
) -> None:
    hub.content, hub.etag = b"published", hashlib.sha256(b"published").hexdigest()
    path = Path(_download(catalogue, hub)["path"])
    other = tmp_path / "other.pt"
    other.write_bytes(b"something else")
    with pytest.raises(WeightsError, match=r"is not the published VoComni_B\.pt"):
        catalogue.import_file(other, _accept, model_id="VoComni_B")
    assert path.read_bytes() == b"published"
    assert len(list(path.parent.iterdir())) == 2


def test_refused_imports_leave_nothing(
    tmp_path: Path, catalogue: Catalogue, own_weights: Path
) -> None:
    plain = tmp_path / "plain.pt"
    plain.write_bytes(b"no weights")
    foreign = tmp_path / "foreign.safetensors"
    foreign.write_bytes(save({"out.conv.conv.bias": np.zeros(8, np.float32)}))
    other = catalogue.get("demo-torso").recipe
    refused: list[tuple[type[Exception], str, Callable[[], Model]]] = [
        (WeightsError, "does not fit", lambda: catalogue.import_file(own_weights, _refuse)),
        (
            WeightsError,
            "does not fit",
            lambda: catalogue.import_file(plain, _refuse, model_id="VoComni_B"),
        ),
        (WeightsError, "plain", lambda: catalogue.import_file(plain, _fits)),
        (WeightsError, "recipe", lambda: catalogue.import_file(foreign, _fits)),
        (
            WeightsError,
            "classes 14",
            lambda: catalogue.import_file(own_weights, _fits, recipe=other),
        ),
        (WeightsError, "not a file", lambda: catalogue.import_file(tmp_path, _accept)),
        (
            ModelError,
            "not supported",
            lambda: catalogue.import_file(plain, _accept, model_id="VoComni_nnunet"),
        ),
        (
            ModelError,
            "part of VoCo",
            lambda: catalogue.import_file(own_weights, _accept, model_id="demo-torso"),
        ),
        (ModelError, "id", lambda: catalogue.import_file(own_weights, _accept, model_id="../x")),
        (
            ModelError,
            "already",
            lambda: catalogue.import_file(own_weights, _accept, model_id="vocomni_b"),
        ),
    ]
    for error, message, call in refused:
        with pytest.raises(error, match=message):
            call()
    assert not catalogue.home.exists()


def test_bundled_models_cannot_be_removed(catalogue: Catalogue) -> None:
    with pytest.raises(ModelError, match="cannot be removed"):
        catalogue.remove("demo-torso")
    with pytest.raises(ModelError, match="no model"):
        catalogue.remove("nothing")


def test_folder_that_cannot_be_written(tmp_path: Path, own_weights: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    blocked = Catalogue(tmp_path / "file" / "home")
    with pytest.raises(OutputError, match="VOCO_HOME"):
        blocked.import_file(own_weights, _accept)


def test_home_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VOCO_HOME", str(tmp_path / "anderswo"))
    assert Catalogue().home == tmp_path / "anderswo"
    monkeypatch.delenv("VOCO_HOME")
    assert Catalogue().home.name == "VoCo"
