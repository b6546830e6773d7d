"""Tables of TeX's names in Unicode, which parser.py and macros.py read."""

from collections.abc import Sequence
from types import MappingProxyType

from pylatexenc import latex2text


def _pairs(plain: Sequence[str], script: str) -> dict[str, str]:
    return dict(zip(plain, script, strict=True))


def _names(names: str) -> list[str]:
    return names.split()


def _words(names: str) -> frozenset[str]:
    return frozenset(names.split())


SUPERSCRIPTS = MappingProxyType(
    _pairs("0123456789+-=()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾")
    | _pairs("abcdefghijklmnoprstuvwxyz", "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ")
    | _pairs("ABDEGHIJKLMNOPRTUVW", "ᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂ")
    | _pairs("βγδθφχ−", "ᵝᵞᵟᶿᵠᵡ⁻")
    | _pairs("∘°′″†‡*∗⊤", "°°′″†‡**ᵀ")
)
SUBSCRIPTS = MappingProxyType(
    _pairs("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")
    | _pairs("aehijklmnoprstuvx", "ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")
    | _pairs("βγρφχ−", "ᵦᵧᵨᵩᵪ₋")
    | _pairs("⊙⊕⊥∥", "⊙⊕⊥∥")
)

# A `$` that is money and no mathematics: the full-width sign, so that nobody reads it as TeX again.
DOLLAR = "＄"

# Macro to combining mark; an empty mark means that only the argument stays.
ACCENTS = MappingProxyType(
    {
        **_pairs("`'^\"~=.", "\u0300\u0301\u0302\u0308\u0303\u0304\u0307"),
        **_pairs("uvHcdbkrt", "\u0306\u030c\u030b\u0327\u0323\u0331\u0328\u030a\u0361"),
        **dict.fromkeys(("hat", "widehat"), "\u0302"),
        **dict.fromkeys(("tilde", "widetilde"), "\u0303"),
        **dict.fromkeys(("bar", "overline"), "\u0304"),
        **dict.fromkeys(("underline", "underbar", "uline"), ""),
        "acute": "\u0301",
        "grave": "\u0300",
        "check": "\u030c",
        "breve": "\u0306",
        "dot": "\u0307",
        "ddot": "\u0308",
        "mathring": "\u030a",
        "vec": "\u20d7",
    }
)

# Only the letters that every font has.
DOUBLE_STRUCK = MappingProxyType(_pairs("CHNPQRZ", "ℂℍℕℙℚℝℤ"))

FUNCTIONS = _words(
    "arccos arccosh arcsin arcsinh arctan arg argmax argmin cos cosh cot coth csc deg det dim erf exp gcd hom inf ker "
    "lcm lg lim liminf limsup ln log max min plim polylog poly Pr rank sec sin sinh sup supp tan tanh tr Tr"
)

# Macros that only say how something looks: nothing of them is read.
SILENT = _words(
    "it bf rm em cal sf tt sc sl frak Bbb upshape itshape bfseries rmfamily sffamily ttfamily scshape normalfont "
    "displaystyle textstyle scriptstyle scriptscriptstyle limits nolimits noindent xspace protect centering par "
    "left right middle big Big bigg Bigg bigl bigr bigm Bigl Bigr biggl biggr Biggl Biggr relax nonumber "
    "small footnotesize large Large tiny normalsize boldmath unboldmath mathstrut strut allowbreak"
)

# Macros whose argument is no text: keys, lengths, colours.
DROPPED = _words(
    "cite citet citep citealt citealp citeauthor citeyear parencite textcite autocite nocite label ref eqref autoref "
    "cref Cref vspace hspace phantom hphantom vphantom color"
)

# Macros whose first argument is no text.
SECOND_ARGUMENT = _words("textcolor colorbox scalebox rotatebox raisebox fontsize")

# Macros that change how their argument looks, with or without braces.
FONTS = _words(
    "mathbf mathrm mathcal mathfrak mathsf mathtt mathit mathscr boldsymbol bm pmb operatorname mathop mathbin mathrel "
    "mathord textbf textit textrm textsf texttt textsc textsl textup textnormal emph text mbox hbox"
)

FRACTIONS = _words("frac tfrac dfrac nicefrac sfrac")
BINOMIALS = _words("binom tbinom dbinom")

# Control symbols: a backslash and one character, and a few words that are no more than that.
CHARACTERS = MappingProxyType(
    {
        **dict.fromkeys((",", ";", ":", " ", "\n", "\t", "\\", "quad", "qquad", "space", "enspace", "thinspace"), " "),
        **dict.fromkeys(("!", "-", "/", "@", "(", ")", "[", "]"), ""),
        **{symbol: symbol for symbol in "%&#_{}"},
        "$": DOLLAR,
        "|": "‖",
        "item": " • ",
        "newline": " ",
    }
)

_OWN_SYMBOLS = {
    "epsilon": "ε",
    "phi": "φ",
    "eps": "ε",
    "prime": "′",
    "degree": "°",
    "textdegree": "°",
    "arcsec": "″",
    "arcmin": "′",
    "dots": "…",
    "ldots": "…",
    "cdots": "⋯",
    "ast": "*",
    "square": "□",
    "Box": "□",
    "imath": "ı",
    "jmath": "ȷ",
    "Re": "Re",
    "Im": "Im",
    "lbrack": "[",
    "rbrack": "]",
    "lt": "<",
    "gt": ">",
    "ne": "≠",
    "gets": "←",
    "iff": "⟺",
    "implies": "⟹",
    "land": "∧",
    "lor": "∨",
    "models": "⊨",
    "colon": ":",
    "eqsim": "≂",
    "coloneqq": "≔",
    "triangleq": "≜",
    "upsilon": "υ",
    "TeX": "TeX",
    "LaTeX": "LaTeX",
    "textasciicircum": "^",
    "textunderscore": "_",
    "textless": "<",
    "textgreater": ">",
    "textbar": "|",
    "textquotedbl": '"',
    "slash": "/",
    "backslash": "∖",
    "textdollar": DOLLAR,
    "checkmark": "✓",
    "lambdabar": "ƛ",
    "sun": "☉",
    "earth": "⊕",
    "eg": "e.g.",
    "ie": "i.e.",
    "etal": "et al.",
    "etc": "etc.",
}
# Names of KaTeX's list of symbols (katex.org, "Supported Functions") that the table of pylatexenc lacks.
_KATEX_SYMBOLS = {
    **_pairs(
        _names("neg lnot bot isin notni owns infin sdot centerdot cdotp ldotp star ddag ddagger plusmn lozenge And"),
        "¬¬⊥∈∌∋∞⋅·⋅.⋆‡‡±◊&",
    ),
    **_pairs(
        _names(
            "bigodot bigsqcup biguplus intop smallint oiint oiiint bigstar triangle Diamond diagdown diagup Finv Game"
        ),
        "⨀⨆⨄∫∫∯∰★△◇╲╱Ⅎ⅁",
    ),
    **_pairs(_names("clubs clubsuit diamonds diamondsuit hearts heartsuit spades spadesuit maltese"), "♣♣♢♢♡♡♠♠✠"),
    **_pairs(_names("copyright circledR circledS yen pounds mathsterling thetasym alef alefsym weierp"), "©®Ⓢ¥££ϑℵℵ℘"),
    **_pairs(
        _names("larr lArr Larr rarr rArr Rarr harr hArr Harr uarr uArr Uarr darr dArr Darr lrarr lrArr Lrarr"),
        "←⇐⇐→⇒⇒↔⇔⇔↑⇑⇑↓⇓⇓↔⇔⇔",
    ),
    **_pairs(
        _names("leadsto dashleftarrow dashrightarrow impliedby restriction Join lhd rhd unlhd unrhd"), "⇝⇠⇢⟸↾⋈⊲⊳⊴⊵"
    ),
    **_pairs(
        _names("coloncolon dblcolon vcentcolon coloneq Coloneqq Coloneq eqcolon eqqcolon Eqqcolon Eqcolon Doteq"),
        "∷∷∶≔⩴⩴≕≕≕≕≑",
    ),
    **_pairs(_names("ggg gggtr lll llless doublecap doublecup doublebarwedge barwedge veebar"), "⋙⋙⋘⋘⋒⋓⩞⊼⊻"),
    **_pairs(
        _names("gvertneqq lvertneqq ngeqq ngeqslant nleqq nleqslant npreceq nsucceq precnsim ncong nsim"), "≩≨≱≱≰≰⋠⋡⋨≇≁"
    ),
    **_pairs(_names("nshortmid nshortparallel shortmid shortparallel nsubseteqq nsupseteqq"), "∤∦∣∥⊈⊉"),
    **_pairs(
        _names("varsubsetneq varsubsetneqq varsupsetneq varsupsetneqq sub sube supe thickapprox thicksim varpropto"),
        "⊊⫋⊋⫌⊂⊆⊇≈∼∝",
    ),
    **_pairs(_names("smallfrown smallsmile vDash Bumpeq bumpeq circeq backepsilon"), "⌢⌣⊨≎≏≗϶"),
    **_pairs(_names("lang rang lBrace rBrace llbracket rrbracket lgroup rgroup lmoustache rmoustache"), "⟨⟩⦃⦄⟦⟧⟮⟯⎰⎱"),
    **_pairs(
        _names("varGamma varDelta varTheta varLambda varXi varPi varSigma varUpsilon varPhi varPsi varOmega"),
        "ΓΔΘΛΞΠΣΥΦΨΩ",
    ),
    **_pairs(_names("Alpha Beta Epsilon Zeta Eta Iota Kappa Mu Nu Omicron Rho Tau Chi"), "ΑΒΕΖΗΙΚΜΝΟΡΤΧ"),
    **_pairs(_names("Complex cnums Reals reals natnums Bbbk"), "ℂℂℝℝℕ𝕜"),
    **_pairs(_names("textbardbl textbraceleft textbraceright textregistered textcopyright texteuro"), "‖{}®©€"),
    **dict.fromkeys(("mathellipsis", "textellipsis", "dotsc", "dotso"), "…"),
    **dict.fromkeys(("approxcolon", "thickapproxcolon"), "≈:"),
    "approxcoloncolon": "≈∷",
    "colonapprox": ":≈",
    "Colonapprox": "∷≈",
    "colonsim": ":∼",
    "Colonsim": "∷∼",
    "simcolon": "∼:",
    "simcoloncolon": "∼∷",
}

# Of these only mathematics has signs. Elsewhere, and with an argument, they are macros of the author's own.
MATH_SYMBOLS = MappingProxyType(
    {
        **_pairs(_names("natural flat sharp between frown smile eth image real"), "♮♭♯≬⌢⌣ðℑℜ"),
        **_pairs(_names("R N Z C Q"), "ℝℕℤℂℚ"),
    }
)

_NAMES_OF_OTHER_MACROS = _words(
    "id th eth image original leo cancer virgo aries libra gemini taurus pisces mercury venus male jupiter saturn "
    "uranus neptune pluto scorpio sagittarius capricornus aquarius recorder estimates between homothetic Equal Angle "
    "natural flat sharp truestate today smile frown"
)


def _symbols() -> dict[str, str]:
    """Return pylatexenc's names for single characters, without words that authors use for macros of their own."""
    known = latex2text.get_default_latex_context_db().iter_macro_specs()
    single = {spec.macroname: spec.simplify_repl for spec in known if isinstance(spec.simplify_repl, str)}
    kept = {name: text for name, text in single.items() if len(text) == 1 and name.isalpha()}
    return (
        {name: text for name, text in kept.items() if name not in _NAMES_OF_OTHER_MACROS}
        | _KATEX_SYMBOLS
        | _OWN_SYMBOLS
    )


SYMBOLS = MappingProxyType(_symbols())

# Signs of text, which are letters of the author's own in mathematics.
TEXT_SYMBOLS = MappingProxyType({"S": "§", "P": "¶"})

# TeX's letters. A space after them ends the command and is none of the text.
LETTERS = _words("ss o O l L ae AE oe OE aa AA i j dh DH th TH ng NG dj DJ")

# Signs between two things: room on both sides, or on none.
SPACED = frozenset(
    "⋙⋘≇≁≰≱⋠⋡≨≩⋨∌∷∶≕⩴≑≬∤∦⊲⊳⊴⊵⋈⇝⇠⇢⌢⌣⊻⊼⋒⋓≦≧≲≳⪅⪆≶≷⋚⋛≊≏≎≐≓≒≗≖⊏⊐⊑⊒⋐⋑⊩⊪⊬⊭∔⊎⊓⊔⊖⊘⊛⊚⊝↠↞↣↢⇀↽⇌⇋⇇⇉⇄⇆↝≾≿⋞⋟⪯⪰⊀⊁⊄⊅⊉⊋≵≴≹≸≄≉≢≯≮"
) | frozenset("≤≥≠≈≃∼≅≍≡≲≳≪≫⩽⩾≼≽≺≻∝∈∉∋⊂⊃⊆⊇⊊⊈→←↔⟶⟵⟷⇒⇐⇔⟹⟸⟺↦⟼↪×·±∓∩∪∧∨⊗⊕∘∖∣∥⊥⊨⊢≔≜≂÷⋊⋉⊙↑↓|")

# siunitx's names of units.
_PREFIXES = """
    yocto y  zepto z  atto a  femto f  pico p  nano n  micro µ  milli m  centi c  deci d
    deca da  hecto h  kilo k  mega M  giga G  tera T  peta P  exa E  zetta Z
"""
_UNITS = """
    metre m  meter m  second s  gram g  kilogram kg  kelvin K  mole mol  candela cd  ampere A  hertz Hz  newton N
    pascal Pa  joule J  watt W  volt V  farad F  ohm Ω  tesla T  weber Wb  henry H  coulomb C  lumen lm  lux lx
    becquerel Bq  gray Gy  sievert Sv  katal kat  siemens S  minute min  hour h  day d  litre L  liter L  tonne t
    electronvolt eV  bar bar  barn b  angstrom Å  percent %  degree °  arcminute ′  arcsecond ″  celsius °C
    degreeCelsius °C  decibel dB  bel B  parsec pc  bit bit  byte B  astronomicalunit au  dalton Da  hectare ha
    micron µm  year yr  lightyear ly  radian rad  steradian sr  um µm  us µs
"""


def _alternating(table: str) -> dict[str, str]:
    words = table.split()
    return dict(zip(words[::2], words[1::2], strict=True))


UNIT_PREFIXES = MappingProxyType(_alternating(_PREFIXES))
UNIT_POWERS = MappingProxyType({"squared": "²", "square": "²", "cubed": "³", "cubic": "³"})
UNITS = MappingProxyType(_alternating(_UNITS))
