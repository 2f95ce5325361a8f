"""Says what a run is doing, what a check found and what a trial foretells, in words."""

from __future__ import annotations

import time
from typing import Any

from slicer.i18n import tr as _
from VoCoSegmentationLib import texts
from VoCoSegmentationLib.panelWords import inPanel

from VoCoLib.runs.health import Health
from VoCoLib.runs.summary import RunSummary

_PROBLEMS = 5  # that are shown in full


def kind(name: str) -> str:
    """The kind of a training."""
    return {"pretrain": _("Pre-training"), "finetune": _("Fine-tuning")}.get(name, name)


def state(name: str) -> str:
    """The state of a run."""
    return {
        "queued": _("queued"),
        "preparing data": _("preparing data"),
        "running": _("running"),
        "stopping": _("stopping"),
        "stopped": _("stopped"),
        "finished": _("finished"),
        "failed": _("failed"),
        "lost": _("lost"),
    }[name]


def row(run: RunSummary) -> list[str]:
    """The cells of a run in the table."""
    return [
        run.name,
        state(run.state.name),
        _("{step} of {steps}").format(step=run.step, steps=run.steps),
        "" if run.eta_s is None else texts.duration(run.eta_s),
    ]


def rowTip(run: RunSummary) -> str:
    """What else there is to know of a run in the table."""
    lines = [run.name, kind(run.kind), _("Device: {device}").format(device=run.device)]
    if run.started is not None:
        clock = time.strftime("%Y-%m-%d %H:%M", time.localtime(run.started))
        lines.append(_("Started: {time}").format(time=clock))
    return "\n".join(lines)


def situation(run: RunSummary) -> str:
    """What a run is doing, or why it is not."""
    if run.state.name == "queued":
        return _("Queued: it starts as soon as its device is free, also without Slicer.")
    if run.state.name == "stopping":
        return _("Stopping: it saves a checkpoint first.")
    if run.state.name == "finished":
        return _("Finished after {steps} steps.").format(steps=run.step)
    if run.state.live:
        parts = [_stage(run.stage) or _("Starting")]
        if run.done is not None and run.total:
            parts.append(_("{done} of {total}").format(done=run.done, total=run.total))
        if run.eta_s is not None:
            parts.append(_("{time} left").format(time=texts.duration(run.eta_s)))
        return ", ".join(parts)
    reason = inPanel(run.state.reason)
    return "\n".join(filter(None, [state(run.state.name).capitalize() + ".", reason]))


def ended(run: RunSummary) -> str:
    """What is said when a run has ended, wherever the user is."""
    return {
        "finished": _("The training {name} has finished."),
        "stopped": _("The training {name} was stopped."),
        "failed": _("The training {name} has failed; VoCo Pretrain says why."),
        "lost": _("The training {name} was lost; it can be resumed in VoCo Pretrain."),
    }[run.state.name].format(name=run.name)


def health(found: Health, state: str) -> tuple[str, str]:
    """How well a run learns: a word, and a sentence with what to do; both empty if unknown.

    Args:
        found: what its measures say.
        state: of the run.
    """
    finished = (
        _("Finished"),
        _("{score}, the best in step {best_step}. Use it in VoCo Segmentation."),
    )
    words = {
        "not measured": ("", ""),
        "not yet": (
            _("Not yet"),
            _("After {step} steps it is too early to tell: {score}. Wait for the next measures."),
        ),
        "learning": (_("Learning"), _("{score}, the best so far in step {best_step}.")),
        "steady": (
            _("Steady"),
            _(
                "{score}; it has hardly become better since step {best_step}. "
                "Use it, or let it come to its end, where it often gains a little."
            ),
        ),
        "stuck": (
            _("Stuck"),
            _(
                "{score} after {step} steps: it learns nothing. Press Check data and estimate, "
                "look at what it sees, and begin a new run with another preparation or learning "
                "rate."
            ),
        ),
        "diverging": (
            _("Diverging"),
            _("The loss rises: {score}. Begin a new run with a tenth of the learning rate."),
        ),
    }
    if state == "finished" and found.word in ("learning", "steady"):
        word, sentence = finished
    else:
        word, sentence = words[found.word]
    numbers = {"score": _score(found), "step": found.step, "best_step": found.best_step}
    return word, sentence.format(**numbers)


def _score(found: Health) -> str:
    """The best score of a run, in words."""
    if found.best is None:
        return ""
    if found.chance is None:
        return _("mean Dice {dice:.2f}").format(dice=found.best)
    text = _("{share:.0%} of the places found, {chance:.0%} by guessing")
    return text.format(share=found.best, chance=found.chance)


def _stage(message: str) -> str:
    """What a training says that it does."""
    return {
        "Preparing the volumes": _("Preparing the volumes"),
        "Pre-training": _("Pre-training"),
        "Fine-tuning": _("Fine-tuning"),
    }.get(message, message)


def check(result: dict[str, Any]) -> str:
    """What the check of the data found."""
    lines = [
        _("{usable} of {volumes} volumes can be used.").format(
            usable=result["usable"], volumes=result["volumes"]
        )
    ]
    if result["spacing"] is not None:
        lines.append(
            _("Spacing {spacing} mm, size {shape} voxels, values {hu} HU.").format(
                spacing=_extent(result["spacing"], "{:.3g}"),
                shape=_extent(result["shape"], "{:.0f}"),
                hu=_extent(result["hu"], "{:.0f}"),
            )
        )
    lines += _listed(_("To be corrected, or the training fails:"), result["wrong_labels"])
    lines += _listed(_("Left out:"), result["problems"])
    lines += map(inPanel, result["doubts"])
    return "\n".join(lines)


def _listed(title: str, problems: list[str]) -> list[str]:
    """The first of some problems, and how many more there are."""
    if not problems:
        return []
    lines = [title, *map(inPanel, problems[:_PROBLEMS])]
    if len(problems) > _PROBLEMS:
        lines.append(_("… and {count} more.").format(count=len(problems) - _PROBLEMS))
    return lines


def forecast(result: dict[str, Any]) -> str:
    """What a trial foretells of the whole run."""
    lines = [
        _("Estimate from {steps} steps tried with {tried} of your volumes on {device}:").format(
            steps=result["steps"], tried=result["tried"], device=texts.device(result["device"])
        ),
        _("about {time} ({step} a step), {memory} memory, {disk} disk.").format(
            time=texts.duration(result["seconds"]),
            step=_stepTime(result["step_s"]),
            memory=_of(result["memory_bytes"], result["free_bytes"]),
            disk=_of(result["disk_bytes"], result["free_disk_bytes"]),
        ),
    ]
    if result["memory_bytes"] > result["free_bytes"]:
        lines.append(_("The memory will not suffice: choose a smaller network or batch."))
    if result["disk_bytes"] > result["free_disk_bytes"]:
        lines.append(_("The disk will not suffice: free some space or choose another folder."))
    return "\n".join(lines)


def _of(needed: float, free: float) -> str:
    return _("{needed} of {free} free").format(needed=texts.size(needed), free=texts.size(free))


def _stepTime(seconds: float) -> str:
    if seconds < 1:
        return _("{milliseconds:.0f} ms").format(milliseconds=1000 * seconds)
    return texts.duration(seconds)


def _extent(found: dict[str, Any], form: str) -> str:
    """From the lowest to the highest, of each axis or of one number."""
    lowest, highest = found["lowest"], found["highest"]
    if not isinstance(lowest, list):
        lowest, highest = [lowest], [highest]
    ends = [[form.format(value) for value in pair] for pair in zip(lowest, highest, strict=True)]
    span = _("{low} to {high}")
    return " x ".join(low if low == high else span.format(low=low, high=high) for low, high in ends)


def metrics(latest: dict[str, Any]) -> str:
    """The last values of what a run measures."""
    parts = []
    if "loss" in latest:
        parts.append(_("Loss {loss:.4g}").format(loss=latest["loss"]))
    if "learning_rate" in latest:
        parts.append(_("learning rate {rate:.2e}").format(rate=latest["learning_rate"]))
    if "samples_per_second" in latest:
        speed = latest["samples_per_second"]
        parts.append(_("{speed:.2g} volumes a second").format(speed=speed))
    if "position_accuracy" in latest:
        parts.append(
            _("{share:.0f} % of the places found, {error:.2f} crops off").format(
                share=100 * latest["position_accuracy"], error=latest["position_error"]
            )
        )
    if "held_back_loss" in latest:
        parts.append(
            _("loss of volumes held back {loss:.3g}").format(loss=latest["held_back_loss"])
        )
    if latest.get("dice") is not None:
        parts.append(_("mean Dice {dice:.3f}").format(dice=latest["dice"]))
    return " · ".join(parts)
