import subprocess
import sys

import pytest

from fieldmark.attacks import ATTACKS, PGD, attack
from fieldmark.records import Attack, Budget, ConfigError, UnknownNameError


@pytest.mark.parametrize(
    ("name", "level", "budget"),
    [
        ("pgd-linf", "16/255", Budget("linf", 16 / 255)),
        ("pgd-l2", "1.5", Budget("l2", 1.5)),
        ("pgd-linf", "0", Budget("linf", 0.0)),
    ],
)
def test_a_name_and_a_level_make_an_attack(name, level, budget):
    made = attack(name, level)
    assert isinstance(made, Attack)
    assert made == PGD(budget)
    assert (made.name, str(made.budget)) == (name, level)


@pytest.mark.parametrize("name", ATTACKS)
def test_the_names_of_the_table_are_the_names_of_the_attacks(name):
    assert ATTACKS[name](Budget(ATTACKS[name].norm, 0.5)).name == name


def test_what_cannot_be_made_is_named():
    with pytest.raises(
        UnknownNameError, match=r"no attack called 'pdg-l2'\. Did you mean pgd-l2\?"
    ):
        attack("pdg-l2", "1")
    with pytest.raises(ConfigError, match=r"did you mean 8/255"):
        attack("pgd-linf", "8")
    with pytest.raises(ConfigError, match=r"'large' is no budget; write 8/255, 0.5 or any"):
        attack("pgd-l2", "large")
    with pytest.raises(ConfigError, match=r"wanted a budget in linf, got 1.5 in l2"):
        ATTACKS["pgd-linf"](Budget("l2", 1.5))


def test_naming_attacks_loads_no_torch():
    code = (
        "import sys, fieldmark.attacks as a; a.attack('pgd-l2', '1').settings;"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
