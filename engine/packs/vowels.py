"""Japanese vowels: nine men say /ae/, each utterance a row of spectra."""

CARD = {
    "name": "vowels",
    "title": "Japanese vowels",
    "summary": "640 times two vowels in a row, said by nine men: 7 to 29 moments of 12 numbers each.",
    "licence": "BSD 3-Clause (the archive's); the data: CC BY 4.0",
    "source": "M. Kudo, J. Toyama and M. Shimbo, Pattern Recognition Letters 20, 1999; UCI Machine Learning Repository",
    "package": "aeon",
    "archive": "aeon-1.6.0-py3-none-any.whl",
    "archive_size": 6_421_000,
    "sha256": "d05227086706f80111ac5fee8de4d5d3115bb3bcfd1c786c8629393055816409",
    "files": {
        "train.ts": {
            "member": "aeon/datasets/data/JapaneseVowels/JapaneseVowels_TRAIN.ts",
            "size": 487_971,
            "sha256": "68a430eabd919cc77f40b1f5f3bc0dcafacc1486bca9260785aeb7d262cc78cd",
        },
        "test.ts": {
            "member": "aeon/datasets/data/JapaneseVowels/JapaneseVowels_TEST.ts",
            "size": 649_132,
            "sha256": "b3d41d6a0ca3bcad3afb9ca7d4365382aa51341e2e58bae2a574babdda5b9462",
        },
        "LICENSE": {
            "member": "aeon-1.6.0.dist-info/licenses/LICENSE",
            "size": 1_557,
            "sha256": "dc3459a1fd14b6bcd10d13172dde23dd8c296660320dcb2b784efee5cd27c329",
        },
    },
}
