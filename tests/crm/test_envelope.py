"""What is sealed opens whole and unchanged, or not at all."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm import envelope

KEY = envelope.new_key()
SIZES = [0, 1, envelope.PIECE - 1, envelope.PIECE, envelope.PIECE + 1, 3 * envelope.PIECE]


def sealed(content, key=KEY, about=b"a"):
    return envelope.seal([content] if content else [], key, about)


def opened(data, size, key=KEY, about=b"a"):
    return b"".join(envelope.unseal(io.BytesIO(data), size, key, about))


@pytest.mark.parametrize("size", SIZES)
def test_what_went_in_comes_out(size):
    content = bytes(range(256)) * (size // 256 + 1)
    content = content[:size]
    assert opened(sealed(content), size) == content


@given(chunks=st.lists(st.binary(max_size=50), max_size=20))
@settings(deadline=None)
def test_chunks_of_any_size_are_one_content(chunks):
    content = b"".join(chunks)
    data = envelope.seal(chunks, KEY, b"a")
    assert opened(data, len(content)) == content
    assert content == b"" or len(content) < 8 or content not in data


@pytest.mark.parametrize("size", [0, envelope.ROOM - envelope.HEAD, 2 * envelope.ROOM, 2 * envelope.ROOM + 1])
def test_what_is_sealed_some_pieces_at_a_time_is_one_file(size):
    content, whole = bytes(range(256)) * (size // 256 + 1), io.BytesIO()
    content = content[:size]
    whole.writelines(envelope.seal_stream([content], KEY, b"a"))
    assert opened(whole.getvalue(), size) == content


def test_a_store_that_gives_a_few_bytes_at_a_time_is_read_whole():
    class Slow(io.BytesIO):
        def read(self, size=-1):
            return super().read(min(size, 70_000))

    content = bytes(range(256)) * 10_000
    assert b"".join(envelope.unseal(Slow(sealed(content)), len(content), KEY, b"a")) == content


def test_a_change_of_one_byte_anywhere_is_seen():
    content = b"x" * 100
    whole = sealed(content)
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 1
        with pytest.raises(envelope.Broken):
            opened(bytes(changed), 100)


def test_a_file_cut_off_swapped_or_moved_does_not_open():
    content = b"a" * envelope.PIECE + b"b" * envelope.PIECE + b"c"
    whole, step = sealed(content), envelope.PIECE + envelope.TAG
    one, two = whole[envelope.HEAD :][:step], whole[envelope.HEAD + step :][:step]
    rest = whole[envelope.HEAD + 2 * step :]
    for data, size in [
        (whole[: envelope.HEAD + 2 * step], 2 * envelope.PIECE),  # the last piece is gone
        (whole[:-1], len(content)),
        (whole[: envelope.HEAD] + two + one + rest, len(content)),
        (b"", len(content)),
    ]:
        with pytest.raises(envelope.Broken):
            opened(data, size)
    with pytest.raises(envelope.Broken):
        opened(whole, len(content), about=b"another")
    with pytest.raises(envelope.Broken):
        opened(whole, len(content), key=envelope.new_key())


def test_a_first_piece_is_given_only_when_it_is_proved():
    content = b"a" * envelope.PIECE + b"b"
    whole = bytearray(sealed(content))
    whole[-1] ^= 1
    pieces = envelope.unseal(io.BytesIO(bytes(whole)), len(content), KEY, b"a")
    assert next(pieces) == b"a" * envelope.PIECE
    with pytest.raises(envelope.Broken):
        next(pieces)


def test_a_wrapped_key_opens_with_its_own_key_and_purpose_only():
    outer, inner = envelope.new_key(), envelope.new_key()
    wrapped = envelope.wrap(inner, outer, b"file")
    assert envelope.unwrap(wrapped, outer, b"file") == inner
    for key, about in [(envelope.new_key(), b"file"), (outer, b"other")]:
        with pytest.raises(envelope.Broken):
            envelope.unwrap(wrapped, key, about)
    with pytest.raises(envelope.Broken):
        envelope.unwrap(b"", outer, b"file")


def test_the_format_stays_readable():
    """Made with version 1 of the format: what is kept today must open for ever."""
    key = bytes(range(32))
    kept = bytes.fromhex("534c544c0100010203040506261ad02bf3604f7e603b1eec5c8b024fdc09342aa9336c")
    assert opened(kept, 7, key, b"vector") == b"Sleutel"
