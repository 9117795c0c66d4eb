"""Joining a Ray cluster, quietly: one that is there, or one on this machine for this run."""

import logging
import os
import signal
import socket
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fieldmark.records import ClusterError, MissingExtraError
from fieldmark.testbed.options import Options

_ATTEMPTS = 3
"""How often a cluster is started on this machine before its failure is believed."""

_KNOCK = 10.0
"""Seconds within which a cluster has to open its door."""


@contextmanager
def joined(address: str, options: Options) -> Iterator[Any]:
    """The module ``ray``, connected to a cluster while inside.

    Args:
        address: Of the cluster; "" takes the one that ``RAY_ADDRESS`` names, or starts one.
        options: Of the run: a cluster that is started has as many cores as jobs.

    Raises:
        MissingExtraError: Ray is not installed.
        ClusterError: There is no cluster there, or none could be started.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nobody outside is told
    os.environ.setdefault("RAY_task_oom_retries", "2")  # Ray's own would go on for ever
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
    except ImportError as error:
        raise MissingExtraError("ray", "cluster", "runs on a cluster") from error
    mine = not ray.is_initialized()
    if mine:
        with _signals_kept(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _connect(ray, address or os.environ.get("RAY_ADDRESS", ""), options)
    try:
        yield ray
    finally:
        if mine:
            with _signals_kept():
                ray.shutdown()


def slots_of(ray: Any, needs: dict[str, float]) -> int:  # noqa: ANN401
    """How many errands the cluster can run at the same time just now, at least 1.

    Args:
        ray: Connected.
        needs: What one takes of a node.
    """
    there = ray.cluster_resources()
    return max(1, int(min(there.get(name, 0.0) // amount for name, amount in needs.items())))


def _connect(ray: Any, address: str, options: Options) -> None:  # noqa: ANN401
    quiet = {"logging_level": logging.ERROR, "log_to_driver": False}
    if address:
        try:
            _knock(address)
            ray.init(address=address, **quiet)
        except Exception as error:  # of many kinds, by how one is connected
            raise ClusterError(
                f"there is no Ray cluster at {address}: {_short(error)}. Start one "
                "(`ray start --head`), or leave --address out for one on this machine"
            ) from error
        return
    for attempt in range(_ATTEMPTS):
        try:
            ray.init(address="local", num_cpus=options.workers, include_dashboard=False, **quiet)
        except Exception as error:  # a busy machine takes too long for Ray now and then
            ray.shutdown()
            if attempt == _ATTEMPTS - 1:
                raise ClusterError(
                    f"Ray does not start on this machine: {_short(error)}. Run again when it is "
                    "less busy, or without --engine ray"
                ) from error
        else:
            return


def _knock(address: str) -> None:
    """Nothing, where somebody listens: Ray itself would try for many minutes.

    Raises:
        OSError: Nobody does.
        ValueError: That is no address.
    """
    host, colon, port = address.rpartition("://")[2].rpartition(":")
    if colon:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_KNOCK).close()


def _short(error: Exception) -> str:
    text = " ".join(str(getattr(error, "strerror", None) or error).split()).rstrip(".")
    return (text if len(text) <= 200 else f"{text[:200]}…") or type(error).__name__


@contextmanager
def _signals_kept() -> Iterator[None]:
    """What happens at Ctrl-C is for who called us to say: Ray would put its own in place."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
