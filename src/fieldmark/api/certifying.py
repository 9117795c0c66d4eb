"""Certifying: what smoothed versions of subjects can prove about their answers."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fieldmark.catalog import Conditions
from fieldmark.catalog import subject as subject_by_name
from fieldmark.records import Certificate, Condition, ConfigError, Examples, Subject
from fieldmark.store import Store, open_store

if TYPE_CHECKING:
    from fieldmark.testbed import Options, Watch


def certified_conditions(
    examples: str | Examples, certificate: Certificate, seed: int
) -> tuple[Condition, ...]:
    """The unchanged examples, and the question for proofs about them.

    Raises:
        ConfigError: The examples are changed already.
        FieldmarkError: A name or data that cannot be used.
    """
    if isinstance(examples, str):
        (made,) = Conditions(seed).make(examples)
        if made.change is not None:
            raise ConfigError(f"{examples} is changed already; name a data set, such as mnist-test")
        examples = made.examples
    return Condition(examples, seed=seed), Condition(examples, certificate, seed)


def certify(
    subjects: Sequence[str | Subject],
    examples: str | Examples,
    store: str | Path | Store,
    *,
    sigma: float,
    draws: int = 10_000,
    selection: int = 100,
    alpha: float = 0.001,
    votes: int = 100,
    clipped: bool = True,
    seed: int = 0,
    options: "Options | None" = None,
    watch: "Watch | None" = None,
) -> Store:
    """The store, holding within which L2 radius each subject, smoothed, proves its answers.

    It holds its answers to the unchanged examples too, by vote. Whatever is there already is not
    measured again.

    Args:
        subjects: Names or ``Subject``s, not smoothed yet; each is kept as "smoothed:SIGMA:NAME".
        examples: The name of a data set, or the examples themselves.
        store: Where answers are kept: a folder, an fsspec URL, or an open store.
        sigma: Standard deviation of the Gaussian noise, in pixel units, > 0.
        draws: Noisy copies that count for each example's proof.
        selection: Other noisy copies that choose its class beforehand.
        alpha: How often each proof may fail.
        votes: Noisy copies that vote when a picture is only classified, or attacked.
        clipped: Are noisy pixels cut off to [0, 1]?
        seed: The run's seed.
        options: How to go about it.
        watch: Who looks on.

    Raises:
        ConfigError: There is no noise, nothing is drawn, or the examples are changed already.
        FieldmarkError: A name, data or a store that cannot be used.

    Warns:
        UserWarning: Some cells failed; the store keeps the reasons.

    Source:
        Cohen, Rosenfeld & Kolter 2019, arXiv:1902.02918.
    """
    from fieldmark import models, testbed

    made = [subject_by_name(one) if isinstance(one, str) else one for one in subjects]
    opened = store if isinstance(store, Store) else open_store(store, create=True)
    tally = testbed.run(
        [
            models.smoothed_subject(one, sigma, draws=votes, seed=seed, clipped=clipped)
            for one in made
        ],
        certified_conditions(examples, Certificate(draws, selection, alpha), seed),
        opened,
        options=options,
        watch=watch,
    )
    for header in tally.failed:
        warnings.warn(f"{header.cell} failed: {header.reason}", stacklevel=2)
    return opened
