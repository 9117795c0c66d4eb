"""A finding as table, figure, sentence, page."""

from fieldmark.reports.drawing import chart, figure_png, figure_svg
from fieldmark.reports.pages import page
from fieldmark.reports.pairs import ShownPair, pairs_page
from fieldmark.reports.pictures import contact_sheet
from fieldmark.reports.rendering import csv_of, render
from fieldmark.reports.report import write_report
from fieldmark.reports.words import plain
from fieldmark.reports.writing import write_figure, write_page

__all__ = [
    "ShownPair",
    "chart",
    "contact_sheet",
    "csv_of",
    "figure_png",
    "figure_svg",
    "page",
    "pairs_page",
    "plain",
    "render",
    "write_figure",
    "write_page",
    "write_report",
]
