"""Ray: many machines ask, this process keeps the ledger; a worker or a node that dies is replaced.

Nothing is sent but conditions and subjects, pickled; no folder and no environment travels, so no
secret does. What these refer to by path (pictures, weights, modules of one's own) has to lie at the
same path on every node.
"""

import os
import sys
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Any

from fieldmark.records import (
    ClusterError,
    Condition,
    ConfigError,
    Examples,
    FieldmarkError,
    Subject,
)
from fieldmark.store import Store, address_of, holder_at
from fieldmark.testbed.engines.desks import Desk
from fieldmark.testbed.engines.engine import Work
from fieldmark.testbed.engines.errands import Brought, Errand, Home
from fieldmark.testbed.engines.joining import joined, slots_of
from fieldmark.testbed.engines.ledger import Ledger
from fieldmark.testbed.options import Options
from fieldmark.testbed.planning import Plan
from fieldmark.testbed.provenance import code_versions
from fieldmark.testbed.watching import Watch

_TRIES_MORE = 2
"""How often Ray itself runs an errand again whose worker or node died."""

_LOOK_EVERY = 5.0  # seconds

_EXAMPLES_AT_HAND = 2
"""How many test sets a worker keeps unpacked."""

_LOSSES: Mapping[str, str] = MappingProxyType(
    {
        "WorkerCrashedError": "its worker process was killed, or crashed",
        "OutOfMemoryError": "its node ran out of memory",
        "NodeDiedError": "its node died",
    }
)
"""What Ray calls the loss of an errand, in words."""


@dataclass(frozen=True)
class Ray:
    """Works off a plan on a Ray cluster.

    Args:
        address: Of the cluster, as Ray takes it ("auto", "host:6379", "ray://host:10001"); ""
            takes the one that ``RAY_ADDRESS`` names, or starts one on this machine for this run.
    """

    address: str = ""

    def work_off(self, todo: Plan, store: Store, options: Options, watch: Watch) -> Work:
        """See ``Engine``.

        Raises:
            MissingExtraError: Ray is not installed.
            ClusterError: There is no cluster, or a node cannot do the work.
        """
        with joined(self.address, options) as ray:
            needs = needed(options, ray.cluster_resources())
            ledger = Ledger(
                todo,
                store,
                replace(options, jobs=options.workers),  # not as many as a node has cores
                watch,
                home=home_of(store),
                send=_sender(ray),
                slots=slots_of(ray, needs),
            )
            _Dispatch(ray, ledger, needs).all()
            return ledger.work()


def needed(options: Options, there: Mapping[str, float]) -> dict[str, float]:
    """What one errand takes of a node: a core, and a GPU where models run on one.

    Args:
        options: Of the run.
        there: What the cluster has.

    Raises:
        ConfigError: One GPU of several is named: which one a worker sees is for the cluster to say.
        ClusterError: Models are to run on a GPU, and no node has one.
    """
    device = "cpu" if options.placement is None else options.placement.device
    kind, colon, _ = device.partition(":")
    if kind == "cpu" or (kind == "auto" and not there.get("GPU")):
        return {"CPU": 1.0}
    if colon:
        raise ConfigError(f"on a cluster each worker sees one GPU: write {kind}, not {device}")
    if not there.get("GPU"):
        raise ClusterError(f"no node of the cluster has a GPU, and models are to run on {device}")
    return {"CPU": 1.0, "GPU": 1.0}


def home_of(store: Store) -> Home:
    """What errands have to know of this process."""
    address = address_of(store.url)
    return Home(
        store=address,
        holder=holder_at(address),
        code=code_versions(),
        folder=os.getcwd(),  # noqa: PTH109  as it is, links and all
        paths=module_paths(),
    )


def module_paths() -> tuple[str, ...]:
    """Where Python looks for modules here, and where those that are loaded were found."""
    found = dict.fromkeys(path for path in sys.path if path)
    for name, module in tuple(sys.modules.items()):
        file, top = getattr(module, "__file__", None), "." not in name
        if top and isinstance(file, str) and not name.startswith("_"):
            folder = os.path.dirname(file)  # noqa: PTH120
            is_package = os.path.basename(file) == "__init__.py"  # noqa: PTH119
            found[os.path.dirname(folder) if is_package else folder] = None  # noqa: PTH120
    return tuple(path for path in found if os.path.isabs(path))  # noqa: PTH117


class _Dispatch:
    """Sends errands out, a few more than can be run at once, and settles what they bring."""

    def __init__(self, ray: Any, ledger: Ledger, needs: dict[str, float]) -> None:  # noqa: ANN401
        self._ray, self._ledger, self._needs = ray, ledger, needs
        self._go = ray.remote(
            num_cpus=needs["CPU"], num_gpus=needs.get("GPU", 0), max_retries=_TRIES_MORE
        )(run_errand)
        self._away: dict[Any, Errand] = {}
        self._settling: set[Future[None]] = set()
        self._scribes = ThreadPoolExecutor(8, thread_name_prefix="settle")
        self._ending = False

    def all(self) -> None:
        """Every errand, run and settled.

        Raises:
            ClusterError, StoreError: See ``Ledger.settle``; what was answered before is kept.
            KeyboardInterrupt: After the answers in hand are kept.
        """
        try:
            for errand in self._ledger.errands():
                self._send(errand)
                while len(self._away) >= 2 * slots_of(self._ray, self._needs):
                    self._land()
            while self._away or self._settling:
                self._land()
                for errand in self._ledger.again():
                    self._send(errand)
        except KeyboardInterrupt:
            self._call_back()
            raise
        finally:
            self._drop()

    def _send(self, errand: Errand) -> None:
        self._away[self._go.remote(errand)] = errand

    def _land(self) -> None:
        """Wait for an errand that comes back, and settle it beside the others."""
        ready: list[Any] = []
        if self._away:
            ready, _ = self._ray.wait(list(self._away), num_returns=1, timeout=_LOOK_EVERY)
        for one in ready:
            errand = self._away.pop(one)
            brought = self._opened(one, errand)
            if brought is not None:
                self._settling.add(self._scribes.submit(self._ledger.settle, errand, brought))
        for settled in tuple(self._settling):
            if settled.done() or not self._away:
                self._settling.discard(settled)
                settled.result()

    def _opened(self, one: Any, errand: Errand) -> Brought | None:  # noqa: ANN401
        """What an errand brought; None where nobody came back, which the ledger is told."""
        errors = self._ray.exceptions
        try:
            brought: Brought = self._ray.get(one)
        except errors.TaskCancelledError:
            return None
        except errors.RayTaskError as error:
            raise error.cause or error from None
        except errors.RayError as error:  # its worker or its node died, time and again
            if not self._ending:
                self._ledger.lost(errand, _LOSSES.get(type(error).__name__, type(error).__name__))
            return None
        return brought

    def _call_back(self) -> None:
        """Who is away ends after the answer in hand and comes back; who has not left, stays."""
        self._ending = True
        for one in self._away:
            self._ray.cancel(one, force=False)
        while self._away or self._settling:
            with suppress(FieldmarkError):
                self._land()

    def _drop(self) -> None:
        """Where a run ends by an error, nobody waits for those who are still away."""
        for one in self._away:
            with suppress(Exception):
                self._ray.cancel(one, force=True)
        self._scribes.shutdown(wait=True, cancel_futures=True)


def _sender(ray: Any) -> Callable[[Condition | Subject], Any]:  # noqa: ANN401
    """Puts a condition or a subject where every node can fetch it.

    Many conditions share their examples, which may hold every picture: those travel once.
    """
    examples: dict[object, Any] = {}

    def put(thing: Any, name: str) -> Any:  # noqa: ANN401
        try:
            return ray.put(thing)
        except Exception as error:  # whatever pickle says of what it meets inside
            raise ConfigError(
                f"{name} cannot be sent to a cluster: {' '.join(str(error).split())[:300]}. Make "
                "it from a file or a module, which every node can read"
            ) from error

    def send(thing: Condition | Subject) -> Any:  # noqa: ANN401
        if isinstance(thing, Subject):
            return put(thing, thing.name)
        shown = thing.examples
        alike = (shown.content, shown.card, shown.frame, shown.framing)
        if alike not in examples:
            examples[alike] = put(shown, shown.card.name)
        return put(_Parcel(examples[alike], _without_examples(thing)), thing.name)

    return send


@dataclass(frozen=True)
class _Parcel:
    """A condition whose examples travel apart."""

    examples: Any
    rest: dict[str, Any]


def _without_examples(condition: Condition) -> dict[str, Any]:
    named = condition.__dataclass_fields__
    return {name: getattr(condition, name) for name in named if name != "examples"}


# On a node


def run_errand(errand: Errand) -> Brought:
    """What came of an errand, in a worker process of Ray's.

    Called back by Ray (which interrupts this thread) it ends after the answer in hand.
    """
    desk, hand = _desk()
    running = hand.submit(desk.run, errand)
    try:
        return running.result()
    except KeyboardInterrupt:
        desk.stopping.set()
        return running.result()
    finally:
        desk.stopping.clear()


@cache
def _desk() -> tuple[Desk, ThreadPoolExecutor]:
    """The desk of this process and the one thread that works at it."""
    import ray
    import torch
    from threadpoolctl import threadpool_limits

    threadpool_limits(limits=1)
    hand = ThreadPoolExecutor(1, initializer=lambda: torch.set_num_threads(1))
    shown: OrderedDict[Any, Examples] = OrderedDict()

    def fetch(key: Any) -> Any:  # noqa: ANN401
        thing = ray.get(key)
        if not isinstance(thing, _Parcel):
            return thing
        if thing.examples not in shown:
            shown[thing.examples] = ray.get(thing.examples)
            if len(shown) > _EXAMPLES_AT_HAND:
                shown.popitem(last=False)
        return Condition(examples=shown[thing.examples], **thing.rest)

    return Desk(fetch), hand
