"""Help for people: a page for each task, and the words of the field."""
