"""Rules: one question each, put to the evidence."""
