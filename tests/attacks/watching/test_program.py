"""A program goes there and back as the module does, whatever its layers, and more than once."""

import gc
import weakref

import pytest
import torch
from torch import nn
from torch.nn import functional

from fieldmark.attacks.watching.chunks import ladder
from fieldmark.attacks.watching.convolutions import Conv, back_by_windows
from fieldmark.attacks.watching.kernels import (
    Constant,
    Cut,
    FlatLinear,
    Linear,
    Other,
    Padded,
    Relu,
)
from fieldmark.attacks.watching.preparing import prepared
from fieldmark.attacks.watching.program import Program
from fieldmark.models import folded


class Residual(nn.Module):
    """Sums beside convolutions in every order, a shortcut by slices, and layers nobody knows."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(2, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
        self.down, self.beside = nn.Conv2d(4, 8, 3, 2, 1), nn.Conv2d(8, 8, 1, groups=2)
        self.last, self.out = nn.Conv2d(8, 8, 3, padding=2, dilation=2), nn.Linear(8, 5)
        self.register_buffer("mean", torch.tensor([0.4, 0.6]).view(2, 1, 1))
        self.register_buffer("scale", torch.tensor([0.2, 0.3]).view(2, 1, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = (x - self.mean) / self.scale
        x = functional.relu(self.first(x))
        x = torch.relu(x + self.second(x))
        short = functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 2, 2))
        inner = self.down(x)
        x = (self.beside(inner) + short).relu()
        x = self.last(x) + inner
        x = functional.max_pool2d(torch.sigmoid(x), 2)
        x = functional.relu(torch.cat([x, x.flip(1)], dim=1)[:, :8])
        return self.out(x.mean(dim=(2, 3)))


def net(dtype: torch.dtype) -> nn.Module:
    torch.manual_seed(4)
    return Residual().to(dtype).eval().requires_grad_(False)


def there_and_back(module, pictures, weights):
    inputs = pictures.clone().requires_grad_()
    scores = module(inputs)
    backs = [
        torch.autograd.grad((scores * one).sum(), inputs, retain_graph=True)[0] for one in weights
    ]
    return [scores.detach(), *backs]


@pytest.mark.parametrize(("dtype", "near"), [(torch.float64, 1e-12), (torch.float32, 1e-4)])
@pytest.mark.parametrize("last", [torch.contiguous_format, torch.channels_last])
def test_it_goes_there_and_back_as_the_module_does(dtype, near, last):
    module = net(dtype)
    program = Program(folded(module))
    pictures = torch.rand(6, 2, 12, 10, dtype=dtype).contiguous(memory_format=last)
    weights = torch.randn(3, 6, 5, dtype=dtype)
    wanted = there_and_back(module, pictures, weights)
    # Twice: what is remembered must not have been written over on the way back.
    for _ in range(2):
        found = there_and_back(program, pictures, weights)
        for one, other in zip(wanted, found, strict=True):
            assert (one - other).abs().max() < near
    assert torch.equal(program(pictures), found[0])


def test_it_knows_the_layers_that_it_should_know():
    kinds = [type(step.kernel) for step in Program(folded(net(torch.float64))).steps]
    assert set(kinds) == {Constant, Conv, Cut, Linear, Other, Padded, Relu}
    fused = [step.kernel for step in Program(folded(net(torch.float64))).steps]
    convs = [each for each in fused if isinstance(each, Conv)]
    assert [each.relu for each in convs] == [True, False, False, True, False]
    assert [len(each.sources) for each in convs] == [1, 1, 1, 2, 2]


def test_it_forgets_what_it_remembered():
    program = Program(folded(net(torch.float64)))
    inputs = torch.rand(2, 2, 8, 8).double().requires_grad_()
    scores = program(inputs)
    gone = weakref.ref(scores)
    gc.disable()
    try:
        del scores
        assert gone() is None
    finally:
        gc.enable()


def test_several_inputs_are_refused():
    class Two(nn.Module):
        def forward(self, x, y):
            return x + y

    with pytest.raises(ValueError, match="one input"):
        Program(folded(Two()))


def test_where_nothing_leads_back_that_is_said():
    class Flat(nn.Module):
        def forward(self, x):
            return x.detach().flatten(1)

    with pytest.raises(ValueError, match="leads back"):
        Program(folded(Flat()))(torch.rand(2, 1, 3, 3).requires_grad_())


def test_several_chunks_only_where_bits_agree():
    module = net(torch.float32)
    ready = prepared(module)
    sizes = ready.sizes(torch.rand(1, 2, 12, 10))
    assert 32 in sizes
    assert set(sizes) <= set(ladder(240))
    if len(sizes) > 1:
        pictures = torch.rand(max(sizes), 2, 12, 10)
        whole = ready(pictures)
        for size in sizes:
            assert torch.equal(whole, torch.cat([ready(part) for part in pictures.split(size)]))


def test_a_module_that_minds_the_shape_is_shown_one():
    class Minding(nn.Module):
        def forward(self, x):
            return x.flatten(1) * (1 + 1e-12 * x.shape[0])

    assert prepared(Minding()).sizes(torch.rand(1, 1, 3, 3).double()) == (32,)


@pytest.mark.parametrize(
    ("conv", "size"),
    [
        (nn.Conv2d(1, 3, 4, stride=2, padding=1), (8, 8)),
        (nn.Conv2d(1, 3, 3, padding=(2, 0)), (5, 7)),
        (
            nn.Conv2d(3, 4, 7, stride=(2, 3), padding=3),
            (17, 20),
        ),  # the last values of it are in no window
        (nn.Conv2d(2, 5, (1, 5), stride=(3, 1), bias=False), (10, 6)),
        (nn.Conv2d(3, 6, 4, stride=4), (8, 12)),
        (nn.Conv2d(1, 2, 5, stride=2, padding=6), (3, 3)),  # some windows lie outside
    ],
)
@pytest.mark.parametrize(("dtype", "near"), [(torch.float64, 1e-12), (torch.float32, 1e-5)])
def test_windows_lead_back_as_torch_does(conv, size, dtype, near):
    conv = conv.to(dtype)
    pictures = torch.rand(3, conv.in_channels, *size, dtype=dtype).requires_grad_()
    said = conv(pictures)
    for last in (torch.contiguous_format, torch.channels_last):
        uphill = torch.randn(said.shape, dtype=dtype).contiguous(memory_format=last)
        (wanted,) = torch.autograd.grad(said, pictures, uphill, retain_graph=True)
        with torch.no_grad():
            found = back_by_windows(uphill, conv, size)
        torch.testing.assert_close(found, wanted, rtol=near, atol=near)


class Method(nn.Module):
    """Flattens by a method, in the middle of what is said."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.flatten(1)


class Twice(nn.Module):
    """Two layers read what one flattened."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two = nn.Linear(2 * 12 * 10, 5), nn.Linear(2 * 12 * 10, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        flat = torch.flatten(x, 1)
        return self.one(flat) + self.two(flat)


def convolved() -> nn.Module:
    return nn.Conv2d(2, 3, 3)


@pytest.mark.parametrize(
    ("layers", "kinds"),
    [
        ((convolved(), nn.ReLU(), nn.Flatten(), nn.Linear(240, 5)), [Conv, FlatLinear]),
        ((convolved(), Method(), nn.Linear(240, 5)), [Conv, FlatLinear]),
        ((nn.Flatten(), nn.Linear(240, 5)), [FlatLinear]),
        (
            (nn.Flatten(2), nn.Linear(120, 1), nn.Flatten(), nn.Linear(2, 5)),
            [Other, Linear, FlatLinear],
        ),
        ((Twice(),), [Other, Linear, Linear, Other]),
    ],
)
def test_values_are_flattened_by_the_layer_that_reads_them(layers, kinds):
    module = nn.Sequential(*layers).double().eval().requires_grad_(False)
    program = Program(folded(module))
    assert [type(step.kernel) for step in program.steps] == kinds
    weights = torch.randn(2, 6, 5).double()
    for last in (torch.contiguous_format, torch.channels_last):
        pictures = torch.rand(6, 2, 12, 10).double().contiguous(memory_format=last)
        wanted = there_and_back(module, pictures, weights)
        for one, other in zip(wanted, there_and_back(program, pictures, weights), strict=True):
            torch.testing.assert_close(other, one, rtol=1e-10, atol=1e-12)


def test_many_windows_go_back_in_parts(monkeypatch):
    conv = nn.Conv2d(1, 3, 4, stride=2, padding=1)
    pictures, uphill = torch.rand(9, 1, 8, 8).requires_grad_(), torch.rand(9, 3, 4, 4)
    (wanted,) = torch.autograd.grad(conv(pictures), pictures, uphill)
    for values in (16 * 16 * 2, 10, 10**6):
        monkeypatch.setattr("fieldmark.attacks.watching.convolutions.MOST_VALUES", values)
        with torch.no_grad():
            torch.testing.assert_close(back_by_windows(uphill, conv, (8, 8)), wanted)
