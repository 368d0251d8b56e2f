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


def test_characters_that_are_lacking_take_free_places_in_the_order_of_their_codes() -> None:
    pieces = WordPieces([*"ab", "[unused0]", "[UNK]", "[CLS]", "[SEP]", "中", "[unused1]"], ["乙ab 中", "xyz 丙丁乙"])
    assert pieces.numbers(["丁丙乙中"], 6).tolist() == [[4, 2, 7, 3, 6, 5]]  # 丁 is 4E01, 丙 4E19, 乙 4E59
    assert pieces.unknown == 3
    assert len(pieces) == 8
