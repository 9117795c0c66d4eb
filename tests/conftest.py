"""What holds for all tests: what was imported to collect them stays, and a deadline is a hang."""

import gc
import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

# A busy machine is no failure, a hang is; `make slow` tries ten times as many examples.
settings.register_profile("house", deadline=2000, max_examples=30)
settings.register_profile("thorough", settings.get_profile("house"), max_examples=300)
settings.load_profile("house")

# What a shell begins in the background is deaf to Ctrl-C, and so is all that is begun from there.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[object]:
    """Looking for garbage among a million objects that stay takes a twentieth of all time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
