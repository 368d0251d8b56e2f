"""What a session and its fork server say to each other: one struct a packet, as msgpack, descriptors beside it."""

import msgspec


class Fork(msgspec.Struct, frozen=True, kw_only=True):
    """Fork a process for `task`: "rank" (become a rank) or "probe" (report the hardware and end).

    Descriptors beside it: orders, reports, stderr, ring, lifeline, then the files of the crew.
    """

    number: int
    task: str


class Answer(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Base of what the server tells."""


class Serving(Answer, frozen=True, kw_only=True):
    """Torch is imported: from now on a fork takes milliseconds."""

    torch_version: str
    build: str


class Born(Answer, frozen=True, kw_only=True):
    """Request `number` is process `pid`; its pidfd is beside this."""

    number: int
    pid: int


class Stillborn(Answer, frozen=True, kw_only=True):
    """Request `number` could not be forked."""

    number: int
    reason: str


class Ended(Answer, frozen=True, kw_only=True):
    """The process of request `number` is reaped; a negative status is a signal."""

    number: int
    status: int


AnyAnswer = Serving | Born | Stillborn | Ended

_encoder = msgspec.msgpack.Encoder()
_requests: msgspec.msgpack.Decoder[Fork] = msgspec.msgpack.Decoder(Fork)
_answers: msgspec.msgpack.Decoder[AnyAnswer] = msgspec.msgpack.Decoder(AnyAnswer)


def encode(message: Fork | AnyAnswer) -> bytes:
    """The bytes of one message: one packet on the socket between session and fork server."""
    return _encoder.encode(message)


def decode_request(packet: bytes) -> Fork:
    """The request in a packet that the session has sent."""
    return _requests.decode(packet)


def decode_answer(packet: bytes) -> AnyAnswer:
    """The answer in a packet that the fork server has sent."""
    return _answers.decode(packet)
