import numpy as np
import pytest
import torch

from fieldmark.attacks.balls import back_into_ball, start_in_ball, step_uphill
from fieldmark.attacks.slopes import margins, slope
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


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_no_slope_no_step(norm):
    assert not step_uphill(Budget(norm, 1.0), torch.zeros(2, 1, 3, 3), 0.5).any()


@pytest.mark.parametrize("scale", [1e-150, 1e-30, 1.0, 1e30])
def test_a_step_has_its_length_however_flat_or_steep_the_slope(scale):
    gradient = torch.randn(3, 1, 4, 4, dtype=torch.float64, generator=torch.Generator()) * scale
    length = step_uphill(Budget("l2", 1.0), gradient, 0.25).flatten(1).norm(dim=1)
    torch.testing.assert_close(length, torch.full((3,), 0.25))
    largest = step_uphill(Budget("linf", 1.0), gradient, 0.25).abs()
    torch.testing.assert_close(largest, torch.full((3, 1, 4, 4), 0.25))


@pytest.mark.parametrize("budget", [Budget("linf", 0.1), Budget("l2", 0.3)], ids=str)
def test_coming_back_into_the_ball_keeps_what_is_inside(budget):
    origin = torch.full((1, 1, 3, 3), 0.5)
    inside = origin + 0.05
    torch.testing.assert_close(back_into_ball(budget, inside, origin), inside)
    beyond = back_into_ball(budget, origin + 5.0, origin)
    moved = budget.distances(origin.numpy(), beyond.numpy())
    assert moved[0] == pytest.approx(budget.size, abs=1e-6)


@pytest.mark.parametrize("loss", ["margin", "cross-entropy"])
def test_gradients_agree_with_finite_differences(conv, images, loss):
    model = conv()
    pictures = torch.from_numpy(images(3, 12)).permute(0, 3, 1, 2).contiguous()
    labels = torch.tensor([0, 1, 2])
    uphill = slope(model, pictures, labels, loss=loss, dtype=torch.float64).uphill

    def height(moved: torch.Tensor) -> torch.Tensor:
        logits = model.module(moved)
        if loss == "margin":
            return margins(logits, labels)
        return torch.nn.functional.cross_entropy(logits, labels, reduction="none")

    tiny = 1e-6
    for pixel in [(0, 0), (3, 7), (6, 6), (11, 4)]:
        nudge = torch.zeros(1, 1, 12, 12, dtype=torch.float64)
        nudge[0, 0, *pixel] = tiny
        rise = (height(pictures + nudge) - height(pictures - nudge)) / (2 * tiny)
        torch.testing.assert_close(uphill[:, 0, *pixel], rise.detach(), atol=1e-7, rtol=1e-5)


def test_margins_work_from_two_classes_on():
    logits = torch.tensor([[3.0, 1.0], [0.0, 5.0]])
    assert margins(logits, torch.tensor([0, 0])).tolist() == [-2.0, 5.0]
