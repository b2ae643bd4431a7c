"""What the vault asks other plugins. They answer with `@impl(optionalhook=True)`."""

from crm.plugin import YES_OR_NO, list_of, spec


@spec(list_of(str, str, dict))
def vault_items(person):
    """What this person may see in the vault, as of now.

    Asked by a job, perhaps more often than needed: say what is so, not what changed. What is not said any more is
    taken away.

    Caller: plugins/vault/sync.py
    Returns: list of (kind of the vault protocol, name, content as JSON can say it).
    On failure: the vault stays as it was, and the job is tried again.
    """


@spec(list_of(str, str, str, dict))
def vault_missing(part):
    """What must be there before the client is invited under this dienst or product.

    Asked for a page too: let it cost a statement at most.

    Caller: plugins/vault/missing.py
    Returns: list of (what is missing as a sentence, what the link to mend it says, its endpoint and arguments).
    On failure: the page fails, and nobody is invited.
    """


@spec(YES_OR_NO)
def vault_file(person, request, file_name, file, token):
    """A client sent a file for what was asked under this name; `file` is the sealed file, yet to be kept.

    `token` names this sending: told again, it is the same file. In the transaction in which the event is handled, which
    is still open: local work only.

    Caller: plugins/vault/events.py
    Returns: True from who took the file, else nothing.
    On failure: the event is handled again later.
    """


@spec(YES_OR_NO)
def vault_file_withdrawn(person, request, token):
    """A client wants a file back that he sent for what was asked under this name; `token` as in `vault_file`.

    Who looked at it already keeps it: what the vault says of it then stays. In the transaction in which the event is
    handled, which is still open: local work only.

    Caller: plugins/vault/events.py
    Returns: True from whose file it is, else nothing.
    On failure: the event is handled again later.
    """
