"""Words for schools, mascots, places and players. None of them is meant to be anyone's."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


PLACE_STARTS = _words("""
    Ash Birch Brook Cedar Clear Cold Crow Dell East Elk Fair Fern Fox Glen Gran Green Hart Hawk Haw High Holl
    Iron Kings Lake Lark Long Maple Mar Mill Moss North Oak Pine Quill Raven Red Ridge Rock Rose Sand Silver
    Spring Stone Summer Thorn Wal West White Wil Win Wood
""")
PLACE_ENDS = _words("""
    borough brook bury dale field ford gate haven ham hurst land ley mere mont port ton view ville
""")
SCHOOL_KINDS = ("{}", "{} State", "{}", "{} Tech", "Northern {}", "{} A&M", "Southern {}", "{} Christian")
MASCOTS = _words("""
    Badgers Beacons Bison Blazers Bobcats Cardinals Catamounts Comets Cougars Cranes Cyclones Dragons Eagles
    Falcons Flames Foxes Gliders Grizzlies Hawks Herons Hornets Jaguars Kestrels Lancers Lynx Mariners Miners
    Monarchs Mustangs Navigators Otters Owls Panthers Pioneers Rams Rangers Ravens Sentinels Stags Storm
    Terrapins Thunder Titans Trailblazers Voyagers Wolves
""")
CONFERENCES = (
    "Atlantic Shore",
    "Big Lake",
    "Capital",
    "Delta",
    "Eastern Ridge",
    "Frontier",
    "Great Plains",
    "Harbor",
    "Inland",
    "Jackpine",
    "Keystone Valley",
    "Lone Peak",
    "Midland",
    "Northern Lights",
    "Old Dominion Coast",
    "Pacific Crest",
    "Quarry",
    "Riverland",
    "Sierra",
    "Tidewater",
    "Upland",
    "Vista",
    "Western Slope",
    "Yellow River",
    "Zephyr",
    "Bluegrass",
    "Canyon",
    "Evergreen",
    "Foothills",
    "Gulf Stream",
    "Heartland",
)
EARLY_EVENTS = (
    "Harvest Classic",
    "Island Invitational",
    "Lakefront Challenge",
    "Gateway Showcase",
    "Desert Holiday Tournament",
    "Founders Cup",
)
NEUTRAL_CITIES = (
    ("Lakefront Arena", "Harborview", "IL"),
    ("Gateway Center", "Riverton", "MO"),
    ("Palms Fieldhouse", "Sandport", "FL"),
    ("Desert Dome", "Mesa Alta", "NV"),
    ("Capitol Arena", "Fairgate", "DC"),
    ("Northstar Garden", "Winterport", "MN"),
)
STATES = _words("""
    AL AR AZ CA CO CT FL GA IA IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE NJ NM NV NY OH OK OR PA SC SD TN
    TX UT VA VT WA WI WV WY
""")
FIRST_NAMES = _words("""
    Aaron Adrian Amari Andre Anton Asher Austin Ben Blake Brandon Caleb Cam Carter Chase Chris Cole Corey Damian
    Dante Darius David Devin Dom Drew Eli Elijah Emeka Eric Ethan Evan Felix Gabe Gavin Grant Hunter Ian Isaac
    Isaiah Jack Jaden Jake Jalen James Jared Jason Javon Jaylen Jeremiah Joel Jonah Jordan Josh Julian Justin
    Kareem Keith Kevin Kofi Kyle Lamar Liam Logan Luca Lucas Luke Malik Marco Marcus Mason Mateo Max Micah Miles
    Myles Nate Nico Noah Omar Owen Parker Pedro Quentin Rafael Reggie Ryan Sam Sean Silas Solomon Tariq Terrence
    Theo Tobias Trey Tyler Tyrese Victor Wes Will Xavier Zach Zion
""")
LAST_NAMES = _words("""
    Abbott Adeyemi Akins Alvarez Ames Archer Baines Baldwin Banks Barrow Bauer Beckett Bell Bennett Blair Boone
    Bowen Bradley Briggs Brooks Bryant Burke Burns Calloway Carr Chambers Chen Clay Coleman Conrad Cooper Cross
    Dalton Dawson Delgado Diallo Diaz Dixon Dorsey Doyle Drake Dunn Easley Ellis Emerson Farrell Fields Fleming
    Foster Franklin Frost Fuller Gaines Garner Gibbs Gibson Goodwin Graves Griffin Hale Hampton Hardy Hayes
    Heath Henson Hicks Holloway Holt Hooper Horton Hughes Ingram Irving Jarvis Jennings Kane Keller Kendrick
    Kerr Kirby Knox Lambert Lang Larkin Lawson Lowe Lynch Mack Maddox Malone Marsh Mathis Mbaye McBride McCray
    Mercer Meyer Monroe Morrow Moss Nash Navarro Ndiaye Nolan Norris Okafor Osborne Owens Parrish Payne Perkins
    Petrov Phelps Pierce Poole Porter Potts Pruitt Quinn Ramsey Randall Reese Reeves Rhodes Rios Robles Rowe
    Rush Salazar Sanders Sawyer Sharp Shaw Silva Slater Snow Sosa Stark Steele Stokes Strong Sutton Tate Terrell
    Thornton Townsend Tucker Underwood Vance Vargas Vaughn Vega Wade Walsh Ware Watkins Webb Wells Whitaker
    Wilder Wolfe Woods Wyatt Yates York Zeller
""")
