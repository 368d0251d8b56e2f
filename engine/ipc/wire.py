"""The control pipes between a session and its ranks: length-prefixed msgpack of structs. No pickle.

Orders (`orders.py`) go down one pipe, reports (`reports.py`) come up another. Both are given to the process when it is
started, so there is no address, no port and no key; the end of the orders tells a rank that its session is gone; and a
rank started over ssh would speak the same way on its standard streams. Step records do not travel here (see `ring.py`).
"""

import struct
from typing import BinaryIO

import msgspec

from engine.ipc.orders import AnyOrder
from engine.ipc.reports import AnyReport

_LENGTH = struct.Struct("<I")
_encoder = msgspec.msgpack.Encoder()
_orders: msgspec.msgpack.Decoder[AnyOrder] = msgspec.msgpack.Decoder(AnyOrder)
_reports: msgspec.msgpack.Decoder[AnyReport] = msgspec.msgpack.Decoder(AnyReport)


def frame(message: AnyOrder | AnyReport) -> bytes:
    """A message as it goes through a pipe: its length, then itself."""
    body = _encoder.encode(message)
    return _LENGTH.pack(len(body)) + body


def _receive(stream: BinaryIO) -> bytes | None:
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    body = stream.read(length)
    return body if len(body) == length else None


def receive_order(stream: BinaryIO) -> AnyOrder | None:
    """The next order; None when the session is gone."""
    body = _receive(stream)
    return None if body is None else _orders.decode(body)


def receive_report(stream: BinaryIO) -> AnyReport | None:
    """The next report; None when the rank is gone."""
    body = _receive(stream)
    return None if body is None else _reports.decode(body)
