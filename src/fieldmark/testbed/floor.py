"""The floor: where parts are handed to workers, no more at once than memory allows."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import BoundedSemaphore

import torch
from threadpoolctl import threadpool_limits


class Floor:
    """Workers that each compute on one core, and a gate that keeps the queue short.

    One thread per model and many models at once use the cores as well as many threads per model do,
    and no sum is ever added up in another order because of how many cores there were.

    Args:
        workers: How many tasks are worked on at the same time.
    """

    def __init__(self, workers: int) -> None:
        self.pool = ThreadPoolExecutor(
            workers, thread_name_prefix="ask", initializer=lambda: torch.set_num_threads(1)
        )
        self._gate = BoundedSemaphore(2 * workers)
        self._tasks: set[Future[None]] = set()
        self._error: BaseException | None = None

    def hand_out(self, task: Callable[[], None], *, then: Callable[[], None]) -> None:
        """Give a task to a worker as soon as there is room; ``then`` is called when it has ended.

        Raises:
            Exception: What an earlier task raised; nothing more is handed out.
        """
        self._gate.acquire()
        if self._error is not None:
            self._gate.release()
            raise self._error
        future = self.pool.submit(task)
        self._tasks = {one for one in self._tasks if not one.done()} | {future}
        future.add_done_callback(lambda done: self._take_back(done, then))

    def settle(self) -> None:
        """Wait for every task that was handed out.

        Raises:
            Exception: What one of them raised.
        """
        for task in self._tasks:
            task.exception()
        self._tasks = set()  # they hold on to whom they asked
        if self._error is not None:
            raise self._error

    def _take_back(self, done: Future[None], then: Callable[[], None]) -> None:
        if not done.cancelled():
            self._error = self._error or done.exception()
            then()
        self._gate.release()


@contextmanager
def floor(workers: int) -> Iterator[Floor]:
    """A floor that is cleared on the way out: what was handed out ends before anything else.

    Only when a person interrupts, tasks that were not begun are dropped; those in flight still end.
    """
    with threadpool_limits(limits=1):
        opened = Floor(workers)
        try:
            yield opened
        except KeyboardInterrupt:
            opened.pool.shutdown(wait=True, cancel_futures=True)
            raise
        finally:
            opened.pool.shutdown(wait=True)
