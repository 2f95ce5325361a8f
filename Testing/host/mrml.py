"""What slicer.util asks of Slicer to load and save files, on the scene of VoCoView."""

# ruff: noqa: N802 - Slicer's names
from __future__ import annotations

from pathlib import Path
from typing import Any

from VoCoView.mrml import Mrml

__all__ = ["IOManager", "Mrml"]


class IOManager:
    """What slicer.util asks of Slicer's own manager to load and save volumes and .mrb scenes."""

    def __init__(self, mrml: Mrml) -> None:
        self._scene, self._volumes = mrml.scene, mrml.logics["volumes"]

    def loadNodes(self, kind: str, properties: dict, loaded: Any = None, *_: Any) -> bool:
        """Reads a volume or scene; another kind is an error."""
        path = str(properties["fileName"])
        if kind == "SceneFile":
            return bool(self._scene.ReadFromMRB(path, bool(properties.get("clear"))))
        assert kind == "VolumeFile", f"the host cannot read {kind}"
        name = properties.get("name") or Path(path).name.split(".")[0]
        options = 1 if properties.get("labelmap") else 0
        node = self._volumes.AddArchetypeVolume(path, name, options, None)
        if node is not None and loaded is not None:
            loaded.AddItem(node)
        return node is not None

    def saveNodes(self, kind: str, properties: dict, *_: Any) -> bool:
        """Writes a node with its own storage node, or the scene."""
        path = str(properties["fileName"])
        if kind == "SceneFile":
            return bool(self._scene.WriteToMRB(path, None))
        node = self._scene.GetNodeByID(properties["nodeID"])
        node.AddDefaultStorageNode()
        node.GetStorageNode().SetFileName(path)
        return bool(node.GetStorageNode().WriteData(node))

    def fileWriterFileType(self, node: Any) -> str:
        """The kind that saveNodes gets."""
        return node.GetClassName()
