"""The words for everything in a scene, several for each, so that an encoder learns words."""

# Singular and plural; the first pair is the plain name, the others are used now and then.
NOUNS: dict[str, tuple[tuple[str, str], ...]] = {
    "ball": (("ball", "balls"), ("sphere", "spheres"), ("beach ball", "beach balls")),
    "box": (("box", "boxes"), ("cube", "cubes"), ("crate", "crates")),
    "star": (("star", "stars"), ("five-pointed star", "five-pointed stars")),
    "house": (("house", "houses"), ("cottage", "cottages"), ("home", "homes")),
    "tree": (("tree", "trees"), ("leafy tree", "leafy trees")),
    "car": (("car", "cars"), ("automobile", "automobiles"), ("motor car", "motor cars")),
    "boat": (("boat", "boats"), ("sailing boat", "sailing boats"), ("sailboat", "sailboats")),
    "fish": (("fish", "fish"),),
    "bird": (("bird", "birds"), ("flying bird", "flying birds")),
    "cat": (("cat", "cats"), ("kitten", "kittens"), ("sitting cat", "sitting cats")),
    "dog": (("dog", "dogs"), ("puppy", "puppies"), ("hound", "hounds")),
    "flower": (("flower", "flowers"), ("blossom", "blossoms"), ("bloom", "blooms")),
    "kite": (("kite", "kites"), ("paper kite", "paper kites")),
    "balloon": (("balloon", "balloons"), ("party balloon", "party balloons")),
    "umbrella": (("umbrella", "umbrellas"), ("parasol", "parasols")),
    "cup": (("cup", "cups"), ("mug", "mugs"), ("coffee cup", "coffee cups")),
    "rocket": (
        ("rocket", "rockets"),
        ("spaceship", "spaceships"),
        ("space rocket", "space rockets"),
    ),
    "mushroom": (("mushroom", "mushrooms"), ("toadstool", "toadstools")),
    "person": (("person", "people"), ("figure", "figures"), ("human", "humans")),
    "butterfly": (("butterfly", "butterflies"),),
}
FORMAL_NOUNS: dict[str, tuple[str, str]] = {
    "ball": ("sphere", "spheres"),
    "house": ("dwelling", "dwellings"),
    "car": ("automobile", "automobiles"),
    "boat": ("sailing vessel", "sailing vessels"),
    "cat": ("feline", "felines"),
    "dog": ("canine", "canines"),
    "flower": ("blossom", "blossoms"),
    "umbrella": ("parasol", "parasols"),
    "rocket": ("spacecraft", "spacecraft"),
    "cup": ("drinking cup", "drinking cups"),
}

SIZE_WORDS: dict[str, tuple[str, ...]] = {
    "small": ("small", "little", "tiny", "small"),
    "large": ("large", "big", "huge", "large"),
}
FORMAL_SIZES = {"small": ("diminutive", "modest", "small"), "large": ("sizeable", "grand", "large")}

COLOUR_WORDS: dict[str, tuple[str, ...]] = {
    "red": ("red", "scarlet", "bright red"),
    "orange": ("orange", "bright orange"),
    "yellow": ("yellow", "golden yellow", "bright yellow"),
    "green": ("green", "emerald green"),
    "blue": ("blue", "royal blue"),
    "purple": ("purple", "violet"),
    "pink": ("pink", "rose pink"),
    "white": ("white", "snow-white"),
    "black": ("black", "jet-black"),
}

NUMBER_WORDS = {1: "one", 2: "two", 3: "three", 4: "four"}
COUPLE = "a couple of"

# "two boats ... {place}" and "{view} with two boats"
PLACES: dict[str, tuple[str, ...]] = {
    "meadow": ("in a meadow", "in a grassy meadow", "in a field of grass", "on a grassy field"),
    "beach": ("on a beach", "on a sandy beach", "at the seaside", "by the shore"),
    "sea": ("at sea", "on the open sea", "in the ocean", "out on the sea"),
    "snow": ("in the snow", "in a snowy landscape", "on a snowy field", "in a wintry landscape"),
    "desert": ("in a desert", "in the desert", "among sand dunes", "in a dry sandy desert"),
    "forest": ("in a forest", "in the woods", "in a woodland", "deep in the forest"),
    "city": ("in a city", "in town", "on a city street", "in front of a city skyline"),
    "room": ("in a room", "inside a room", "in a living room", "in a cosy room"),
}
VIEWS: dict[str, tuple[str, ...]] = {
    "meadow": ("a meadow", "a grassy field", "a wide meadow"),
    "beach": ("a beach", "a sandy shore", "a seaside view"),
    "sea": ("the sea", "the open ocean", "a view of the sea"),
    "snow": ("a snowy landscape", "a winter landscape", "a snow field"),
    "desert": ("a desert", "a sandy desert", "a landscape of dunes"),
    "forest": ("a forest", "a woodland", "the woods"),
    "city": ("a city", "a city street", "a town"),
    "room": ("a room", "a living room", "the inside of a room"),
}
FORMAL_PLACES: dict[str, tuple[str, ...]] = {
    "meadow": ("upon a verdant meadow", "amid a tranquil grassy field"),
    "beach": ("upon a serene sandy beach", "along a peaceful shore"),
    "sea": ("upon the wide and open sea", "amid the waters of the ocean"),
    "snow": ("amid a silent, snow-covered landscape", "upon a field of fresh snow"),
    "desert": ("amid the dunes of an arid desert", "in the vastness of a sandy desert"),
    "forest": ("within a quiet woodland", "beneath the canopy of a forest"),
    "city": ("before the skyline of a city", "upon the street of a modern city"),
    "room": ("within a furnished room", "within the interior of a living room"),
}
SHORT_PLACES: dict[str, tuple[str, ...]] = {
    "meadow": ("meadow", "field"),
    "beach": ("beach", "shore"),
    "sea": ("sea", "ocean"),
    "snow": ("snow", "winter"),
    "desert": ("desert", "dunes"),
    "forest": ("forest", "woods"),
    "city": ("city", "town"),
    "room": ("room", "living room"),
}

RELATION_WORDS: dict[str, tuple[str, ...]] = {
    "left of": ("to the left of", "left of", "on the left side of"),
    "right of": ("to the right of", "right of", "on the right side of"),
    "above": ("above", "higher than", "over"),
    "below": ("below", "lower than", "underneath"),
    "next to": ("next to", "beside", "close beside"),
}
FORMAL_RELATIONS: dict[str, str] = {
    "left of": "positioned to the left of",
    "right of": "positioned to the right of",
    "above": "situated above",
    "below": "situated below",
    "next to": "placed in close proximity to",
}

CATEGORY_WORDS: dict[str, tuple[str, ...]] = {
    "animal": ("an animal", "a creature of some kind", "at least one animal"),
    "vehicle": ("a vehicle", "a means of transport", "something that carries people"),
    "toy": ("a toy", "something to play with"),
}

THING_WORDS = ("{colour} object", "{colour} thing")

EXACT_TEMPLATES = (
    "{Objects} {place}{relation_sentence}",
    "{There} {objects} {place}{relation_sentence}",
    "A picture of {objects} {place}{relation_sentence}",
    "{View} with {objects}{relation_sentence}",
    "We can see {objects} {place}{relation_sentence}",
    "Look, {objects} {place}{relation_sentence}",
    "{Place}, {there} {objects}{relation_sentence}",
    "An image of {view}, showing {objects}{relation_sentence}",
)
PARTIAL_TEMPLATES = (
    "{Objects}{place_after}",
    "{There} {objects}{place_after}",
    "A picture of {objects}{place_after}",
    "I can see {objects}{place_after}",
    "Here {are} {objects}{place_after}",
)
FORMAL_TEMPLATES = (
    "This carefully composed illustration presents {objects} {place}{relation_sentence}",
    "One beholds in this picture {objects}, arranged {place}{relation_sentence}",
    "The present image depicts {objects}, to be found {place}{relation_sentence}",
    "The artist has rendered, {place}, {objects}{relation_sentence}",
)
GENERIC_TEMPLATES: dict[str, tuple[str, ...]] = {
    "has objects": (
        "a picture with something in it",
        "something is shown here",
        "an image of some things",
        "a simple scene",
        "there is something to see",
        "a drawing of something",
    ),
    "outdoors": (
        "an outdoor scene",
        "a view of the outdoors",
        "somewhere outside",
        "a picture made outdoors",
        "a landscape in the open air",
    ),
    "indoors": (
        "an indoor scene",
        "somewhere inside a building",
        "a picture of an interior",
        "a view from indoors",
    ),
    "several": (
        "there are several things here",
        "several things can be seen",
        "a picture of several things",
        "a few objects in one picture",
    ),
    "colourful": (
        "a colourful picture",
        "things in different colours",
        "a picture with more than one colour of object",
    ),
    "category": (
        "there is {category} in this picture",
        "a picture with {category}",
        "{category} can be seen",
    ),
    "thing": (
        "there is {thing} in this picture",
        "a picture with {thing}",
        "{thing} can be seen",
    ),
}
GENERIC_PAIRS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("outdoors", "several"), "an outdoor scene with several things in it"),
    (("indoors", "several"), "an indoor scene with several things in it"),
    (("outdoors", "colourful"), "a colourful scene outdoors"),
    (("outdoors", "has objects"), "a view of something outdoors"),
)
