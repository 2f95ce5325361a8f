"""Prepares an archive once and for all, as shards that pre-trainings read."""

from __future__ import annotations

from pathlib import Path

from VoCoLib.events import EventSink, event
from VoCoLib.method.presets import find_preset
from VoCoLib.training.data.archive import prepared_bytes
from VoCoLib.training.data.datasets import Case, list_volumes
from VoCoLib.training.data.preparing import processes_beside
from VoCoLib.training.data.shard_writing import ShardWriter
from VoCoLib.training.data.storage import Storage
from VoCoLib.training.pretraining.looks import look_at, problems
from VoCoLib.training.pretraining.settings import MOST_HELD_BACK


def prepare_archive(
    archive: Path, output: str, preparation: str, sink: EventSink, processes: int | None = None
) -> None:
    """Writes the shards of an archive; goes on with those that an earlier attempt has written.

    Args:
        archive: see find_cases.
        output: folder or URL of the shards.
        preparation: name of one of PRESETS.
        sink: receives the events.
        processes: that prepare volumes; None: one for each core and 3 GB of memory.

    Raises:
        InputError: there is no volume, none that can be used, or the shards there are of another
            preparation.
        OutputError: the shards cannot be written.
    """
    preset = find_preset(preparation)
    if processes is None:
        processes = max(1, processes_beside())
    writer = ShardWriter(Storage(output), preparation, preset.preparation, sink, processes)
    facts = list_volumes(archive, lambda line: sink(event("log", message=line)))
    size = sum(prepared_bytes(item, preset.preparation) for item in facts.values())
    message = f"Found {len(facts):,} volumes. Prepared, they take at most {size / 1e9:,.1f} GB."
    sink(event("log", message=message))
    first = [Case(Path(name)) for name in list(facts)[:MOST_HELD_BACK]]
    for problem in problems(look_at(first, preset), preset):
        sink(event("log", level="warning", message=problem))
    cases = writer.write(archive if archive.is_dir() else archive.parent, facts)
    usable = [case for case in cases if not case.problem]
    written = sum(case.size for case in usable)
    sink(
        event(
            "log",
            message=f"{len(usable):,} of {len(cases):,} volumes, {written / 1e9:,.1f} GB, are in "
            f"{output}. Next: voco pretrain {output} --preparation {preparation} -o RUN",
            volumes=len(usable),
            unusable=len(cases) - len(usable),
        )
    )
