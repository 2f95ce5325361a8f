"""The errors users meet: each names the input, the cause, the next step, and has an exit code."""

from __future__ import annotations

ONLY_CT = "These models know only CT; for MRI, TotalSegmentator has the task total_mr."


class VoCoError(Exception):
    """An error with a message for people and a code for programs.

    Attributes:
        message: what is wrong with which input.
        hint: what to do next; may be empty.
    """

    code = "error"
    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        stop = "." if hint and message and message[-1] not in ".!?:" else ""
        super().__init__(f"{message}{stop} {hint}".strip())
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[type[VoCoError], tuple[str, str]]:
        return type(self), (self.message, self.hint)  # as another process gets it


class InputError(VoCoError):
    """An image or label file cannot be used."""

    code = "bad_input"
    exit_code = 3


class WeightsError(VoCoError):
    """A checkpoint cannot be read or does not fit the network it is meant for."""

    code = "bad_weights"
    exit_code = 4


class ModelError(VoCoError):
    """A model is not in the catalogue, not supported, or its description is invalid."""

    code = "bad_model"
    exit_code = 5


class OutOfMemoryError(VoCoError):
    """No fallback was left that fits into the memory of this machine."""

    code = "out_of_memory"
    exit_code = 6


class CancelledError(VoCoError):
    """The caller asked to stop."""

    code = "cancelled"
    exit_code = 7


class OutputError(VoCoError):
    """A result could not be written; nothing half-written is left behind."""

    code = "bad_output"
    exit_code = 8


class DownloadError(VoCoError):
    """Weights could not be downloaded."""

    code = "download_failed"
    exit_code = 9


class ServerError(VoCoError):
    """A server cannot be reached, refuses, or has stopped answering."""

    code = "server"


class RequestError(VoCoError):
    """A worker was asked for something that it does not know, or without a needed field."""

    code = "bad_request"
    exit_code = 2


class WorkerNotStartedError(VoCoError):
    """The worker ended before it was ready, or could not be started at all."""

    code = "worker_not_started"


class WorkerCrashedError(VoCoError):
    """The worker ended by itself in the middle of a request."""

    code = "worker_crashed"


class WorkerKilledError(VoCoError):
    """The worker was ended from outside, most likely because memory ran out."""

    code = "worker_killed"


class WorkerHungError(VoCoError):
    """The worker neither answered nor computed any more."""

    code = "worker_hung"
