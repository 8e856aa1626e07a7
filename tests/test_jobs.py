"""Background jobs: progress, stopping, errors; and how user text is made plain."""

import threading

import pytest
from streamlit.testing.v1 import AppTest

from app_pages.parts.jobs import Job
from app_pages.parts.text import counted, plain, shorten
from vacsr_core.errors import CancelledError, DataError


def test_a_job_gives_its_result_and_its_progress() -> None:
    def work(progress):
        progress(0.25, "a quarter")
        return 42

    job = Job("key", "Counting", work)
    assert job.wait(60)
    assert (job.result, job.fraction, job.text) == (42, 0.25, "a quarter")
    assert job.error is None and not job.is_cancelled


def test_progress_stays_between_0_and_1() -> None:
    seen = []

    def work(progress):
        for fraction in (-1.0, 7.0):
            progress(fraction, "")
            seen.append(job_box[0].fraction)

    job_box = []
    gate = threading.Event()
    job_box.append(Job("key", "Counting", lambda progress: (gate.wait(60), work(progress))))
    gate.set()
    assert job_box[0].wait(60)
    assert seen == [0.0, 1.0]


def test_stop_ends_the_work_at_its_next_report_and_keeps_what_was_done() -> None:
    done, reached, may_go_on = [], threading.Event(), threading.Event()

    def work(progress):
        for step in range(10):
            progress(step / 10, "")
            done.append(step)
            reached.set()
            may_go_on.wait(60)

    job = Job("key", "Counting", work)
    assert reached.wait(60)
    job.stop()
    may_go_on.set()
    assert job.wait(60)
    assert done == [0]
    assert job.is_cancelled and job.result is None and job.error is None
    with pytest.raises(CancelledError, match="finished before is kept"):
        job.progress(0.5)


def test_standing_counts_seconds_until_a_share_is_known() -> None:
    has_begun, may_end = threading.Event(), threading.Event()

    def work(progress):
        progress(0.0, "loading the model")
        has_begun.set()
        may_end.wait(60)
        progress(0.294, "encoding")

    job = Job("key", "Reading", work)
    assert has_begun.wait(60)
    job.started -= 7.0
    assert job.standing == "7 s"
    may_end.set()
    assert job.wait(60)
    assert job.standing == "29%"


def test_a_job_that_ends_while_the_page_is_drawn_makes_it_run_again() -> None:
    def page() -> None:
        import streamlit as st

        from app_pages.parts import jobs

        if "was_here" not in st.session_state:
            st.session_state.was_here = True
            jobs.start("sum", "key", "Counting", lambda progress: 42).wait(60)
            jobs.show_or_explain("sum")
        st.text(f"It is {jobs.finished('sum').result}")

    app = AppTest.from_function(page).run()
    assert [text.value for text in app.text] == ["It is 42"]
    assert not app.info and not app.button


def test_a_stopped_job_says_so_and_offers_to_go_on() -> None:
    def page() -> None:
        import streamlit as st

        from app_pages.parts import jobs

        if "was_here" not in st.session_state:
            st.session_state.was_here = True

            def work(progress):
                while True:
                    progress(0.5)

            job = jobs.start("sum", "key", "Counting", work)
            job.stop()
            job.wait(60)
        jobs.show_or_explain("sum", "Stopped halfway.")

    app = AppTest.from_function(page).run()
    assert [info.value for info in app.info] == ["Stopped halfway."]
    app.button(key="_again_sum").click().run()
    assert not app.info and not app.button


def test_an_expected_error_keeps_its_words() -> None:
    def work(progress):
        raise DataError("The file is cut off.")

    job = Job("key", "Opening", work)
    assert job.wait(60)
    assert str(job.error) == "The file is cut off."


def test_an_unexpected_error_becomes_a_sentence_instead_of_a_bar_that_stands_for_ever() -> None:
    job = Job("key", "Dividing", lambda progress: 1 / 0)
    assert job.wait(60)
    assert "ZeroDivisionError: division by zero" in str(job.error)
    assert "unchanged" in str(job.error)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a dog", "a dog"),
        ("![x](u)", r"\!\[x\]\(u\)"),
        ("<b>", r"\<b\>"),
        ("$a$", r"\$a\$"),
        ("two\nlines", "two lines"),
        (":red[x]", "\\:\u2060red\\[x\\]"),
        ("a@b.c", "a\\@\u2060b\\.c"),
        ("www.a.b", "www\u2060\\.a\\.b"),
        ("http://a", "http\\:\u2060\\/\\/a"),
    ],
)
def test_plain_leaves_no_mark_unescaped(text: str, wanted: str) -> None:
    assert plain(text) == wanted


def test_shorten_and_counted() -> None:
    assert shorten("abcdef", 4) == "abc…"
    assert shorten("abcd", 4) == "abcd"
    assert counted(1, "image") == "1 image"
    assert counted(2000, "image") == "2,000 images"
    assert counted(0, "copy", "copies") == "0 copies"
