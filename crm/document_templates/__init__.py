"""Documents that the house makes: the office's texts with placeholders, set as an accessible PDF."""
