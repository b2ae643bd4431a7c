"""Workflows: definitions as data, running instances under a dienst or product, the workflow arrow."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


def always(*_asked: Any) -> str:
    """Nothing stands in the way."""
    return ""


def nothing(*_asked: Any) -> Sequence[tuple[str, str]]:
    """Nothing is to be mended."""
    return ()


@dataclass(frozen=True)
class WorkflowAction:
    """What a step of a workflow can do; answered by the hook `workflow_actions`.

    `key` starts with who offers it ("core.send_mail", "vault.invite"). `run(part, workflow, step, user)` does it, in a
    transaction that is still open, and gives what came of it as one Dutch sentence; it raises crm.records.Refused when
    it cannot. `part` is the dienst or the product the workflow hangs under (domain.md U-009, U-034); both have a
    `dossier`. `ready(part, workflow, step, user)` gives the reason why it cannot be done now, empty when it
    can; it is asked for the screen, so without queries of its own. `mend(part, workflow, step, user)` gives (label,
    address) of the pages where that reason is mended. `check(options)` gives what is wrong with the
    options of a step in a definition, asked at the start.
    """

    key: str
    title: str
    run: Callable[[Any, Any, Any, Any], str]
    ready: Callable[[Any, Any, Any, Any], str] = always
    check: Callable[[Mapping[str, Any]], str] = always
    mend: Callable[[Any, Any, Any, Any], Sequence[tuple[str, str]]] = nothing


__all__ = ["WorkflowAction"]
