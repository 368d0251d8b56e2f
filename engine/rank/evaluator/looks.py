"""The look that somebody watches: drawn when it is asked for, and of every snapshot from then on.

A look that raises an error, or makes a picture that is none, is told as the reason why there is no picture: what else
is computed beside training does not end for it.
"""

from collections.abc import Callable
from time import thread_time

import msgspec
import torch

from engine.ipc.orders import Watch
from engine.ipc.reports import Drawn
from engine.pictures import AnyPicture, Phrase
from engine.rank.evaluator.seen import Seen

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[AnyPicture] = msgspec.msgpack.Decoder(AnyPicture)


def checked(picture: AnyPicture) -> AnyPicture:
    """The picture as it arrives at the other end of a pipe.

    Raises:
        ValueError: a text in it is too long, or it is no picture.
    """
    return _decoder.decode(_encoder.encode(picture))


@torch.no_grad()
def draw(order: Watch, seen: Seen, is_wanted: Callable[[], bool]) -> Drawn:
    """The picture that `order` asks for, of the weights last looked at."""
    begin_work_s = thread_time()
    picture: AnyPicture | None = None
    problem = Phrase()
    look = seen.workload.looks.get(order.look)
    if look is None:
        problem = Phrase("This workload has no look called {look}.", {"look": order.look})
    else:
        try:
            picture = checked(look(seen.subject(order.chosen, is_wanted)))
        except Exception as error:  # whatever a workload's file does wrong
            problem = failed("The look {name} could not be drawn ({error}).", order.look, error)
    return Drawn(
        number=order.number, step=seen.step, picture=picture, problem=problem, work_s=thread_time() - begin_work_s
    )


def failed(template: str, name: str, error: Exception) -> Phrase:
    """A sentence on what a look, or a try, of that name raised."""
    return Phrase(template, {"name": name, "error": f"{type(error).__name__}: {error}"[:300]})
