"""One-screen planning of an orientation talk: every step at once, undone as a whole until the mail goes."""
