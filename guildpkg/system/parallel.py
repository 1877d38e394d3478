"""Work done by several threads at once, with the results in the order of the items and only a few of them waiting."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def in_order(work: Callable[[_Item], _Result], items: Iterable[_Item], workers: int) -> Generator[_Result, None, None]:
    """Yield ``work(item)`` for each item, in order.

    At most ``workers + 1`` items are held at a time, so memory does not grow with their number. When the consumer
    stops early, what has not begun is never begun.

    Args:
        work: Something that lets go of the interpreter's lock, such as compression.
        items: Taken one by one, in the caller's thread.
        workers: Threads, 1 or more.
    """
    from concurrent.futures import ThreadPoolExecutor  # it brings logging along: ten milliseconds of every start

    pool = ThreadPoolExecutor(workers)
    waiting: deque[Future[_Result]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
