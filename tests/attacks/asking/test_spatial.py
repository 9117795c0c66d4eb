"""Turns and moves: the referee makes the pictures, so the declared budget is the true one."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.attacks import Spatial, SpatialGrid, attacked
from fieldmark.attacks.watching.referee import Referee
from fieldmark.attacks.watching.warps import turned
from fieldmark.records import Budget, ConfigError, DataError, ThreatModel, degrees

NOTHING = np.zeros((1, 3))


def _pictures(n: int, side: int = 9) -> torch.Tensor:
    drawn = np.random.default_rng(1).random((n, 2, side, side), dtype=np.float32)
    return torch.from_numpy(drawn)


def test_no_turn_changes_nothing_bit_for_bit():
    for side in (1, 8, 9, 28):
        pictures = _pictures(5, side)
        assert torch.equal(turned(pictures, NOTHING.repeat(5, axis=0)), pictures)


@pytest.mark.parametrize("quarters", [1, 2, 3, -1])
def test_quarter_turns_are_those_of_numpy(quarters):
    pictures = _pictures(4)
    turns = np.array([[90.0 * quarters, 0, 0]]).repeat(4, axis=0)
    clockwise = torch.rot90(pictures, -quarters, dims=(2, 3))
    torch.testing.assert_close(turned(pictures, turns), clockwise, atol=1e-6, rtol=0)


def test_whole_pixels_are_moved_as_they_are_and_leave_black_behind():
    pictures = _pictures(3, 10)
    moved = turned(pictures, np.array([[0, 0.2, -0.1]]).repeat(3, axis=0))
    torch.testing.assert_close(moved[:, :, :9, 2:], pictures[:, :, 1:, :8], atol=1e-6, rtol=0)
    assert (moved[:, :, :, :2] < 1e-6).all()
    assert (moved[:, :, 9:] < 1e-6).all()


@given(
    st.lists(st.tuples(*[st.floats(-1, 1)] * 3), min_size=1, max_size=4),
)
def test_a_turned_picture_is_a_picture_and_no_other_s_business(shares):
    turns = np.array(shares) * np.array([180.0, 0.5, 0.5])
    pictures = _pictures(len(turns), 6)
    together = turned(pictures, turns)
    assert together.min() >= 0
    assert together.max() <= 1
    for row in range(len(turns)):
        alone = turned(pictures[row : row + 1], turns[row : row + 1])
        assert torch.equal(alone[0], together[row])


def test_degrees_are_the_largest_of_three_parts():
    turns = np.array([[-20.0, 0, 0], [3.0, -0.1, 0], [3.0, 0.01, 0.05], [0, 0, 0]])
    np.testing.assert_allclose(degrees(turns), [20, 30, 15, 0])
    assert str(Budget.parse("degrees", "30")) == "30"
    with pytest.raises(ConfigError, match="measured by turns and moves"):
        Budget("degrees", 3.0).distances(
            np.zeros((1, 2, 2, 1), np.float32), np.zeros((1, 2, 2, 1), np.float32)
        )


def test_what_is_judged_is_the_original_turned_within_the_budget(conv, images, seeds):
    model, shown = conv(), images(12, 12)
    labels = model(shown).argmax(axis=1).astype(np.int64)
    ids = [str(row) for row in range(12)]
    grid = SpatialGrid(Budget("degrees", 60.0), angles=11, moves=3)
    outcome = attacked(model, grid, shown, labels, seeds(12), ids=ids)
    assert (outcome.distance <= 60).all()
    fooled = outcome.logits.argmax(axis=1) != labels
    assert fooled.any()
    np.testing.assert_allclose(outcome.smallest[fooled], outcome.distance[fooled], rtol=1e-6)
    assert (outcome.queries[~fooled] == 99).all()
    assert (outcome.first[fooled] <= outcome.queries[fooled]).all()


def test_a_grid_finds_what_ten_draws_find(conv, images, seeds):
    model, shown = conv(seed=5), images(30, 12)
    labels = model(shown).argmax(axis=1).astype(np.int64)
    ids = [str(row) for row in range(30)]
    fooled = {}
    for draws in (1, 10, 50):
        outcome = attacked(
            model, Spatial(Budget("degrees", 90.0), draws=draws), shown, labels, seeds(30), ids=ids
        )
        fooled[draws] = set(np.flatnonzero(outcome.logits.argmax(axis=1) != labels))
        assert outcome.queries.max() <= draws
    assert fooled[1] <= fooled[10] <= fooled[50]
    every = SpatialGrid(Budget("degrees", 90.0), angles=15, moves=3)
    grid = attacked(model, every, shown, labels, seeds(30), ids=ids)
    found = (grid.logits.argmax(axis=1) != labels).sum()
    assert 0 < len(fooled[10]) <= found + 1


def test_the_referee_is_not_fooled_by_declarations(conv, images, seeds):
    model, shown = conv(), images(3, 12)
    labels = model(shown).argmax(axis=1).astype(np.int64)
    rows = np.arange(3)

    def referee(budget: Budget) -> Referee:
        return Referee(model, ThreatModel(budget, "decision"), shown, labels, seeds(3))

    strict = referee(Budget("degrees", 5.0))
    strict.turned(np.array([[180.0, 0, 0]]).repeat(3, axis=0), rows)
    assert not strict.score.fooled.any()
    assert strict.score.beyond.tolist() == [1, 1, 1]
    assert (strict.score.picture == 0).all()  # what is kept is how they were turned: not at all
    with pytest.raises(ConfigError, match="the referee turns the pictures"):
        strict.ask(strict.pictures, rows)
    with pytest.raises(DataError, match="turns that are not numbers"):
        strict.turned(np.full((3, 3), np.nan), rows)
    with pytest.raises(ConfigError, match="budget in degrees"):
        referee(Budget("l2", 1.0)).turned(np.zeros((3, 3)), rows)


@pytest.mark.parametrize("kind", [Spatial, SpatialGrid])
def test_what_makes_no_sense_is_refused(kind):
    with pytest.raises(ConfigError, match="its budget is in degrees, got linf"):
        kind(Budget("linf", 0.1))
    with pytest.raises(ConfigError, match="0 to 180 degrees"):
        kind(Budget("degrees", 200.0))
    with pytest.raises(ConfigError, match="0 to 180 degrees"):
        kind(Budget("degrees", np.inf))
    with pytest.raises(ConfigError, match="at least 1"):
        kind(Budget("degrees", 3.0), 0)
