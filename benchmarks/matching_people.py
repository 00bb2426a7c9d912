"""Names as customers of a New York taxi company have them, and what banks and payers do to names."""

from __future__ import annotations

import random
from typing import Final

# Common names first: a name is drawn by a falling weight, so that namesakes occur as they do in a city.
_FIRST = """
Mohammed Md Abdul Singh Ahmed Muhammad Jose Syed Ali Juan Luis Mamadou Ibrahim Carlos Jean David Michael Rafael
Hassan Kamal Ashraf Rafiqul Nazrul Amadou Ousmane Harpreet Gurpreet Balwinder Sukhwinder Jaswinder Tenzin Pema Ivan
Sergey Alexander Dmitri Viktor Kwame Kofi Emmanuel Samuel Daniel Miguel Francisco Pedro Ramon Hector Manuel Angel
Victor Julio Robert John William James Thomas Richard Joseph Charles Anthony Mark Steven Paul Andrew Kevin Brian
George Edward Patrick Peter Frank Raymond Maria Ana Fatima Aisha Farida Nasrin Rosa Carmen Luz Elena Olga Irina
Marie Yves Pierre Jacques René Wei Ming Jun Hao Chen Kim Min Sung Tashi Dawa Lobsang Osman Yusuf Bilal Tariq Imran
Faisal Waqar Zahid Naveed Shahid Arif Masud Shafiqul Delwar Monir Jahangir Kazi Enrique Andrés Jesús Raúl
"""
FIRST: Final = tuple(_FIRST.split())
_LAST = """
Rahman Singh Islam Hossain Khan Ahmed Ali Rodriguez Uddin Chowdhury Miah Garcia Diallo Hussain Martinez Kaur Alam
Hernandez Lopez Gonzalez Perez Sanchez Ramirez Barry Bah Sow Jean-Baptiste Pierre Louis Joseph Charles Mensah Owusu
Boateng Appiah Traore Camara Keita Sherpa Lama Tamang Gurung Begum Akter Khatun Sarker Das Roy Paul Dey Petrov
Ivanov Kuznetsov Volkov Popov Sokolov Kim Park Lee Chen Wang Li Zhang Liu Yang Huang Wu Smith Johnson Williams Brown
Jones Miller Davis Wilson Anderson Taylor Thomas Moore Martin Jackson Thompson White Harris Clark Lewis Robinson
Walker Young Allen King Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera Campbell
Mitchell Carter Roberts Gomez Phillips Evans Turner Diaz Parker Cruz Edwards Collins Reyes Stewart Morris Morales
Murphy Cook Rogers Gutierrez Ortiz Morgan Cooper Peterson Bailey Reed Kelly Howard Ramos Cox Ward Richardson Watson
Brooks Chavez Wood Bennett Gray Mendoza Ruiz Hughes Price Alvarez Castillo Sanders Patel Myers Ross Foster Jimenez
Núñez Peña Muñoz O'Brien O'Connor D'Souza Fernandes Bhuiyan Talukder Mollah Howlader Kabir
"""
LAST: Final = tuple(_LAST.split())
_WORDS = """
Quill Norwood Ostrow Harbor Summit Liberty Empire Hudson Bronx Queens Atlas Apex Prime Metro Union Delta Pioneer
Golden Silver Crown Royal Star Sunrise Evergreen Lakeside Riverside Broadway Astoria Jamaica Flatbush Gotham
Excelsior Titan Falcon Eagle Phoenix Monarch Beacon Anchor Compass Keystone Cornerstone Granite Marble Cedar Maple
Willow Birch Juniper Magnolia Orchid Lotus Jade Amber Sapphire Cobalt Crimson Ivory Onyx Cardinal Sterling Regal
"""
WORDS: Final = tuple(_WORDS.split())
_TRADES = """
Taxi Cab Transit Transportation Fleet Livery Car_Service Limousine Auto_Repair Fuel Insurance Insurance_Agency Paper
Printing Management Leasing Holdings Logistics Brokerage Collision Tire Media Advertising Catering
"""
TRADES: Final = tuple(each.replace("_", " ") for each in _TRADES.split())
FORMS: Final = ("LLC", "Inc", "Inc.", "Corp", "Corp.", "Co", "Co.", "L.L.C.", "Ltd", "")
_NICE_TO_SWAP: Final = {
    "ph": "f",
    "ck": "k",
    "ee": "i",
    "ou": "u",
    "z": "s",
    "y": "i",
    "mm": "m",
    "ss": "s",
    "h": "",
}


def _falling(dice: random.Random, of: tuple[str, ...] | list[str]) -> str:
    return of[min(int(dice.expovariate(3 / len(of))), len(of) - 1)]


def person(dice: random.Random) -> str:
    """A person's name; some have two first names, or two last names."""
    first, last = _falling(dice, FIRST), _falling(dice, LAST)
    chance = dice.random()
    if chance < 0.18:
        return f"{first} {_falling(dice, FIRST)} {last}"
    if chance < 0.24:
        return f"{first} {last} {_falling(dice, LAST)}"
    if chance < 0.28:
        return f"{first} {dice.choice('ABCDEHJKLMNRST')}. {last}"
    return f"{first} {last}"


def company(dice: random.Random) -> str:
    """A company's name with its legal form: two or three words, an owner's name, letters, or a number."""
    form, trade, chance = dice.choice(FORMS), dice.choice(TRADES), dice.random()
    if chance < 0.3:
        name = f"{dice.choice(WORDS)} {trade}"
    elif chance < 0.5:
        name = f"{dice.choice(WORDS)} {dice.choice(WORDS)} {trade}"
    elif chance < 0.75:
        name = f"{_falling(dice, LAST)} {dice.choice(('', '& Sons ', 'Bros ', 'Family '))}{trade}"
    elif chance < 0.88:
        letters = "".join(dice.choice("ABCDEFGHJKLMNPRSTW") for _ in range(dice.choice((2, 3))))
        name = f"{letters if len(letters) == 3 else '&'.join(letters)} {trade}"
    else:
        name = f"{dice.choice(WORDS)} {dice.randrange(2, 99)} {trade}"
    return f"{name} {form}".strip()


def as_banks_write(dice: random.Random, name: str) -> str:
    """A name that still says the same: capitals, without accents or points, another legal form, turned at a comma."""
    shown = name.upper()
    if dice.random() < 0.8:
        shown = shown.translate(str.maketrans("ÁÉÍÓÚÑÜ", "AEIOUNU"))
    chance = dice.random()
    if chance < 0.25:
        shown = shown.replace(".", "")
    elif chance < 0.35 and shown.split()[-1].strip(".") in ("LLC", "INC", "CORP", "CO", "LTD"):
        shown = " ".join([*shown.split()[:-1], dice.choice(["", "LLC", "INC", "CORPORATION"])]).strip()
    elif chance < 0.42 and len(shown.split()) == 2:
        first, last = shown.split()
        shown = f"{last}, {first}"
    return shown


def with_noise(dice: random.Random, name: str) -> str:
    """A name that is not the same anymore: misspelled, cut off by the bank, without a word, with an initial."""
    shown = as_banks_write(dice, name).replace(",", "")
    words = shown.split()
    chance = dice.random()
    if chance < 0.45:
        place = max(range(len(words)), key=lambda each: len(words[each]))
        words[place] = misspelled(dice, words[place])
        return " ".join(words)
    if chance < 0.65:
        return shown[: dice.choice([16, 18, 22])].strip()
    if chance < 0.8 and len(words) > 2:
        del words[dice.randrange(1, len(words) - 1)]
        return " ".join(words)
    if chance < 0.9:
        words[0] = words[0][0]
        return " ".join(words)
    return " ".join(reversed(words))


def misspelled(dice: random.Random, word: str) -> str:
    """A letter is doubled, left out, another, or changes places with the next."""
    if len(word) < 4:
        return word
    for sound, other in dice.sample(sorted(_NICE_TO_SWAP.items()), len(_NICE_TO_SWAP)):
        if sound.upper() in word[1:] and dice.random() < 0.4:
            return word[0] + word[1:].replace(sound.upper(), other.upper(), 1)
    place = dice.randrange(1, len(word) - 1)
    kind = dice.randrange(4)
    if kind == 0:
        return word[:place] + word[place] + word[place:]
    if kind == 1:
        return word[:place] + word[place + 1 :]
    if kind == 2:
        return word[:place] + dice.choice("AEIORSTN") + word[place + 1 :]
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
