"""Does an evaluation of robustness deserve belief? Rules, evidence, and what they must catch."""

from fieldmark.audits.auditing import audit, finding_of
from fieldmark.audits.conformance import Conformed, conformance
from fieldmark.audits.evidence.answering import Answering, answering
from fieldmark.audits.evidence.binarisation import Binarised, binarisation_test
from fieldmark.audits.evidence.declared import Declared
from fieldmark.audits.evidence.gathering import Evidence, gather
from fieldmark.audits.evidence.gradients import Gradients, gradients
from fieldmark.audits.evidence.searches import Search
from fieldmark.audits.evidence.shown import Shown, shown_of
from fieldmark.audits.exact.linear import linear_distance, linear_robust_accuracy
from fieldmark.audits.exact.neighbours import neighbour_distance
from fieldmark.audits.exact.relu import relu_distance
from fieldmark.audits.fixtures.table import BROKEN, BrokenDefence, broken
from fieldmark.audits.rules.judgement import Judgement, Rule
from fieldmark.audits.verdicts import RULES, Audit, judged

__all__ = [
    "BROKEN",
    "RULES",
    "Answering",
    "Audit",
    "Binarised",
    "BrokenDefence",
    "Conformed",
    "Declared",
    "Evidence",
    "Gradients",
    "Judgement",
    "Rule",
    "Search",
    "Shown",
    "answering",
    "audit",
    "binarisation_test",
    "broken",
    "conformance",
    "finding_of",
    "gather",
    "gradients",
    "judged",
    "linear_distance",
    "linear_robust_accuracy",
    "neighbour_distance",
    "relu_distance",
    "shown_of",
]
