"""Relations from a CSV file: mapping, dry run, duplicates, progress, undo."""
