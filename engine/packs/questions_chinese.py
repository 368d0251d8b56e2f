"""Questions with answers in Chinese, by topic, as they are put to a machine that talks: topics that have enough."""

CARD = {
    "name": "questions-chinese",
    "title": "Questions in Chinese",
    "summary": "Some 290 questions in Chinese with answers, on eight topics, many of them translated word by word.",
    "licence": "BSD 3-Clause",
    "source": "ChatterBot Language Training Corpus by Gunther Cox and others",
    "package": "chatterbot-corpus",
    "archive": "chatterbot_corpus-1.3.3.tar.gz",
    "archive_size": 280_649,
    "sha256": "615b5c4c605154f60ae51d03ed918ed92e9d32bc2b144b759bbc64ecdbe18481",
    "files": {
        "ai.yml": {
            "member": "chatterbot_corpus-1.3.3/chatterbot_corpus/data/chinese/ai.yml",
            "size": 4_206,
            "sha256": "2bcf4865be21fe3617cc32bb6f7322e3b976fc367600c28c39f9d666713e26fc",
        },
        "emotion.yml": {
            "member": "chatterbot_corpus-1.3.3/chatterbot_corpus/data/chinese/emotion.yml",
            "size": 2_606,
            "sha256": "b49abd01b2102d187dbb0d83ad989115d641d9b6798fa098adde2e7922ea4dff",
        },
        "literature.yml": {
            "member": "chatterbot_corpus-1.3.3/chatterbot_corpus/data/chinese/literature.yml",
            "size": 2_127,
            "sha256": "823ce961391461ddfbde987f766082d39cee02349fd6adc1e686b761eec9e9e1",
        },
        "money.yml": {
            "member": "chatterbot_corpus-1.3.3/chatterbot_corpus/data/chinese/money.yml",
            "size": 1_974,
            "sha256": "25b942878b8eed6fa3ef6a3cc3400323c5278dc37ee43c1ae31e818af6284574",
        },
        "movies.yml": {
            "member": "chatterbot_corpus-1.3.3/chatterbot_corpus/data/chinese/movies.yml",
            "size": 1_369,
            "sha256": "c047762ac4df1ce634efd00346c73076b1f66600f1e7fdabd6d96062eb8976df",
        },
        "psychology.yml": {
            "member": "chatterbot_corpus-1.3.3/chatterbot_corpus/data/chinese/psychology.yml",
            "size": 4_938,
            "sha256": "4ab365ccfc38b078269a75bbc7beb5a88bacad1340ee2cdb008924d8bcb4317e",
        },
        "science.yml": {
            "member": "chatterbot_corpus-1.3.3/chatterbot_corpus/data/chinese/science.yml",
            "size": 2_483,
            "sha256": "5491bac9e5a6deaece06138fc235e9387e26bb73730b32afe43b5f28fb79ba15",
        },
        "sports.yml": {
            "member": "chatterbot_corpus-1.3.3/chatterbot_corpus/data/chinese/sports.yml",
            "size": 1_559,
            "sha256": "315658785fdefc6e15579d4c82971073a39dabe0ff9bf0b95ed10530dd206803",
        },
        "LICENSE": {
            "member": "chatterbot_corpus-1.3.3/license.md",
            "size": 1_476,
            "sha256": "a3ef744f9a7ddfb090596aeabe99c145adfe0d14f3eafdfb6a70207caded8aea",
        },
    },
}
