"""Imports OpenVINO without letting it report that: nothing that VoCo does is sent anywhere."""

from __future__ import annotations

import sys

# `import openvino` sends an event to its authors where it finds this package
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]

import openvino  # noqa: E402

__all__ = ["openvino"]
