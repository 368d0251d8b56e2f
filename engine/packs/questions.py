"""Questions with answers, by topic, as they are put to a machine that talks."""

CARD = {
    "name": "questions",
    "title": "Questions and answers",
    "summary": "Some 700 questions in English with answers, on twelve topics, from coding to sports.",
    "licence": "BSD 3-Clause",
    "source": "ChatterBot Language Training Corpus by Gunther Cox and others",
    "package": "chatterbot-corpus",
    "archive": "chatterbot_corpus-1.3.3.tar.gz",
    "archive_size": 280_649,
    "sha256": "615b5c4c605154f60ae51d03ed918ed92e9d32bc2b144b759bbc64ecdbe18481",
    "files": {
        "ai.yml": {
            "member": "chatterbot_corpus-1.3.3/chatterbot_corpus/data/english/ai.yml",
            "size": 8_340,
            "sha256": "620a65787a56641db4a03e1419a7578e813967218cf6721e3ea4ef90844916aa",
        },
        "coding.yml": {
            "member": "chatterbot_corpus-1.3.3/chatterbot_corpus/data/english/coding.yml",
            "size": 64_012,
            "sha256": "1726a8900a82ee32dad559809564f9ae97df9c52f42a8f1fcde84b1d54b1d260",
        },
        "conversations.yml": {
            "member": "chatterbot_corpus-1.3.3/chatterbot_corpus/data/english/conversations.yml",
            "size": 4_682,
            "sha256": "1cf105b5802f377b2dc145f741f7df85629c9ca27e450538165286a75b5e3416",
        },
        "emotion.yml": {
            "member": "chatterbot_corpus-1.3.3/chatterbot_corpus/data/english/emotion.yml",
            "size": 10_337,
            "sha256": "510a018938c1880dd0f67e1ae458e26878c91a570daef5a84fb83713c89f0989",
        },
        "literature.yml": {
            "member": "chatterbot_corpus-1.3.3/chatterbot_corpus/data/english/literature.yml",
            "size": 4_077,
            "sha256": "9361ff1478273d811259ca307a1e6be23a5e08e776a5bc5d9524fb13deb886f1",
        },
        "money.yml": {
            "member": "chatterbot_corpus-1.3.3/chatterbot_corpus/data/english/money.yml",
            "size": 2_375,
            "sha256": "2911d9766625ff5c2feb3d784f2951b2ebd5e9658547efce7568d0282c49274b",
        },
        "movies.yml": {
            "member": "chatterbot_corpus-1.3.3/chatterbot_corpus/data/english/movies.yml",
            "size": 1_387,
            "sha256": "075ca9d91a527206c635c88bf0353323826a25a6f2057be1bc71888af389f842",
        },
        "politics.yml": {
            "member": "chatterbot_corpus-1.3.3/chatterbot_corpus/data/english/politics.yml",
            "size": 1_399,
            "sha256": "c436d5efedea6f715a8a811423a8edf396097771eb11e43b1f0a43a6aee7c2f0",
        },
        "psychology.yml": {
            "member": "chatterbot_corpus-1.3.3/chatterbot_corpus/data/english/psychology.yml",
            "size": 4_227,
            "sha256": "5047c211d35f715af4fbc3398f111135e99d34afcd0905a661c40bdeb1413a58",
        },
        "science.yml": {
            "member": "chatterbot_corpus-1.3.3/chatterbot_corpus/data/english/science.yml",
            "size": 2_397,
            "sha256": "3c259799bba36c67a1601fc264ec01ab051e9e63950734ce1ef644e022081fe7",
        },
        "sports.yml": {
            "member": "chatterbot_corpus-1.3.3/chatterbot_corpus/data/english/sports.yml",
            "size": 2_113,
            "sha256": "8d1bcc632cad4058e3b8490daa15dcd7c2a51790a7b9140b252600b794590403",
        },
        "trivia.yml": {
            "member": "chatterbot_corpus-1.3.3/chatterbot_corpus/data/english/trivia.yml",
            "size": 19_836,
            "sha256": "3a9de77e6d82803d1ea3eba48cf6543c884908f4c4f50501fed69f88112994dc",
        },
        "LICENSE": {
            "member": "chatterbot_corpus-1.3.3/license.md",
            "size": 1_476,
            "sha256": "a3ef744f9a7ddfb090596aeabe99c145adfe0d14f3eafdfb6a70207caded8aea",
        },
    },
}
