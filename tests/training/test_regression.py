import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge as Reference

from fieldmark.models import mlp
from fieldmark.training import regress


@pytest.mark.parametrize("widths", [(), (40,)])
def test_the_last_layer_is_scikit_learns_ridge(widths, bars):
    images, labels = bars.images()[:234], bars.first_labels[:234]
    net = mlp((16, 16, 1), widths, 3, generator=torch.Generator().manual_seed(0))
    first = net[2].weight.detach().clone()
    regress(net, images, labels, penalty=0.01)
    batch = torch.tensor(images.transpose(0, 3, 1, 2).copy()).float() / 255
    with torch.no_grad():
        features, scores = net[:-1](batch).double().numpy(), net(batch).numpy()
    trace = features.var(axis=0).sum() * len(features)
    reference = Reference(alpha=0.01 * trace).fit(features, np.eye(3)[labels])
    np.testing.assert_allclose(scores, reference.predict(features), atol=1e-5)
    assert torch.equal(net[2].weight, first) == bool(widths)
