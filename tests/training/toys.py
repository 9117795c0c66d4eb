"""A toy to train on: two kinds of picture that every method learns in a second."""

import numpy as np
import torch

from fieldmark.models import mlp
from fieldmark.training import Plan
from fieldmark.training.changes import as_batch
from fieldmark.training.course import begun, course


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def halves(n=60):
    """Pictures whose left half is bright (1) or whose right half is (0), on noise."""
    chance = np.random.Generator(np.random.PCG64(3))
    pictures = chance.integers(0, 60, (n, 6, 6, 1), dtype=np.uint8)
    labels = np.arange(n) % 2
    pictures[labels == 1, :, :3] += 170
    pictures[labels == 0, :, 3:] += 170
    return as_batch(pictures), torch.tensor(labels)


def net(seed=1, widths=(16,)):
    return mlp((6, 6, 1), widths, 2, generator=seeded(seed))


def fitted(plan: Plan, module=None, n=60):
    """A net fitted to the halves, one stream for the order and one for all else."""
    torch.set_num_threads(1)
    module = net() if module is None else module
    standing = begun(module, plan, order=seeded(5), chance=seeded(6))
    for _ in course(standing, plan, *halves(n)):
        pass
    return module.eval()


def same(one, other):
    weights = other.state_dict()
    return all(torch.equal(value, weights[name]) for name, value in one.state_dict().items())
