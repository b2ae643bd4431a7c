"""Document requests of lenders (HDN DA): where they belong, what they would change, and doing it."""
