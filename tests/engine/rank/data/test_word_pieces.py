"""Texts in pieces of words, as BERT has them."""

from engine.rank.data.word_pieces import WordPieces

PIECES = WordPieces(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "una", "##ffa", "##ble", "cafe", "!", "中", "un", "##a", "$"])


def test_a_word_is_parted_into_the_longest_pieces_that_are_known() -> None:
    assert PIECES.pieces("Unaffable una") == ["una", "##ffa", "##ble", "una"]
    assert PIECES.pieces("unaffably") == ["[UNK]"]
    assert PIECES.pieces("una" * 40) == ["[UNK]"]


def test_capitals_and_accents_are_dropped_and_marks_and_chinese_stand_alone() -> None:
    assert PIECES.pieces("CAFÉ!中中una\t$ \u200bcafe\u0301\x00") == ["cafe", "!", "中", "中", "una", "$", "cafe"]
    assert PIECES.pieces(" \n") == []


def test_a_line_has_both_ends_and_zeros_behind_them_and_what_is_too_long_is_cut() -> None:
    assert PIECES.numbers(["una !", "cafe " * 9, ""], 6).tolist() == [
        [2, 4, 8, 3, 0, 0],
        [2, 7, 7, 7, 7, 3],
        [2, 3, 0, 0, 0, 0],
    ]
