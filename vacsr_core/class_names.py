"""Everyday words for the classes of labelled pictures, and sentences made with them.

Each class has names, the best one first, and kinds: what it is a case of, from general to
special, in words that other classes share. Written for this project, class by class, with the
WordNet synonyms that mean something else to most people left out ("drop" for a cliff, "board"
for a table, "crane" without a word on which).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_TINY_IMAGENET = {
    "n01443537": ("goldfish|gold fish|orange fish", "animal|fish"),
    "n01629819": ("fire salamander|salamander|black and yellow salamander", "animal|amphibian"),
    "n01641577": ("bullfrog|frog|green frog", "animal|amphibian"),
    "n01644900": ("tailed frog|toad|brown frog", "animal|amphibian"),
    "n01698640": ("alligator|american alligator|crocodile", "animal|reptile"),
    "n01742172": ("boa constrictor|boa|snake", "animal|reptile"),
    "n01768244": ("trilobite|trilobite fossil", "animal|fossil"),
    "n01770393": ("scorpion", "animal"),
    "n01774384": ("black widow|black widow spider|black spider", "animal|spider"),
    "n01774750": ("tarantula|hairy spider|big spider", "animal|spider"),
    "n01784675": ("centipede", "animal|bug"),
    "n01855672": ("goose|wild goose", "animal|bird"),
    "n01882714": ("koala|koala bear", "animal|mammal"),
    "n01910747": ("jellyfish", "animal|sea creature"),
    "n01917289": ("brain coral|coral", "sea creature"),
    "n01944390": ("snail", "animal"),
    "n01945685": ("slug", "animal"),
    "n01950731": ("sea slug|nudibranch", "animal|sea creature"),
    "n01983481": ("lobster|american lobster", "animal|sea creature|seafood"),
    "n01984695": ("spiny lobster|rock lobster|crayfish", "animal|sea creature|seafood"),
    "n02002724": ("black stork|stork", "animal|bird"),
    "n02056570": ("king penguin|penguin", "animal|bird"),
    "n02058221": ("albatross|white sea bird", "animal|bird"),
    "n02074367": ("dugong|sea cow|manatee", "animal|sea creature"),
    "n02085620": ("chihuahua|small dog|tiny dog", "animal|dog"),
    "n02094433": ("yorkshire terrier|yorkie|terrier", "animal|dog"),
    "n02099601": ("golden retriever|retriever|golden dog", "animal|dog"),
    "n02099712": ("labrador retriever|labrador|lab", "animal|dog"),
    "n02106662": ("german shepherd|german shepherd dog|alsatian", "animal|dog"),
    "n02113799": ("poodle|standard poodle", "animal|dog"),
    "n02123045": ("tabby cat|tabby|striped cat", "animal|cat"),
    "n02123394": ("persian cat|fluffy cat|longhaired cat", "animal|cat"),
    "n02124075": ("egyptian cat|shorthaired cat|spotted cat", "animal|cat"),
    "n02125311": ("cougar|puma|mountain lion", "animal|wild cat"),
    "n02129165": ("lion", "animal|wild cat"),
    "n02132136": ("brown bear|bear|grizzly bear", "animal|mammal"),
    "n02165456": ("ladybug|ladybird", "animal|bug|insect"),
    "n02190166": ("fly|housefly", "animal|bug|insect"),
    "n02206856": ("bee|honey bee|bumblebee", "animal|bug|insect"),
    "n02226429": ("grasshopper|green grasshopper", "animal|bug|insect"),
    "n02231487": ("stick insect|walking stick insect|stick bug", "animal|bug|insect"),
    "n02233338": ("cockroach|roach", "animal|bug|insect"),
    "n02236044": ("praying mantis|mantis", "animal|bug|insect"),
    "n02268443": ("dragonfly", "animal|bug|insect"),
    "n02279972": ("monarch butterfly|orange butterfly|monarch", "animal|insect|butterfly"),
    "n02281406": ("sulphur butterfly|yellow butterfly", "animal|insect|butterfly"),
    "n02321529": ("sea cucumber", "animal|sea creature"),
    "n02364673": ("guinea pig", "animal|rodent|pet"),
    "n02395406": ("pig|hog", "animal|farm animal"),
    "n02403003": ("ox|cow|bull", "animal|farm animal"),
    "n02410509": ("bison|american buffalo|buffalo", "animal|mammal"),
    "n02415577": ("bighorn sheep|bighorn|mountain sheep", "animal|mammal"),
    "n02423022": ("gazelle|antelope", "animal|mammal"),
    "n02437312": ("camel|dromedary|arabian camel", "animal|mammal"),
    "n02480495": ("orangutan|orange ape", "animal|ape"),
    "n02480855": ("gorilla", "animal|ape"),
    "n02481823": ("chimpanzee|chimp", "animal|ape"),
    "n02486410": ("baboon", "animal|monkey"),
    "n02504458": ("african elephant|elephant", "animal|mammal"),
    "n02509815": ("red panda|lesser panda", "animal|mammal"),
    "n02666196": ("abacus|counting frame", "tool|toy"),
    "n02669723": ("academic gown|graduation gown|graduation robe", "clothing|robe"),
    "n02699494": ("altar|church altar", "church interior"),
    "n02730930": ("apron|kitchen apron", "clothing"),
    "n02769748": ("backpack|rucksack|knapsack", "accessory|bag"),
    "n02788148": ("banister|handrail|stair railing", "structure|railing"),
    "n02791270": ("barbershop|barber shop|hair salon", "shop|room"),
    "n02793495": ("barn|farm building", "building"),
    "n02795169": ("barrel|wooden barrel|cask", "container"),
    "n02802426": ("basketball|basketball player|basketball game", "ball|sports equipment"),
    "n02808440": ("bathtub|bath tub", "room|bathroom fixture"),
    "n02814533": ("station wagon|estate car|family car", "vehicle|car"),
    "n02814860": ("lighthouse|beacon", "building|tower"),
    "n02815834": ("beaker|laboratory beaker|glass beaker", "container|glassware"),
    "n02823428": ("beer bottle|bottle of beer", "drink|container|bottle"),
    "n02837789": ("bikini|two-piece swimsuit", "clothing|swimwear"),
    "n02841315": ("binoculars|field glasses", "tool|optical instrument"),
    "n02843684": ("birdhouse|bird house|nesting box", "wooden box"),
    "n02883205": ("bow tie", "clothing|necktie"),
    "n02892201": ("memorial plaque|plaque|brass plaque", "sign"),
    "n02906734": ("broom", "tool|cleaning tool"),
    "n02909870": ("bucket|pail", "container"),
    "n02917067": ("bullet train|high-speed train", "vehicle|train"),
    "n02927161": ("butcher shop|meat market|butcher's shop", "shop"),
    "n02948072": ("candle|burning candle|lit candle", "light"),
    "n02950826": ("cannon|old cannon", "weapon"),
    "n02963159": ("cardigan|knitted cardigan|sweater", "clothing"),
    "n02977058": ("cash machine|atm", "machine"),
    "n02988304": ("cd player|car stereo|stereo", "machine|electronic device"),
    "n02999410": ("chain|metal chain", "metal object"),
    "n03014705": ("chest|wooden chest|treasure chest|trunk", "container|furniture|wooden box"),
    "n03026506": ("christmas stocking|red christmas stocking", "christmas decoration"),
    "n03042490": ("cliff dwelling|house built in a cliff", "building|ruin"),
    "n03085013": ("computer keyboard|keyboard", "electronic device"),
    "n03089624": ("candy store|sweet shop|candy shop", "shop"),
    "n03100240": ("convertible|convertible car|car with an open top", "vehicle|car"),
    "n03126707": ("construction crane|tower crane|crane machine", "machine"),
    "n03160309": ("dam|river dam", "structure|water"),
    "n03179701": ("desk|office desk|writing desk", "furniture|table"),
    "n03201208": ("dining table|dinner table|dining room table", "furniture|table"),
    "n03250847": ("drumstick|drum stick|drummer with drumsticks", "musical instrument"),
    "n03255030": ("dumbbell|hand weight|weight", "sports equipment"),
    "n03355925": ("flagpole|flag on a pole|flag", "structure"),
    "n03388043": ("fountain|water fountain", "structure|water"),
    "n03393912": ("freight car|freight train|railroad car", "vehicle|train"),
    "n03400231": ("frying pan|skillet", "cookware|pan"),
    "n03404251": ("fur coat", "clothing|coat"),
    "n03424325": ("gas mask|respirator", "mask"),
    "n03444034": ("go-kart|go kart", "vehicle|race car"),
    "n03447447": ("gondola|venetian boat", "vehicle|boat"),
    "n03544143": ("hourglass|sand timer", "timer|glassware"),
    "n03584254": ("ipod|music player|mp3 player", "electronic device"),
    "n03599486": ("rickshaw|two-wheeled cart", "vehicle|cart"),
    "n03617480": ("kimono|japanese robe", "clothing|robe"),
    "n03637318": ("lampshade|lamp shade|lamp", "light|furniture"),
    "n03649909": ("lawn mower|lawnmower", "machine"),
    "n03662601": ("lifeboat|rescue boat", "vehicle|boat"),
    "n03670208": ("limousine|limo", "vehicle|car"),
    "n03706229": ("compass|magnetic compass", "tool"),
    "n03733131": ("maypole|people dancing around a maypole", "structure"),
    "n03763968": ("military uniform|soldier in uniform|soldier", "clothing|uniform"),
    "n03770439": ("miniskirt|short skirt|mini skirt", "clothing|skirt"),
    "n03796401": ("moving van|moving truck|removal van", "vehicle|truck"),
    "n03804744": ("nail|metal nail|iron nail", "tool|metal object"),
    "n03814639": ("neck brace|cervical collar", "medical equipment"),
    "n03837869": ("obelisk|stone pillar", "monument|tower"),
    "n03838899": ("oboe", "musical instrument"),
    "n03854065": ("pipe organ|church organ", "church interior|musical instrument"),
    "n03891332": ("parking meter", "machine"),
    "n03902125": ("pay phone|payphone|public telephone", "machine|telephone"),
    "n03930313": ("picket fence|white fence|wooden fence", "structure|fence"),
    "n03937543": ("pill bottle|medicine bottle|bottle of pills", "container|bottle"),
    "n03970156": ("plunger|toilet plunger", "tool|cleaning tool"),
    "n03976657": ("pole|tall pole|post", "structure"),
    "n03977966": ("police van|police car|police wagon", "vehicle|van"),
    "n03980874": ("poncho|woolen poncho", "clothing"),
    "n03983396": ("soda bottle|pop bottle|bottle of soda", "drink|container|bottle"),
    "n03992509": ("potter's wheel|pottery wheel|person making pottery", "machine|pottery"),
    "n04008634": ("missile|rocket", "weapon"),
    "n04023962": ("punching bag|boxing bag", "sports equipment"),
    "n04067472": ("fishing reel|reel|fishing rod", "tool"),
    "n04070727": ("refrigerator|fridge", "machine|kitchen appliance"),
    "n04074963": ("remote control|tv remote", "electronic device"),
    "n04099969": ("rocking chair|wooden rocking chair", "furniture|chair"),
    "n04118538": ("rugby ball|rugby player|rugby game", "ball|sports equipment"),
    "n04133789": ("sandal|sandals", "clothing|shoe"),
    "n04146614": ("school bus|yellow school bus|yellow bus", "vehicle|bus"),
    "n04149813": ("scoreboard|stadium scoreboard", "sign"),
    "n04179913": ("sewing machine", "machine"),
    "n04251144": ("snorkel|person snorkeling|diving mask and snorkel", "sports equipment|mask"),
    "n04254777": ("sock|pair of socks|knitted sock", "clothing"),
    "n04259630": ("sombrero|mexican hat|straw hat", "clothing|hat"),
    "n04265275": ("space heater|electric heater", "machine"),
    "n04275548": ("spider web|cobweb|spider's web", "web"),
    "n04285008": ("sports car|fast car", "vehicle|car"),
    "n04311004": ("steel arch bridge|steel bridge|arch bridge", "structure|bridge"),
    "n04328186": ("stopwatch", "timer"),
    "n04356056": ("sunglasses|dark glasses|person wearing sunglasses", "accessory|glasses"),
    "n04366367": ("suspension bridge", "structure|bridge"),
    "n04371430": ("swimming trunks|swim trunks|swim shorts", "clothing|swimwear"),
    "n04376876": ("syringe|needle", "medical equipment"),
    "n04398044": ("teapot|tea pot", "container|pot"),
    "n04399382": ("teddy bear|stuffed bear|teddy", "toy|stuffed animal"),
    "n04417672": ("thatched roof|straw roof|house with a thatched roof", "building|roof"),
    "n04456115": ("torch|flaming torch|burning torch", "light|fire"),
    "n04465501": ("tractor|farm tractor", "vehicle|farm machine"),
    "n04486054": ("triumphal arch|stone arch", "building|monument"),
    "n04487081": ("trolleybus|trolley bus|electric bus", "vehicle|bus"),
    "n04501370": ("turnstile|entrance gate", "machine|gate"),
    "n04507155": ("umbrella|open umbrella|parasol", "accessory"),
    "n04532106": ("vestment|priest's robe|priest in a robe", "clothing|robe"),
    "n04532670": ("viaduct|stone viaduct|bridge with arches", "structure|bridge"),
    "n04540053": ("volleyball|volleyball game|volleyball player", "ball|sports equipment"),
    "n04560804": ("water jug|jug|pitcher", "container"),
    "n04562935": ("water tower|water tank", "structure|tower"),
    "n04596742": ("wok", "cookware|pan"),
    "n04597913": ("wooden spoon|wood spoon", "cookware|spoon"),
    "n06596364": ("comic book|comic|comic strip", "book"),
    "n07579787": ("plate of food|plate|dish", "food|meal"),
    "n07583066": ("guacamole|avocado dip", "food"),
    "n07614500": ("ice cream|scoop of ice cream|bowl of ice cream", "food|dessert"),
    "n07615774": ("popsicle|lollipop|ice lolly", "food|dessert"),
    "n07695742": ("pretzel|soft pretzel", "food|baked snack"),
    "n07711569": ("mashed potato|mashed potatoes", "food|vegetable"),
    "n07715103": ("cauliflower|head of cauliflower", "food|vegetable"),
    "n07720875": ("bell pepper|sweet pepper|pepper", "food|vegetable"),
    "n07734744": ("mushroom|wild mushroom", "food|fungus"),
    "n07747607": ("orange|orange fruit", "food|fruit"),
    "n07749582": ("lemon|yellow lemon", "food|fruit"),
    "n07753592": ("banana|bunch of bananas", "food|fruit"),
    "n07768694": ("pomegranate", "food|fruit"),
    "n07871810": ("meat loaf|meatloaf", "food|meal"),
    "n07873807": ("pizza|slice of pizza", "food|meal"),
    "n07875152": ("pot pie|potpie|meat pie", "food|meal"),
    "n07920052": ("espresso|cup of espresso|cup of coffee", "drink|coffee"),
    "n09193705": ("alpine mountain|snowy mountain|mountain peak", "landscape|mountain"),
    "n09246464": ("cliff|rocky cliff", "landscape|rock"),
    "n09256479": ("coral reef|reef", "sea|underwater scene"),
    "n09332890": ("lakeside|lake shore|lake", "landscape|water"),
    "n09428293": ("seashore|beach|coast", "landscape|water|sea"),
    "n10148035": ("bridegroom|groom in a suit|wedding couple", "person|man"),
    "n12267677": ("acorn|oak nut", "nut|plant"),
}

_PACS = {
    "dog": ("dog|puppy", "animal|pet"),
    "elephant": ("elephant", "animal|mammal"),
    "giraffe": ("giraffe", "animal|mammal"),
    "guitar": ("guitar|acoustic guitar|electric guitar", "musical instrument"),
    "horse": ("horse|pony", "animal|farm animal"),
    "house": ("house|home", "building"),
    "person": ("person|man|woman|boy|girl|people|face", "human being"),
}

Words = tuple[tuple[str, ...], tuple[str, ...]]


def _split(table: dict[str, tuple[str, str]]) -> dict[str, Words]:
    return {
        key: (tuple(names.split("|")), tuple(kinds.split("|")))
        for key, (names, kinds) in table.items()
    }


# class -> (names, kinds); keys are WordNet ids and the labels of PACS
TINY_IMAGENET = _split(_TINY_IMAGENET)
PACS = _split(_PACS)

# In the labelled file, but not among the 200 classes of Tiny ImageNet.
EXTRA_CLASSES = ("n02480855", "n10148035")

# "a {}" takes the article that the word wants, and none where it takes none.
TEMPLATES = (
    "{}",
    "a {}",
    "a photo of a {}",
    "a blurry photo of a {}",
    "a small photo of a {}",
    "a low resolution photo of a {}",
    "a bright photo of a {}",
    "a dark photo of a {}",
    "a cropped photo of a {}",
    "a good photo of a {}",
    "a black and white photo of a {}",
    "a picture of a {}",
    "a close-up of a {}",
    "a view of a {}",
    "there is a {} in the picture",
    "there is a {} here",
    "this is a {}",
    "this is a photo of a {}",
    "a {} seen up close",
    "a {} in the background",
    "a snapshot showing a {}",
    "an image of a {} and other things",
)

CARTOON_TEMPLATES = (
    "a cartoon of a {}",
    "a drawing of a {}",
    "a {} in a cartoon",
    "an illustration of a {}",
    "a comic picture of a {}",
    "a colourful drawing of a {}",
    "a cartoon drawing of a {}",
    "a clip art picture of a {}",
    "there is a drawing of a {} in the picture",
)

EVALUATION_TEMPLATES = (
    "a {}",
    "a photo of a {}",
    "a blurry photo of a {}",
    "a picture of a {}",
    "a close-up of a {}",
    "a good photo of a {}",
    "there is a {} in the picture",
)

CARTOON_EVALUATION_TEMPLATES = (
    "a cartoon of a {}",
    "a drawing of a {}",
    "an illustration of a {}",
    "a picture of a {}",
)

# Words that take no article.
_PLURAL = {
    *("binoculars", "dark glasses", "field glasses", "glasses", "mashed potatoes", "people"),
    *("sandals", "sunglasses", "swim shorts", "swim trunks", "swimming trunks"),
}
_MASS = {
    *("clothing", "coffee", "cookware", "coral", "fire", "food", "fruit", "furniture"),
    *("glassware", "guacamole", "ice cream", "mashed potato", "meat loaf", "meatloaf"),
    *("medical equipment", "pottery", "rock", "seafood", "sports equipment", "swimwear", "water"),
}

# Vowel letters that do not sound as vowels, and the other way round.
_TAKES_AN = re.compile(r"(?!(eu|uni|use|one\b|once\b))[aeiou]|hour|honou?r|mp3\b")
_SLOT = "a {}"


def with_article(word: str) -> str:
    """The word with "a" or "an" before it, or bare where it is a plural or a mass.

    >>> with_article("orange"), with_article("ice cream")
    ('an orange', 'ice cream')
    """
    if word in _PLURAL or word in _MASS:
        return word
    return f"{'an' if _TAKES_AN.match(word) else 'a'} {word}"


def fill(template: str, word: str) -> str:
    """One sentence: the template with the word, its article and its verb in place of "a {}".

    >>> fill("there is a {} in the picture", "sunglasses")
    'there are sunglasses in the picture'
    """
    if word in _PLURAL:
        template = template.replace(f"there is {_SLOT}", f"there are {_SLOT}")
        template = template.replace(f"this is {_SLOT}", f"these are {_SLOT}")
    return template.replace(_SLOT, with_article(word)).replace("{}", word)


def prompts(word: str, templates: Iterable[str] = EVALUATION_TEMPLATES) -> list[str]:
    """The word in every template; in zero-shot evaluation their text features are averaged."""
    return [fill(template, word) for template in templates]


def evaluation_prompts(
    classes: Sequence[str], templates: Iterable[str] = EVALUATION_TEMPLATES
) -> list[list[str]]:
    """For each class, the first name in every template.

    Args:
        classes: C keys of TINY_IMAGENET or PACS.

    Returns: C lists of T prompts.
    """
    words = TINY_IMAGENET | PACS
    return [prompts(words[key][0][0], templates) for key in classes]
