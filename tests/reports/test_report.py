"""Reports of a real store, written whole or not at all."""

import json
from datetime import UTC, datetime
from importlib.metadata import version

import numpy as np
import pytest

from fieldmark.records import (
    Answers,
    ClassSpace,
    ConditionRecord,
    ConfigError,
    DatasetCard,
    Examples,
    ExamplesRecord,
    Header,
    ModelCard,
    NotKeptError,
    SubjectRecord,
    Times,
    generator,
    seed_of,
)
from fieldmark.reports import write_report
from fieldmark.reports.gathering import gather, provenance, shifts_to_ask
from fieldmark.store import open_store

DIGITS = ClassSpace(tuple("0123456789"))
SUBJECTS = {"tree": 0.6, "knn": 0.7, "svm": 0.8, "mlp": 0.85, "cnn": 0.9, "cnn-robust": 0.88}
FALLS = {
    "mnist-test": 0.0,
    "uci-digits": 0.2,
    "mnist-test+fog@1": 0.1,
    "mnist-test+fog@5": 0.4,
    "mnist-test+pgd-linf@8/255": 0.3,
    "mnist-test+pgd-linf@16/255": 0.4,
    "mnist-test+pgd-linf@51/255": 0.5,
}


def examples_of(name):
    reference = "" if name == "mnist-test" else "mnist-test"
    card = DatasetCard(name, name, "made for a test", "MIT", "made", "nothing", reference)
    return Examples(
        card=card,
        classes=DIGITS,
        ids=tuple(f"{name}-{i}" for i in range(120)),
        labels=np.arange(120, dtype=np.int64)[:, None] % 10,
        frame=(2, 2, 1),
        decode=lambda rows: np.zeros((len(rows), 2, 2, 1), np.uint8),
        content=name,
    )


def settings_of(level):
    budget = int(level.split("/")[0]) / 255
    return {"budget": budget, "loss": "margin", "step size": budget / 8, "steps": 20}


def header_of(subject, name, *, status="done", reason=""):
    base, _, rest = name.partition("+")
    change, _, level = rest.partition("@")
    attack = change.startswith("pgd")
    card = examples_of(base).card
    unchanged = "natural shift" if card.reference else "test"
    robust = "adversarial training" if "robust" in subject else ""
    about = ModelCard(subject, "net", "a test", "MIT", "none", intervention=robust)
    return Header(
        subject=SubjectRecord(name=subject, fingerprint=subject, card=about),
        condition=ConditionRecord(
            name=name,
            kind="attack" if attack else "shift" if change else unchanged,
            fingerprint=name,
            examples=ExamplesRecord(card=card, fingerprint=base, classes=DIGITS.names, n=120),
            change=change,
            level=level,
            strength=int(level.split("/")[0]) / 255 if attack else float(level or 0),
            seed=7,
            settings=settings_of(level) if attack else {},
        ),
        status=status,
        reason=reason,
        code={"numpy": "2.4.0"},
        times=Times(
            started=datetime(2026, 5, 1, 9, tzinfo=UTC),
            finished=datetime(2026, 5, 1, 10, tzinfo=UTC),
            seconds=90.0,
        ),
    )


def keep(store, subject, name, share):
    right = generator(seed_of(0, subject, name)).random(120) < share
    labels = np.arange(120) % 10
    said = np.where(right, labels, (labels + 1) % 10).astype(np.uint16)
    header = header_of(subject, name)
    store.commit(header, 0, Answers(said[:, None], np.full((120, 1), 0.9, np.float32)))
    store.finish(header)


@pytest.fixture(scope="module")
def store():
    kept = open_store("memory://reports", create=True)
    for name in ("mnist-test", "uci-digits"):
        kept.keep_examples(examples_of(name))
    for subject, share in SUBJECTS.items():
        for name, fall in FALLS.items():
            if subject == "tree" and "pgd" in name:
                reason = "tree gives no gradients"
                kept.record(header_of(subject, name, status="not applicable", reason=reason))
            else:
                keep(kept, subject, name, share - fall)
    return kept


@pytest.fixture(scope="module")
def gathered(store):
    return gather(store)


def test_every_question_is_asked(gathered):
    studies = [finding.study for finding in gathered.findings]
    assert studies == [
        "headline",
        *["effective-robustness"] * 5,
        *("accuracy-grid", "robustness-curves", "failures"),
    ]
    assert gathered.gaps == ()
    assert gathered.subtitle == "6 subjects under 7 conditions."


def test_shifts_are_asked_in_order_and_attacks_weakest_first(store):
    budgets = ("8/255", "16/255", "51/255")
    attacks = tuple(f"mnist-test+pgd-linf@{budget}" for budget in budgets)
    assert shifts_to_ask(store.headers()) == ("uci-digits", "corruptions", *attacks)


def test_provenance_says_what_when_and_with_which_versions(store):
    told = provenance(store.headers())
    assert told["Cells"] == "39 done, 3 not applicable"
    assert told["Seed"] == "7"
    assert told["numpy"] == "2.4.0"
    assert told["Examples: uci-digits"] == "120; made for a test (MIT)"
    assert told["Measured"] == "2026-05-01 09:00 to 2026-05-01 10:00 UTC"
    assert told["Not applicable"] == "tree: gives no gradients (3 cells)"
    assert told["Attack: pgd-linf"] == (
        "budget 8/255, 16/255, 51/255; loss margin; step size 0.00392, 0.00784, 0.025; steps 20"
    )
    assert told["This page"] == f"written by fieldmark {version('fieldmark')}"
    assert told["Work"].endswith(("minutes", "hours"))


def test_a_question_without_an_answer_is_a_gap_with_its_reason():
    kept = open_store("memory://reports-natural", create=True)
    kept.keep_examples(examples_of("uci-digits"))
    keep(kept, "cnn", "uci-digits", 0.5)
    gathered = gather(kept)
    assert any(
        gap.startswith("Nothing is said about effective robustness") for gap in gathered.gaps
    )
    assert "accuracy-grid" in [finding.study for finding in gathered.findings]


def test_a_page_is_written_whole(store, tmp_path):
    path = write_report(store, tmp_path / "report.html", commands=["fieldmark run grid.toml"])
    text = path.read_text("utf-8")
    assert text.startswith("<!doctype html>")
    assert text.rstrip().endswith("</html>")
    assert "fieldmark run grid.toml" in text
    assert "tree gives no gradients" in text
    assert [one.name for one in tmp_path.iterdir()] == ["report.html"]


def test_markdown_holds_every_finding(store, gathered, tmp_path):
    text = write_report(store, tmp_path / "r.md", format="md", title="A <title>").read_text("utf-8")
    assert text.startswith("# A &lt;title>\n\n6 subjects under 7 conditions.\n")
    assert text.count("\n## ") == len(gathered.findings) + 1


def test_json_holds_every_finding(store, gathered, tmp_path):
    told = json.loads(write_report(store, tmp_path / "r.json", format="json").read_text("utf-8"))
    assert [one["study"] for one in told["findings"]] == [one.study for one in gathered.findings]
    assert told["provenance"]["Seed"] == "7"


def test_csv_holds_the_accuracy_of_every_cell(store, tmp_path):
    lines = write_report(store, tmp_path / "r.csv", format="csv").read_text("utf-8").splitlines()
    assert len(lines) == 1 + len(SUBJECTS) * len(FALLS)
    assert "accuracy_low" in lines[0].split(",")


def test_a_report_replaces_an_older_one(store, tmp_path):
    path = tmp_path / "r.csv"
    path.write_text("old")
    write_report(store, path, format="csv")
    assert "old" not in path.read_text("utf-8")


def test_what_cannot_be_written_is_refused(store, tmp_path):
    with pytest.raises(ConfigError, match="no format 'pdf' for reports; there are html, md, csv"):
        write_report(store, tmp_path / "r.pdf", format="pdf")
    with pytest.raises(ConfigError, match=r"cannot write .*: No such file or directory"):
        write_report(store, tmp_path / "none" / "r.csv", format="csv")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ConfigError, match="cannot write"):
        write_report(store, tmp_path / "folder", format="csv")
    assert [one.name for one in tmp_path.iterdir()] == ["folder"]


def test_an_empty_store_is_refused(tmp_path):
    with pytest.raises(NotKeptError):
        write_report(open_store("memory://reports-empty", create=True), tmp_path / "r.html")
