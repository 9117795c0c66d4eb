import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldmark.attacks.moving.balls import back_into_ball, start_in_ball, step_uphill
from fieldmark.attacks.watching.losses import climbed, margins
from fieldmark.attacks.watching.slopes import slope
from fieldmark.records import Budget


def test_l2_starts_are_uniform_in_the_ball():
    budget, shape, number = Budget("l2", 2.0), (1, 2, 2), 2000
    starts = np.stack([start_in_ball(budget, shape, seed) for seed in range(number)])
    radii = np.sqrt((starts.astype(float) ** 2).sum(axis=(1, 2, 3)))
    assert radii.max() <= 2.0 + 1e-6
    # The share of the volume inside its own radius is uniform for a uniform point.
    shares = np.sort((radii / 2.0) ** 4)
    assert np.abs(shares - np.linspace(0, 1, number)).max() < 1.63 / np.sqrt(number)  # 1 % level
    assert np.abs(starts.mean(axis=0)).max() < 4 * 2.0 / np.sqrt(number)


def test_linf_starts_are_uniform_in_the_cube():
    starts = np.stack([start_in_ball(Budget("linf", 0.3), (1, 2, 2), seed) for seed in range(1000)])
    spread = np.sort(starts.ravel())
    assert np.abs(spread - np.linspace(-0.3, 0.3, 4000)).max() < 0.6 * 1.63 / np.sqrt(4000)


@pytest.mark.parametrize("norm", ["linf", "l2", "l1"])
def test_no_slope_no_step(norm):
    assert not step_uphill(Budget(norm, 1.0), torch.zeros(2, 1, 3, 3), 0.5).any()


@pytest.mark.parametrize("scale", [1e-150, 1e-30, 1.0, 1e30])
def test_a_step_has_its_length_however_flat_or_steep_the_slope(scale):
    gradient = torch.randn(3, 1, 4, 4, dtype=torch.float64, generator=torch.Generator()) * scale
    length = step_uphill(Budget("l2", 1.0), gradient, 0.25).flatten(1).norm(dim=1)
    torch.testing.assert_close(length, torch.full((3,), 0.25))
    largest = step_uphill(Budget("linf", 1.0), gradient, 0.25).abs()
    torch.testing.assert_close(largest, torch.full((3, 1, 4, 4), 0.25))
    spread = step_uphill(Budget("l1", 1.0), gradient, 0.25, share=0.3)
    torch.testing.assert_close(spread.abs().flatten(1).sum(dim=1), torch.full((3,), 0.25))
    assert ((spread != 0).flatten(1).sum(dim=1) == int(0.3 * 16)).all()


@pytest.mark.parametrize(
    "budget", [Budget("linf", 0.1), Budget("l2", 0.3), Budget("l1", 0.5)], ids=str
)
def test_coming_back_into_the_ball_keeps_what_is_inside(budget):
    origin = torch.full((1, 1, 3, 3), 0.5)
    inside = origin + 0.05
    torch.testing.assert_close(back_into_ball(budget, inside, origin), inside)
    beyond = back_into_ball(budget, origin + 5.0, origin)
    moved = budget.distances(origin.numpy(), beyond.numpy())
    assert moved[0] == pytest.approx(budget.size, abs=1e-6)


@pytest.mark.parametrize("loss", ["margin", "cross-entropy", "dlr"])
def test_gradients_agree_with_finite_differences(conv, images, loss):
    model = conv()
    pictures = torch.from_numpy(images(3, 12)).permute(0, 3, 1, 2).contiguous()
    labels = torch.tensor([0, 1, 2])
    uphill = slope(model.module, pictures, labels, loss=loss, dtype=torch.float64).uphill

    def height(moved: torch.Tensor) -> torch.Tensor:
        return climbed(loss, model.module(moved), labels)

    tiny = 1e-6
    for pixel in [(0, 0), (3, 7), (6, 6), (11, 4)]:
        nudge = torch.zeros(1, 1, 12, 12, dtype=torch.float64)
        nudge[0, 0, *pixel] = tiny
        rise = (height(pictures + nudge) - height(pictures - nudge)) / (2 * tiny)
        torch.testing.assert_close(uphill[:, 0, *pixel], rise.detach(), atol=1e-7, rtol=1e-5)


def test_margins_work_from_two_classes_on():
    logits = torch.tensor([[3.0, 1.0], [0.0, 5.0]])
    assert margins(logits, torch.tensor([0, 0])).tolist() == [-2.0, 5.0]


def test_dlr_does_not_care_for_scale_or_shift():
    logits = torch.tensor([[3.0, 1.0, 0.5, -2.0], [0.0, 5.0, 4.0, 1.0]], dtype=torch.float64)
    labels, targets = torch.tensor([0, 1]), torch.tensor([2, 3])
    for wanted in (None, targets):
        plain = climbed("dlr", logits, labels, wanted)
        torch.testing.assert_close(climbed("dlr", 1000 * logits + 7, labels, wanted), plain)
    # By hand: -(3 - 1) / (3 - 0.5), and -(3 - 0.5) / (3 - (0.5 - 2) / 2).
    assert climbed("dlr", logits, labels)[0].item() == pytest.approx(-2.0 / 2.5)
    assert climbed("dlr", logits, labels, targets)[0].item() == pytest.approx(-2.5 / 3.75)


def test_losses_with_two_and_three_classes():
    two, three = torch.tensor([[3.0, 1.0]]), torch.tensor([[3.0, 1.0, 0.0]])
    label, target = torch.tensor([0]), torch.tensor([1])
    assert climbed("dlr", two, label).item() == climbed("margin", two, label).item() == -2.0
    assert climbed("dlr", two, label, target).item() == -2.0
    assert climbed("dlr", three, label, target).item() == pytest.approx(-2.0 / 3.0)


@settings(max_examples=60)
@given(
    seed=st.integers(0, 10**6), side=st.integers(1, 6), size=st.floats(0.01, 8.0), far=st.booleans()
)
def test_the_way_back_into_the_l1_ball_is_the_shortest(seed, side, size, far):
    stream = np.random.default_rng(seed)
    origin = stream.random((1, 1, side, side)).round(stream.integers(1, 4))
    moved = origin + stream.normal(size=origin.shape) * (3.0 if far else 0.2)
    found = back_into_ball(
        Budget("l1", size), torch.tensor(moved).float(), torch.tensor(origin).float()
    ).double()
    origin, moved = (torch.tensor(one).float().double() for one in (origin, moved))
    assert (found - origin).abs().sum() <= size + 1e-6
    assert found.min() >= 0
    assert found.max() <= 1
    # By bisection on the shrinkage.
    wanted = (moved - origin).abs().flatten()
    room = torch.where(moved > origin, 1 - origin, origin).flatten()
    low, high = 0.0, float(wanted.max())
    if torch.minimum(wanted, room).sum() > size:
        for _ in range(80):
            middle = (low + high) / 2
            left = torch.minimum((wanted - middle).clamp_min(0), room).sum()
            low, high = (middle, high) if left > size else (low, middle)
    best = torch.minimum((wanted - low).clamp_min(0), room)
    torch.testing.assert_close((found - origin).abs().flatten(), best, atol=2e-6, rtol=0)
