"""The shortest way to a plane inside the box, against quadratic and linear programmes."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog, minimize

from fieldmark.attacks.moving.balls import start_in_ball
from fieldmark.attacks.moving.planes import to_plane
from fieldmark.records import Budget

ORDER = {"linf": np.inf, "l2": 2, "l1": 1}


def shortest(norm: str, point: np.ndarray, slope: np.ndarray, gap: float) -> float | None:
    """The length of the shortest change, by scipy; None where there is none."""
    d = len(point)
    walls = [(-value, 1 - value) for value in point]
    if norm == "l2":
        found = minimize(
            lambda change: change @ change,
            np.zeros(d),
            jac=lambda change: 2 * change,
            bounds=walls,
            constraints={"type": "eq", "fun": lambda change: slope @ change + gap},
            method="SLSQP",
            options={"ftol": 1e-14, "maxiter": 500},
        )
        return float(found.fun**0.5) if found.success else None
    # |change| below the bound: one for all values in linf, one for each in l1.
    bounds = np.ones((d, 1)) if norm == "linf" else np.eye(d)
    found = linprog(
        np.concatenate([np.zeros(d), np.ones(bounds.shape[1])]),
        A_ub=np.block([[np.eye(d), -bounds], [-np.eye(d), -bounds]]),
        b_ub=np.zeros(2 * d),
        A_eq=np.concatenate([slope, np.zeros(bounds.shape[1])])[None],
        b_eq=[-gap],
        bounds=[*walls, *[(0, None)] * bounds.shape[1]],
    )
    return float(found.fun) if found.success else None


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), d=st.integers(1, 12), far=st.floats(0.01, 0.95))
@pytest.mark.parametrize("norm", ["linf", "l2", "l1"])
def test_it_is_the_shortest_way(norm, seed, d, far):
    stream = np.random.default_rng(seed)
    point = stream.random(d).round(1)
    slope = stream.normal(size=d)
    most = (np.abs(slope) * np.where(slope > 0, 1 - point, point)).sum()
    gap = -far * most
    change = to_plane(
        norm, torch.from_numpy(point)[None], torch.from_numpy(slope)[None], torch.tensor([gap])
    )[0].numpy()
    assert slope @ change == pytest.approx(-gap, rel=1e-6, abs=1e-12)
    assert (point + change).min() > -1e-12
    assert (point + change).max() < 1 + 1e-12
    wanted = shortest(norm, point, slope, gap)
    if wanted is not None:
        assert np.linalg.norm(change, ORDER[norm]) == pytest.approx(wanted, rel=1e-4, abs=1e-7)


@pytest.mark.parametrize("norm", ["linf", "l2", "l1"])
def test_a_plane_out_of_reach_is_approached_as_far_as_the_box(norm):
    point, slope = torch.tensor([[0.25, 0.5]]), torch.tensor([[1.0, -2.0]])
    change = to_plane(norm, point, slope, torch.tensor([-100.0]))
    assert change.tolist() == [[0.75, -0.5]]


@pytest.mark.parametrize("norm", ["linf", "l2", "l1"])
def test_no_slope_is_no_way_and_a_tiny_one_is_as_good_as_any(norm):
    point = torch.full((2, 3), 0.5)
    slope = torch.tensor([[0.0, 0.0, 0.0], [1e-25, 2e-25, 0.0]])
    change = to_plane(norm, point, slope, torch.tensor([-1.0, -1e-26]))
    assert change[0].tolist() == [0.0, 0.0, 0.0]
    assert float(slope[1].double() @ change[1].double()) == pytest.approx(1e-26, rel=1e-3)


@pytest.mark.parametrize(("norm", "inside"), [("linf", 0.25), ("l2", 0.25), ("l1", 0.25)])
def test_starts_are_uniform_in_the_ball(norm, inside):
    budget = Budget(norm, 2.0)
    drawn = np.stack([start_in_ball(budget, (2,), seed) for seed in range(2000)])
    length = np.linalg.norm(drawn, ORDER[norm], axis=1)
    assert length.max() <= 2.0 + 1e-6
    # Half of the radius holds a quarter of a plane ball; every quadrant holds a quarter too.
    assert (length < 1.0).mean() == pytest.approx(inside, abs=0.04)
    assert ((drawn[:, 0] > 0) & (drawn[:, 1] > 0)).mean() == pytest.approx(0.25, abs=0.04)
    mean = {"linf": 1.0, "l2": 2 * 4 / (3 * np.pi), "l1": 2 / 3}[norm]
    assert np.abs(drawn[:, 0]).mean() == pytest.approx(mean, rel=0.06)


@pytest.mark.parametrize("norm", ["linf", "l2", "l1"])
def test_several_that_begin_beside_one_plane_go_as_each_goes_alone(norm):
    stream = np.random.default_rng(5)
    pictures, slope = (
        torch.from_numpy(stream.random((2, 3, 7))),
        torch.from_numpy(stream.normal(size=(3, 7))),
    )
    gap = torch.from_numpy(stream.normal(size=(2, 3)))
    both = to_plane(norm, pictures, slope, gap)
    for place in range(2):
        assert torch.equal(both[place], to_plane(norm, pictures[place], slope, gap[place]))


@given(seed=st.integers(0, 10**6), d=st.integers(1, 40))
@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_a_loop_on_a_cpu_finds_what_rounds_of_arrays_find(norm, seed, d):
    stream = np.random.default_rng(seed)
    pictures = torch.from_numpy(stream.random((2, 5, d)).round(1))
    slope = torch.from_numpy(stream.normal(size=(5, d)).round(2))
    gap = torch.from_numpy(stream.normal(size=(2, 5)) * d)
    found = to_plane(norm, pictures, slope, gap)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fieldmark.attacks.moving.planes.LOOPED", ())
        wanted = to_plane(norm, pictures, slope, gap)
    torch.testing.assert_close(found, wanted, rtol=1e-9, atol=1e-12)
