"""More than its accuracy predicts? Subjects held against a line, a knee, the years."""
