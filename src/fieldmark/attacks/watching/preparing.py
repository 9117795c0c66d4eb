"""Preparing: a module made ready to be asked often. What it says does not change.

A copy is made whose normalisation is folded into its convolutions, whose numbers lie as the
kernels like them, and whose parameters want no gradient. The copy is asked only as long as it
agrees with the module itself, on two batches, in what it says and in its slope.
"""

from weakref import WeakKeyDictionary

from torch import Tensor, nn

from fieldmark.attacks.watching.first_layer import lighter
from fieldmark.models import agree, folded, laid_out

_copies: "WeakKeyDictionary[nn.Module, tuple[object, nn.Module]]" = WeakKeyDictionary()


class Prepared(nn.Module):
    """A module to be asked in evaluation mode, by way of its quicker copy where that agrees.

    The copy is put to the test by the first batch that comes.
    """

    def __init__(self, module: nn.Module, copy: nn.Module | None) -> None:
        super().__init__()
        self.module, self.copy = module, copy
        self._tested = copy is None
        self.eval()

    def forward(self, pictures: Tensor) -> Tensor:
        """What the module inside says."""
        if not self._tested:
            self._test(pictures.detach())
        if self.copy is None:
            return self.module(pictures)
        return self.copy(laid_out(pictures))

    def _test(self, pictures: Tensor) -> None:
        self._tested = True
        for batch in (pictures, 1 - pictures.roll(1, dims=0)):
            if self.copy is not None and not agree(self.module, self.copy, batch):
                self.copy = None


def prepared(module: nn.Module) -> nn.Module:
    """``module`` ready to be asked: in evaluation mode, and quicker where that is possible.

    Copies are kept as long as their modules live unchanged.
    """
    kept = _copies.get(module)
    state = _state(module)
    if kept is None or kept[0] != state:
        copy = _copied(module)
        if copy is None:
            return Prepared(module, None)
        kept = _copies[module] = (state, copy)
    return Prepared(module, kept[1])


def _state(module: nn.Module) -> object:
    """What the copy was made from: a number that grows whenever a tensor is changed."""
    tensors = (*module.parameters(), *module.buffers())
    return tuple((id(each), each._version, each.device, each.dtype) for each in tensors)


def _copied(module: nn.Module) -> nn.Module | None:
    """The quicker copy; None where the module is not to be seen through."""
    copy = folded(module)
    if copy is not None:
        lighter(copy)
    return copy
