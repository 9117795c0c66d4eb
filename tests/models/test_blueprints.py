import pytest
import torch

from fieldmark.models import Blueprint
from fieldmark.records import ConfigError

NETS = {
    "linear": (Blueprint("mlp"), 7850),
    "mlp": (Blueprint("mlp", (64,)), 50890),
    "convnet": (Blueprint("convnet", (16, 32)), 105866),
    "published": (Blueprint("strided", (16, 32, 100)), 166406),
}


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("name", NETS)
def test_a_net_is_built_as_it_is_drawn(name):
    blueprint, parameters = NETS[name]
    net = blueprint.build((28, 28, 1), 10, generator=seeded())
    assert sum(one.numel() for one in net.parameters()) == parameters
    assert net(torch.rand(3, 1, 28, 28)).shape == (3, 10)
    again = blueprint.build((28, 28, 1), 10, generator=seeded())
    images = torch.rand(3, 1, 28, 28)
    assert torch.equal(net.eval()(images), again.eval()(images))


def test_the_published_net_has_the_published_names_and_shapes():
    net = NETS["published"][0].build((28, 28, 1), 10, generator=seeded())
    shapes = {name: tuple(one.shape) for name, one in net.state_dict().items()}
    assert shapes == {
        "0.weight": (16, 1, 4, 4),
        "0.bias": (16,),
        "2.weight": (32, 16, 4, 4),
        "2.bias": (32,),
        "5.weight": (100, 1568),
        "5.bias": (100,),
        "7.weight": (10, 100),
        "7.bias": (10,),
    }
    assert (net[0].stride, net[0].padding) == ((2, 2), (1, 1))


@pytest.mark.parametrize("name", NETS)
def test_other_frames_fit_too(name):
    net = NETS[name][0].build((17, 20, 3), 4, generator=seeded())
    assert net(torch.rand(2, 3, 17, 20)).shape == (2, 4)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Blueprint("transformer", (1,)), "one of mlp, convnet, strided, not 'transformer'"),
        (lambda: Blueprint("convnet"), "at least 1 whole numbers"),
        (lambda: Blueprint("strided", (8,)), "at least 2 whole numbers"),
        (lambda: Blueprint("mlp", (0,)), "at least 0 whole numbers above 0, not (0,)"),
        (lambda: Blueprint("mlp", (8,), dropout=0.5), "dropout is for convnets"),
        (
            lambda: Blueprint("convnet", (2,) * 6).build((28, 28, 1), 2, generator=seeded()),
            "halves its images 6 times, and they are 28×28; give it images of 64×64 or more",
        ),
        (
            lambda: Blueprint("mlp", (60_000,)).build((200, 200, 3), 2, generator=seeded()),
            "a layer of 7,200,000,000 weights is too wide",
        ),
    ],
)
def test_what_cannot_be_built_is_refused(make, message):
    with pytest.raises(ConfigError) as caught:
        make()
    assert message in str(caught.value)
