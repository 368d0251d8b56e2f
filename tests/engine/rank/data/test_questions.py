"""What is read of the questions' files, and what is refused."""

import pytest

from engine.errors import RequestError
from engine.rank.data import question_topics, questions

TEXT = """categories:
- AI
conversations:
- - What is AI?
  - A long answer that
    goes on.
  - 'It''s more: much
    more.'
- - what is AI
  - "A \\"quoted\\" one"
- Which hyphen is missing?
  - |
    def two():

        return 2
"""


def test_the_forms_of_yaml_that_the_files_have_are_read() -> None:
    assert list(questions.conversations(TEXT, "ai")) == [
        ["What is AI?", "A long answer that goes on.", "It's more: much more."],
        ["what is AI", 'A "quoted" one'],
        ["Which hyphen is missing?", "def two():\n\n    return 2"],
    ]


def test_what_is_asked_twice_is_one_question_with_the_first_answer_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "read_file", lambda *_: TEXT.encode())
    assert questions.answered.__wrapped__("ai") == {
        "What is AI?": ["A long answer that goes on.", 'A "quoted" one'],
        "Which hyphen is missing?": ["def two():\n\n    return 2"],
    }


@pytest.mark.parametrize("line", ["key: value", "  key", "-- - what", "\t- what"])
def test_what_has_another_form_is_refused(line: str) -> None:
    with pytest.raises(RequestError, match="ai has a line that is not read here"):
        list(questions.conversations(f"conversations:\n- - one\n{line}\n", "ai"))


@pytest.mark.parametrize("language", ["English", "Chinese"])
def test_each_language_reads_its_own_pack(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []
    monkeypatch.setattr(questions, "read_file", lambda *names: asked.append(names) or TEXT.encode())
    questions.answered.cache_clear()
    texts, topics = question_topics.questions(language)
    questions.answered.cache_clear()
    assert {pack for pack, _ in asked} == {question_topics.PACKS[language]}
    assert len(asked) == len(question_topics.subjects(language))
    assert texts == ["What is AI?", "Which hyphen is missing?"]
    assert topics.tolist() == [0, 0]


def test_every_topic_in_chinese_has_both_names() -> None:
    names = [name.split(" ") for name in question_topics.subjects("Chinese")]
    assert dict(names) == question_topics.IN_CHINESE
