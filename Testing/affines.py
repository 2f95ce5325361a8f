"""Affines of every orientation, handedness and obliquity."""

from __future__ import annotations

import numpy as np


def rotation(degrees: tuple[float, float, float]) -> np.ndarray:
    a, b, c = np.deg2rad(degrees)
    x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return x @ y @ z


def make_affine(
    permutation: tuple[int, ...] = (0, 1, 2),
    flips: tuple[int, ...] = (1, 1, 1),
    spacing: tuple[float, ...] = (2.0, 2.0, 2.0),
    degrees: tuple[float, float, float] = (0.0, 0.0, 0.0),
    origin: tuple[float, float, float] = (11.0, -7.0, 5.0),
) -> np.ndarray:
    """Index axis i runs along patient axis permutation[i], turned by degrees."""
    axes = np.zeros((3, 3))
    for i, (axis, sign) in enumerate(zip(permutation, flips, strict=True)):
        axes[axis, i] = sign
    affine = np.eye(4)
    affine[:3, :3] = rotation(degrees) @ axes @ np.diag(spacing)
    affine[:3, 3] = origin
    return affine
