"""Events: what happened here, in a chain, until the CRM has read it."""
