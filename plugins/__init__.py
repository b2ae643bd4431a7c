"""The guests that come with the house; a third party brings a package of its own, never a folder here."""
