"""The language of a summary that came from elsewhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.infra.language_detection import detect_language

SENTENCES = {
    "en": "We show that the attention mechanism can be trained with half of the data.",
    "zh": "提出一种新的注意力机制，在 ImageNet 与 COCO 基准上优于 Transformer 和 ResNet 等现有方法。",
    "ja": "本論文では、大規模言語モデルのための新しい手法を提案する。",
    "ko": "본 논문에서는 대규모 언어 모델을 위한 새로운 방법을 제안한다.",
    "ru": "В работе предложен новый метод обучения языковых моделей.",
    "uk": "У роботі запропоновано новий метод навчання мовних моделей і їх оцінювання.",
    "de": "Wir stellen ein Verfahren vor, das die Kosten der Berechnung und den Speicher nicht erhöht.",
    "fr": "Nous proposons une méthode qui réduit le coût des calculs dans les grands modèles.",
    "es": "Se propone un método que reduce el coste de los cálculos para los modelos de lenguaje.",
    "it": "Il metodo proposto riduce il costo della ricerca e non richiede una nuova base di dati.",
    "pt": "O método não exige mais dados e reduz os custos da busca em uma base de textos.",
    "ar": "نقترح طريقة جديدة لتدريب نماذج اللغة",
    "he": "אנו מציעים שיטה חדשה לאימון מודלים",
    "hi": "हम भाषा मॉडल के लिए एक नई विधि प्रस्तुत करते हैं",
    "th": "เราเสนอวิธีใหม่สำหรับแบบจำลองภาษา",
}


@pytest.mark.parametrize("language", SENTENCES)
def test_a_sentence_is_recognised(language: str) -> None:
    assert detect_language(SENTENCES[language]) == language


def test_an_english_sentence_about_chinese_words_stays_english() -> None:
    text = "We study how the words 你好 and 再见 are split into tokens by the encoders of large models in practice."
    assert detect_language(text) == "en"


def test_chinese_full_of_english_terms_stays_chinese() -> None:
    assert detect_language("MMR-GRPO 将最大边际相关性 (MMR) 引入 GRPO, 在 GSM8K、MATH 上用 Qwen2.5-7B 加速训练") == "zh"


def test_what_says_nothing_is_called_english() -> None:
    assert {detect_language(text) for text in ("", "0", "$x^2 + y^2$", "SCaLE")} == {"en"}


@given(st.text())
def test_any_text_gets_a_short_code(text: str) -> None:
    assert 2 <= len(detect_language(text)) <= 8
