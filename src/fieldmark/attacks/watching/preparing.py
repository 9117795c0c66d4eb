"""Preparing: a module made ready to be asked often. What it says does not change.

A copy is made whose normalisation is folded into its convolutions, whose numbers lie as the
kernels like them, and which goes there and back without a graph. It is asked only where it agrees
with the module itself, on pictures that are always the same, in what it says and in its slope.
"""

from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from fieldmark.attacks.watching.chunks import CHUNK, chunk_on, ladder
from fieldmark.attacks.watching.program import Program
from fieldmark.models import agree, answers, folded, laid_out

COARSE = 4
"""How many patches half of them have along each side."""


@dataclass(frozen=True)
class Choice:
    """Who is asked about pictures of one kind, and how many at a time.

    Args:
        copy: The quickest copy that agrees with the module; None where none does.
        sizes: Of chunks, the largest first: in all of them it says the same, bit for bit.
    """

    copy: nn.Module | None
    sizes: tuple[int, ...]


@dataclass(frozen=True)
class Copies:
    """The copies of a module that are quicker, the quickest first.

    Args:
        made: All of them.
        choices: What was chosen for each kind of pictures.
    """

    made: tuple[nn.Module, ...]
    choices: dict[object, Choice] = field(default_factory=dict)

    def choice(self, like: Tensor, module: nn.Module) -> Choice:
        """What is chosen for pictures of this shape and precision.

        It does not hang on the pictures themselves: an example's neighbours decide nothing.
        """
        kind = (like.shape[1:], like.dtype, like.device)
        if kind not in self.choices:
            trials = trial_pictures(like, chunk_on(like.device, like.shape[1:].numel()))
            copy = next((one for one in self.made if agree(module, one, trials)), None)
            self.choices[kind] = Choice(copy, _sizes(copy, like))
        return self.choices[kind]


_copies: "WeakKeyDictionary[nn.Module, tuple[object, Copies]]" = WeakKeyDictionary()


class Prepared(nn.Module):
    """A module to be asked in evaluation mode, by way of its quickest copy that agrees."""

    def __init__(self, module: nn.Module, copies: Copies) -> None:
        super().__init__()
        self.module, self.copies = module, copies
        self.eval()

    def forward(self, pictures: Tensor) -> Tensor:
        """What the module inside says."""
        copy = self.copies.choice(pictures, self.module).copy
        return self.module(pictures) if copy is None else copy(laid_out(pictures))

    def sizes(self, pictures: Tensor) -> tuple[int, ...]:
        """Of the chunks in which such pictures are shown, the largest first."""
        return self.copies.choice(pictures, self.module).sizes


def prepared(module: nn.Module) -> Prepared:
    """``module`` ready to be asked: in evaluation mode, and quicker where that is possible.

    Copies are kept as long as their modules live unchanged.
    """
    kept = _copies.get(module)
    state = _state(module)
    if kept is None or kept[0] != state:
        kept = _copies[module] = (state, Copies(_copied(module)))
    return Prepared(module, kept[1])


def trial_pictures(like: Tensor, count: int) -> Float[Tensor, "n c h w"]:
    """Pictures to try a copy on: coarse patches and fine noise, one black and one white."""
    chance = torch.Generator().manual_seed(0)
    drawn = torch.rand(count, *like.shape[1:], generator=chance, dtype=torch.float64)
    if drawn.ndim == 4:
        few = drawn[::2, :, :COARSE, :COARSE]
        drawn[::2] = functional.interpolate(few, size=drawn.shape[2:])
    drawn[0], drawn[1] = 0, 1
    return drawn.to(like.device, like.dtype)


def _sizes(copy: nn.Module | None, like: Tensor) -> tuple[int, ...]:
    """The shapes in which the copy says the same; one where the usual one is not among them."""
    values = like.shape[1:].numel()
    one = chunk_on(like.device, values)
    if copy is None or one != CHUNK:
        return (one,)
    sizes = ladder(values)
    trials = trial_pictures(like, sizes[0])
    usual = [answers(copy, trials[at : at + one]) for at in range(0, len(trials), one)]
    scores, slope = (torch.cat(parts) for parts in zip(*usual, strict=True))

    def says_the_same(size: int) -> bool:
        said, other = answers(copy, trials[-size:])
        return torch.equal(said, scores[-size:]) and torch.equal(other, slope[-size:])

    return tuple(size for size in sizes if size == one or says_the_same(size))


def _state(module: nn.Module) -> object:
    """What the copy was made from: a number that grows whenever a tensor is changed."""
    tensors = (*module.parameters(), *module.buffers())
    return tuple((id(each), each._version, each.device, each.dtype) for each in tensors)


def _copied(module: nn.Module) -> tuple[nn.Module, ...]:
    """Quicker copies; none where the module is not to be seen through."""
    copy = folded(module)
    if copy is None:
        return ()
    try:
        return Program(copy), copy
    except Exception:  # whatever it does not know, torch does
        return (copy,)
