import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark import attacks, shifts, studies, training
from fieldmark.catalog import (
    ATTACKS,
    SHIFTS,
    STUDIES,
    SUBJECTS,
    ConditionName,
    Conditions,
    Table,
    change,
    demo_grid,
    source,
    study,
    subject,
)
from fieldmark.records import ConfigError, UnknownNameError


def test_the_catalogue_names_what_the_rooms_make():
    assert set(SHIFTS.own) == set(shifts.SHIFTS)
    assert set(ATTACKS.own) == set(attacks.ATTACKS)
    assert set(SUBJECTS.own) == set(training.digit_recipes())
    assert set(STUDIES.own) == set(studies.STUDIES)


def test_every_condition_of_the_demo_prints_the_name_that_made_it():
    names = Conditions()
    made = [one for text in demo_grid("").conditions for one in names.make(text)]
    assert len(made) >= 45
    assert len({condition.name for condition in made}) == len(made)
    for condition in made:
        (again,) = names.make(condition.name)
        assert again.name == condition.name
        assert again.fingerprint == condition.fingerprint


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("mnist-test", ("mnist-test", "", "")),
        ("mnist-test+fog@3", ("mnist-test", "fog", "3")),
        ("a+pgd-linf@8/255", ("a", "pgd-linf", "8/255")),
        ("folder:x+y", ("folder:x+y", "", "")),
        ("folder:x+y@home", ("folder:x+y@home", "", "")),
        ("folder:x+y+contrast@3", ("folder:x+y", "contrast", "3")),
        (" mnist-test ", ("mnist-test", "", "")),
    ],
)
def test_a_name_is_taken_apart(text, parts):
    name = ConditionName.parse(text)
    assert (name.examples, name.change, name.level) == parts


@given(
    st.from_regex(r"[a-z0-9.-]{1,9}", fullmatch=True),
    st.from_regex(r"[a-z0-9-]{1,9}", fullmatch=True),
    st.from_regex(r"[0-9]{1,3}(/255)?", fullmatch=True),
)
def test_every_printed_name_can_be_parsed(examples, changed, level):
    name = ConditionName(examples, changed, level)
    assert ConditionName.parse(str(name)) == name


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: Conditions().make("mnist-tst"),
         "no data set called 'mnist-tst'. Did you mean mnist-test?"),
        (lambda: Conditions().make("mnist-test+fogg@3"),
         "no shift, sequence or attack called 'fogg'. Did you mean fog?"),
        (lambda: Conditions().make("mnist-test+gausian-noise@3"), "Did you mean gaussian-noise?"),
        (lambda: Conditions().make("mnist-test+contrast"),
         "'mnist-test+contrast' says no level; write mnist-test+contrast@3"),
        (lambda: Conditions().make("mnist-test+contrast@9"), "contrast comes in severities 1 to 5"),
        (lambda: Conditions().make("mnist-test+pgd-linf@*"), "but pgd-linf takes any number"),
        (lambda: Conditions().make("mnist-test+pgd-linf@big"), "'big' is no budget; write 8/255"),
        (lambda: Conditions().make(""), "a condition needs a name"),
        (lambda: Conditions().make("foldr:x"), "no reader called 'foldr'. Did you mean folder?"),
        (lambda: Conditions().make("folder:"), "names no file; write folder:PATH"),
        (lambda: Conditions().make("idx:one"), "names one file; write idx:IMAGES,LABELS"),
        (lambda: source("folder:x?size=big"), "size=big is not a whole number above 0"),
        (lambda: source("folder:x?sise=28"), "Did you mean size?"),
        (lambda: source("idx:x,y?size=28").examples(), "size and channels are for pictures in"),
        (lambda: subject("cnn-mediun"), "no subject called 'cnn-mediun'. Did you mean cnn-medium?"),
        (lambda: subject("pickle:x"), "no loader called 'pickle'. There are: timm, torchvision, "),
        (lambda: change("rain", "3"), "no shift, sequence or attack called 'rain'"),
        (lambda: change("snow-sequence", "2"), "snow-sequence comes in difficulty 1, got '2'"),
        (lambda: change("python:nowhere:gone", "1"), "nowhere, wanted by python:nowhere:gone"),
        (lambda: change("python:json:gone", "1"), "json has no function 'gone'"),
        (lambda: change("python:json:dumps", "9"), "comes in severities 1 to 5, got '9'"),
        (lambda: study("acuracy-grid", {}), "Did you mean accuracy-grid?"),
        (lambda: study("effective-robustness", {}), "effective-robustness needs --on"),
        (lambda: study("effective-robustness", {"on": "x", "axis": "log"}), "no axis called 'log'"),
        (lambda: study("robustness-curves", {"on": "x"}),
         "robustness-curves takes no options, got --on"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_that_helps(ask, message):
    with pytest.raises((ConfigError, UnknownNameError)) as raised:
        ask()
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_data_set_is_opened_once():
    names = Conditions()
    one, two = names.make("mnist-test")[0], names.make("mnist-test+contrast@1")[0]
    assert one.examples is two.examples


def test_other_packages_add_names_through_entry_points(tmp_path: Path):
    package = tmp_path / "weather"
    package.mkdir()
    (package / "__init__.py").write_text(
        "from fieldmark.shifts import shift\n"
        "def hail(level):\n    return shift('impulse-noise', level)\n"
    )
    info = tmp_path / "weather-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: weather\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[fieldmark.shifts]\nhail = weather:hail\ngone = weather:nothing\n"
    )
    script = (
        "from fieldmark.catalog import SHIFTS, change\n"
        "from fieldmark.records import FieldmarkError\n"
        "assert 'hail' in list(SHIFTS) and 'weather' in SHIFTS.about('hail')\n"
        "print(change('hail', '2').severity)\n"
        "try:\n    SHIFTS['gone']\nexcept FieldmarkError as error:\n    print(error)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout.splitlines()[0] == "2"
    assert "gone comes from weather:nothing, which cannot be imported" in ended.stdout


def test_a_table_counts_its_names_once():
    assert len(SHIFTS) == len(list(SHIFTS)) >= 50
    assert "rain" not in SHIFTS
    assert isinstance(SHIFTS, Table)


def test_a_star_stands_for_the_levels_of_that_shift_in_their_order():
    asked = ConditionName.parse("mnist-test+nominal-contrast@*").spread()
    assert [one.level for one in asked] == ["100", "50", "30", "15", "10", "5", "3", "1"]
    (spelled,) = Conditions().make("mnist-test+high-pass@0.70")
    assert (spelled.name, spelled.level) == ("mnist-test+high-pass@0.7", "0.7")
    assert spelled.strength == pytest.approx(1 / 0.7)
    with pytest.raises(
        ConfigError, match="quarter-turn comes at levels 0, 90, 180 and 270, got 45"
    ):
        Conditions().make("mnist-test+quarter-turn@45")


# Slices


@pytest.fixture
def digits(tmp_path):
    import numpy as np

    np.savez(
        tmp_path / "digits.npz",
        images=np.arange(6 * 256).astype(np.uint8).reshape(6, 16, 16),
        labels=np.array([0, 1, 2, 0, 1, 2]),
        series=np.array([0, 0, 4, 4, 4, 0]),
        place=np.array(["a+b@c", "x", "x", "x", "a+b@c", "x"]),
    )
    return tmp_path


def made(digits, text):
    return Conditions(base=digits).make(f"npz:digits.npz{text}")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("[series=4]", ["digits[series=4]"]),
        ("[series=*]", ["digits[series=0]", "digits[series=4]"]),
        ("[series=4]+contrast@2", ["digits[series=4]+contrast@2"]),
        ('[place="a+b@c"]+contrast@2', ['digits[place="a+b@c"]+contrast@2']),
        (
            "[series=*][place=*]",
            [
                'digits[series=0][place="a+b@c"]',
                "digits[series=0][place=x]",
                'digits[series=4][place="a+b@c"]',
                "digits[series=4][place=x]",
            ],
        ),
    ],
)
def test_slices_make_conditions_whose_names_make_them_again(digits, text, names):
    found = made(digits, text)
    assert [one.name for one in found] == names
    for one in found:
        assert str(ConditionName.parse(one.name)) == one.name
        (again,) = made(digits, one.name.removeprefix("digits"))
        assert (again.name, again.fingerprint) == (one.name, one.fingerprint)


def test_a_slice_is_a_natural_shift_of_the_whole_and_keeps_its_changes(digits):
    (whole,) = made(digits, "+gaussian-noise@3")
    (some,) = made(digits, "[series=4]+gaussian-noise@3")
    assert made(digits, "[series=4]")[0].kind == "natural shift"
    assert some.examples.card.reference == "digits"
    assert (some.images() == whole.images()[2:5]).all()


def test_all_values_at_all_levels(digits):
    assert len(made(digits, "[series=*]+contrast@*")) == 10


def test_groups_are_asked_for_beside_the_file(digits):
    grouped = source("npz:digits.npz?group=series", base=digits).examples()
    assert grouped.groups == ("0", "0", "4", "4", "4", "0")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[series=4]", "says no data set"),
        ("mnist-test+fog@3[series=4]", "slices stand before the change"),
        ("mnist-test[series=4]+fog", "says no level"),
    ],
)
def test_a_sliced_name_that_cannot_be_read_says_what_to_write(text, told):
    with pytest.raises(ConfigError, match=told):
        ConditionName.parse(text)
