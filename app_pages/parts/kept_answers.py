"""Answers that the browser waits for outlive a page that starts again.

A dropped file first asks the server where to go, and a download made on a click asks for its
content. When a run of the whole page begins, Streamlit 1.67 empties the queue of what was not sent
yet, with these answers in it; nobody asks again, so the drop or the click comes to nothing without
a word. While the model is being imported, messages wait for seconds, and this happens.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

ANSWERS = ("file_urls_response", "backend_operation_response")


def install() -> None:
    """Keep answers in the queues of all sessions; calling it again changes nothing."""
    if not hasattr(ForwardMsgQueue.clear, "__wrapped__"):
        ForwardMsgQueue.clear = _keeping_answers(ForwardMsgQueue.clear)


def _keeping_answers(clear: Callable) -> Callable:
    @functools.wraps(clear)
    def keeping(
        queue: ForwardMsgQueue,
        retain_lifecycle_msgs: bool = False,
        fragment_ids_this_run: list[str] | None = None,
    ) -> None:
        # Without the first flag everything was sent: then nothing is left to keep.
        waiting = queue._queue if retain_lifecycle_msgs else []
        answers = [message for message in waiting if message.WhichOneof("type") in ANSWERS]
        clear(queue, retain_lifecycle_msgs, fragment_ids_this_run)
        kept = {id(message) for message in queue._queue}
        queue._queue += [message for message in answers if id(message) not in kept]

    return keeping
