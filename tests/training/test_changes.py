import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from fieldmark.models import mlp
from fieldmark.training.changes import as_batch, augmented, noisy, worst


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def pictures(seed=0, count=5):
    return torch.rand((count, 1, 12, 12), generator=seeded(seed))


def test_a_batch_is_channels_first_in_unit_range():
    images = np.arange(2 * 3 * 4 * 3, dtype=np.uint8).reshape(2, 3, 4, 3)
    batch = as_batch(images)
    assert batch.shape == (2, 3, 3, 4)
    assert float(batch[1, 2, 0, 3]) == pytest.approx(images[1, 0, 3, 2] / 255)


def test_augmented_images_stay_in_range_and_differ():
    images = pictures()
    changed = augmented(images, generator=seeded())
    assert changed.shape == images.shape
    assert float(changed.min()) >= 0 and float(changed.max()) <= 1.000001
    assert (changed != images).flatten(1).any(dim=1).all()


def test_augmentation_moves_a_dot_no_further_than_it_says():
    dots = torch.zeros(200, 1, 41, 41)
    dots[:, :, 19:22, 19:22] = 1
    changed = augmented(dots, generator=seeded())
    mass = changed.sum(dim=(1, 2, 3))
    rows = (changed.sum(dim=(1, 3)) * torch.arange(41)).sum(dim=1) / mass - 20
    assert 3.8 < float(rows.abs().max()) < 0.1 * 41 + 0.2  # bilinear reading adds a little
    assert abs(float(rows.mean())) < 0.5


def test_augmentation_turns_without_shear():
    bars = torch.zeros(50, 1, 41, 41)
    bars[:, :, 20, 8:33] = 1
    changed = augmented(bars, generator=seeded())
    y, x = torch.meshgrid(torch.arange(41.0), torch.arange(41.0), indexing="ij")
    angles = []
    for picture in changed[:, 0]:
        share = picture / picture.sum()
        dx, dy = x - (share * x).sum(), y - (share * y).sum()
        spread = [(share * a * b).sum() for a, b in ((dx, dx), (dx, dy), (dy, dy))]
        angles.append(0.5 * torch.atan2(2 * spread[1], spread[0] - spread[2]))
    largest = float(torch.rad2deg(torch.stack(angles).abs().max()))
    assert 10 < largest <= 15.5


def test_noise_has_the_deviation_that_was_asked_for():
    grey = torch.full((50, 1, 12, 12), 0.5)
    noise = noisy(grey, 0.1, generator=seeded()) - grey
    assert float(noise.std()) == pytest.approx(0.1, rel=0.05)
    assert float(noise.mean()) == pytest.approx(0, abs=0.005)
    white = noisy(torch.ones(1, 1, 12, 12), 0.5, generator=seeded())
    assert float(white.max()) <= 1 and float(white.min()) >= 0


@pytest.mark.parametrize("radius", [0.0, 0.05, 0.3])
def test_the_worst_image_stays_in_its_ball_and_in_range(radius):
    images, labels = pictures(), torch.arange(5) % 3
    net = mlp((12, 12, 1), (8,), 3, generator=seeded())
    moved = worst(net, images, labels, radius, 4, generator=seeded(1))
    assert float((moved - images).abs().max()) <= radius + 1e-6
    assert float(moved.min()) >= 0 and float(moved.max()) <= 1
    assert not moved.requires_grad


def test_on_a_linear_net_of_two_classes_the_worst_image_is_the_closed_form():
    images, labels = 0.4 + 0.2 * pictures(), torch.tensor([0, 1, 0, 1, 0])
    net = mlp((12, 12, 1), (), 2, generator=seeded())
    away = (net[-1].weight[1] - net[-1].weight[0]).detach().reshape(1, 1, 12, 12)
    towards = torch.where(labels == 0, 1.0, -1.0).reshape(5, 1, 1, 1)
    best = images + 0.1 * towards * away.sign()
    moved = worst(net, images, labels, 0.1, 5, generator=seeded(1))
    torch.testing.assert_close(moved, best)
    with torch.no_grad():
        assert cross_entropy(net(moved), labels) > cross_entropy(net(images), labels)


def test_the_search_leaves_no_gradient_on_the_net():
    net = mlp((12, 12, 1), (8,), 3, generator=seeded())
    worst(net, pictures(), torch.arange(5) % 3, 0.1, 2, generator=seeded())
    assert all(weights.grad is None for weights in net.parameters())
