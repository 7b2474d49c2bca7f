"""The data behind the sample models and its split into training and test rows.

Everything comes from files that are part of a PyPI package, so that anyone can rebuild the very same test split:

    from splits import iris, breast_cancer, digits, language
    train_x, test_x, train_y, test_y = digits()

Pinned versions: requirements.txt. The text comes from Django's message catalogues (BSD-3-Clause).
"""

import gettext
import pathlib
import random
import re

import numpy
from sklearn import datasets
from sklearn.model_selection import train_test_split

SEED = 20240229
TEST_SHARE = 0.25

LANGUAGES = {
    "ar": "ar", "cs": "cs", "da": "da", "de": "de", "el": "el", "es": "es", "fi": "fi", "fr": "fr", "hu": "hu",
    "it": "it", "ja": "ja", "ko": "ko", "nl": "nl", "pl": "pl", "pt": "pt_BR", "ru": "ru", "sv": "sv", "tr": "tr",
    "uk": "uk", "zh": "zh_Hans",
}  # label -> Django's folder; "en" is added from the message ids


def _split(x, y):
    return train_test_split(x, y, test_size=TEST_SHARE, random_state=SEED, stratify=y)


def iris():
    """Four measures of a flower in cm, FP32 [n, 4]; the species' name."""
    data = datasets.load_iris()
    return _split(data.data.astype(numpy.float32), data.target_names[data.target].astype(str))


def breast_cancer():
    """30 measures of cell nuclei, FP32 [n, 30]; 0 malignant, 1 benign."""
    data = datasets.load_breast_cancer()
    return _split(data.data.astype(numpy.float32), data.target.astype(numpy.int64))


def digits():
    """8x8 grey images of handwritten digits, values 0...16, FP32 [n, 64]; 0...9."""
    data = datasets.load_digits()
    return _split(data.data.astype(numpy.float32), data.target.astype(numpy.int64))


def language():
    """Sentences of a web application's user interface, in 21 languages; the ISO 639-1 code.

    A message and all its translations fall on the same side of the split, so that the test rows are new text.
    """
    import django

    root = pathlib.Path(django.__file__).parent
    catalogues = {}
    for label, folder in LANGUAGES.items():
        messages = {}
        for path in sorted(root.glob(f"**/locale/{folder}/LC_MESSAGES/*.mo")):
            with path.open("rb") as file:
                for key, value in gettext.GNUTranslations(file)._catalog.items():
                    key = key[0] if isinstance(key, tuple) else key
                    if key and value:
                        messages.setdefault(key, value)
        catalogues[label] = messages
    keys = sorted(set().union(*(messages.keys() for messages in catalogues.values())))
    catalogues["en"] = {key: key for key in keys}
    random.Random(SEED).shuffle(keys)
    test_keys = set(keys[: int(len(keys) * TEST_SHARE)])
    sides = {False: ([], []), True: ([], [])}
    for label in sorted(catalogues):
        for key in sorted(catalogues[label]):
            text = _plain(catalogues[label][key])
            if len(text) < 12 or (label != "en" and text == _plain(key)):
                continue  # too short to tell, or left untranslated
            x, y = sides[key in test_keys]
            x.append(text)
            y.append(label)
    (train_x, train_y), (test_x, test_y) = sides[False], sides[True]
    return train_x, test_x, train_y, test_y


def _plain(text):
    """The sentence without placeholders, mark-up and line breaks."""
    text = text.split("\x04")[-1]
    text = re.sub(r"%\(\w+\)[sd]|%[sd]|\{\w*\}|<[^>]*>|&\w+;|[\"“”„«»]", " ", text)
    return re.sub(r"\s+", " ", text).strip()
