"""A synthetic CT torso with its ground truth: test and demonstration data, nothing else."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Grid = tuple[Floats, Floats, Floats]  # x, y, z of every voxel of a box, in mm of the anatomy
Box = tuple[slice, slice, slice]

AIR, LUNG, FAT, MUSCLE, DISC, SPONGY, CORTICAL = -1000.0, -820.0, -100.0, 55.0, 80.0, 180.0, 350.0
DEMO_SEED = 7  # the demonstration's; the bundled model was trained on seeds from 1000
SLAB_VOXELS = 4_000_000  # voxels rendered at a time: bounds the memory
CENTRE_Y = 10.0  # of the trunk's cross-section, mm


@dataclass(frozen=True)
class Phantom:
    """A synthetic CT and its truth, both (X, Y, Z) in RAS+ order.

    image: int16, HU. label: uint8, the first 13 VoComni classes: 0 background, 1 spleen,
    2 right kidney, 3 left kidney, 4 gallbladder, 5 oesophagus, 6 liver, 7 stomach, 8 aorta,
    9 inferior vena cava, 10 portal and splenic veins, 11 pancreas, 12 right adrenal gland,
    13 left adrenal gland. affine: 4x4, index -> RAS mm; the grid's centre is the origin.
    """

    image: NDArray[np.int16]
    label: NDArray[np.uint8]
    affine: NDArray[np.float64]


@dataclass(frozen=True)
class Blob:
    """A superellipsoid: centre and semi-axes in mm, turned by degrees about x, y, z."""

    centre: tuple[float, float, float]
    radii: tuple[float, float, float]
    turn: tuple[float, float, float] = (0.0, 0.0, 0.0)
    power: float = 2.0
    phase: tuple[float, float, float] = (0.0, 0.0, 0.0)  # of the ripples on the surface

    def bounds(self) -> NDArray[np.float64]:
        """Lowest and highest corner (2, 3)."""
        reach = 1.15 * np.linalg.norm(self.radii) if any(self.turn) else 1.15 * np.array(self.radii)
        return np.array([np.array(self.centre) - reach, np.array(self.centre) + reach])

    def level(self, grid: Grid) -> Floats:
        """0 at the centre, 1 on the surface."""
        turn = Rotation.from_euler("xyz", self.turn, degrees=True).as_matrix().astype(np.float32)
        offset = [c - np.float32(o) for c, o in zip(grid, self.centre, strict=True)]
        total: Floats = np.zeros(grid[0].shape, np.float32)
        ripple: Floats = np.ones(grid[0].shape, np.float32)
        for axis, (radius, phase) in enumerate(zip(self.radii, self.phase, strict=True)):
            along = sum(turn[i, axis] * offset[i] for i in range(3)) / np.float32(radius)
            total += np.abs(along) ** np.float32(self.power)
            ripple += np.float32(0.035) * np.sin(np.float32(2.6) * along + np.float32(phase))
        total **= np.float32(1 / self.power)
        total *= ripple
        return total


@dataclass(frozen=True)
class Tube:
    """A tube along a spline through points (x, y, z, radius) in mm, squeezed by axis."""

    points: tuple[tuple[float, float, float, float], ...]
    squeeze: tuple[float, float, float] = (1.0, 1.0, 1.0)  # 2 halves the thickness on that axis

    def bounds(self) -> NDArray[np.float64]:
        """Lowest and highest corner (2, 3)."""
        line = self._line()
        reach = line[:, 3:] / np.array(self.squeeze)
        return np.array([(line[:, :3] - reach).min(0), (line[:, :3] + reach).max(0)])

    def level(self, grid: Grid) -> Floats:
        """0 on the centre line, 1 on the surface, infinite far away."""
        line = self._line()
        squeeze = np.array(self.squeeze)
        tree = cKDTree(line[:, :3] * squeeze)
        where = np.stack([c.ravel() * s for c, s in zip(grid, squeeze, strict=True)], axis=1)
        distance, nearest = tree.query(where, distance_upper_bound=1.01 * line[:, 3].max())
        radius = np.append(line[:, 3], 1.0)[nearest]
        level: Floats = (distance / radius).astype(np.float32)
        return level.reshape(grid[0].shape)

    def _line(self) -> NDArray[np.float64]:
        points = np.array(self.points, dtype=float)
        path = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(points[:, :3], axis=0), axis=1)))
        fine = np.linspace(0.0, path[-1], int(path[-1]) + 2)
        return np.asarray(CubicSpline(path, points, bc_type="natural")(fine))


@dataclass(frozen=True)
class Part:
    """One tissue: the union of its shapes, its HU, and a core with other HU."""

    label: int
    hu: float
    shapes: tuple[Blob | Tube, ...]
    core: float = 0.0  # level below which the core begins
    core_hu: float = 0.0
    abdominal: bool = True  # stays below the diaphragm
    enhanced: bool = False  # brightness follows the contrast agent


# Anatomy in mm, RAS: +x the patient's right, +y anterior, +z superior. Later parts cover earlier.
PARTS: tuple[Part, ...] = (
    Part(0, 130, (Blob((-18, 42, 138), (56, 40, 46), (0, 20, 20)),), abdominal=False,
         enhanced=True),  # heart
    Part(0, MUSCLE, (Blob((38, -40, -105), (17, 19, 105), (0, 4, 0)),)),  # right psoas
    Part(0, MUSCLE, (Blob((-38, -40, -105), (17, 19, 105), (0, -4, 0)),)),  # left psoas
    Part(0, 40, (Tube(((98, 5, -170, 22), (100, 8, -110, 23), (96, 15, -65, 21)),),),
         core=0.55, core_hu=-700),  # ascending colon
    Part(0, 40, (Tube(((-106, -10, -170, 15), (-108, -12, -60, 15), (-106, 0, -15, 16)),),),
         core=0.5, core_hu=10),  # descending colon
    Part(0, 40, (Tube(((92, 45, -62, 18), (40, 70, -72, 17), (-40, 70, -62, 17),
                       (-96, 35, -22, 17)),),), core=0.6, core_hu=-850),  # transverse colon
    Part(0, 38, (Tube(((40, 42, 0, 12), (58, 22, -8, 13), (56, 8, -45, 13), (20, 6, -62, 12),
                       (-20, 10, -50, 12)),),)),  # duodenum
    Part(6, 105, (Blob((72, 8, 42), (72, 86, 66), (0, 0, -8), 2.4),
                  Blob((92, -8, 0), (46, 66, 70), (0, 0, 0), 2.2),
                  Blob((6, 50, 54), (68, 36, 34), (0, -14, 0), 2.2))),
    Part(6, 128, (Tube(((30, 6, 76, 5), (66, 4, 62, 5), (100, 0, 36, 4)),),
                  Tube(((30, 8, 76, 5), (52, 36, 58, 5), (64, 60, 44, 4)),),
                  Tube(((28, 10, 76, 5), (14, 30, 66, 4), (-6, 48, 62, 4)),)),
         enhanced=True),  # hepatic veins
    Part(7, 62, (Tube(((-48, -12, 62, 26), (-56, 8, 45, 31), (-58, 34, 14, 27),
                       (-32, 54, -10, 20), (4, 56, -12, 16), (26, 48, -2, 12)),),),
         core=0.82, core_hu=28),
    Part(1, 115, (Blob((-100, -18, 34), (28, 47, 52), (10, -12, -14), 2.3),), enhanced=True),
    Part(0, FAT, (Blob((63, -38, -32), (31, 28, 59), (0, 8, 0)),
                  Blob((38, -32, 28), (19, 19, 24)),
                  Blob((-62, -38, -14), (32, 29, 66), (0, -8, 0)),
                  Blob((-42, -32, 34), (23, 20, 26)))),  # round the kidneys and adrenal glands
    Part(2, 175, (Blob((64, -36, -34), (27, 25, 54), (0, 8, 0), 2.1),), core=0.72, core_hu=155,
         enhanced=True),
    Part(3, 175, (Blob((-64, -36, -22), (27, 25, 56), (0, -8, 0), 2.1),), core=0.72, core_hu=155,
         enhanced=True),
    Part(0, -85, (Blob((46, -28, -34), (13, 9, 17)),)),  # right renal sinus
    Part(0, -85, (Blob((-46, -28, -22), (13, 9, 17)),)),  # left renal sinus
    Part(4, 8, (Blob((58, 58, -16), (15, 18, 27), (-35, 0, 0)),)),
    Part(5, 55, (Tube(((-2, -6, 175, 7.0), (-4, -4, 130, 7.0), (-10, 2, 98, 7.0),
                       (-24, 2, 78, 7.5), (-38, -2, 68, 8.0)),),), abdominal=False),
    Part(8, 158, (Tube(((-24, -26, 180, 11.0), (-20, -20, 100, 10.4), (-10, -10, 40, 9.8),
                        (-9, -6, -30, 9.0), (-8, -6, -112, 8.5)),),), abdominal=False,
         enhanced=True),
    Part(9, 148, (Tube(((20, -8, -118, 9.8), (22, -8, -40, 10.2), (25, -4, 20, 10.6),
                        (27, 6, 70, 11.0), (20, 12, 102, 11.5)), (1, 1.25, 1)),),
         abdominal=False, enhanced=True),
    Part(11, 85, (Tube(((36, 20, -30, 13), (32, 24, -12, 15), (10, 31, 2, 12.5),
                        (-20, 24, 12, 12.5), (-46, 4, 20, 12.0), (-72, -12, 26, 10.0)),),)),
    Part(10, 160, (Tube(((58, 22, 40, 6.5), (40, 20, 28, 7.5), (18, 16, 8, 7.5),
                         (6, 15, 4, 7.0), (-22, 9, 14, 6.2), (-48, -11, 24, 6.0),
                         (-74, -20, 30, 6.0)),),), enhanced=True),
    Part(12, 82, (Tube(((46, -40, 30, 4.2), (37, -22, 30, 4.5)), (1, 1, 0.38)),
                  Tube(((31, -40, 30, 4.2), (37, -22, 30, 4.5)), (1, 1, 0.38)))),
    Part(13, 82, (Tube(((-48, -36, 34, 4.2), (-36, -18, 34, 4.5)), (1, 1, 0.38)),
                  Tube(((-30, -38, 34, 4.2), (-36, -18, 34, 4.5)), (1, 1, 0.38)))),
)  # fmt: skip


@dataclass(frozen=True)
class Patient:
    """What a seed decides: build, warp, and the parts after their own variation."""

    scale: NDArray[np.float64]  # (3,)
    fat: float  # mm under the skin
    spine_phase: float
    dome: float  # height of the diaphragm, mm
    waves: NDArray[np.float64]  # (component, wave, axis, (frequency, phase))
    amplitude: NDArray[np.float64]  # (component, wave), mm
    parts: tuple[Part, ...]
    noise: float  # HU


def make_phantom(
    seed: int,
    spacing: tuple[float, float, float] = (3.0, 3.0, 3.0),
    size_mm: tuple[float, float, float] = (360.0, 270.0, 300.0),
) -> Phantom:
    """Render the patient of this seed on a grid of round(size_mm / spacing) voxels.

    The anatomy is defined in mm: another spacing or size shows the same patient (with other
    noise), cut off at the edge of the grid. The same arguments give the same bits.

    Raises ValueError where the grid would have no voxels.
    """
    if min(spacing) <= 0 or any(size < step for size, step in zip(size_mm, spacing, strict=True)):
        raise ValueError(f"no voxel of spacing {spacing} mm fits into a size of {size_mm} mm")
    shape = tuple(round(size / step) for size, step in zip(size_mm, spacing, strict=True))
    patient = _make_patient(np.random.default_rng([seed, 0]))
    axes = [
        ((np.arange(n) - (n - 1) / 2) * step).astype(np.float32)
        for n, step in zip(shape, spacing, strict=True)
    ]
    image: Floats = np.empty(shape, np.float32)
    label: NDArray[np.uint8] = np.zeros(shape, np.uint8)
    depth = max(1, SLAB_VOXELS // (shape[0] * shape[1]))
    for start in range(0, shape[2], depth):
        slab = np.s_[:, :, start : start + depth]
        slab_axes = [axes[0], axes[1], axes[2][start : start + depth]]
        _render(patient, slab_axes, image[slab], label[slab])
    _acquire(image, spacing, patient.noise, np.random.default_rng([seed, 1]))
    affine = np.diag([*spacing, 1.0])
    affine[:3, 3] = [-(n - 1) / 2 * step for n, step in zip(shape, spacing, strict=True)]
    np.clip(np.rint(image, out=image), -1024, 3071, out=image)
    return Phantom(image.astype(np.int16), label, affine)


def _make_patient(rng: np.random.Generator) -> Patient:
    contrast = rng.uniform(0.9, 1.1)
    wave_length = rng.uniform(180.0, 420.0, (3, 3, 3))
    waves = np.stack([2 * np.pi / wave_length, rng.uniform(0, 2 * np.pi, (3, 3, 3))], axis=-1)
    return Patient(
        scale=rng.uniform(0.96, 1.03) * rng.uniform(0.97, 1.03, 3),
        fat=rng.uniform(7.0, 22.0),
        spine_phase=rng.uniform(0.0, 34.0),
        dome=rng.uniform(90.0, 102.0),
        waves=waves,
        amplitude=rng.uniform(1.5, 4.0, (3, 3)),
        parts=(*_make_bowel(rng), *(_vary(part, contrast, rng) for part in PARTS)),
        noise=rng.uniform(12.0, 20.0),
    )


def _make_bowel(rng: np.random.Generator) -> list[Part]:
    """Loops of small bowel, which are not labelled and differ in every patient."""
    loops = []
    for _ in range(9):
        middle = np.array([rng.uniform(-65, 65), rng.uniform(15, 70), rng.uniform(-145, -65)])
        line = middle + rng.normal(0.0, 26.0, (5, 3))
        points = tuple((x, y, z, rng.uniform(10, 14)) for x, y, z in line.tolist())
        core_hu = float(rng.choice([15.0, 30.0, -600.0], p=[0.45, 0.45, 0.1]))
        loops.append(Part(0, rng.uniform(30, 45), (Tube(points),), core=0.6, core_hu=core_hu))
    return loops


def _vary(part: Part, contrast: float, rng: np.random.Generator) -> Part:
    """Move, resize, reshape and recolour one part."""
    shift = np.clip(rng.normal(0.0, 2.5, 3), -5.0, 5.0)
    size = rng.uniform(0.94, 1.06)
    change = rng.normal(0.0, 0.05 * abs(part.hu) if abs(part.hu) > 80 else 4.0)
    factor = contrast if part.enhanced else 1.0
    shapes: list[Blob | Tube] = []
    for shape in part.shapes:
        if isinstance(shape, Blob):
            shapes.append(replace(
                shape,
                centre=tuple(np.array(shape.centre) + shift),
                radii=tuple(np.array(shape.radii) * size * rng.uniform(0.97, 1.03, 3)),
                turn=tuple(np.array(shape.turn) + rng.normal(0.0, 4.0, 3)),
                phase=tuple(rng.uniform(0.0, 2 * np.pi, 3)),
            ))  # fmt: skip
        else:
            points = np.array(shape.points, dtype=float)
            points += np.append(shift, 0.0)
            points[:, 3] *= size
            shapes.append(replace(shape, points=tuple(map(tuple, points))))
    return replace(
        part,
        shapes=tuple(shapes),
        hu=part.hu * factor + change,
        core_hu=part.core_hu * factor + change,
    )


def _render(patient: Patient, axes: list[Floats], image: Floats, label: NDArray[np.uint8]) -> None:
    """Fill a slab of image (HU, without noise) and label; axes are its voxel centres in mm."""
    image[...] = AIR
    _paint_table(patient, axes, image)
    grid = _warp(patient, axes)
    cavity, abdomen = _paint_trunk(patient, grid, image)
    for part in patient.parts:
        _paint_part(patient, part, axes, grid, abdomen if part.abdominal else cavity, image, label)
    _paint_spine(patient, axes, grid, image, label)


def _warp(patient: Patient, axes: list[Floats]) -> Grid:
    """Anatomical coordinates of every voxel of the slab: scaled, then displaced by sine waves."""
    x, y, z = np.ix_(*axes)
    shape = tuple(len(a) for a in axes)
    grid = []
    for component, along in enumerate((x, y, z)):
        out = np.empty(shape, np.float32)
        out[...] = along / np.float32(patient.scale[component])
        for wave in range(3):
            fx, fy, fz = patient.waves[component, wave].astype(np.float32)
            height = np.float32(patient.amplitude[component, wave])
            plane = height * np.sin(fx[0] * x + fx[1]) * np.sin(fy[0] * y + fy[1])
            out += plane * np.sin(fz[0] * z + fz[1])
        grid.append(out)
    return grid[0], grid[1], grid[2]


def _radius(grid: Grid, half_x: float, half_y: float) -> Floats:
    """Superelliptic radius in the axial plane: 1 on the outline with these half widths (mm)."""
    u = np.abs(grid[0]) / np.float32(half_x)
    v = np.abs(grid[1] - np.float32(CENTRE_Y)) / np.float32(half_y)
    radius: Floats = u * u * np.sqrt(u) + v * v * np.sqrt(v)  # to the power of 2.5, but faster
    radius **= np.float32(0.4)
    return radius


def _paint_trunk(patient: Patient, grid: Grid, image: Floats) -> tuple[Mask, Mask]:
    """Paint skin, fat, wall, ribs and lungs; return the masks of the cavity and the abdomen."""
    x, y, z = grid
    skin = _radius(grid, 144 + patient.fat, 92 + 0.8 * patient.fat)
    image[skin < 1] = FAT
    image[(skin < 1) & (skin > 0.98)] = 0.0
    wall = _radius(grid, 144, 92)
    image[wall < 1] = MUSCLE
    radius = _radius(grid, 132, 80)
    cavity = radius < 1
    image[cavity] = FAT
    _paint_ribs(grid, wall, image)
    lift = np.float32(patient.dome) + 5 * np.tanh(x / 40)
    dome = lift - 55 * radius**4 + np.float32(0.2) * (y - np.float32(CENTRE_Y))
    image[cavity & (z > dome - 4)] = MUSCLE
    chest = cavity & (z > dome)
    image[chest] = LUNG
    image[chest & (np.abs(x + 6) < 26 - 0.08 * y)] = FAT
    return cavity, cavity & (z < dome - 4)


def _paint_ribs(grid: Grid, wall: Floats, image: Floats) -> None:
    """Ribs within the wall: they fall forwards and end at the costal margin."""
    _, y, z = grid
    falling = z + np.float32(0.45) * y
    margin = np.float32(0.75) * y - 20
    rib = (np.abs(wall - np.float32(0.955)) < 0.032) & (z > margin)
    wave = np.cos(falling * np.float32(2 * np.pi / 27))
    image[rib & (wave > 0.35)] = CORTICAL
    rib &= np.abs(wall - np.float32(0.955)) < 0.015
    image[rib & (wave > 0.6)] = SPONGY


def _paint_table(patient: Patient, axes: list[Floats], image: Floats) -> None:
    """A carbon-fibre table top with a foam core, under the back."""
    back = patient.scale[1] * (92 + 0.8 * patient.fat - CENTRE_Y)
    below = -np.float32(back) - axes[1]  # depth under the back
    on_table = np.abs(axes[0]) < 172
    for first, last, hu in ((7.0, 21.0, -120.0), (11.0, 17.0, -850.0)):
        rows = (below > first) & (below < last)
        image[np.ix_(on_table, rows)] = hu


def _find_box(patient: Patient, bounds: NDArray[np.float64], axes: list[Floats]) -> Box | None:
    """Slices of the slab that hold everything within bounds (2, 3) of the anatomy."""
    reach = patient.amplitude.sum(axis=1)
    box = []
    for i, along in enumerate(axes):
        first = np.searchsorted(along, (bounds[0, i] - reach[i]) * patient.scale[i])
        last = np.searchsorted(along, (bounds[1, i] + reach[i]) * patient.scale[i])
        if first == last:
            return None
        box.append(slice(int(first), int(last)))
    return box[0], box[1], box[2]


def _paint_part(
    patient: Patient,
    part: Part,
    axes: list[Floats],
    grid: Grid,
    allowed: Mask,
    image: Floats,
    label: NDArray[np.uint8],
) -> None:
    """Paint the shapes of one part within the allowed region, each in its own box."""
    for shape in part.shapes:
        box = _find_box(patient, shape.bounds(), axes)
        if box is None:
            continue
        level = shape.level((grid[0][box], grid[1][box], grid[2][box]))
        inside = (level < 1) & allowed[box]
        image[box][inside] = part.hu
        label[box][inside] = part.label
        if part.core:
            image[box][inside & (level < part.core)] = part.core_hu


def _paint_spine(
    patient: Patient, axes: list[Floats], grid: Grid, image: Floats, label: NDArray[np.uint8]
) -> None:
    """Vertebrae, discs, canal, arches and the muscles of the back."""
    box = _find_box(patient, np.array([[-62, -92, -1000], [62, -15, 1000]]), axes)
    if box is None:
        return
    x, y, z = (c[box] for c in grid)
    hu = image[box]
    y = y - np.float32(0.0004) * z * z + 3  # lordosis
    height = np.abs((z + np.float32(patient.spine_phase)) % 34 - 17)  # 0 mid-vertebra, 17 mid-disc
    back = np.hypot((np.abs(x) - 30) / 27, (y + 67) / 15) < 1
    body = np.hypot(x / 22, (y + 44) / 17)
    canal = np.hypot(x / 10, (y + 68) / 8)
    arch = (canal < 1.5) | ((np.abs(x) < 4) & (y < -70) & (y > -88))
    wings = (np.abs(y + 63) < 4) & (np.abs(x) < 38)
    hu[back] = MUSCLE + 2
    hu[(arch & (height < 13)) | (wings & (height < 6))] = CORTICAL - 60
    hu[body < 1] = np.where(height[body < 1] > 13.5, DISC, CORTICAL)
    hu[(body < 0.9) & (height < 12)] = SPONGY
    hu[canal < 1] = 25.0
    label[box][back | (body < 1) | (canal < 1.5)] = 0


def _acquire(
    image: Floats, spacing: tuple[float, float, float], noise: float, rng: np.random.Generator
) -> None:
    """Blur the image as voxels and detectors do, and add noise correlated in the axial plane."""
    gaussian_filter(image, [np.hypot(0.8, 0.4 * s) / s for s in spacing], output=image)
    grain = rng.standard_normal(image.shape, dtype=np.float32)
    gaussian_filter(grain, (0.6, 0.6, 0.0), output=grain)
    grain *= np.float32(noise) / grain.std()
    image += grain
