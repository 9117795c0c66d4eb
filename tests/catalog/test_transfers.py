"""Transfer attacks by name: the surrogate is a subject, of the catalogue or the user's own."""

import subprocess
import sys

import pytest

from fieldmark import attacks
from fieldmark.catalog import (
    FROM_SURROGATES,
    TRANSFERS,
    ConditionName,
    Conditions,
    change,
    levels,
    read_grid,
)
from fieldmark.records import ConfigError, UnknownNameError


def test_the_catalogue_names_the_transfers_that_there_are():
    assert set(TRANSFERS.own) == set(attacks.TRANSFERS)
    assert "vmi-linf-from-SUBJECT" in FROM_SURROGATES


def test_a_name_says_the_surrogate():
    text = "mnist-test+mi-linf-from-cnn-medium@0.3"
    parts = ("mnist-test", "mi-linf-from-cnn-medium", "0.3")
    assert ConditionName.parse(text) == ConditionName(*parts)
    (made,) = Conditions().make(text)
    assert made.attack is not None
    assert made.attack.settings["surrogate"] == "cnn-medium"
    assert made.name == "mnist-test+mi-linf-from-cnn-medium@0.3"
    (again,) = Conditions().make(made.name)
    assert again.fingerprint == made.fingerprint
    assert levels("mi-linf-from-cnn-medium") == ()


def test_its_fingerprint_is_that_of_the_surrogate_s_weights():
    names = Conditions()
    one, other = (
        names.make(f"mnist-test+mi-linf-from-cnn-{size}@0.3")[0] for size in ("small", "medium")
    )
    assert (
        one.attack.settings["surrogate fingerprint"]
        != other.attack.settings["surrogate fingerprint"]
    )


def test_unknown_surrogates_and_attacks_are_named():
    with pytest.raises(UnknownNameError, match=r"no subject called 'cnn-medum'.*cnn-medium"):
        change("mi-linf-from-cnn-medum", "0.3")
    with pytest.raises(UnknownNameError, match="no shift, sequence or attack called 'xi-linf-from"):
        change("xi-linf-from-cnn-medium", "0.3")
    with pytest.raises(UnknownNameError):
        change("mi-linf-from-", "0.3")
    with pytest.raises(ConfigError, match="did you mean 8/255"):
        change("mi-linf-from-cnn-medium", "8")


def test_a_grid_s_own_models_may_be_surrogates(tmp_path):
    (tmp_path / "mine.py").write_text(
        "import torch\n\n\ndef net():\n    made = torch.nn.Sequential(torch.nn.Flatten(), "
        "torch.nn.Linear(784, 10))\n    return made\n"
    )
    (tmp_path / "grid.toml").write_text(
        'subjects = ["chance"]\n'
        'conditions = ["mnist-test+mi-linf-from-mine@0.1"]\n'
        'models = { mine = "python:mine:net" }\n'
    )
    (made,) = read_grid(tmp_path / "grid.toml").make_conditions()
    assert made.attack is not None
    assert made.attack.settings["surrogate"] == "mine"


def test_naming_one_loads_no_torch():
    code = (
        "import sys; from fieldmark.catalog import Conditions;"
        "Conditions().make('mnist-test+mi-linf-from-cnn-small@0.3')[0].fingerprint;"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
