"""Thread pool that yields results in input order with a bounded number pending."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from itertools import islice
from typing import Final, TypeVar

T = TypeVar("T")
R = TypeVar("R")

MOST: Final = 8
"""Maximum number of threads: TensorFlow's own threads use the other cores, and each batch in progress takes memory."""


def threads() -> int:
    """Number of cores plus one, so that one thread can read files while the others compute."""
    return min(MOST, len(_cores()) + 1)


def _cores() -> range | set[int]:
    # Only the cores that this process may use: containers and `taskset` restrict them.
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)


def in_order(work: Callable[[T], R], items: Iterable[T], count: int) -> Generator[R, None, None]:
    """`work` of each item, in the items' order, in `count` threads; at most twice as many items are pending.

    What `work` raises is raised at its item's position. However the caller ends, no work continues afterwards.
    """
    waiting: deque[Future[R]] = deque()
    pool = ThreadPoolExecutor(count, thread_name_prefix="bulk")
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) >= 2 * count:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


STRETCH: Final = 512
"""Items processed by threads before the caller tries again by itself."""

TRIED: Final = 16
"""Items measured together: on a busy machine a single one may be slow by chance."""


def here_or_in_order(
    work: Callable[[T], R],
    items: Iterable[T],
    together: Callable[[Iterable[T]], Iterable[list[T]]],
    count: int,
    slow: float,
) -> Generator[R, None, None]:
    """`work` of each item, in order, by the caller itself as long as an item takes at most `slow` seconds.

    Python's threads alternate: very short work is slower if it is handed to a thread. Slow items go to `count` threads
    as in `in_order`, grouped into lists by `together`.
    """

    def all_of(some: list[T]) -> list[R]:
        return [work(item) for item in some]

    left = iter(items)
    tried, seconds = 0, 0.0
    for item in left:
        start = time.perf_counter()
        done = work(item)
        seconds += time.perf_counter() - start
        yield done
        tried += 1
        if tried == TRIED:
            if seconds > TRIED * slow:
                with closing(in_order(all_of, together(islice(left, STRETCH)), count)) as lists:
                    for found in lists:
                        yield from found
            tried, seconds = 0, 0.0


def portions(weighed: Iterable[tuple[T, int]], most: int, most_bytes: int) -> Generator[list[T], None, None]:
    """Neighbouring items in lists of at most `most`, of at most `most_bytes` together unless a single item is larger.

    Where a list ends does not depend on the starting point: whoever starts at the end of one list gets the same next
    ones.
    """
    portion: list[T] = []
    held = 0
    for item, size in weighed:
        if portion and (len(portion) == most or held + size > most_bytes):
            yield portion
            portion, held = [], 0
        portion.append(item)
        held += size
    if portion:
        yield portion
