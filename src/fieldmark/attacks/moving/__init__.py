"""Pictures on their way: balls and ways back into them, planes, footholds, halves."""
