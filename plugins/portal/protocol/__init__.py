"""The vault protocol: what the CRM asks and puts."""
