"""Accuracy against accuracy, over many subjects: lines, what lies beside them, progress."""
