"""Memory of this machine: what is freed between blocks in use goes back to the system."""

from __future__ import annotations

import platform

import psutil
import pytest

from VoCoLib.inference.devices import is_out_of_memory, out_of_memory_reason, trim_heap

MIB = 1 << 20


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries do it themselves")
def test_freed_blocks_between_others_go_back() -> None:
    process = psutil.Process()
    blocks = [bytearray(100_000) for _ in range(1000)]  # each too small for pages of its own
    for block in blocks:
        block[:] = b"x" * len(block)
    del blocks[::2]
    before = process.memory_info().rss
    trim_heap()
    assert before - process.memory_info().rss > 30 * MIB
    assert len(blocks) == 500


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "Exception:\ncould not create a primitive\n",
            "could not create a primitive",
        ),
        (
            "CUDA out of memory. Tried to allocate 2 GiB.\nMore",
            "CUDA out of memory. Tried to allocate 2 GiB",
        ),
        ("", "MemoryError"),
    ],
)
def test_the_reason_is_the_line_that_says_it(text: str, reason: str) -> None:
    error = MemoryError(text)
    assert is_out_of_memory(error) and out_of_memory_reason(error) == reason
