"""Slicer's module SampleData, as far as it has sources of data and loads what they name."""

# ruff: noqa: N802, N803 - Slicer's names
from __future__ import annotations

import types
import urllib.request
from pathlib import Path
from typing import Any, ClassVar

import slicer


def stand_in() -> types.ModuleType:
    """The module, without any sources."""
    module = types.ModuleType("SampleData")
    Logic.sources.clear()
    vars(module).update(SampleDataSource=Source, SampleDataLogic=Logic)
    return module


class Source:
    """Slicer's SampleDataSource, with one file."""

    def __init__(self, sampleName, uris, fileNames, nodeNames, loadFileType, **others):
        self.sampleName = sampleName
        self.uris, self.fileNames, self.nodeNames = [uris], [fileNames], [nodeNames]
        self.loadFileType = loadFileType
        vars(self).update(others)

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other)

    def __str__(self) -> str:
        return f"{self.sampleName} {self.uris}"


class Logic:
    """Slicer's SampleDataLogic: what it does with an address, and that it knows no more."""

    sources: ClassVar[dict[str, list[Any]]] = {}

    @staticmethod
    def sampleDataSourcesByCategory() -> dict[str, list[Any]]:
        return Logic.sources

    def downloadSample(self, name: str) -> Any:
        every = [source for sources in self.sources.values() for source in sources]
        (source,) = (source for source in every if source.sampleName == name)
        nodes = []
        for uri, file, node in zip(source.uris, source.fileNames, source.nodeNames, strict=True):
            path = Path(slicer.app.temporaryPath) / "cache" / file
            path.parent.mkdir(exist_ok=True)
            if not path.exists():
                urllib.request.urlretrieve(uri, path)
            found = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", node)
            storage = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLVolumeArchetypeStorageNode")
            storage.SetFileName(str(path))
            assert storage.ReadData(found)
            nodes.append(found)
        return nodes[0]
