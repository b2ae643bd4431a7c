"""The office: its name, colour and telephone, as the CRM put them."""
