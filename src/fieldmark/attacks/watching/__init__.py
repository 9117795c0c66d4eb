"""Between attack and model: who is asked, what was seen, what a budget counts."""
