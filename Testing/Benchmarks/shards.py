"""Crops per second and bytes of prepared volumes in several formats and streaming libraries.

    python Testing/Benchmarks/shards.py CTS [--preparation abdomen] [--volumes 32] [--seconds 10]

A sample is a random part of a random volume, cut into 2 query and 9 base crops. All stores hold the
same volumes and are asked for the same samples, by seed and number, in turns, by one process on one
thread, from a warm disk cache; the shuffled streams of WebDataset and LitData come in an order of
their own. Libraries that are not installed are left out:

    pip install zarr blosc2 webdataset; pip install --no-deps litdata lightning-utilities tifffile
"""

from __future__ import annotations

import argparse
import importlib.util
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import psutil  # noqa: E402
import torch  # noqa: E402

from VoCoLib.method.crops import CropSampler  # noqa: E402
from VoCoLib.method.presets import find_preset  # noqa: E402
from VoCoLib.training.data.cache import CacheSettings  # noqa: E402
from VoCoLib.training.data.prepared import PreparedVolume  # noqa: E402
from VoCoLib.training.data.shard_cache import open_cache  # noqa: E402
from VoCoLib.training.data.shards import open_shards  # noqa: E402
from VoCoLib.training.pretraining.prepare import prepare_archive  # noqa: E402

CHUNK = 64  # edge of zarr's and blosc2's chunks, that of a crop
Get = Callable[[int], PreparedVolume]  # the volume for a sample; it is read where it is cut


def shards(folder: Path, images: list[np.ndarray]) -> Get:
    """Ours: each volume by its number, mapped from a tar."""
    place = str(folder / "shards")
    settings = CacheSettings(folder / "cache", 0, open_shards(place).preparation, None, place)
    cache = open_cache(settings, print)
    cases = [case for case in open_shards(settings.shards).cases.values() if not case.problem]
    return lambda number: cache.get(cases[number % len(cases)])


def mapped(folder: Path, images: list[np.ndarray]) -> Get:
    """A .npy each, mapped, as the cache has them."""
    paths = [folder / f"{number}.npy" for number in range(len(images))]
    for path, image in zip(paths, images, strict=True):
        np.save(path, image)
    return lambda number: PreparedVolume(np.load(paths[number % len(paths)], mmap_mode="r"))


def zarr_chunks(folder: Path, images: list[np.ndarray], codec: str, shuffle: str) -> Get:
    """A zarr array each, in chunks compressed by blosc."""
    import zarr

    zarr.config.set({"threading.max_workers": 1, "async.concurrency": 1})
    compressor = zarr.codecs.BloscCodec(cname=codec, clevel=5, shuffle=shuffle)
    arrays = []
    for number, image in enumerate(images):
        chunks = tuple(min(CHUNK, edge) for edge in image.shape)
        made = zarr.create_array(
            folder / f"{number}.zarr",
            shape=image.shape,
            chunks=chunks,
            dtype=image.dtype,
            compressors=compressor,
        )
        made[:] = image
        arrays.append(folder / f"{number}.zarr")
    return lambda number: PreparedVolume(zarr.open_array(arrays[number % len(arrays)], mode="r"))


def blosc2_chunks(folder: Path, images: list[np.ndarray], codec: str, shuffle: str) -> Get:
    """A b2nd file each, in chunks, mapped."""
    import blosc2

    blosc2.set_nthreads(1)
    paths = [folder / f"{number}.b2nd" for number in range(len(images))]
    filters = [blosc2.Filter[shuffle.upper()]]
    parameters = {
        "codec": blosc2.Codec[codec.upper()],
        "clevel": 5,
        "filters": filters,
        "nthreads": 1,
    }
    for path, image in zip(paths, images, strict=True):
        chunks = tuple(min(CHUNK, edge) for edge in image.shape)
        blosc2.asarray(
            np.ascontiguousarray(image),
            chunks=chunks,
            urlpath=str(path),
            mode="w",
            cparams=parameters,
        )
    return lambda number: PreparedVolume(
        blosc2.open(str(paths[number % len(paths)]), mode="r", mmap_mode="r")
    )


def webdataset_stream(folder: Path, images: list[np.ndarray]) -> Get:
    """WebDataset: tars from their beginning to their end, shuffled in a buffer of 16."""
    import webdataset

    urls = sorted(str(path) for path in (folder / "shards").glob("*.tar"))

    def endless() -> Iterator[np.ndarray]:
        while True:
            data = webdataset.WebDataset(urls, shardshuffle=False, empty_check=False).shuffle(16)
            for sample in data.decode():
                yield sample["npy"]

    stream = endless()
    return lambda number: PreparedVolume(next(stream))


def litdata_numbers(folder: Path, images: list[np.ndarray]) -> Get:
    """LitData: chunks of 64 MB, each volume by its number."""
    import litdata
    from litdata.streaming.writer import BinaryWriter

    writer = BinaryWriter(str(folder / "litdata"), chunk_bytes="64MB")
    for number, image in enumerate(images):
        writer[number] = {"shape": np.array(image.shape), "image": image.ravel()}
    writer.done()
    writer.merge()
    dataset = litdata.StreamingDataset(str(folder / "litdata"))

    def get(number: int) -> PreparedVolume:
        sample = dataset[number % len(images)]
        return PreparedVolume(np.asarray(sample["image"]).reshape(tuple(sample["shape"])))

    return get


def mds_numbers(folder: Path, images: list[np.ndarray]) -> Get:
    """MosaicML Streaming: MDS, each volume by its number."""
    from streaming import MDSWriter, StreamingDataset

    with MDSWriter(out=str(folder / "mds"), columns={"image": "ndarray:uint16"}) as writer:
        for image in images:
            writer.write({"image": image})
    dataset = StreamingDataset(local=str(folder / "mds"), batch_size=1)
    return lambda number: PreparedVolume(dataset[number % len(images)]["image"])


STORES: dict[str, tuple[str, Callable[[Path, list[np.ndarray]], Get]]] = {
    "raw, a file each": ("numpy", mapped),
    "raw, shards by number": ("numpy", shards),
    "zarr, lz4 + bit shuffle": ("zarr", lambda *a: zarr_chunks(*a, "lz4", "bitshuffle")),
    "zarr, zstd + bit shuffle": ("zarr", lambda *a: zarr_chunks(*a, "zstd", "bitshuffle")),
    "blosc2, lz4 + bit shuffle": ("blosc2", lambda *a: blosc2_chunks(*a, "lz4", "bitshuffle")),
    "blosc2, zstd + bit shuffle": ("blosc2", lambda *a: blosc2_chunks(*a, "zstd", "bitshuffle")),
    "blosc2, zstd + byte shuffle": ("blosc2", lambda *a: blosc2_chunks(*a, "zstd", "shuffle")),
    "WebDataset, shuffled": ("webdataset", webdataset_stream),
    "LitData by number": ("litdata", litdata_numbers),
    "MosaicML Streaming by number": ("streaming", mds_numbers),
}


def compare(
    stores: dict[str, Get], sampler: CropSampler, volumes: int, seconds: float
) -> dict[str, list[float]]:
    """Processor seconds of each sample, of all stores in turns."""
    times: dict[str, list[float]] = {name: [] for name in stores}
    order = np.random.default_rng(0).permutation
    number, end = 0, time.perf_counter() + seconds * len(stores)
    while time.perf_counter() < end:
        index = int(order(volumes)[number % volumes])
        for name, get in stores.items():
            begun = time.process_time()
            crops, _ = sampler.draw(get(index), np.random.default_rng([1, number]))
            times[name].append(time.process_time() - begun)
            assert len(crops) == sampler.queries + sampler.grid.bases
        number += 1
    return times


def prepared(cts: Path, preparation: str, count: int, folder: Path) -> list[np.ndarray]:
    """Writes shards of the first CTs of a folder; their volumes."""
    names = [f"{path}\n" for path in sorted(cts.resolve().rglob("*.nii.gz"))]
    (folder / "list.txt").write_text("".join(names[:count]))
    prepare_archive(folder / "list.txt", str(folder / "shards"), preparation, lambda item: None)
    get = shards(folder, [])
    cases = open_shards(str(folder / "shards")).cases.values()
    usable = sum(not case.problem for case in cases)
    return [np.array(get(number).image) for number in range(usable)]


def fill(folder: Path, images: list[np.ndarray]) -> tuple[dict[str, Get], dict[str, int]]:
    """All stores whose libraries are installed, filled, and the bytes that each takes."""
    stores, taken = {}, {}
    for name, (package, make) in STORES.items():
        if importlib.util.find_spec(package) is not None:
            own = folder / name
            own.mkdir()
            (own / "shards").symlink_to(folder / "shards")
            stores[name] = make(own, images)
            files = [
                path for path in own.rglob("*") if path.is_file() and "cache" not in path.parts
            ]
            taken[name] = sum(path.stat().st_size for path in files) or sum(
                path.stat().st_size for path in (folder / "shards").iterdir()
            )
    return stores, taken


def main() -> None:
    """Prints a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cts", type=Path)
    parser.add_argument("--preparation", default="abdomen")
    parser.add_argument("--volumes", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=10, help="for each store")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    preset = find_preset(arguments.preparation)
    sampler = CropSampler(preset.grid, 2, 0.5, preset.turned)
    print(f"{platform.machine()}, {psutil.cpu_count()} cores, load {psutil.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        images = prepared(arguments.cts, arguments.preparation, arguments.volumes, folder)
        stores, taken = fill(folder, images)
        times = compare(stores, sampler, len(images), arguments.seconds)
    crops, raw = sampler.queries + sampler.grid.bases, sum(image.nbytes for image in images)
    print(f"{len(images)} volumes, {raw / len(images) / 1e6:.1f} MB each\n")
    print("| store | crops a second | ms a sample | bytes |\n|---|---|---|---|")
    for store, found in times.items():
        middle = statistics.median(found)
        size = taken[store] / raw
        print(f"| {store} | {crops / middle:.0f} | {1e3 * middle:.1f} | {size:.0%} |")


if __name__ == "__main__":
    main()
