"""Without a network the hub is not asked again and again; with one, or by a proxy, it is."""

from socket import gaierror

import pytest

from fieldmark.models.loaders import network
from fieldmark.models.loaders.network import reaching
from fieldmark.records import ModelError

hub = pytest.importorskip("huggingface_hub.constants")


def nowhere(*asked: object) -> None:
    raise gaierror(-2, "Name or service not known")


@pytest.mark.parametrize(
    ("lookup", "proxies", "offline"),
    [
        (nowhere, {}, True),
        (nowhere, {"https": "http://proxy:3128"}, False),
        (lambda *asked: ["somewhere"], {}, False),
    ],
)
def test_the_hub_is_left_alone_where_there_is_no_way_to_it(monkeypatch, lookup, proxies, offline):
    monkeypatch.setattr(hub, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(network, "getaddrinfo", lookup)
    monkeypatch.setattr(network, "getproxies", lambda: proxies)
    with reaching("somewhere", "timm:resnet18", "timm/resnet18"):
        assert hub.HF_HUB_OFFLINE is offline
    again = reaching("somewhere", "timm:resnet18", "timm/resnet18")
    with pytest.raises(ModelError, match="cannot be had from somewhere: gone"), again:
        raise OSError("gone")
    assert hub.HF_HUB_OFFLINE is False


def test_whoever_said_offline_stays_offline(monkeypatch):
    monkeypatch.setattr(hub, "HF_HUB_OFFLINE", True)
    with reaching("somewhere", "timm:resnet18", "timm/resnet18"):
        assert hub.HF_HUB_OFFLINE is True
    assert hub.HF_HUB_OFFLINE is True
