"""What document types ask other plugins.

These answer with `@impl(optionalhook=True)`, and start also where this plugin is switched off or not there: then nobody
asks.
"""

from crm.plugin import NOTHING, spec


@spec(NOTHING)
def request_changed(changes, user):
    """Stukken were asked, came in, were judged, went off the list or got other words; or the client sees them no more.

    In the transaction of the change, which is still open: local work only, the network is for jobs. `user` is who did
    it, None the house itself. When *Aan te leveren door* or the explanation of a type changes what the client sees, a
    job asks this of all its stukken, a stretch at a time, and perhaps more than once.

    Caller: plugins/document_types/requests/changes.py
    Returns: nothing; `changes` is a list of RequestChange (`request`, `action`, `was`), however many there are.
    On failure: rolled back, the reason is shown; in the job tried again.
    """
