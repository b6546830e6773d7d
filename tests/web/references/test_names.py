"""Names of authors, taken apart and written for reference managers."""

import json
from pathlib import Path

import pytest

from digest.web.references.names import read_name

CASES = [
    ("Grace Hopper", "Hopper, Grace", "Hopper, Grace"),
    ("Ludwig van Beethoven", "van Beethoven, Ludwig", "van Beethoven, Ludwig"),
    ("Felipe Crispim da Rocha Salvagnini", "da Rocha Salvagnini, Felipe Crispim", None),
    ("Pascal Van Hentenryck", "Van Hentenryck, Pascal", "{Van Hentenryck}, Pascal"),
    ("Benedict Van den Bussche", "Van den Bussche, Benedict", "{Van den Bussche}, Benedict"),
    ("Emanuele La Malfa", "La Malfa, Emanuele", "{La Malfa}, Emanuele"),
    ("José Ortega y Gasset", "Ortega y Gasset, José", r"{Ortega y Gasset}, Jos{\'e}"),
    ("Patrice {Ossona de Mendez}", "Ossona de Mendez, Patrice", "{Ossona de Mendez}, Patrice"),
    ("María del Carmen Pérez", "Pérez, María del Carmen", r"P{\'e}rez, Mar{\'\i}a del Carmen"),
    ("Gérard d'Assignies", "d'Assignies, Gérard", r"d'Assignies, G{\'e}rard"),
    # Suffixes, with a comma and without, and names given in reverse.
    ("Martin Luther King, Jr.", "King, Martin Luther, Jr.", "King, Jr., Martin Luther"),
    ("King Jr., Martin Luther", "King, Martin Luther, Jr.", "King, Jr., Martin Luther"),
    ("Robert Smith IV", "Smith, Robert, IV", "Smith, IV, Robert"),
    ("Allan Barros Filho", "Barros Filho, Allan", "Barros Filho, Allan"),
    ("Venktesh V", "V, Venktesh", "V, Venktesh"),
    ("Curie, Marie", "Curie, Marie", "Curie, Marie"),
    ("and Grace Hopper", "Hopper, Grace", "Hopper, Grace"),
    ("Alan Turing and", "Turing, Alan", "Turing, Alan"),
    ("James Lombardi,", "Lombardi, James", "Lombardi, James"),
    # Groups stay whole.
    ("The ATLAS Collaboration", "The ATLAS Collaboration", "{The ATLAS Collaboration}"),
    ("Team Hunyuan3D", "Team Hunyuan3D", "{Team Hunyuan3D}"),
    ("the n_TOF Collaboration", "the n_TOF Collaboration", r"{the n\_TOF Collaboration}"),
    ("Ann and Bob", "Ann and Bob", "{Ann and Bob}"),
    # East Asia: the order is as given, and Van or Le may be a name by itself.
    ("Zhang Wei", "Wei, Zhang", "Wei, Zhang"),
    ("Weinan E", "E, Weinan", "E, Weinan"),
    ("Hien Van Nguyen", "Nguyen, Hien Van", "Nguyen, Hien Van"),
    ("Trinh Le Ba Khanh", "Khanh, Trinh Le Ba", "Khanh, Trinh Le Ba"),
    ("李明", "李明", "LiMing"),
    # One word, and initials behind the family name.
    ("Madonna", "Madonna", "Madonna"),
    ("de Groot", "de Groot", "{de Groot}"),
    ("Petrova M. V.", "Petrova, M. V.", "Petrova, M. V."),
    (r"Jaroslav Ne\v{s}et\v{r}il", "Nešetřil, Jaroslav", r"Ne{\v{s}}et{\v{r}}il, Jaroslav"),
    ('Hai "Helen" Li', 'Li, Hai "Helen"', None),
]


@pytest.mark.parametrize(("raw", "ris", "bibtex"), CASES)
def test_a_name_is_taken_apart(raw: str, ris: str, bibtex: str | None) -> None:
    name = read_name(raw)
    assert name is not None
    assert name.as_ris() == ris
    assert bibtex is None or name.as_bibtex() == bibtex


@pytest.mark.parametrize("raw", ["", "  ", ",", "\u200b"])
def test_of_nothing_nothing_is_left(raw: str) -> None:
    assert read_name(raw) is None


def test_names_of_the_field(shared_data: Path) -> None:
    for line in (shared_data / "field_cases" / "reference_names.jsonl").read_text().splitlines():
        row = json.loads(line)
        name = read_name(row["name"])
        assert name is not None
        assert (name.as_ris(), name.as_bibtex()) == (row["ris"], row["bibtex"])
