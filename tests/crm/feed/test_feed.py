"""The feed: who may see a record may see what is written about it, and nobody else."""

import pytest
from sqlalchemy import select

from crm import records
from crm.db import db
from crm.feed import operations
from crm.feed.models import Post
from tests.conftest import log_in, make_user
from tests.crm.activities.conftest import make_dossier


@pytest.fixture
def post(app, branch, assistant):
    """A registratie on a dossier of Utrecht."""
    dossier = make_dossier(branch, assistant)
    operations.register(("dossier", dossier.id), "Klant belt over zijn scheiding", False, assistant)
    records.commit()
    return db.session.scalars(select(Post).where(Post.text.like("%scheiding%"))).one()


@pytest.fixture
def zoe(app, other_branch):
    return log_in(app.test_client(), make_user(app, "Zoë Zwolle", "assistant", other_branch))


def test_another_vestiging_reads_no_post(post, zoe, as_assistant):
    addresses = (f"/history/post/{post.id}", f"/feed/post/{post.id}", f"/mail/compose/post/{post.id}",
                 f"/tasks/new?kind=post&id={post.id}")  # fmt: skip
    for address in addresses:
        answer = zoe.get(address)
        assert answer.status_code == 404 and "scheiding" not in answer.text, address
    assert zoe.post(f"/feed/posts/{post.id}/public", data={"on": "1"}).status_code == 404
    assert "scheiding" in as_assistant.get(f"/history/post/{post.id}").text
    assert as_assistant.post(f"/feed/posts/{post.id}/public", data={"on": "1"}).status_code == 302


@pytest.mark.parametrize("address", ["/mail/compose/user/{}", "/tasks/new?kind=user&id={}", "/feed/user/{}"])
def test_one_writes_and_mails_about_clients_only(as_assistant, assistant, address):
    assert as_assistant.get(address.format(assistant.id)).status_code == 404
