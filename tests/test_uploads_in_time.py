"""No dropped file is lost where the page starts again at the same moment."""

from pathlib import Path

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.scriptrunner import StopException
from streamlit.testing.v1 import AppTest

from app_pages.parts import jobs, kept_answers, state
from test_library_page import GREEN, RED, held, settle, upload

ROOT = Path(__file__).resolve().parents[1]
EMPTIED = getattr(ForwardMsgQueue.clear, "__wrapped__", ForwardMsgQueue.clear)


@pytest.fixture
def plain(monkeypatch):
    """Streamlit's own queue, whatever an app in this process has made of it."""
    monkeypatch.setattr(ForwardMsgQueue, "clear", EMPTIED)


def filled() -> ForwardMsgQueue:
    """A queue with an element, where to send a file, a download's content, and a run's end."""
    queue = ForwardMsgQueue()
    for number, part in enumerate(("delta", "file_urls_response", "backend_operation_response")):
        message = ForwardMsg()
        message.metadata.delta_path[:] = [0, number]
        getattr(message, part).SetInParent()
        queue.enqueue(message)
    ended = ForwardMsg()
    ended.script_finished = ForwardMsg.FINISHED_SUCCESSFULLY
    queue.enqueue(ended)
    return queue


def kinds(queue: ForwardMsgQueue) -> list[str]:
    return sorted(message.WhichOneof("type") for message in queue.flush())


def test_streamlit_alone_throws_answers_away(plain):
    """Where this fails, Streamlit was mended, and `kept_answers` can go."""
    queue = filled()
    queue.clear(retain_lifecycle_msgs=True)
    assert kinds(queue) == ["script_finished"]


@pytest.mark.parametrize("fragments, kept", [(None, []), (["a"], ["delta"])])
def test_answers_are_kept_once_and_the_rest_goes_as_before(plain, fragments, kept):
    for _ in range(2):
        kept_answers.install()
    queue = filled()
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=fragments)
    answers = ["backend_operation_response", *kept, "file_urls_response", "script_finished"]
    assert kinds(queue) == answers
    assert queue.is_empty()  # what was sent is not sent again


def test_the_app_keeps_them(plain):
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180).run()
    assert not app.exception and ForwardMsgQueue.clear is not EMPTIED


@pytest.mark.parametrize(
    "module, function, is_too_late",
    [(jobs, "start", False), (state, "set_library", False), (state, "set_library", True)],
)
def test_pictures_arrive_once_where_a_click_cuts_a_run_short(
    monkeypatch, module, function, is_too_late
):
    """A run that a click ends raises StopException where it next touches the session."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180).run()
    demo, whole, cuts = held(app), getattr(module, function), []

    def cut(*what, **how):
        if what[0] == "features" or cuts:
            return whole(*what, **how)
        cuts.append(what)
        if is_too_late:
            whole(*what, **how)
        raise StopException

    monkeypatch.setattr(module, function, cut)
    upload(app, ("red.jpg", RED, "image/jpeg"), ("green.jpg", GREEN, "image/jpeg"))
    settle(app.run())
    assert cuts and [image.name for image in held(app).images] == ["red.jpg", "green.jpg"]
    assert app.session_state["_is_own"] and app.session_state["_undo"][1] is demo
    assert not app.file_uploader[0].value
