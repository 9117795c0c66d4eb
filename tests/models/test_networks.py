import pytest
import torch

from fieldmark.models import convnet, mlp
from fieldmark.models.layers import Dropout


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("frame", [(16, 16, 1), (28, 28, 1), (33, 19, 3)])
@pytest.mark.parametrize("channels", [(4,), (4, 6), (4, 6, 8)])
def test_a_convnet_takes_any_frame(frame, channels):
    height, width, filters = frame
    net = convnet(frame, channels, 7, generator=seeded())
    assert net(torch.zeros(2, filters, height, width)).shape == (2, 7)


def test_an_mlp_of_no_hidden_layer_is_linear():
    net = mlp((4, 4, 1), (), 3, generator=seeded())
    low, high = torch.rand(2, 1, 1, 4, 4, generator=seeded(1))
    torch.testing.assert_close((net(low) + net(high)) / 2, net((low + high) / 2))


def test_the_same_generator_gives_the_same_net_and_another_another():
    first, again, other = (convnet((16, 16, 1), (4,), 3, generator=seeded(s)) for s in (0, 0, 1))
    assert all(
        torch.equal(a, b) for a, b in zip(first.parameters(), again.parameters(), strict=True)
    )
    assert not torch.equal(first[1].weight, other[1].weight)


def test_no_net_touches_the_global_generator():
    before = torch.random.get_rng_state()
    net = convnet((16, 16, 1), (4,), 3, dropout=0.5, generator=seeded()).train()
    net(torch.zeros(2, 1, 16, 16))
    mlp((16, 16, 1), (8,), 3, generator=seeded())
    assert torch.equal(torch.random.get_rng_state(), before)


def test_weights_have_the_spread_that_keeps_a_signal_alive():
    layer = mlp((32, 32, 1), (512,), 3, generator=seeded())[2]
    assert float(layer.weight.detach().std()) == pytest.approx((2 / 1024) ** 0.5, rel=0.02)
    assert not layer.bias.any()


def test_dropout_drops_its_share_and_keeps_the_mean():
    dropout, ones = Dropout(0.3, seed=5), torch.ones(200_000)
    dropped = dropout.train()(ones)
    assert float((dropped == 0).float().mean()) == pytest.approx(0.3, abs=0.01)
    assert float(dropped.mean()) == pytest.approx(1, abs=0.01)
    assert torch.equal(dropout.eval()(ones), ones)


def test_dropout_repeats_from_its_seed():
    values = torch.rand(50, generator=seeded())
    assert torch.equal(Dropout(0.5, seed=1)(values), Dropout(0.5, seed=1)(values))
    assert not torch.equal(Dropout(0.5, seed=1)(values), Dropout(0.5, seed=2)(values))


def test_convolutions_keep_channels_last_when_weights_are_loaded():
    net = convnet((16, 16, 3), (4, 6), 3, generator=seeded())
    other = convnet((16, 16, 3), (4, 6), 3, generator=seeded(1))
    net.load_state_dict({name: value.contiguous() for name, value in other.state_dict().items()})
    assert net[4].weight.is_contiguous(memory_format=torch.channels_last)
