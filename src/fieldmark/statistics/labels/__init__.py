"""Labels from many hands: votes, consensus, agreement, selection, and what errors in them cost."""
