"""Makes batches ahead of the network that takes them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

_AHEAD = 2  # batches made while the network is busy


def stream(make: Callable[[int], T], first: int, last: int) -> Generator[T, None, None]:
    """make(first), ..., make(last - 1), in order; a thread makes the next while one is in use."""
    with ThreadPoolExecutor(1) as pool:
        ahead: deque[Future[T]] = deque()
        try:
            for number in range(first, last):
                ahead.append(pool.submit(make, number))
                if len(ahead) > _AHEAD:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            for waiting in ahead:
                waiting.cancel()
