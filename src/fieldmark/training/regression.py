"""Ridge regression as the last layer of a net: solved, not descended to."""

from typing import TYPE_CHECKING

from fieldmark.records import Labels, Pixels

if TYPE_CHECKING:
    import torch


def regress(net: "torch.nn.Sequential", images: Pixels, labels: Labels, *, penalty: float) -> None:
    """Set the last layer of ``net``, in place, to ridge regression onto the classes.

    The targets are 1 for the right class and 0 for the others; the bias is not penalised.
    Everything before the last layer stays as it is.

    Args:
        net: Float (n, c, h, w) in [0, 1] to (n, k); its last layer is fully connected.
        images: What it is shown, uint8 (n, h, w, c).
        labels: Their classes, int64 (n,).
        penalty: Penalty on the weights, as a multiple of the largest eigenvalue that the features'
            scatter could have (its trace); above 0.

    Source:
        Hoerl and Kennard 1970, doi:10.1080/00401706.1970.10488634, equation 2.1.

    Example:
        >>> import torch, numpy as np
        >>> from fieldmark.models import mlp
        >>> net = mlp((1, 1, 1), (), 2, generator=torch.Generator().manual_seed(0))
        >>> regress(net, np.uint8([[[[0]]], [[[255]]]]), np.array([0, 1]), penalty=1e-6)
        >>> [round(score, 3) for score in net(torch.ones(1, 1, 1, 1))[0].tolist()]
        [0.0, 1.0]
    """
    import torch
    from torch.nn.functional import one_hot

    from fieldmark.training.changes import as_batch

    last = net[-1]
    assert isinstance(last, torch.nn.Linear)
    targets = one_hot(torch.tensor(labels), last.out_features).double()
    with torch.no_grad():
        features = net[:-1](as_batch(images)).double()
        middle, aim = features.mean(0), targets.mean(0)
        centred = features - middle
        scatter = centred.T @ centred
        scatter.diagonal().add_(penalty * scatter.trace())
        weights = torch.linalg.solve(scatter, centred.T @ (targets - aim))
        last.weight.copy_(weights.T)
        last.bias.copy_(aim - middle @ weights)
    net.eval()
