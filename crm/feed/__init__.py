"""What happened with a record: posts of people (registraties) and of the house, newest first."""
