"""The words that titles, prompts and names are made of."""

from typing import Final

ADJECTIVES: Final = (
    "Quiet", "Gilded", "Weathered", "Luminous", "Folded", "Wandering", "Velvet",
    "Hollow", "Sunlit", "Brittle", "Distant", "Polished", "Mossy", "Painted",
    "Restless", "Frosted",
)  # fmt: skip
SUBJECTS: Final = (
    "lighthouse", "fox", "teapot", "astronaut", "orchid", "samurai helmet", "robot",
    "library", "octopus", "violin", "sneaker", "greenhouse", "dragon", "armchair",
    "bust of a poet", "paper crane", "street market", "snail",
)  # fmt: skip
MANNERS: Final = (
    "in soft morning light", "carved from walnut", "as a porcelain figurine",
    "with brushed copper details", "in the style of a woodcut", "on a marble plinth",
    "under neon rain", "made of folded paper", "with thick impasto strokes",
    "as a low-poly model", "in a misty valley", "on seamless grey, studio lighting",
)  # fmt: skip
FINISHES: Final = (
    "highly detailed", "muted palette", "8k render", "film grain", "wide angle",
    "centered composition", "volumetric light", "clean topology", "pastel colors",
)  # fmt: skip
FOREIGN_TITLES: Final = (
    "Café à l'aube ☕", "夜の灯台", "Übergröße, Löwe №7", "机器人与花 🌸",
    "Ночной рынок", "고요한 도서관", "مرسم الضوء", "Niño con cometa 🪁",
)  # fmt: skip
FOREIGN_PROMPTS: Final = (
    "un renard endormi sous la neige, lumière dorée, très détaillé",
    "水彩で描いた静かな港、朝霧、柔らかい光",
    "a crème-brûlée colored cottage 🏡, naïve art, façade with azulejos",
    "雨夜的霓虹街道,倒影,电影感",
)
PEOPLE: Final = (
    "Mira Holt", "Jonas Weber", "Aiko Tanaka", "Zoë Dubois", "Luís Carvalho",
    "Priya Nair", "Oskar Lind", "王小明", "Nadia Haddad", "Tom Ashby", "Élodie Roux",
    "Sven Ågren",
)  # fmt: skip
