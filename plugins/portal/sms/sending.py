"""Text messages: sent in the request that needs them, after its commit, within three seconds."""

import logging
from collections.abc import Callable
from pathlib import Path

import httpx

from crm.furniture import config, keep_mail

log = logging.getLogger(__name__)
SECONDS = 3.0
MESSAGEBIRD = "https://rest.messagebird.com/messages"


class NotSent(Exception):
    """The provider did not take it in time; whether it still goes out is not known."""


def send(mobile: str, text: str) -> None:
    """Send this text to a number (E.164). Raises NotSent."""
    provider = PROVIDERS.get(config("KLUIS_SMS_PROVIDER"))
    if provider is None:
        raise NotSent("no provider")
    provider(mobile, text)


def to_sink(mobile: str, text: str) -> None:
    """Keep it beside the mail of a trial office."""
    content = f"From: sms@kluis.example\r\nTo: {mobile}@sms.example\r\nSubject: Sms\r\n"
    content += f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    keep_mail(Path(config("KLUIS_SMS_SINK")), "sms@kluis.example", [f"{mobile}@sms.example"], content.encode())


def to_messagebird(mobile: str, text: str) -> None:
    """Hand it to MessageBird. Raises NotSent."""
    sent = {"originator": config("KLUIS_SMS_SENDER"), "recipients": mobile.lstrip("+"), "body": text}
    headers = {"Authorization": f"AccessKey {config('KLUIS_SMS_KEY')}"}
    try:
        answer = httpx.post(MESSAGEBIRD, json=sent, headers=headers, timeout=SECONDS)
    except httpx.HTTPError as error:
        raise NotSent(type(error).__name__) from error
    if answer.status_code != httpx.codes.CREATED:
        raise NotSent(f"answer {answer.status_code}")


PROVIDERS: dict[str, Callable[[str, str], None]] = {"sink": to_sink, "messagebird": to_messagebird}
