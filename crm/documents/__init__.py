"""Documents: files of a dossier, checked before anybody sees them and kept encrypted."""
